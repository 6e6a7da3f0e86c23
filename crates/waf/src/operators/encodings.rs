//! `@validateUrlEncoding`, `@validateUtf8Encoding`, `@validateByteRange`: what is wrong with a value, and where.

use std::ops::Range;

use crate::variables::byte_set::ByteSet;

/// Each percent sign without two hexadecimal digits behind it.
pub(super) fn bad_percent(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.iter().position(|byte| *byte == b'%')?;
            at = start + 3;
            let digits = text.get(start + 1..start + 3);
            if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                at = start + 1;
                return Some(start..(start + 3).min(text.len()));
            }
        }
    })
}

/// The bytes that are no UTF-8, in runs.
pub(super) fn bad_utf8(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let error = std::str::from_utf8(rest).err()?;
        let start = at + error.valid_up_to();
        at = start + error.error_len().unwrap_or(text.len() - start).max(1);
        Some(start..at)
    })
}

/// The bytes outside the allowed ones, in runs.
pub(super) fn outside<'a>(text: &'a [u8], allowed: &'a ByteSet) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = (at..text.len()).find(|&index| !allowed.contains(text[index]))?;
        let end = (start..text.len()).find(|&index| allowed.contains(text[index])).unwrap_or(text.len());
        at = end;
        Some(start..end)
    })
}

/// Reads `32-36,38-126`.
pub(super) fn parse_ranges(text: &str) -> Result<ByteSet, String> {
    let mut set = ByteSet::EMPTY;
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        match (first.trim().parse::<u8>(), last.trim().parse::<u8>()) {
            (Ok(first), Ok(last)) if first <= last => set = set.with(ByteSet::range(first, last)),
            _ => return Err(format!("`{word}` is no range of bytes")),
        }
    }
    Ok(set)
}
