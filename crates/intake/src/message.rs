//! Documents that hold HTTP messages: raw requests and responses, `.http` files, and `curl` command lines.

use std::io;

use model::{Evidence, Exchange, HeaderLine, Request, SourceId, SourceKind, Span, Transfer};

use crate::assemble::Found;
use crate::curl::shell::Pasted;
use crate::http::{self, Either};
use crate::{about, coding, curl, template};

/// Reads a document that starts with a request or a status line. A request may be followed by its response.
pub fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let mut found: Vec<Found> = Vec::new();
    for span in messages(evidence.sources.bytes(whole), whole) {
        let Some(message) = read_span(evidence, span) else { continue };
        match (message, found.last_mut()) {
            (Either::Response(response), Some(last)) if last.exchange.response.is_none() => {
                last.exchange.response = Some(*response);
            }
            (Either::Response(response), _) => {
                found.push(Exchange { response: Some(*response), ..Exchange::default() }.into());
            }
            (Either::Request(request), _) => {
                found.push(Exchange { request: Some(*request), ..Exchange::default() }.into());
            }
        }
    }
    found
}

/// Reads a document that starts with a request; the variables of an editor's `.http` file are put in first.
pub(crate) fn request_file(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let text = evidence.sources.text(whole);
    let variables = template::variables(&text);
    if variables.is_empty() && !text.contains("{{") {
        return read(evidence, id);
    }
    let name = format!("{} (filled in)", evidence.sources.get(id).name);
    let filled = template::fill(&text, &variables).into_bytes();
    let derived = evidence.sources.derive(whole, name, SourceKind::Request, filled);
    read(evidence, derived)
}

/// Where the messages of a document stand: `###` separates those of a `.http` file; a status line after a blank line
/// begins the response to the request before.
fn messages(bytes: &[u8], whole: Span) -> Vec<Span> {
    let (mut spans, mut start, mut at, mut blank) = (Vec::new(), None, 0, true);
    while at < bytes.len() {
        let (line, next) = http::line(bytes, at);
        let separator = line.starts_with(b"###");
        let starts = blank && start.is_none() && is_start(line)
            || blank && line.starts_with(b"HTTP/") && is_start(line);
        if separator || starts {
            if let Some(start) = start.take() {
                spans.push(whole.part(start, trimmed(bytes, start, at)));
            }
            start = (!separator).then_some(at);
        }
        blank = line.is_empty() || separator || start.is_none();
        at = next;
    }
    if let Some(start) = start {
        spans.push(whole.part(start, bytes.len()));
    }
    spans
}

fn is_start(line: &[u8]) -> bool {
    line.len() < 64 << 10 && http::is_start_line(&String::from_utf8_lossy(line))
}

/// The end of a message before a separator, without the blank line that sets it off.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let body = &bytes[start..end];
    let kept = body.len() - body.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    // The head's own blank line stays.
    start + (kept + 4).min(body.len())
}

/// Reads one message; a coded body is decoded into a source of its own, so that quotes of it are readable.
pub(crate) fn read_span(evidence: &mut Evidence, span: Span) -> Option<Either> {
    let name = evidence.sources.get(span.source).name.clone();
    let read = match http::read(&evidence.sources, span) {
        Ok(read) => read,
        Err(error) => {
            let line = http::line_number(&evidence.sources, span.source, span.start);
            evidence.warn(Some((&name, Some(line))), error.to_string());
            return None;
        }
    };
    for (offset, fault) in read.faults.iter().take(5) {
        let line = http::line_number(&evidence.sources, span.source, span.start + offset);
        evidence.warn(Some((&name, Some(line))), fault.clone());
    }
    let message = match &read.message {
        Either::Request(request) => &request.message,
        Either::Response(response) => &response.message,
    };
    let Some(decoded) = decoded(evidence, &name, message) else { return Some(read.message) };
    let body_start = message.body.as_ref().map_or(span.end, |body| body.span.start);
    let mut bytes = evidence.sources.bytes(Span { end: body_start, ..span }).to_vec();
    bytes.extend_from_slice(&decoded);
    let kind = evidence.sources.get(span.source).kind;
    let id = evidence.sources.derive(span, format!("{name} (decoded)"), kind, bytes);
    http::read(&evidence.sources, evidence.sources.whole(id)).ok().map(|read| read.message)
}

/// The body without its transfer and content codings, if it has any. A body that is text already was decoded by
/// whoever saved it.
fn decoded(evidence: &mut Evidence, name: &str, message: &model::Message) -> Option<Vec<u8>> {
    let body = message.body.as_ref()?;
    let chunked = message.fields.value("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let unchunked = if chunked { coding::unchunk(&body.value) } else { None };
    let plain = unchunked.as_ref().unwrap_or(&body.value);
    let codings = message.fields.value("content-encoding").unwrap_or("");
    if codings.is_empty() || std::str::from_utf8(plain).is_ok_and(|text| !text.contains('\0')) {
        return unchunked;
    }
    match coding::decode(codings, plain) {
        Ok(decoded) => Some(decoded),
        Err(error) => {
            let line = http::line_number(&evidence.sources, body.span.source, body.span.start);
            evidence.warn(Some((name, Some(line))), error.to_string());
            match error {
                coding::CodingError::TooLarge(_, start) => Some(start),
                _ => unchunked,
            }
        }
    }
}

/// Reads a `curl` command line as the request that it would send. Files that it names are looked for among the documents.
pub(crate) fn curl(
    evidence: &mut Evidence,
    id: SourceId,
    pasted: &Pasted,
    documents: &[(String, Vec<u8>)],
) -> Option<Found> {
    let name = evidence.sources.get(id).name.clone();
    let line = http::line_number(&evidence.sources, id, pasted.start);
    let mut warn = |text: String| evidence.warn(Some((&name, Some(line))), text);
    let missing = std::cell::RefCell::new(Vec::new());
    let files = |file: &str| -> io::Result<Vec<u8>> {
        if let Some(text) = pasted.stdin.as_ref().filter(|_| file == "-") {
            return Ok(text.clone().into_bytes());
        }
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let found = documents.iter().find(|(name, _)| name.rsplit('/').next() == Some(base));
        Ok(found.map(|(_, bytes)| bytes.clone()).unwrap_or_else(|| {
            missing.borrow_mut().push(file.to_owned());
            Vec::new()
        }))
    };
    let surroundings = curl::Surroundings {
        files: &files,
        environment: &|_| None,
        boundary: &|| "0123456789abcdef".to_owned(),
        now: 0,
    };
    let command = curl::parse_in(&pasted.args, &surroundings);
    pasted.notes.iter().for_each(|note| warn(note.clone()));
    let missing: Vec<String> =
        missing.into_inner().into_iter().filter(|file| !file.ends_with("curlrc")).collect();
    for file in &missing {
        let what = if file == "-" { "standard input" } else { "the file" };
        let name = if file == "-" { "" } else { file };
        warn(format!("{what} {name} was not given; what it holds is not known").replace("  ", " "));
    }
    let mut command = match command {
        Ok(command) => command,
        Err(error) => {
            warn(error.to_string());
            return None;
        }
    };
    if !missing.is_empty() {
        command.transfers.iter_mut().for_each(leave_length_open);
    }
    command.unsupported.iter().for_each(|option| warn(format!("{option} cannot be honoured")));
    command.warnings.iter().for_each(|warning| warn(format!("curl would warn: {warning}")));
    if command.transfers.len() > 1 {
        warn(format!("the command makes {} requests; only the first is looked at", command.transfers.len()));
    }
    requested(evidence, id, command.transfers.first()?)
}

/// A body whose file is not at hand has no known length.
fn leave_length_open(transfer: &mut Transfer) {
    if transfer.body.bytes().is_empty() {
        transfer.fields.retain(|line| !line.name().eq_ignore_ascii_case("content-length"));
    }
}

/// The request that a transfer sends, rendered into a source.
fn requested(evidence: &mut Evidence, id: SourceId, transfer: &Transfer) -> Option<Found> {
    let name = format!("{} (as sent)", evidence.sources.get(id).name);
    let origin = evidence.sources.whole(id);
    let id = evidence.sources.derive(origin, name, SourceKind::Request, render(transfer));
    let request = sent(evidence, id, transfer)?;
    let follows = transfer.redirects.follow.map(|_| Box::new(transfer.clone()));
    let exchange = Exchange { request: Some(request), ..Exchange::default() };
    Some(Found { exchange, follows, ..Found::default() })
}

/// A request that follows from documents, rendered into a source of its own.
pub(crate) fn derived(evidence: &mut Evidence, name: &str, transfer: &Transfer) -> Option<Request> {
    let id = evidence.sources.add(name, SourceKind::Request, render(transfer));
    sent(evidence, id, transfer)
}

/// Adds the request that a transfer would send as the one to be explained. Nothing is sent.
pub fn add_request(evidence: &mut Evidence, transfer: &Transfer) {
    let id = evidence.sources.add("request", SourceKind::Request, render(transfer));
    evidence.refused.request = sent(evidence, id, transfer);
    about::read(evidence);
}

/// Reads the request of a transfer in the document into which it was rendered.
fn sent(evidence: &mut Evidence, id: SourceId, transfer: &Transfer) -> Option<Request> {
    let Either::Request(mut request) = read_span(evidence, evidence.sources.whole(id))? else { return None };
    request.url.value = transfer.url.clone();
    Some(*request)
}

/// A transfer as the message it sends over HTTP/1.1, chunked coding left out.
fn render(transfer: &Transfer) -> Vec<u8> {
    let chunked = |line: &&HeaderLine| !line.name().eq_ignore_ascii_case("transfer-encoding");
    let fields: Vec<(String, String)> = transfer
        .fields
        .iter()
        .filter(chunked)
        .map(|line| (line.name().to_owned(), line.value().to_owned()))
        .collect();
    let start = format!("{} {} HTTP/1.1", transfer.method, transfer.target);
    http::render(&start, &fields, transfer.body.bytes())
}
