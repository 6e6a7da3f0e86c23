//! nginx's error log, and that of OpenResty, Kong and APISIX.
//! <https://nginx.org/en/docs/ngx_core_module.html#error_log>; the keys behind the message are written by
//! `ngx_http_log_error_handler` (src/http/ngx_http_request.c) in a fixed order.

use super::modsecurity::line as modsecurity;
use super::template::split_request;
use crate::record::{Entry, Field};
use crate::text::Encoding;

/// The keys that nginx appends to a message, in its order, and whether it quotes the value.
const KEYS: &[(&[u8], Field)] = &[
    (b", client: ", Field::Client),
    (b", server: ", Field::Server),
    (b", request: \"", Field::Request),
    (b", subrequest: \"", Field::Detail),
    (b", upstream: \"", Field::Upstream),
    (b", host: \"", Field::Host),
    (b", referrer: \"", Field::Referer),
];

/// Reads one line; on failure nothing is left in `out`.
pub(crate) fn parse(line: &[u8], out: &mut Vec<Entry>) -> bool {
    let kept = out.len();
    let (message, complete) = head(line, out);
    let end = tail(line, message, out);
    if !complete && end == line.len() {
        out.truncate(kept);
        return false;
    }
    push(out, Field::Message, message, end);
    say(line, message, end, out);
    true
}

/// Time, level, process and connection; returns where the message begins and whether the head was whole.
fn head(line: &[u8], out: &mut Vec<Entry>) -> (usize, bool) {
    let mut at = 0;
    let mut complete;
    if line.len() > 20 && line[4] == b'/' && line[7] == b'/' && line[13] == b':' && line[19] == b' ' {
        push(out, Field::Time, 0, 19);
        at = 20;
    }
    if line.get(at) == Some(&b'[')
        && let Some(length) = memchr::memchr(b']', &line[at..]).filter(|length| *length < 10)
        && line.get(at + length + 1) == Some(&b' ')
    {
        push(out, Field::Level, at + 1, at + length);
        complete = at > 0;
        at += length + 2;
    } else {
        return (0, false);
    }
    let digits = |from: usize| line[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let pid = digits(at);
    if pid > 0 && line.get(at + pid) == Some(&b'#') {
        let tid = digits(at + pid + 1);
        push(out, Field::Pid, at, at + pid);
        at += pid + tid + 1;
        if line[at..].starts_with(b": ") {
            at += 2;
        }
    } else {
        complete = false;
    }
    if line.get(at) == Some(&b'*') && digits(at + 1) > 0 {
        let end = at + 1 + digits(at + 1);
        push(out, Field::ConnectionId, at + 1, end);
        at = (end + 1).min(line.len());
    }
    (at, complete)
}

/// Finds the keys behind the message; returns where the message ends.
fn tail(line: &[u8], message: usize, out: &mut Vec<Entry>) -> usize {
    for (key, _) in &KEYS[..3] {
        for at in memchr::memmem::find_iter(&line[message..], key).take(64) {
            let kept = out.len();
            if keys(line, message + at, out) {
                return message + at;
            }
            out.truncate(kept);
        }
    }
    line.len()
}

/// Reads keys up to the end of the line. Clients choose the file name in a message, the request and the referrer:
/// so a value before the referrer must not look like another list of keys.
fn keys(line: &[u8], start: usize, out: &mut Vec<Entry>) -> bool {
    let mut at = start;
    let mut next = 0;
    while at < line.len() {
        let Some((index, (key, field))) =
            KEYS.iter().enumerate().skip(next).find(|(_, (key, _))| line[at..].starts_with(key))
        else {
            // Kong and OpenResty append `request_id: "..."` last.
            return request_id(line, at, out);
        };
        let from = at + key.len();
        let quoted = key.ends_with(b"\"");
        let end = value_end(line, from, index + 1, quoted);
        let value = &line[from..end];
        let dubious = memchr::memmem::find(value, b", client: ").is_some()
            || (!quoted && value.iter().any(|byte| matches!(byte, b'"' | b',')));
        if dubious && *field != Field::Referer {
            return false;
        }
        push(out, *field, from, end);
        if *field == Field::Request {
            request(line, from, end, out);
        }
        at = end + usize::from(quoted && end < line.len());
        next = index + 1;
    }
    true
}

fn request_id(line: &[u8], at: usize, out: &mut Vec<Entry>) -> bool {
    let key = b", request_id: \"";
    let rest = &line[at..];
    let Some(value) = rest.strip_prefix(key.as_slice()) else { return rest.trim_ascii().is_empty() };
    let length = memchr::memchr(b'"', value).unwrap_or(value.len());
    push(out, Field::RequestId, at + key.len(), at + key.len() + length);
    true
}

/// Where a value ends: at the next key, or at the end of the line.
fn value_end(line: &[u8], from: usize, next: usize, quoted: bool) -> usize {
    let rest = &line[from..];
    let following = KEYS.iter().skip(next).map(|(key, _)| *key).chain([b", request_id: \"".as_slice()]);
    let found = following.filter_map(|key| memchr::memmem::find(rest, key)).min();
    let end = found.map_or(line.trim_ascii_end().len(), |at| from + at);
    if quoted && end > from && line[end - 1] == b'"' { end - 1 } else { end.max(from) }
}

/// Splits a request line into its three parts.
pub(super) fn request(line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    if let Some((method, target, protocol)) = split_request(&line[start..end]) {
        push(out, Field::Method, start, start + method);
        push(out, Field::Target, start + method + 1, start + target);
        if let Some(protocol) = protocol {
            push(out, Field::Protocol, start + protocol, end);
        }
    }
}

/// What the message itself says: an error number, a file, a WAF rule.
fn say(line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let message = &line[start..end];
    if memchr::memmem::find(message, b"ModSecurity: ").is_some() {
        modsecurity::parse(line, start, end, out);
        return;
    }
    errno(message, start, out);
    if let Some(open) = memchr::memchr(b'"', message)
        && let Some(length) = memchr::memchr(b'"', &message[open + 1..])
        && message.get(open + 1) == Some(&b'/')
    {
        push(out, Field::File, start + open + 1, start + open + 1 + length);
    }
}

/// `(13: Permission denied)`.
fn errno(message: &[u8], start: usize, out: &mut Vec<Entry>) {
    for at in memchr::memchr_iter(b'(', message) {
        let digits = message[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if (1..4).contains(&digits) && message[at + 1 + digits..].starts_with(b": ") {
            push(out, Field::Errno, start + at + 1, start + at + 1 + digits);
            return;
        }
    }
}

pub(super) fn push(out: &mut Vec<Entry>, field: Field, start: usize, end: usize) {
    if end > start {
        out.push(Entry { field, encoding: Encoding::Plain, group: 0, start: start as u32, end: end as u32 });
    }
}
