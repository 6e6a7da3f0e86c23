//! logfmt: `level=warning msg="..." http.request.method=POST`. <https://brandur.org/logfmt>

use super::json::field;
use super::template::split_endpoint;
use crate::record::{Entry, Field};
use crate::text::Encoding;

/// Reads one line of at least two pairs; on failure nothing is left in `out`.
pub(crate) fn parse(line: &[u8], out: &mut Vec<Entry>) -> bool {
    let kept = out.len();
    let mut pairs = 0;
    let mut at = 0;
    while at < line.len() {
        at += line[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let key = line[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(byte))
            .count();
        if key == 0 || line.get(at + key) != Some(&b'=') {
            break;
        }
        let (start, end, next) = value(line, at + key + 1);
        pairs += 1;
        note(&line[at..at + key], line, start, end, out);
        at = next;
    }
    let whole = pairs > 1 && line[at.min(line.len())..].trim_ascii().is_empty();
    if !whole {
        out.truncate(kept);
    }
    whole
}

/// Where a value begins and ends, and where the next pair may begin.
fn value(line: &[u8], start: usize) -> (usize, usize, usize) {
    if line.get(start) != Some(&b'"') {
        let length = line[start..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        return (start, start + length, start + length);
    }
    let mut at = start + 1;
    while let Some(found) = line.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if line[at] == b'"' {
            return (start + 1, at, at + 1);
        }
        at += 2;
    }
    (start + 1, line.len(), line.len())
}

fn note(key: &[u8], line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let name: Vec<u8> = key.iter().filter(|byte| !b"_-".contains(byte)).map(u8::to_ascii_lowercase).collect();
    let Some(field) = std::str::from_utf8(&name).ok().and_then(field).filter(|_| end > start) else { return };
    let mut push = |field, start: usize, end: usize| {
        out.push(Entry {
            field,
            encoding: Encoding::Backslash,
            group: 0,
            start: start as u32,
            end: end as u32,
        });
    };
    match field {
        Field::Status if line[start..end].len() != 3 => {}
        Field::Client => {
            let (address, _) = split_endpoint(&line[start..end]);
            push(field, start + address.0, start + address.1);
        }
        _ => push(field, start, end),
    }
}
