//! Names, character data and the document type declaration.

use std::ops::Range;

use super::entities::{Entities, character_reference};
use crate::variables::arena::Origin;
use crate::variables::store::Store;

/// The name at the beginning of a text.
pub(super) fn name(text: &[u8]) -> Result<&[u8], &'static str> {
    let starts = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..);
    let continues = |byte: &u8| starts(*byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    match text.first() {
        Some(first) if starts(*first) => {
            Ok(&text[..text.iter().position(|byte| !continues(byte)).unwrap_or(text.len())])
        }
        _ => Err("invalid name"),
    }
}

/// Writes character data with its references resolved.
pub(super) fn characters(
    store: &mut Store,
    body: &[u8],
    range: Range<usize>,
    start: usize,
    entities: &Entities,
) -> Result<(), &'static str> {
    let mut at = range.start;
    while at < range.end {
        let plain = body[at..range.end]
            .iter()
            .position(|byte| matches!(byte, b'&' | b'\r' | 0..=8 | 0x0b | 0x0c | 0x0e..=0x1f))
            .map_or(range.end, |found| at + found);
        store.arena.extend(&body[at..plain], start + at);
        at = plain;
        match body[at..range.end].first() {
            None => {}
            Some(b'\r') => {
                // Line ends are newlines, whatever was sent.
                if body.get(at + 1) != Some(&b'\n') {
                    let position = (start + at) as u32;
                    store.arena.push(b'\n', Origin { start: position, end: position + 1 });
                }
                at += 1;
            }
            Some(b'&') => at = reference(store, body, at..range.end, start, entities)?,
            Some(_) => return Err("char out of allowed range"),
        }
    }
    Ok(())
}

/// Writes what the reference at the beginning of `range` stands for; where it ends.
fn reference(
    store: &mut Store,
    body: &[u8],
    range: Range<usize>,
    start: usize,
    entities: &Entities,
) -> Result<usize, &'static str> {
    let length =
        body[range.clone()].iter().position(|byte| *byte == b';').ok_or("entity reference: expecting ';'")?;
    let written = &body[range.start + 1..range.start + length];
    let text = if written.starts_with(b"#") {
        character_reference(written).ok_or("invalid character reference")?
    } else {
        name(written).ok().filter(|name| name.len() == written.len()).ok_or("no name in entity reference")?;
        entities.text(written)?.ok_or("entity not defined")?
    };
    let end = range.start + length + 1;
    let origin = Origin { start: (start + range.start) as u32, end: (start + end) as u32 };
    for byte in text {
        store.arena.push(byte, origin);
    }
    Ok(end)
}

/// Length of the document type declaration; its internal entities are remembered.
pub(super) fn document_type(text: &[u8], entities: &mut Entities) -> Result<usize, &'static str> {
    let mut at = 9;
    let mut inside = false;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"<!--") {
            at += rest.windows(3).position(|window| window == b"-->").ok_or("comment not terminated")? + 3;
        } else if inside && rest.starts_with(b"<!ENTITY") {
            at += entity(rest, entities)?;
        } else {
            match rest[0] {
                b'[' => inside = true,
                b']' => inside = false,
                b'>' if !inside => return Ok(at + 1),
                quote @ (b'"' | b'\'') => {
                    at +=
                        rest[1..].iter().position(|byte| *byte == quote).ok_or("premature end of data")? + 1;
                }
                _ => {}
            }
            at += 1;
        }
    }
    Err("premature end of data")
}

fn entity(text: &[u8], entities: &mut Entities) -> Result<usize, &'static str> {
    let space =
        |from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = space(8);
    let parameter = text.get(at) == Some(&b'%');
    if parameter {
        at = space(at + 1);
    }
    let entity_name = name(&text[at..])?;
    at = space(at + entity_name.len());
    let quote = *text.get(at).ok_or("premature end of data")?;
    if matches!(quote, b'"' | b'\'') {
        let length = text[at + 1..].iter().position(|byte| *byte == quote).ok_or("premature end of data")?;
        if !parameter {
            entities.declare(entity_name, &text[at + 1..at + 1 + length]);
        }
        at += length + 2;
    } else if !parameter {
        // An external entity is never fetched: it stands for nothing.
        entities.declare(entity_name, b"");
    }
    at += text[at..].iter().position(|byte| *byte == b'>').ok_or("premature end of data")?;
    Ok(at + 1)
}
