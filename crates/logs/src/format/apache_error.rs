//! Apache's error log: 2.2, 2.4, and what an `ErrorLogFormat` made of it.
//! <https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat>; message numbers: `docs/log-message-tags`.

use super::modsecurity::line as modsecurity;
use super::nginx_error::push;
use super::template::split_endpoint;
use crate::record::{Entry, Field};
use crate::time;

/// Reads one line; on failure nothing is left in `out`.
pub(crate) fn parse(line: &[u8], out: &mut Vec<Entry>) -> bool {
    let kept = out.len();
    let mut at = 0;
    let mut known = 0;
    // Bracketed items in any order: a custom ErrorLogFormat keeps the brackets as a rule.
    while line.get(at) == Some(&b'[') {
        let Some(length) = close(&line[at..]) else { break };
        let Some(found) = item(line, at + 1, at + length, out) else { break };
        known += found;
        at += length + 1;
        at += usize::from(line.get(at) == Some(&b' '));
    }
    let pasted = known < 2 && has_code(line);
    if known < 2 && !pasted {
        out.truncate(kept);
        return false;
    }
    message(line, at, out);
    true
}

/// The bracket that closes an item; a value in quotation marks may hold brackets.
fn close(item: &[u8]) -> Option<usize> {
    memchr::memchr(b']', item).filter(|length| *length > 1)
}

/// Names one bracketed item and says whether it shows that this is an Apache error line; `None` ends the head.
fn item(line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) -> Option<u32> {
    let text = &line[start..end];
    if let Some(rest) = text.strip_prefix(b"pid ") {
        let from = start + 4;
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        push(out, Field::Pid, from, from + length);
        if let Some(tid) = rest[length..].strip_prefix(b":tid ") {
            push(out, Field::Tid, from + length + 5, from + length + 5 + tid.len());
        }
        return Some(1);
    }
    for word in [b"client ".as_slice(), b"remote "] {
        if text.starts_with(word) {
            let from = start + word.len();
            let (address, port) = split_endpoint(&line[from..end]);
            push(out, Field::Client, from + address.0, from + address.1);
            if let Some(port) = port {
                push(out, Field::ClientPort, from + port, end);
            }
            return Some(1);
        }
    }
    if time::parse(text).is_some() {
        push(out, Field::Time, start, end);
        return Some(1);
    }
    if let Some(colon) = text.iter().position(|byte| *byte == b':')
        && is_level(&text[colon + 1..])
        && text[..colon].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    {
        push(out, Field::Module, start, start + colon);
        push(out, Field::Level, start + colon + 1, end);
        return Some(1);
    }
    if is_level(text) {
        push(out, Field::Level, start, end);
        return Some(1);
    }
    // `%L`: the id that an access log shares, when both ask for it; letters of base64 in its URL form.
    let id =
        text.len() >= 16 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_@+/".contains(byte));
    if id {
        push(out, Field::RequestId, start, end);
        return Some(0);
    }
    None
}

fn is_level(word: &[u8]) -> bool {
    let levels: [&[u8]; 8] = [b"emerg", b"alert", b"crit", b"error", b"warn", b"notice", b"info", b"debug"];
    levels.contains(&word) || word.strip_prefix(b"trace").is_some_and(|digit| digit.len() == 1)
}

fn has_code(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, b"AH").any(|at| is_code(&line[at..]))
}

fn is_code(text: &[u8]) -> bool {
    text.len() > 8 && text.starts_with(b"AH") && text[2..7].iter().all(u8::is_ascii_digit) && text[7] == b':'
}

/// The message with its number, its error number, the file it names and the referrer behind it.
fn message(line: &[u8], start: usize, out: &mut Vec<Entry>) {
    let mut end = line.trim_ascii_end().len().max(start);
    let text = &line[start..end];
    if modsecurity::is_message(text) {
        push(out, Field::Message, start, end);
        modsecurity::parse(line, start, end, out);
        return;
    }
    if let Some(at) = memchr::memmem::rfind(text, b", referer: ") {
        push(out, Field::Referer, start + at + 11, end);
        end = start + at;
    }
    let text = &line[start..end];
    push(out, Field::Message, start, end);
    if let Some(at) = memchr::memmem::find_iter(text, b"AH").find(|at| is_code(&text[*at..])) {
        push(out, Field::Code, start + at, start + at + 7);
    }
    // `(13)Permission denied: AH00529: ...`
    if text.first() == Some(&b'(') {
        let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && text.get(digits + 1) == Some(&b')') {
            push(out, Field::Errno, start + 1, start + 1 + digits);
        }
    }
    if let Some(at) = memchr::memmem::rfind(text, b": /") {
        push(out, Field::File, start + at + 2, end);
    } else if let Some(at) = memchr::memmem::find(text, b"filesystem path '") {
        let from = start + at + 17;
        let length = memchr::memchr(b'\'', &line[from..end]).unwrap_or(0);
        push(out, Field::File, from, from + length);
    }
}
