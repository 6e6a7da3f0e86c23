//! A finding in the shape of a compiler's message: the reason, the place, the line, the mark.

use model::{Finding, Quote, Weight};
use unicode_width::UnicodeWidthStr;

use super::style::{Paint, Tone};
use crate::View;

/// The finding with its quoted line.
pub(super) fn write(view: &View, finding: &Finding, out: &mut Paint) {
    let tone = match finding.weight {
        Weight::Proves => Tone::Bad,
        Weight::Supports => Tone::Strong,
        Weight::Hints => Tone::Plain,
        Weight::Weakens | Weight::Excludes => Tone::Care,
    };
    out.paragraph(tone, &format!("  {}: ", finding.weight.name()), &view.safe(&finding.because));
    let raw = view.evidence.sources.quote(finding.span);
    let quote = view.quote(finding.span);
    let number = quote.line.to_string();
    let gutter = " ".repeat(number.len());
    out.verbatim(Tone::Faint, &format!("  {gutter}--> {}:{}:{}", quote.document, quote.line, quote.column));
    let room = out.width().saturating_sub(number.len() + 5);
    let (text, mark) = fit(view, &raw, &quote, room);
    out.verbatim(Tone::Plain, &format!("  {number} | {text}"));
    if let Some((column, width)) = mark {
        out.verbatim(tone, &format!("  {gutter} | {}{}", " ".repeat(column), "^".repeat(width)));
    }
}

/// The part of the line that fits, and where the mark goes in it. The mark is measured on the masked and neutralised
/// text, and left out where masking cuts through it.
fn fit(view: &View, raw: &Quote, quote: &Quote, room: usize) -> (String, Option<(usize, usize)>) {
    let before: String = raw.text.chars().take(raw.column.saturating_sub(1)).collect();
    let marked: String = raw.text.chars().skip(raw.column.saturating_sub(1)).take(raw.width).collect();
    let (before, marked) = (view.safe(&before), view.safe(&marked));
    let whole = quote.text.starts_with(&format!("{before}{marked}"));
    let indent = quote.text.len() - quote.text.trim_start().len();
    let start = if before.width() > room / 2 {
        cut(&before, before.width() - room / 3)
    } else {
        indent.min(before.len())
    };
    let lead = if start > indent { "…" } else { "" };
    let text = format!("{lead}{}", &quote.text[start.min(quote.text.len())..]);
    let text = shorten(&text, room);
    if !whole || start > before.len() {
        return (text, None);
    }
    let column = lead.width() + before[start..].width();
    let width = marked.width().min(room.saturating_sub(column));
    (text, (width > 0).then_some((column, width)))
}

/// The byte offset after the first `columns` columns.
fn cut(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        if used >= columns {
            return at;
        }
        used += unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
    }
    text.len()
}

fn shorten(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    format!("{}…", &text[..cut(text, room.saturating_sub(1))])
}
