//! The pages of the catalogue, for `explain` and the book.

use std::fmt::Write as _;

use model::{Cause, Emitter};

/// A page in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// The whole text, title included.
    pub text: String,
}

/// The page of a cause.
#[must_use]
pub fn cause_page(cause: &Cause) -> Page {
    let page = cause.page;
    let body = page.split_once('\n').map_or("", |(_, body)| body);
    let text = format!("# {}: {}\n\nLayer: {}\n{body}\n", cause.id, cause.title(), cause.layer);
    Page { title: cause.id.to_owned(), text }
}

/// The page of an emitter: what it is, its order of checks, and its words with what they mean.
#[must_use]
pub fn emitter_page(emitter: &Emitter) -> Page {
    let mut text = format!("# {}\n\nLayer: {}\n\n{}\n", emitter.name, emitter.layer, emitter.about);
    if !emitter.checks.is_empty() {
        let _ = writeln!(text, "\n## Order of its checks\n\n{}", emitter.checks.join(" → "));
    }
    if let Some((name, owner)) = emitter.reference {
        let _ =
            writeln!(text, "\n## What to quote to its owner\n\n`{name}`, which the owner finds in {owner}");
    }
    text.push_str("\n## Its words\n");
    for signature in emitter.signatures.iter().filter(|signature| !signature.presence) {
        let _ = writeln!(text, "\n- `{}`", signature.text());
        if !signature.meaning.is_empty() {
            let _ = writeln!(text, "  {}", signature.meaning);
        }
        for (cause, weight) in signature.causes {
            let _ = writeln!(text, "  - {} `{cause}`", weight.name());
        }
        if !signature.fix.is_empty() {
            let _ = writeln!(text, "  - fix: {}", signature.fix);
        }
        if !signature.opens.is_empty() {
            let _ = writeln!(text, "  - opens: {}", signature.opens);
        }
        let _ = writeln!(text, "  - source: {}", signature.source);
    }
    Page { title: emitter.name.to_owned(), text }
}

/// A cause as one line of JSON: id, layer, title and fix.
#[must_use]
pub fn cause_line(cause: &Cause) -> String {
    serde_json::json!({
        "cause": cause.id, "layer": cause.layer.name(), "title": cause.title(), "fix": cause.fix, "opens": cause.opens,
    })
    .to_string()
}
