//! JSON lines of any application or server: fields are found by their names.

mod names;
mod walk;

pub(crate) use names::field;
pub(crate) use walk::{Kind, Scalar, walk};

use super::nginx_error::request;
use super::template::split_endpoint;
use crate::record::{Entry, Field};
use crate::text::Encoding;

/// Reads one JSON object; on failure nothing is left in `out`.
pub(crate) fn parse(line: &[u8], out: &mut Vec<Entry>) -> bool {
    let text = line.trim_ascii();
    if text.first() != Some(&b'{') || text.last() != Some(&b'}') || line.len() >= u32::MAX as usize {
        return false;
    }
    let kept = out.len();
    let mut name = Vec::with_capacity(64);
    let whole = walk(line, &mut |scalar: &Scalar<'_>| {
        names::normalise(scalar.path, line, &mut name);
        if let Some(field) = std::str::from_utf8(&name).ok().and_then(field) {
            take(field, scalar, line, out);
        }
    });
    if !whole {
        out.truncate(kept);
    }
    whole
}

/// Notes one value under its field, unless it says nothing.
fn take(field: Field, scalar: &Scalar<'_>, line: &[u8], out: &mut Vec<Entry>) {
    let value = &line[scalar.start..scalar.end];
    if value.is_empty() || value == b"-" || matches!(scalar.kind, Kind::Null) {
        return;
    }
    let encoding = if scalar.kind == Kind::Text { Encoding::Json } else { Encoding::Plain };
    let mut push = |field, start: usize, end: usize| {
        out.push(Entry { field, encoding, group: 0, start: start as u32, end: end as u32 });
    };
    match field {
        Field::Status if !is_status(value) => {}
        Field::Client => {
            let (address, port) = split_endpoint(value);
            push(Field::Client, scalar.start + address.0, scalar.start + address.1);
            if let Some(port) = port {
                push(Field::ClientPort, scalar.start + port, scalar.end);
            }
        }
        // Amazon API Gateway calls the moment of a request what nginx calls its duration.
        Field::Duration if value.contains(&b'/') => push(Field::Time, scalar.start, scalar.end),
        Field::Request => {
            push(field, scalar.start, scalar.end);
            request(line, scalar.start, scalar.end, out);
        }
        _ => push(field, scalar.start, scalar.end),
    }
}

/// A level or a text may be called `status` too.
fn is_status(value: &[u8]) -> bool {
    value.len() == 3 && value.iter().all(u8::is_ascii_digit) && (b'1'..=b'5').contains(&value[0])
}
