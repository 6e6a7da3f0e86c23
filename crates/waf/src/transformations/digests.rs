//! Transformations that replace the whole value: Base64, hexadecimal, digests, the length.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha1::Sha1;

use super::urls::{hex_pair, is_hex};
use crate::variables::arena::Rewrite;

fn replace(text: &mut Rewrite<'_>, bytes: &[u8]) {
    let all = 0..text.len();
    for byte in bytes {
        text.put(*byte, all.clone());
    }
}

fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Decodes the digits at these positions, four to three bytes, and keeps which digits each byte stands for.
fn decode_digits(text: &mut Rewrite<'_>, positions: &[usize]) {
    for group in positions.chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, &position| bits << 6 | base64_digit(text.at(position)).unwrap_or(0))
            << (6 * (4 - group.len()));
        let range = group[0]..group[group.len() - 1] + 1;
        for part in 0..group.len().saturating_sub(1) {
            text.put((bits >> (16 - 8 * part)) as u8, range.clone());
        }
    }
}

/// `base64Decode`: decodes up to the first byte that is no Base64 digit, as APR does.
pub(super) fn base64_decode(text: &mut Rewrite<'_>) {
    let length = (0..text.len()).take_while(|&index| base64_digit(text.at(index)).is_some()).count();
    let positions: Vec<usize> = (0..length).collect();
    decode_digits(text, &positions);
}

/// `base64DecodeExt`: skips what is no digit.
pub(super) fn base64_decode_lenient(text: &mut Rewrite<'_>) {
    let positions: Vec<usize> =
        (0..text.len()).filter(|&index| base64_digit(text.at(index)).is_some()).collect();
    decode_digits(text, &positions);
}

pub(super) fn base64_encode(text: &mut Rewrite<'_>) {
    let encoded = STANDARD.encode(text.input());
    replace(text, encoded.as_bytes());
}

pub(super) fn hex_decode(text: &mut Rewrite<'_>) {
    for index in (0..text.len().saturating_sub(1)).step_by(2) {
        text.put(hex_pair(text.at(index), text.at(index + 1)), index..index + 2);
    }
}

pub(super) fn hex_encode(text: &mut Rewrite<'_>) {
    for index in 0..text.len() {
        for digit in format!("{:02x}", text.at(index)).bytes() {
            text.put(digit, index..index + 1);
        }
    }
}

/// `sqlHexDecode`: `0x6162` becomes `ab`. A zero byte ends the value.
pub(super) fn sql_hex_decode(text: &mut Rewrite<'_>) {
    let pair = |text: &Rewrite<'_>, index: usize| is_hex(text.at(index)) && is_hex(text.at(index + 1));
    let mut index = 0;
    while index < text.len() && text.at(index) != 0 {
        let number =
            text.at(index) == b'0' && matches!(text.at(index + 1), b'x' | b'X') && pair(text, index + 2);
        if !number {
            text.keep(index);
            index += 1;
            continue;
        }
        index += 2;
        while pair(text, index) {
            text.put(hex_pair(text.at(index), text.at(index + 1)), index..index + 2);
            index += 2;
        }
    }
}

pub(super) fn length(text: &mut Rewrite<'_>) {
    let length = text.len().to_string();
    replace(text, length.as_bytes());
}

pub(super) fn md5(text: &mut Rewrite<'_>) {
    let digest = Md5::digest(text.input());
    replace(text, &digest);
}

pub(super) fn sha1(text: &mut Rewrite<'_>) {
    let digest = Sha1::digest(text.input());
    replace(text, &digest);
}
