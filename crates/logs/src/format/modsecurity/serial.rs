//! Audit entries in sections: `--abc123-A--` to `--abc123-Z--` (version 2), `---AbC123---A--` (version 3).
//! <https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats#audit-log>

use super::line;
use crate::format::nginx::header;
use crate::format::nginx_error::{push, request};
use crate::record::{Entry, Field};

/// The letter of a section's boundary line.
pub(crate) fn boundary(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let inner = line.strip_prefix(b"--")?.strip_suffix(b"--")?;
    let (letter, rest) = inner.split_last()?;
    let rest = rest.strip_suffix(b"-")?;
    let id = rest
        .strip_prefix(b"-")
        .unwrap_or(rest)
        .strip_suffix(b"--")
        .unwrap_or(rest.strip_prefix(b"-").unwrap_or(rest));
    let known = letter.is_ascii_uppercase() && id.len() >= 6 && id.iter().all(u8::is_ascii_alphanumeric);
    known.then_some(*letter)
}

/// Whether a text is the end of an entry: the lines of section H without its boundary, and boundaries below them.
pub(crate) fn is_end(lines: &[&[u8]]) -> bool {
    let message = lines.first().is_some_and(|line| line.starts_with(b"Message: "));
    message && lines.iter().any(|line| matches!(boundary(line), Some(b'J' | b'K' | b'Z')))
}

/// Reads one entry, from its section A (or the messages of H) on; on failure nothing is left in `out`.
pub(crate) fn parse(text: &[u8], out: &mut Vec<Entry>) -> bool {
    let mut section = if text.starts_with(b"Message: ") { b'H' } else { 0 };
    let mut first = false;
    let mut group = 0;
    let mut at = 0;
    for part in text.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += part.len();
        let end = start + part.trim_ascii_end().len();
        if let Some(letter) = boundary(part) {
            if section == 0 && letter != b'A' {
                return false;
            }
            (section, first) = (letter, true);
            continue;
        }
        match section {
            0 => return false,
            b'A' if first => transaction(text, start, end, out),
            b'B' if first => {
                push(out, Field::Request, start, end);
                request(text, start, end, out);
            }
            b'B' => request_header(text, start, end, out),
            b'C' => push(out, Field::RequestBody, start, end),
            b'F' if first => status(text, start, end, out),
            b'H' => {
                group += 1;
                message(text, start, end, group, out);
            }
            _ => {}
        }
        first = false;
    }
    section != 0
}

/// `[time] unique-id client client-port server server-port`
fn transaction(text: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let Some(close) = memchr::memchr(b']', &text[start..end]).map(|at| start + at) else { return };
    push(out, Field::Time, start + 1, close);
    let fields = [Field::RequestId, Field::Client, Field::ClientPort, Field::Server, Field::ServerPort];
    let mut at = close + 1;
    for field in fields {
        at += text[at..end].iter().take_while(|byte| **byte == b' ').count();
        let length = text[at..end].iter().take_while(|byte| **byte != b' ').count();
        push(out, field, at, at + length);
        at += length;
    }
}

fn request_header(text: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let Some(colon) = memchr::memchr(b':', &text[start..end]) else { return };
    let name = String::from_utf8_lossy(&text[start..start + colon]);
    push(out, Field::RequestHeader, start, end);
    let value = start + colon + 1 + usize::from(text.get(start + colon + 1) == Some(&b' '));
    if let Some(field) = header(&name) {
        push(out, field, value.min(end), end);
    }
}

/// `HTTP/1.1 403 Forbidden`
fn status(text: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let Some(blank) = memchr::memchr(b' ', &text[start..end]) else { return };
    let from = start + blank + 1;
    if text[from..end].iter().take_while(|byte| byte.is_ascii_digit()).count() == 3 {
        push(out, Field::Status, from, from + 3);
    }
}

/// A line of section H: `Message: ...` in version 2, `ModSecurity: Warning. ...` in version 3.
fn message(text: &[u8], start: usize, end: usize, group: u16, out: &mut Vec<Entry>) {
    if !line::is_message(&text[start..end]) {
        return;
    }
    let kept = out.len();
    push(out, Field::Message, start, end);
    line::parse_group(text, start, end, group, out);
    // Client, host and path stand in the sections before.
    let around = [Field::Host, Field::Path, Field::Client, Field::RequestId];
    let mut index = 0;
    out.retain(|entry| {
        index += 1;
        index <= kept || !around.contains(&entry.field)
    });
}
