//! The refused request as the engine wants it, and the way back from its bytes to the documents.

use std::net::{IpAddr, Ipv4Addr};

use model::{Evidence, Request, Span};
use waf::{OwnedRequest, Part, Place};

/// A client whose address no document tells has one of the documentation range (RFC 5737).
const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A log line that is less surely about this request does not tell its client.
const RELEVANT: f64 = 0.9;

/// The refused request as it goes on the wire. What documents leave out although a client sends it (`Host` of HTTP/2,
/// the length of a body) is added behind the fields that they show.
#[must_use]
pub fn request(evidence: &Evidence) -> Option<OwnedRequest> {
    let request = evidence.request()?;
    let message = &request.message;
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> = message
        .fields
        .0
        .iter()
        .map(|field| (field.name.as_bytes().to_vec(), field.value.as_bytes().to_vec()))
        .collect();
    if !message.fields.has("host") {
        headers.push((b"Host".to_vec(), host(request).into_bytes()));
    }
    let body = message.body.as_ref().map(|body| body.value.clone()).unwrap_or_default();
    let announced = message.fields.has("content-length") || message.fields.has("transfer-encoding");
    if !body.is_empty() && !announced {
        headers.push((b"Content-Length".to_vec(), body.len().to_string().into_bytes()));
    }
    Some(OwnedRequest {
        method: request.method.value.clone().into_bytes(),
        target: target(evidence, request),
        version: message.version.clone().into_bytes(),
        headers,
        body,
        client: client(evidence).unwrap_or(SOMEBODY),
    })
}

/// The target as the document shows it; an absolute one is what a `.http` file writes, and not sent like that.
fn target(evidence: &Evidence, request: &Request) -> Vec<u8> {
    let shown = evidence.sources.bytes(request.url.span);
    if shown.starts_with(b"/") || shown == b"*" {
        shown.to_vec()
    } else {
        request.url.value.target().into_bytes()
    }
}

fn host(request: &Request) -> String {
    let url = &request.url.value;
    url.authority()
}

fn client(evidence: &Evidence) -> Option<IpAddr> {
    let lines = evidence.log_lines.iter().filter(|line| line.about_request >= RELEVANT);
    lines.filter_map(|line| line.field("client")).find_map(|client| client.parse().ok())
}

/// Where the parts of the refused request stand in its document.
pub(super) struct Places {
    request: Option<Request>,
}

impl Places {
    pub(super) fn of(evidence: &Evidence) -> Places {
        Places { request: evidence.request().cloned() }
    }

    /// The place in a document for a place in the request: exact where the document shows the bytes as they are, else
    /// the whole part. `None` for what the document leaves out.
    pub(super) fn span(&self, evidence: &Evidence, place: &Place) -> Option<Span> {
        let request = self.request.as_ref()?;
        let fields = &request.message.fields.0;
        let (whole, value) = match place.part {
            Part::Method => (request.method.span, request.method.value.as_bytes()),
            Part::Target => (request.url.span, evidence.sources.bytes(request.url.span)),
            Part::Version => (request.message.start_line, request.message.version.as_bytes()),
            Part::HeaderName(index) => (fields.get(index)?.span, fields[index].name.as_bytes()),
            Part::HeaderValue(index) => (fields.get(index)?.span, fields[index].value.as_bytes()),
            Part::Body => {
                let body = request.message.body.as_ref()?;
                (body.span, body.value.as_slice())
            }
        };
        let shown = evidence.sources.bytes(whole);
        // Names stand at the beginning of their line, values at its end.
        let start = match place.part {
            Part::HeaderName(_) => shown.starts_with(value).then_some(0),
            _ => memchr::memmem::rfind(shown, value),
        };
        Some(start.map_or(whole, |start| whole.part(start + place.range.start, start + place.range.end)))
    }
}
