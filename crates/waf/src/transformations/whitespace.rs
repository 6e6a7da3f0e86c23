//! Transformations of white space, and of shell command lines.

use crate::variables::arena::Rewrite;

/// What C's `isspace` takes for white space in the C locale.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// The no-break space of Latin 1 counts too.
fn is_white(byte: u8) -> bool {
    is_space(byte) || byte == 0xa0
}

pub(super) fn remove(text: &mut Rewrite<'_>) {
    for index in 0..text.len() {
        if !is_white(text.at(index)) {
            text.keep(index);
        }
    }
}

pub(super) fn compress(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if !is_white(text.at(index)) {
            text.keep(index);
            index += 1;
            continue;
        }
        let start = index;
        while index < text.len() && is_white(text.at(index)) {
            index += 1;
        }
        text.put(b' ', start..index);
    }
}

pub(super) fn trim(text: &mut Rewrite<'_>) {
    let start = first_solid(text);
    copy(text, start, end_of_solid(text));
}

pub(super) fn trim_left(text: &mut Rewrite<'_>) {
    let start = first_solid(text);
    copy(text, start, text.len());
}

pub(super) fn trim_right(text: &mut Rewrite<'_>) {
    let end = end_of_solid(text);
    copy(text, 0, end);
}

fn first_solid(text: &Rewrite<'_>) -> usize {
    (0..text.len()).find(|&index| !is_space(text.at(index))).unwrap_or(text.len())
}

fn end_of_solid(text: &Rewrite<'_>) -> usize {
    (0..text.len()).rev().find(|&index| !is_space(text.at(index))).map_or(0, |index| index + 1)
}

fn copy(text: &mut Rewrite<'_>, start: usize, end: usize) {
    for index in start..end {
        text.keep(index);
    }
}

/// `cmdLine`: takes quotes, backslashes and carets away, turns separators into one space, drops the space before `/`
/// and `(`, and lowers the case. It ends at a zero byte.
pub(super) fn command_line(text: &mut Rewrite<'_>) {
    let mut spaced = false;
    for index in 0..text.len() {
        match text.at(index) {
            0 => break,
            b'"' | b'\'' | b'\\' | b'^' => {}
            b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' => {
                if !spaced {
                    text.put(b' ', index..index + 1);
                    spaced = true;
                }
            }
            b'/' | b'(' => {
                if spaced {
                    text.pop();
                }
                spaced = false;
                text.keep(index);
            }
            byte => {
                text.put(byte.to_ascii_lowercase(), index..index + 1);
                spaced = false;
            }
        }
    }
}
