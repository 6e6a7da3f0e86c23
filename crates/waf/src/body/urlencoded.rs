//! `application/x-www-form-urlencoded`: queries and forms.

use crate::rules::Config;
use crate::transformations::{hex_pair, is_hex};
use crate::variables::arena::{Arena, Origin, Text};
use crate::variables::names::Variable;
use crate::variables::store::Store;

/// Adds the arguments of a query or a form that begins at `start` in the request; says whether an escape is broken.
pub(crate) fn arguments(
    store: &mut Store,
    text: &[u8],
    start: usize,
    origin: Variable,
    config: &Config,
) -> bool {
    let mut invalid = false;
    let separator = config.argument_separator;
    let mut at = 0;
    while at < text.len() {
        let end =
            text[at..].iter().position(|byte| *byte == separator).map_or(text.len(), |found| at + found);
        let pair = &text[at..end];
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = decode(&mut store.arena, &pair[..equals], start + at, &mut invalid);
        let value = pair.get(equals + 1..).unwrap_or_default();
        let value = decode(&mut store.arena, value, start + at + equals + 1, &mut invalid);
        // A name at the very end without `=` and without a separator behind it counts with an empty value too.
        if !super::add_argument(store, name, value, origin, config) {
            break;
        }
        at = end + 1;
    }
    invalid
}

/// Decodes percent escapes and plus signs; what is no valid escape stays.
pub(crate) fn decode(arena: &mut Arena, text: &[u8], start: usize, invalid: &mut bool) -> Text {
    let mark = arena.mark();
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        arena.extend(text, start);
        return arena.since(mark);
    }
    let mut at = 0;
    while at < text.len() {
        let position = (start + at) as u32;
        let one = Origin { start: position, end: position + 1 };
        match text[at] {
            b'%' if at + 2 < text.len() && is_hex(text[at + 1]) && is_hex(text[at + 2]) => {
                arena.push(
                    hex_pair(text[at + 1], text[at + 2]),
                    Origin { start: position, end: position + 3 },
                );
                at += 3;
                continue;
            }
            b'%' => {
                *invalid = true;
                arena.push(b'%', one);
            }
            b'+' => arena.push(b' ', one),
            byte => arena.push(byte, one),
        }
        at += 1;
    }
    arena.since(mark)
}
