//! Percent encoding, with Microsoft's `%uHHHH`, and the way from UTF-8 to it.

use super::escapes::from_full_width;
use super::unicode_map;
use crate::variables::arena::Rewrite;

pub(crate) fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// The byte of two hexadecimal digits.
pub(crate) fn hex_pair(high: u8, low: u8) -> u8 {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    digit(high) * 16 + digit(low)
}

/// `urlDecode`: what is no valid escape stays.
pub(super) fn decode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        index += plain_step(text, index);
    }
}

fn plain_step(text: &mut Rewrite<'_>, index: usize) -> usize {
    let escaped = text.at(index) == b'%'
        && index + 2 < text.len()
        && is_hex(text.at(index + 1))
        && is_hex(text.at(index + 2));
    if escaped {
        text.put(hex_pair(text.at(index + 1), text.at(index + 2)), index..index + 3);
        return 3;
    }
    if text.at(index) == b'+' {
        text.put(b' ', index..index + 1);
    } else {
        text.keep(index);
    }
    1
}

/// `urlDecodeUni`: also `%uHHHH`, through the best-fit table of the code page where it has an entry.
pub(super) fn decode_unicode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        let wide =
            text.at(index) == b'%' && index + 1 < text.len() && matches!(text.at(index + 1), b'u' | b'U');
        if !wide {
            index += plain_step(text, index);
            continue;
        }
        let digits = (2..6).all(|offset| index + offset < text.len() && is_hex(text.at(index + offset)));
        if !digits {
            text.keep(index);
            text.keep(index + 1);
            index += 2;
            continue;
        }
        let high = [text.at(index + 2), text.at(index + 3)];
        let low = hex_pair(text.at(index + 4), text.at(index + 5));
        let code = u16::from_be_bytes([hex_pair(high[0], high[1]), low]);
        let byte = unicode_map::best_fit(code).unwrap_or_else(|| from_full_width(low, high));
        text.put(byte, index..index + 6);
        index += 6;
    }
}

pub(super) fn encode(text: &mut Rewrite<'_>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for index in 0..text.len() {
        let byte = text.at(index);
        let from = index..index + 1;
        match byte {
            b' ' => text.put(b'+', from),
            b'*' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => text.keep(index),
            _ => {
                for part in [b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]] {
                    text.put(part, from.clone());
                }
            }
        }
    }
}

/// `utf8toUnicode`: every character of two or more bytes becomes `%uHHHH`. Zero bytes go.
pub(super) fn utf8_to_unicode(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        let first = text.at(index);
        if first < 0x80 {
            if first != 0 {
                text.keep(index);
            }
            index += 1;
            continue;
        }
        let (length, code) = sequence(text, index);
        if length == 0 {
            // Only a byte that can begin no sequence is copied; a broken sequence loses its first byte.
            if first & 0xc0 == 0x80 || first >= 0xf5 {
                text.keep(index);
            }
            index += 1;
            continue;
        }
        for digit in format!("%u{code:04x}").bytes() {
            text.put(digit, index..index + length);
        }
        let overlong = matches!((length, code), (4, ..0x10000) | (3, ..0x800) | (2, ..0x80));
        if (0xd800..=0xdfff).contains(&code) || overlong {
            text.keep(index);
        }
        index += length;
    }
}

/// Length and number of the character at `index`; length 0 where there is none.
fn sequence(text: &Rewrite<'_>, index: usize) -> (usize, u32) {
    let first = text.at(index);
    let (length, bits) = match first {
        0xc0..=0xdf => (2, first & 0x1f),
        0xe0..=0xef => (3, first & 0x0f),
        0xf0..=0xf4 => (4, first & 0x07),
        _ => return (0, 0),
    };
    let mut code = u32::from(bits);
    for offset in 1..length {
        let next = text.at(index + offset);
        if index + offset >= text.len() || next & 0xc0 != 0x80 {
            return (0, 0);
        }
        code = code << 6 | u32::from(next & 0x3f);
    }
    (length, code)
}
