//! The catalogue as a book: a page for each emitter and each cause, and two indexes.

use std::fmt::Write as _;

use model::{Cause, Emitter, Family, Layer, Weight};

use crate::{cause_page, emitter_page};

/// The kinds of products, from the client's side inwards.
const FAMILIES: [(Family, &str); 10] = [
    (Family::Client, "Browsers and clients"),
    (Family::ClientSide, "Devices and proxies on the client's side"),
    (Family::Edge, "Edges of providers"),
    (Family::Waf, "Web application firewalls"),
    (Family::Gateway, "Proxies and gateways"),
    (Family::WebServer, "Web servers"),
    (Family::Framework, "Frameworks and libraries"),
    (Family::Application, "Applications and services"),
    (Family::OperatingSystem, "Operating systems"),
    (Family::Unnamed, "Words that many use"),
];

/// A file of the book: where it stands in its folder, and its text in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// With `/` between folders.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Every page, the index first.
#[must_use]
pub fn book(emitters: &[Emitter], causes: &[&Cause]) -> Vec<Chapter> {
    let index = Chapter { path: "README.md".to_owned(), text: index(emitters, causes) };
    let emitters_pages = emitters.iter().map(|emitter| Chapter {
        path: format!("emitters/{}.md", emitter.id),
        text: linked(&emitter_page(emitter).text, causes),
    });
    let causes_pages = causes.iter().map(|cause| Chapter {
        path: format!("causes/{}.md", cause.id),
        text: cause_page(cause).text + &writers(emitters, cause),
    });
    std::iter::once(index).chain(emitters_pages).chain(causes_pages).collect()
}

fn index(emitters: &[Emitter], causes: &[&Cause]) -> String {
    let mut text = format!(
        "# The catalogue\n\n{} products and {} causes.\n\n## Products by kind\n",
        emitters.iter().filter(|emitter| emitter.is_named()).count(),
        causes.len()
    );
    for (family, title) in FAMILIES {
        let members: Vec<String> = emitters
            .iter()
            .filter(|emitter| emitter.family == family)
            .map(|emitter| format!("[{}](emitters/{}.md)", emitter.name, emitter.id))
            .collect();
        if !members.is_empty() {
            let _ = writeln!(text, "\n### {title}\n\n{}", members.join(" · "));
        }
    }
    text.push_str("\n## Causes, and who writes of them\n");
    for layer in Layer::ALL {
        let of_layer: Vec<_> = causes.iter().filter(|cause| cause.layer == layer).collect();
        if of_layer.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n### {layer}\n");
        for cause in of_layer {
            let named: Vec<String> = speakers(emitters, cause)
                .filter(|(emitter, _)| emitter.is_named())
                .map(|(emitter, _)| format!("[{}](emitters/{}.md)", emitter.name, emitter.id))
                .collect();
            let _ = writeln!(
                text,
                "- [`{id}`](causes/{id}.md) {}{}{}",
                cause.title(),
                if named.is_empty() { "" } else { ": " },
                named.join(", "),
                id = cause.id
            );
        }
    }
    text
}

/// The emitters whose words speak for a cause, with the most that they say.
fn speakers<'a>(
    emitters: &'a [Emitter],
    cause: &'a Cause,
) -> impl Iterator<Item = (&'a Emitter, Weight)> + use<'a> {
    emitters.iter().filter_map(|emitter| {
        let said = emitter.signatures.iter().flat_map(|signature| signature.causes);
        let weights = said.filter(|(id, _)| *id == cause.id).map(|(_, weight)| *weight);
        let most = weights.filter(|weight| weight.tells()).max()?;
        Some((emitter, most))
    })
}

fn writers(emitters: &[Emitter], cause: &Cause) -> String {
    let mut text = String::new();
    for (emitter, weight) in speakers(emitters, cause) {
        let _ = writeln!(text, "- [{}](../emitters/{}.md) {} it", emitter.name, emitter.id, weight.name());
    }
    if text.is_empty() { text } else { format!("\n## Whose words speak for it\n\n{text}") }
}

/// A page whose names of causes lead to their pages.
fn linked(page: &str, causes: &[&Cause]) -> String {
    let mut text = page.to_owned();
    for cause in causes {
        let (name, link) = (format!("`{}`", cause.id), format!("[`{id}`](../causes/{id}.md)", id = cause.id));
        text = text.replace(&name, &link);
    }
    text
}
