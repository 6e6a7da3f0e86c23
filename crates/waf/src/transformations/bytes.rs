//! Transformations that look at one byte at a time.

use crate::variables::arena::Rewrite;

fn map(text: &mut Rewrite<'_>, change: impl Fn(u8) -> u8) {
    for index in 0..text.len() {
        let byte = change(text.at(index));
        text.put(byte, index..index + 1);
    }
}

pub(super) fn lowercase(text: &mut Rewrite<'_>) {
    map(text, |byte| byte.to_ascii_lowercase());
}

pub(super) fn uppercase(text: &mut Rewrite<'_>) {
    map(text, |byte| byte.to_ascii_uppercase());
}

pub(super) fn replace_nulls(text: &mut Rewrite<'_>) {
    map(text, |byte| if byte == 0 { b' ' } else { byte });
}

pub(super) fn parity_zero(text: &mut Rewrite<'_>) {
    map(text, |byte| byte & 0x7f);
}

/// mod_security2's even parity sets the top bit of bytes with an odd number of bits in all eight.
pub(super) fn parity_even(text: &mut Rewrite<'_>) {
    map(text, |byte| if byte.count_ones() % 2 == 1 { byte | 0x80 } else { byte & 0x7f });
}

pub(super) fn parity_odd(text: &mut Rewrite<'_>) {
    map(text, |byte| if byte.count_ones() % 2 == 1 { byte & 0x7f } else { byte | 0x80 });
}

pub(super) fn remove_nulls(text: &mut Rewrite<'_>) {
    for index in 0..text.len() {
        if text.at(index) != 0 {
            text.keep(index);
        }
    }
}
