//! A verdict as text, one file per format. Cannot fail, and shows no secret: every format writes through [`mask`].

mod book;
mod html;
mod json;
mod markdown;
mod mask;
mod neutral;
mod page;
mod sarif;
mod terminal;

use model::{Evidence, SentRequest, Verdict};

pub use book::{Chapter, book};
pub use mask::Mask;
pub use neutral::neutral;
pub use page::{Page, cause_line, cause_page, emitter_page};
pub use sarif::uri;

/// The formats a verdict can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, at a terminal.
    Terminal,
    /// For programs: one object, version 1.
    Json,
    /// For code-scanning services: SARIF 2.1.0.
    Sarif,
    /// For a browser: one self-contained page.
    Html,
    /// For tickets.
    Markdown,
}

/// What a report needs besides the verdict and the evidence.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The requests that were sent, in order.
    pub requests: &'a [SentRequest],
    /// From start to verdict.
    pub elapsed_ms: u64,
    /// Whether colours may be used.
    pub colour: Colour,
    /// Columns of the terminal, at least 40.
    pub width: usize,
}

/// Whether the terminal format may use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI styles.
    Styled,
    /// Plain text.
    Plain,
}

/// Writes the verdict in a format.
#[must_use]
pub fn render(format: Format, verdict: &Verdict, evidence: &Evidence, context: &Context) -> String {
    let mask = Mask::new(&evidence.secrets);
    let view = View { verdict, evidence, context, mask: &mask };
    match format {
        Format::Terminal => terminal::write(&view),
        Format::Json => json::write(&view),
        Format::Sarif => sarif::write(&view),
        Format::Html => html::write(&view),
        Format::Markdown => markdown::write(&view),
    }
}

/// All that a format looks at.
struct View<'a> {
    verdict: &'a Verdict,
    evidence: &'a Evidence,
    context: &'a Context<'a>,
    mask: &'a Mask,
}

impl View<'_> {
    /// Text that came from a document or the other side: secrets masked, control characters made visible.
    fn safe(&self, text: &str) -> String {
        neutral(&self.mask.apply(text))
    }

    /// The place of a finding, made ready for people.
    fn quote(&self, span: model::Span) -> model::Quote {
        let quote = self.evidence.sources.quote(span);
        let text = neutral(&self.mask.apply_to_excerpt(&quote.text));
        model::Quote { text, document: self.safe(&quote.document), ..quote }
    }

    /// Text of several lines from a document, such as a patch.
    fn safe_lines(&self, text: &str) -> String {
        let lines: Vec<String> = self.mask.apply(text).split('\n').map(neutral).collect();
        lines.join("\n")
    }
}
