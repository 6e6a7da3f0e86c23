//! HTML character references.

use crate::variables::arena::Rewrite;

/// `htmlEntityDecode`: numbers, and the five names that the engines know.
pub(super) fn decode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if text.at(index) == b'&' && index + 1 < text.len() {
            let (byte, end) = reference(text, index);
            if let Some(byte) = byte {
                text.put(byte, index..end);
            } else {
                (index..end).for_each(|raw| text.keep(raw));
            }
            index = end;
        } else {
            text.keep(index);
            index += 1;
        }
    }
}

/// The byte of the reference at `index` and where it ends; without a byte, the raw text that the engines copy over.
fn reference(text: &Rewrite<'_>, index: usize) -> (Option<u8>, usize) {
    let raw = |length: usize| (None, (index + length).min(text.len()));
    if text.at(index + 1) != b'#' {
        return named(text, index);
    }
    if index + 2 >= text.len() {
        return raw(2);
    }
    let hexadecimal = matches!(text.at(index + 2), b'x' | b'X');
    if hexadecimal && index + 3 >= text.len() {
        return raw(3);
    }
    let start = index + if hexadecimal { 3 } else { 2 };
    let is_digit = |byte: u8| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let end = (start..text.len()).find(|&at| !is_digit(text.at(at))).unwrap_or(text.len());
    if end == start {
        return raw(if hexadecimal { 3 } else { 2 });
    }
    let radix = if hexadecimal { 16 } else { 10 };
    // `strtol` stops at its largest value, whose last byte is 0xff.
    let value = (start..end).try_fold(0i64, |value, at| {
        let digit = char::from(text.at(at)).to_digit(radix).unwrap_or(0);
        value.checked_mul(i64::from(radix))?.checked_add(i64::from(digit))
    });
    (Some(value.unwrap_or(i64::MAX) as u8), after_semicolon(text, end))
}

fn named(text: &Rewrite<'_>, index: usize) -> (Option<u8>, usize) {
    let start = index + 1;
    let end = (start..text.len()).find(|&at| !text.at(at).is_ascii_alphanumeric()).unwrap_or(text.len());
    if end == start {
        return (None, index + 1);
    }
    let is = |name: &[u8]| {
        name.len() == end - start
            && name
                .iter()
                .enumerate()
                .all(|(offset, byte)| text.at(start + offset).eq_ignore_ascii_case(byte))
    };
    let names: [(&[u8], u8); 5] =
        [(b"quot", b'"'), (b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"nbsp", 0xa0)];
    match names.into_iter().find(|(name, _)| is(name)) {
        Some((_, byte)) => (Some(byte), after_semicolon(text, end)),
        None => (None, end),
    }
}

fn after_semicolon(text: &Rewrite<'_>, end: usize) -> usize {
    end + usize::from(end < text.len() && text.at(end) == b';')
}
