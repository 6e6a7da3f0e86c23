//! Transcripts of curl: `-v` and `--trace-ascii`.

use model::{Evidence, Exchange, Fact, SourceId, SourceKind, Span};

use crate::assemble::Found;
use crate::http::{self, Either};
use crate::message;

/// One message of a transcript, put together again.
#[derive(Debug, Default)]
struct Part {
    is_request: bool,
    text: Vec<u8>,
    start: usize,
    end: usize,
}

/// Reads a transcript. The messages are rendered without curl's marks into sources of their own.
pub fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let bytes = evidence.sources.get(id).bytes.clone();
    let (parts, failure) =
        if memchr::memmem::find(&bytes, b" header, ").is_some() { traced(&bytes) } else { verbose(&bytes) };
    let mut found: Vec<Found> = Vec::new();
    for part in parts {
        let name = evidence.sources.get(id).name.clone();
        let (kind, side) = if part.is_request {
            (SourceKind::Request, "request")
        } else {
            (SourceKind::Response, "response")
        };
        let origin = Span { source: id, start: part.start, end: part.end };
        let derived = evidence.sources.derive(origin, format!("{name} ({side})"), kind, part.text);
        match message::read_span(evidence, evidence.sources.whole(derived)) {
            Some(Either::Request(request)) => {
                found.push(Exchange { request: Some(*request), ..Exchange::default() }.into());
            }
            Some(Either::Response(response)) => match found.last_mut() {
                // An interim answer gives way to the final one.
                Some(last) if !is_final(&last.exchange) => last.exchange.response = Some(*response),
                _ => found.push(Exchange { response: Some(*response), ..Exchange::default() }.into()),
            },
            None => {}
        }
    }
    if let (Some(last), Some((start, end))) = (found.last_mut(), failure)
        && last.exchange.response.is_none()
    {
        let span = Span { source: id, start, end };
        last.exchange.failure = Some(Fact::new(evidence.sources.text(span), span));
    }
    found
}

fn is_final(exchange: &Exchange) -> bool {
    exchange.response.as_ref().is_some_and(|response| response.status.value >= 200)
}

/// The parts of `curl -v` output, and where a `curl: (n)` line stands.
fn verbose(bytes: &[u8]) -> (Vec<Part>, Option<(usize, usize)>) {
    let (mut parts, mut failure, mut at) = (Vec::<Part>::new(), None, 0);
    while at < bytes.len() {
        let (line, next) = http::line(bytes, at);
        let end = at + line.len();
        let marked = line.strip_prefix(b"> ").or_else(|| line.strip_prefix(b"< ")).or(match line {
            b">" | b"<" => Some(b"".as_slice()),
            _ => None,
        });
        match marked {
            Some(text) => {
                let is_request = line[0] == b'>';
                let first = http::is_start_line(&String::from_utf8_lossy(&text[..text.len().min(8 << 10)]));
                if first || parts.last().is_none_or(|part| part.is_request != is_request) {
                    parts.push(Part { is_request, start: at, ..Part::default() });
                }
                push(&mut parts, text, b"\r\n", end);
            }
            None if line.starts_with(b"curl: (") => failure = Some((at, end)),
            // Notes, and the lines of data and progress that curl writes on its own.
            None if line.starts_with(b"* ") || line.starts_with(b"{ [") || line.starts_with(b"} [") => {}
            None => {
                let body =
                    parts.last().is_some_and(|part| !part.is_request && part.text.ends_with(b"\r\n\r\n"))
                        || parts.last().is_some_and(|part| {
                            !part.is_request && part.text.len() > 4 && in_body(&part.text)
                        });
                if body {
                    push(&mut parts, line, &bytes[end..next], end);
                }
            }
        }
        at = next;
    }
    (parts, failure)
}

fn in_body(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\r\n\r\n").is_some()
}

fn push(parts: &mut [Part], text: &[u8], line_end: &[u8], end: usize) {
    if let Some(part) = parts.last_mut() {
        part.text.extend_from_slice(text);
        part.text.extend_from_slice(line_end);
        part.end = end;
    }
}

/// The parts of `--trace-ascii` output: `=> Send header, 83 bytes (0x53)`, then `0000: POST / HTTP/1.1` and so on. Data
/// lines hold 64 characters; those of headers are whole lines.
fn traced(bytes: &[u8]) -> (Vec<Part>, Option<(usize, usize)>) {
    let (mut parts, mut mode, mut at) = (Vec::<Part>::new(), Mode::Skip, 0);
    while at < bytes.len() {
        let (line, next) = http::line(bytes, at);
        let end = at + line.len();
        let text = line;
        let arrow = memchr::memmem::find(&text[..text.len().min(40)], b"=> Send ")
            .or_else(|| memchr::memmem::find(&text[..text.len().min(40)], b"<= Recv "));
        if let Some(arrow) = arrow {
            let rest = &text[arrow..];
            mode = match rest {
                rest if rest.starts_with(b"=> Send header") => Mode::Header(true),
                rest if rest.starts_with(b"<= Recv header") => Mode::Header(false),
                rest if rest.starts_with(b"=> Send data") || rest.starts_with(b"<= Recv data") => Mode::Data,
                _ => Mode::Skip,
            };
        } else if let Some(content) = numbered(line) {
            match mode {
                Mode::Header(is_request) => {
                    let first =
                        http::is_start_line(&String::from_utf8_lossy(&content[..content.len().min(8 << 10)]));
                    if first {
                        parts.push(Part { is_request, start: at, ..Part::default() });
                    }
                    push(&mut parts, content, b"\r\n", end);
                }
                Mode::Data => push(&mut parts, content, b"", end),
                Mode::Skip => {}
            }
        } else {
            mode = Mode::Skip;
        }
        at = next;
    }
    (parts, None)
}

#[derive(Clone, Copy)]
enum Mode {
    Header(bool),
    Data,
    Skip,
}

/// What stands behind `0040: `.
fn numbered(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().take(10).position(|&byte| byte == b':')?;
    let number = colon >= 4 && line[..colon].iter().all(u8::is_ascii_hexdigit);
    number.then(|| line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]))
}
