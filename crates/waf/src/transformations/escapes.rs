//! Backslash escapes of JavaScript, CSS and ANSI C.

use super::urls::{hex_pair, is_hex};
use super::whitespace::is_space;
use crate::variables::arena::Rewrite;

/// Full-width forms of ASCII, U+FF01 to U+FF5E, stand for the ASCII character.
pub(super) fn from_full_width(byte: u8, high: [u8; 2]) -> u8 {
    let full_width = high.iter().all(|digit| digit.eq_ignore_ascii_case(&b'f'));
    if full_width && byte > 0 && byte < 0x5f { byte + 0x20 } else { byte }
}

fn simple_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        _ => return None,
    })
}

fn is_octal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'7')
}

/// Number of octal digits, at most three, that begin at `index`.
fn octal_digits(text: &Rewrite<'_>, index: usize) -> usize {
    (0..3).take_while(|offset| index + offset < text.len() && is_octal(text.at(index + offset))).count()
}

fn octal_value(text: &Rewrite<'_>, index: usize, digits: usize) -> u8 {
    (0..digits).fold(0u16, |value, offset| value * 8 + u16::from(text.at(index + offset) - b'0')) as u8
}

/// `jsDecode`.
pub(super) fn js_decode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if text.at(index) != b'\\' || index + 1 >= text.len() {
            text.keep(index);
            index += 1;
            continue;
        }
        let (byte, length) = js_escape(text, index);
        text.put(byte, index..index + length);
        index += length;
    }
}

fn js_escape(text: &Rewrite<'_>, index: usize) -> (u8, usize) {
    let kind = text.at(index + 1);
    let hex = |from: usize, count: usize| {
        index + from + count <= text.len() && (0..count).all(|o| is_hex(text.at(index + from + o)))
    };
    if kind == b'u' && hex(2, 4) {
        let low = hex_pair(text.at(index + 4), text.at(index + 5));
        return (from_full_width(low, [text.at(index + 2), text.at(index + 3)]), 6);
    }
    if kind == b'x' && hex(2, 2) {
        return (hex_pair(text.at(index + 2), text.at(index + 3)), 4);
    }
    if is_octal(kind) {
        let mut digits = octal_digits(text, index + 1);
        // Three digits only where they fit a byte.
        if digits == 3 && kind > b'3' {
            digits = 2;
        }
        return (octal_value(text, index + 1, digits), 1 + digits);
    }
    (simple_escape(kind).unwrap_or(kind), 2)
}

/// `escapeSeqDecode`.
pub(super) fn ansi_c_decode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if text.at(index) != b'\\' || index + 1 >= text.len() {
            text.keep(index);
            index += 1;
            continue;
        }
        let kind = text.at(index + 1);
        let pair = |text: &Rewrite<'_>| is_hex(text.at(index + 2)) && is_hex(text.at(index + 3));
        let (byte, length) = if let Some(byte) = simple_escape(kind) {
            (byte, 2)
        } else if matches!(kind, b'x' | b'X') && index + 3 < text.len() && pair(text) {
            (hex_pair(text.at(index + 2), text.at(index + 3)), 4)
        } else if is_octal(kind) {
            let digits = octal_digits(text, index + 1);
            (octal_value(text, index + 1, digits), 1 + digits)
        } else {
            (kind, 2)
        };
        text.put(byte, index..index + length);
        index += length;
    }
}

/// `cssDecode`: the last two of up to six hexadecimal digits count.
pub(super) fn css_decode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if text.at(index) != b'\\' {
            text.keep(index);
            index += 1;
            continue;
        }
        let start = index + 1;
        let digits = (0..6).take_while(|o| start + o < text.len() && is_hex(text.at(start + o))).count();
        if digits > 0 {
            let byte = css_byte(text, start, digits);
            let space = start + digits < text.len() && is_space(text.at(start + digits));
            let end = start + digits + usize::from(space);
            text.put(byte, index..end);
            index = end;
        } else if start >= text.len() || text.at(start) == b'\n' {
            index = start + 1;
        } else {
            text.put(text.at(start), index..start + 1);
            index = start + 1;
        }
    }
}

fn css_byte(text: &Rewrite<'_>, start: usize, digits: usize) -> u8 {
    let digit = |offset: usize| text.at(start + offset);
    if digits == 1 {
        return hex_pair(b'0', digit(0));
    }
    let byte = hex_pair(digit(digits - 2), digit(digits - 1));
    let checked = match digits {
        4 => true,
        5 => digit(0) == b'0',
        6 => digit(0) == b'0' && digit(1) == b'0',
        _ => false,
    };
    if checked { from_full_width(byte, [digit(digits - 4), digit(digits - 3)]) } else { byte }
}
