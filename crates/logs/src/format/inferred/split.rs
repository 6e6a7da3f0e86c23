//! Cuts a line into the pieces between separators; what stands in quotation marks or brackets is one piece.

/// A piece of a line: `label="value"`, `[value]`, `value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'l> {
    /// A name with its `=`.
    pub(super) label: &'l [u8],
    pub(super) open: &'static [u8],
    pub(super) value: &'l [u8],
    pub(super) close: &'static [u8],
}

/// More pieces than any server writes.
const MOST: usize = 100;

/// The pieces of a line; `None` when a quotation mark is not closed, blanks follow each other, or there are too many.
pub(super) fn pieces<'l>(line: &'l [u8], separator: &[u8]) -> Option<Vec<Piece<'l>>> {
    let mut found = Vec::new();
    let mut rest = line.trim_ascii_end();
    loop {
        let label = label(rest);
        let (open, close): (&[u8], &[u8]) = match rest.get(label.len()) {
            Some(b'"') => (b"\"", b"\""),
            Some(b'[') => (b"[", b"]"),
            Some(b'\'') => (b"'", b"'"),
            _ => (b"", b""),
        };
        let inside = &rest[label.len() + open.len()..];
        let end = if close.is_empty() {
            memchr::memmem::find(inside, separator).unwrap_or(inside.len())
        } else {
            closed(inside, close, separator)?
        };
        // Runs of blanks set out a table for people, and a program's messages.
        if end == 0 && close.is_empty() && separator == b" " {
            return None;
        }
        found.push(Piece { label, open, value: &inside[..end], close });
        let Some(after) = inside[end + close.len()..].strip_prefix(separator) else {
            return (found.len() <= MOST).then_some(found);
        };
        rest = after;
    }
}

/// Where the closing mark stands that a separator or the end of the line follows.
fn closed(inside: &[u8], close: &[u8], separator: &[u8]) -> Option<usize> {
    memchr::memchr_iter(close[0], inside).find(|at| {
        let after = &inside[at + 1..];
        let hidden = inside[..*at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        !hidden && (after.is_empty() || after.starts_with(separator))
    })
}

/// `rid=` of `rid=4f9c`.
fn label(text: &[u8]) -> &[u8] {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = text.iter().take(40).take_while(|byte| name(byte)).count();
    let named = length > 0 && text[0].is_ascii_alphabetic() && text.get(length) == Some(&b'=');
    if named { &text[..=length] } else { b"" }
}
