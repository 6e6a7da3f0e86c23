//! HTTP/1 messages, with the place of every part. Exchanges of every other document are rendered as such messages
//! first, so that each quote is a readable line.

use memchr::memchr;
use model::{Fact, Field, Fields, Message, Request, Response, SourceId, Sources, Span, Url};
use thiserror::Error;

use crate::target;

/// A message, and what could not be read of it.
#[derive(Debug)]
pub struct Read {
    /// The message.
    pub message: Either,
    /// Lines that are no header fields, and limits that were met: offset and words.
    pub faults: Vec<(usize, String)>,
}

/// A request or a response.
#[derive(Debug)]
pub enum Either {
    /// It starts with a request line.
    Request(Box<Request>),
    /// It starts with a status line.
    Response(Box<Response>),
}

/// Why bytes are no HTTP message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// The first line is neither a request line nor a status line.
    #[error("expected a request line or a status line, found {0:?}")]
    StartLine(String),
    /// The request names no host.
    #[error("the request names no host: neither an absolute URL nor a Host field")]
    NoHost,
}

/// The most bytes of a header that are read, and the most fields.
const HEAD_BYTES: usize = 1 << 20;
const HEAD_FIELDS: usize = 4096;

/// Reads the message that a span covers.
///
/// # Errors
/// The first line is no start line, or a request has no host.
pub fn read(sources: &Sources, span: Span) -> Result<Read, MessageError> {
    let bytes = sources.bytes(span);
    let head = Head::read(bytes, span);
    let words: Vec<&str> = head.start.split_ascii_whitespace().collect();
    let place = |word: &str| {
        let start = word.as_ptr() as usize - head.start.as_ptr() as usize;
        head.start_line.part(start, start + word.len())
    };
    let message = match words.as_slice() {
        [version, status, ..] if is_version(version) => {
            let code =
                status.parse().map_err(|_| MessageError::StartLine(crate::text::short(&head.start)))?;
            let status = Fact::new(code, place(status));
            let message = head.message(bytes, (*version).to_owned());
            Either::Response(Box::new(Response { status, message }))
        }
        [method, target, rest @ ..]
            if is_method(method) && rest.first().is_none_or(|word| is_version(word)) =>
        {
            let version = rest.first().unwrap_or(&"HTTP/1.1");
            let (method, place) = (Fact::new((*method).to_owned(), place(method)), place(target));
            let message = head.message(bytes, (*version).to_owned());
            let url = target::url(target, &message).ok_or(MessageError::NoHost)?;
            Either::Request(Box::new(Request { method, url: Fact::new(url, place), message }))
        }
        _ => return Err(MessageError::StartLine(crate::text::short(&head.start))),
    };
    Ok(Read { message, faults: head.faults })
}

/// Whether a line is a request line or a status line.
#[must_use]
pub fn is_start_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(version), Some(status), _) if is_version(version) => {
            status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Some(method), Some(target), Some(version)) => {
            is_method(method) && is_version(version) && is_target(target) && words.next().is_none()
        }
        (Some(method), Some(target), None) => is_known_method(method) && is_target(target),
        _ => false,
    }
}

/// Whether a status line stands somewhere in the beginning of a text, on a line of its own.
pub(crate) fn holds_status_line(bytes: &[u8]) -> bool {
    let sample = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    sample.lines().any(|line| line.starts_with("HTTP/") && is_start_line(line))
}

fn is_target(target: &str) -> bool {
    // `{{` opens a variable of an editor's `.http` file.
    target.starts_with(['/', '*'])
        || target.starts_with("{{")
        || Url::parse(target).is_some()
        || target.contains(':')
}

fn is_version(word: &str) -> bool {
    word.strip_prefix("HTTP/").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// A method of RFC 9110, section 9, or PATCH.
pub(crate) fn is_known_method(word: &str) -> bool {
    matches!(word, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT")
}

/// A token of RFC 9110, section 5.6.2, of plausible length.
fn is_method(word: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    word.len() <= 40 && word.bytes().all(token)
}

/// The lines before the body.
struct Head {
    start: String,
    start_line: Span,
    fields: Fields,
    /// Offset of the body within the message; `None` if no blank line ends the head.
    body: Option<usize>,
    span: Span,
    faults: Vec<(usize, String)>,
}

impl Head {
    fn read(bytes: &[u8], span: Span) -> Head {
        let (line, mut at) = line(bytes, 0);
        let mut head = Head {
            start: String::from_utf8_lossy(line).into_owned(),
            start_line: span.part(0, line.len()),
            fields: Fields::default(),
            body: None,
            span,
            faults: Vec::new(),
        };
        while at < bytes.len() {
            let (text, next) = self::line(bytes, at);
            if text.is_empty() {
                head.body = Some(next);
                break;
            }
            if at > HEAD_BYTES || head.fields.0.len() >= HEAD_FIELDS {
                head.faults
                    .push((at, "the header is longer than is read; the rest of it is left out".into()));
                head.body = memchr::memmem::find(&bytes[at..], b"\r\n\r\n").map(|end| at + end + 4);
                break;
            }
            head.field(text, span.part(at, at + text.len()), at);
            at = next;
        }
        head
    }

    /// Takes one header line. A line that starts with a blank continues the one before (RFC 9112, section 5.2).
    fn field(&mut self, line: &[u8], span: Span, at: usize) {
        let text = String::from_utf8_lossy(line);
        if text.starts_with([' ', '\t'])
            && let Some(before) = self.fields.0.last_mut()
        {
            before.value.push(' ');
            before.value.push_str(text.trim());
            before.span.end = span.end;
            return;
        }
        // HTTP/2 pseudo header fields start with a colon.
        let colon = text.char_indices().skip(1).find(|(_, c)| *c == ':').map(|(at, _)| at);
        match colon {
            Some(colon) => self.fields.0.push(Field {
                name: text[..colon].trim().to_owned(),
                value: text[colon + 1..].trim().to_owned(),
                span,
            }),
            None => self.faults.push((at, format!("no header field: {:?}", crate::text::short(&text)))),
        }
    }

    fn message(&self, bytes: &[u8], version: String) -> Message {
        let body = self.body.and_then(|start| {
            let rest = &bytes[start.min(bytes.len())..];
            let length = self.fields.value("content-length").and_then(|value| value.parse::<usize>().ok());
            let length = length.filter(|&length| ends_with_blank_lines(rest, length)).unwrap_or(rest.len());
            let body = &rest[..length];
            let blank = body.iter().all(u8::is_ascii_whitespace);
            (!blank).then(|| Fact::new(body.to_vec(), self.span.part(start, start + length)))
        });
        let fields = self.fields.clone();
        Message { version, fields, body, span: self.span, start_line: self.start_line }
    }
}

/// Whether only line ends stand behind the body of that length: an editor put them there.
fn ends_with_blank_lines(rest: &[u8], length: usize) -> bool {
    rest.get(length..).is_some_and(|after| after.iter().all(|byte| matches!(byte, b'\r' | b'\n')))
}

/// The line at an offset without its end, and the offset of the next one.
pub(crate) fn line(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &bytes[at.min(bytes.len())..];
    let end = memchr(b'\n', rest).unwrap_or(rest.len());
    let text = &rest[..end];
    (text.strip_suffix(b"\r").unwrap_or(text), (at + end + 1).min(bytes.len()))
}

/// Writes a message as it would travel over HTTP/1.1, to be kept as a source of its own.
#[must_use]
pub fn render(start_line: &str, fields: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(start_line.len() + body.len() + 64 * fields.len());
    push_line(&mut text, start_line);
    for (name, value) in fields {
        push_line(&mut text, &format!("{name}: {value}"));
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body);
    text
}

/// Appends one line; line ends within it would make it several and become blanks.
fn push_line(text: &mut Vec<u8>, line: &str) {
    text.extend(line.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
    text.extend_from_slice(b"\r\n");
}

/// The 1-based line of an offset in a document.
#[must_use]
pub fn line_number(sources: &Sources, id: SourceId, offset: usize) -> usize {
    let bytes = &sources.get(id).bytes;
    1 + memchr::memchr_iter(b'\n', &bytes[..offset.min(bytes.len())]).count()
}
