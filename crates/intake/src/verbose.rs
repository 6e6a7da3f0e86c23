//! Transcripts of curl: `-v`, `--trace-ascii` and `--trace`, with `--trace-time` or without.

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
        let line = without_time(line);
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

/// A line without the time that `--trace-time` puts before it: `10:00:00.123456 `.
pub(crate) fn without_time(line: &[u8]) -> &[u8] {
    let digits = |range: std::ops::Range<usize>| {
        line.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is_time = digits(0..2) && digits(3..5) && digits(6..8) && digits(9..15);
    let marks = line.len() > 15 && [line[2], line[5], line[8], line[15]] == *b"::. ";
    if is_time && marks { &line[16..] } else { line }
}

/// The parts of `--trace-ascii` output: `=> Send header, 83 bytes (0x53)`, then `0000: POST / HTTP/1.1` and so on, and of
/// `--trace`, where the bytes stand in hexadecimal before the text.
fn traced(bytes: &[u8]) -> (Vec<Part>, Option<(usize, usize)>) {
    let (mut parts, mut mode, mut reached, mut at) = (Vec::<Part>::new(), Mode::Skip, 0, 0);
    while at < bytes.len() {
        let (line, next) = http::line(bytes, at);
        let end = at + line.len();
        let begin = without_time(line);
        let arrow = [b"=> Send ", b"<= Recv "].iter().any(|arrow| begin.starts_with(*arrow));
        if arrow {
            reached = 0;
            mode = match begin {
                rest if rest.starts_with(b"=> Send header") => Mode::Header(true),
                rest if rest.starts_with(b"<= Recv header") => Mode::Header(false),
                rest if rest.starts_with(b"=> Send data") || rest.starts_with(b"<= Recv data") => Mode::Data,
                _ => Mode::Skip,
            };
        } else if let Some((offset, content)) = numbered(line) {
            let packed = hexadecimal(content);
            let text = packed.as_deref().unwrap_or(content);
            if let Mode::Header(is_request) = mode
                && (packed.is_none() || reached == 0)
                && http::is_start_line(&String::from_utf8_lossy(&text[..text.len().min(8 << 10)]))
            {
                parts.push(Part { is_request, start: at, ..Part::default() });
            }
            match mode {
                Mode::Header(_) => push(&mut parts, text, if packed.is_some() { b"" } else { b"\r\n" }, end),
                Mode::Data => {
                    // A line end within data ends the line of the trace, and is not shown.
                    let cut = packed.is_none() && offset == reached + 2;
                    push(&mut parts, if cut { b"\r\n" } else { b"" }, text, end);
                }
                Mode::Skip => {}
            }
            reached = offset + text.len();
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

/// The offset of a line such as `0040: text`, and the text.
fn numbered(line: &[u8]) -> Option<(usize, &[u8])> {
    let colon = line.iter().take(10).position(|&byte| byte == b':')?;
    let digits = std::str::from_utf8(&line[..colon]).ok().filter(|digits| digits.len() >= 4)?;
    let offset = usize::from_str_radix(digits, 16).ok()?;
    Some((offset, line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..])))
}

/// The columns of a line of `--trace`: 16 bytes of two digits and a blank, then the same as text.
const COLUMNS: usize = 48;

/// The bytes that a line of `--trace` shows in hexadecimal, if it is one.
fn hexadecimal(content: &[u8]) -> Option<Vec<u8>> {
    let columns = content.get(..COLUMNS)?;
    let bytes: Option<Vec<u8>> = columns
        .chunks_exact(3)
        .take_while(|cell| *cell != b"   ")
        .map(|cell| {
            let digits = std::str::from_utf8(&cell[..2]).ok().filter(|_| cell[2] == b' ')?;
            u8::from_str_radix(digits, 16).ok()
        })
        .collect();
    bytes.filter(|bytes| !bytes.is_empty() && content.len() == COLUMNS + bytes.len())
}
