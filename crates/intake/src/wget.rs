//! What `wget -S` prints (wget(1), `--server-response`): the address behind a time, then the answer's header with two blanks
//! before each line.

use model::{Evidence, Exchange, SourceId, SourceKind};

use crate::assemble::Found;
use crate::http::{self, Either};
use crate::message;

/// What wget says before an answer.
const AWAITING: &str = "HTTP request sent, awaiting response...";

/// Whether a text is such output.
pub(crate) fn is_output(text: &str) -> bool {
    text.contains(AWAITING) && text.lines().any(|line| line.starts_with("  HTTP/"))
}

/// Reads each request and its answer.
pub(crate) fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let text = evidence.sources.text(whole);
    let name = evidence.sources.get(id).name.clone();
    let (mut found, mut url, mut header, mut start, mut at) = (Vec::new(), None, String::new(), 0, 0);
    for line in text.split_inclusive('\n').chain(["\n"]) {
        let in_header = line.starts_with("  ") && (!header.is_empty() || line.starts_with("  HTTP/"));
        if in_header {
            start = if header.is_empty() { at } else { start };
            header.push_str(line.trim());
            header.push_str("\r\n");
        } else if !header.is_empty() {
            let bytes = format!("{}\r\n", std::mem::take(&mut header)).into_bytes();
            let span = whole.part(start, at.min(text.len()));
            let derived =
                evidence.sources.derive(span, format!("{name} (answer)"), SourceKind::Response, bytes);
            let answer = message::read_span(evidence, evidence.sources.whole(derived));
            let request = url.as_deref().and_then(|url| asked(evidence, id, url));
            if let Some(Either::Response(response)) = answer {
                found.push(Exchange { request, response: Some(*response), ..Exchange::default() }.into());
            }
        }
        // `--2026-11-26 10:00:00--  https://shop.example/`
        if line.starts_with("--") {
            url = line.split_whitespace().last().map(str::to_owned);
        }
        at += line.len();
    }
    found
}

/// The request for an address, as far as it is known.
fn asked(evidence: &mut Evidence, id: SourceId, url: &str) -> Option<model::Request> {
    let url = model::Url::parse(url)?;
    let fields = [("Host".to_owned(), url.authority()), ("User-Agent".to_owned(), "Wget".to_owned())];
    let bytes = http::render(&format!("GET {} HTTP/1.1", url.target()), &fields, b"");
    let whole = evidence.sources.whole(id);
    let name = format!("{} (request)", evidence.sources.get(id).name);
    let derived = evidence.sources.derive(whole, name, SourceKind::Request, bytes);
    let Either::Request(mut request) = message::read_span(evidence, evidence.sources.whole(derived))? else {
        return None;
    };
    request.url.value = url;
    Some(*request)
}
