//! Application logs in prose: a time, a level, a logger in some order, then a message, then perhaps a trace.
//!
//! Python (logging, Django's and werkzeug's server, uvicorn), Java (Logback, Log4j, java.util.logging), Rails,
//! Laravel, ASP.NET Core, Node.js (morgan's `dev`), Go (gin).

use super::bare;
use super::kind::Kind;
use super::nginx_error::{push, request};
use crate::record::{Entry, Field};
use crate::time;

const LEVELS: [&[u8]; 17] = [
    b"TRACE",
    b"DEBUG",
    b"INFO",
    b"NOTICE",
    b"WARN",
    b"WARNING",
    b"ERROR",
    b"CRITICAL",
    b"FATAL",
    b"SEVERE",
    b"info",
    b"warn",
    b"fail",
    b"crit",
    b"dbug",
    b"error",
    b"debug",
];

/// Which kind of application wrote lines; `None` when nothing points to one.
pub(super) fn recognise(lines: &[&[u8]]) -> Option<Kind> {
    let has = |word: &str| lines.iter().any(|line| memchr::memmem::find(line, word.as_bytes()).is_some());
    let marks: [(&[&str], Kind); 7] = [
        (
            &["ActionController::", "ActionDispatch::", "Started POST \"", "Started GET \"", "Completed 403"],
            Kind::Rails,
        ),
        (&["Illuminate\\", "production.ERROR:", "local.ERROR:"], Kind::Laravel),
        (&["Microsoft.AspNetCore", "fail: ", "info: Microsoft"], Kind::DotNet),
        (
            &[
                "Traceback (most recent call last)",
                "django",
                "Forbidden (",
                "werkzeug",
                "INFO:     ",
                "  File \"",
            ],
            Kind::Python,
        ),
        (&["\tat ", "o.s.", "org.springframework", "java.", "Exception in thread"], Kind::Java),
        (&["[GIN]"], Kind::Go),
        (&["    at ", "node:", "npm "], Kind::Node),
    ];
    let named = marks.iter().find(|(words, _)| words.iter().any(|word| has(word))).map(|(_, kind)| *kind);
    named.or_else(|| {
        let heads = lines.iter().filter(|line| is_head(line)).count();
        let requests = lines.iter().filter(|line| bare::request(line, &mut Vec::new())).count();
        let kind = if requests > heads { Kind::Text } else { Kind::Python };
        ((heads + requests) * 3 >= lines.len()).then_some(kind)
    })
}

/// Whether a line begins an entry; others continue the one before.
pub(crate) fn begins(line: &[u8]) -> bool {
    let continued = line.first().is_some_and(u8::is_ascii_whitespace)
        || [
            b"Traceback (".as_slice(),
            b"Caused by: ",
            b"at ",
            b"[stacktrace]",
            b"#",
            b"Error #",
            b"During handling",
            b"The above",
        ]
        .iter()
        .any(|word| line.starts_with(word));
    !continued && (is_head(line) || !is_exception(line))
}

/// `rest_framework.exceptions.PermissionDenied: text` ends a Python trace, `java.lang.X: text` begins a Java one.
fn is_exception(line: &[u8]) -> bool {
    let name = memchr::memchr(b':', line).map_or(line, |colon| &line[..colon]);
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._$\\".contains(byte);
    !name.is_empty()
        && name.iter().all(word)
        && name.iter().any(|byte| b".\\".contains(byte) || byte.is_ascii_uppercase())
        && [b"Error".as_slice(), b"Exception", b"Denied", b"Forbidden", b"Warning", b"Failure"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn is_head(line: &[u8]) -> bool {
    let mut out = Vec::new();
    head(line, &mut out) > 0 && !out.is_empty()
}

/// Reads one entry: its first line, and the trace behind it.
pub(crate) fn parse(text: &[u8], out: &mut Vec<Entry>) -> bool {
    let first = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let line = text[..first].trim_ascii_end();
    if line.is_empty() {
        return false;
    }
    let start = head(line, out);
    push(out, Field::Message, start, line.len());
    quoted_request(line, out);
    if first < text.len() {
        push(out, Field::Trace, first + 1, text.len());
        let mut at = first + 1;
        for part in text[first + 1..].split_inclusive(|byte| *byte == b'\n') {
            let name = part.trim_ascii();
            if is_exception(name) && !part.first().is_some_and(u8::is_ascii_whitespace) {
                let length = memchr::memchr(b':', name).unwrap_or(name.len());
                push(out, Field::Exception, at, at + length);
            }
            at += part.len();
        }
    } else if is_exception(line) {
        push(out, Field::Exception, 0, memchr::memchr(b':', line).unwrap_or(line.len()));
    }
    true
}

/// Time, level and what stands between; returns where the message begins.
fn head(line: &[u8], out: &mut Vec<Entry>) -> usize {
    let mut at = 0;
    let mut message = 0;
    if let Some((start, end)) = ruby_stamp(line) {
        push(out, Field::Time, start, end);
        at = end;
        message = end;
    } else if let Some(length) = stamp(line) {
        push(out, Field::Time, usize::from(line[0] == b'['), length - usize::from(line[length - 1] == b']'));
        at = length;
        message = length;
    }
    let window = &line[at..line.len().min(at + 60)];
    let mut from = 0;
    for word in window.split(|byte| !byte.is_ascii_alphabetic()) {
        let start = at + from;
        from += word.len() + 1;
        if LEVELS.contains(&word) {
            push(out, Field::Level, start, start + word.len());
            message = start + word.len();
            if let Some(b':' | b']') = line.get(message) {
                message += 1;
            }
            break;
        }
    }
    message = behind_level(line, message, out);
    // Django's documentation has the level before the time: `{levelname} {asctime} {module} {message}`.
    if at == 0
        && let Some(length) = stamp(&line[message..])
    {
        let bracket = usize::from(line[message] == b'[');
        push(out, Field::Time, message + bracket, message + length - bracket);
        message += length;
        message += blanks(&line[message..]);
    }
    message
}

/// `I, [2026-11-24T08:38:57.123456 #7]  INFO -- : message`: the default of Ruby's Logger, where the time stands.
/// <https://github.com/ruby/logger/blob/master/lib/logger/formatter.rb>
fn ruby_stamp(line: &[u8]) -> Option<(usize, usize)> {
    let [severity, b',', b' ', b'[', ..] = line else { return None };
    let end = 4 + memchr::memchr(b' ', line.get(4..36.min(line.len()))?)?;
    (severity.is_ascii_uppercase() && time::parse(&line[4..end]).is_some()).then_some((4, end))
}

/// What a program calls the level and the message apart by, and a request's id before the message: Rails' log tags.
fn behind_level(line: &[u8], from: usize, out: &mut Vec<Entry>) -> usize {
    let mut at = from;
    if line[at..].starts_with(b" -- ") {
        at += memchr::memchr(b':', &line[at..]).map_or(0, |colon| colon + 1);
    }
    at += blanks(&line[at..]);
    if line.get(at) == Some(&b'[')
        && let Some(length) = memchr::memchr(b']', &line[at..])
        && is_id(&line[at + 1..at + length])
    {
        push(out, Field::RequestId, at + 1, at + length);
        at += length + 1;
        at += blanks(&line[at..]);
    }
    at
}

/// Long enough, and of hexadecimal digits as request ids are.
fn is_id(text: &[u8]) -> bool {
    text.len() >= 16 && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

/// The length of a time stamp at the beginning of a line, with its bracket.
fn stamp(line: &[u8]) -> Option<usize> {
    if line.first() == Some(&b'[') {
        let close = memchr::memchr(b']', line.get(..line.len().min(48))?)?;
        return time::parse(&line[1..close]).map(|_| close + 1);
    }
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let lengths = [32, 29, 26, 24, 23, 20, 19];
    lengths.into_iter().find(|length| {
        let ends = line.get(*length).is_none_or(|byte| b" \t:[]|".contains(byte));
        let only_time = |byte: &u8| byte.is_ascii_digit() || b"-:/.,TZ+ ".contains(byte);
        let fits =
            |text: &[u8]| text.iter().all(only_time) && !text.ends_with(b" ") && time::parse(text).is_some();
        ends && line.get(..*length).is_some_and(fits)
    })
}

/// `"POST /x HTTP/1.1" 403 12`, as many servers write it within their prose; `Completed 403 Forbidden`.
fn quoted_request(line: &[u8], out: &mut Vec<Entry>) {
    for open in memchr::memchr_iter(b'"', line).take(16) {
        let Some(length) = memchr::memchr(b'"', &line[open + 1..]) else { break };
        let (start, end) = (open + 1, open + 1 + length);
        if memchr::memmem::find(&line[start..end], b" HTTP/").is_none() {
            continue;
        }
        push(out, Field::Request, start, end);
        request(line, start, end, out);
        status_at(line, end + 2, out);
        client_before(line, open, out);
        return;
    }
    if bare::request(line, out) {
        return;
    }
    if let Some(at) = memchr::memmem::find(line, b"Completed ") {
        status_at(line, at + 10, out);
    }
    if let Some(at) =
        memchr::memmem::find(line, b"Forbidden (").filter(|_| line.ends_with(b"/") || line.contains(&b'/'))
    {
        // Django: `Forbidden (CSRF cookie not set.): /path`.
        if let Some(colon) = memchr::memmem::rfind(&line[at..], b"): /") {
            push(out, Field::Path, at + colon + 3, line.len());
        }
    }
}

/// `127.0.0.1:48740 - "POST ...`: uvicorn's client and port; werkzeug's `127.0.0.1 - - [time] "POST ...` has no port.
fn client_before(line: &[u8], end: usize, out: &mut Vec<Entry>) {
    let mut at = 0;
    for word in line[..end].split(|byte| *byte == b' ') {
        let text = std::str::from_utf8(word).unwrap_or_default();
        if let Ok(with_port) = text.parse::<std::net::SocketAddr>() {
            let port = with_port.port().to_string().len();
            let bracket = usize::from(with_port.is_ipv6());
            push(out, Field::Client, at + bracket, at + word.len() - port - 1 - bracket);
            return push(out, Field::ClientPort, at + word.len() - port, at + word.len());
        } else if text.parse::<std::net::IpAddr>().is_ok() {
            return push(out, Field::Client, at, at + word.len());
        }
        at += word.len() + 1;
    }
}

fn status_at(line: &[u8], at: usize, out: &mut Vec<Entry>) {
    let Some(text) = line.get(at..at + 3) else { return };
    if text.iter().all(u8::is_ascii_digit) && !line.get(at + 3).is_some_and(u8::is_ascii_alphanumeric) {
        push(out, Field::Status, at, at + 3);
    }
}
