//! The texts that signatures are looked for in.

use model::{Emitter, Evidence, LogLine, Place, Signature, SourceKind, Span};

use super::HEARD;
use super::fold::Folded;

/// A text, folded, with its place in the evidence.
pub(crate) struct Haystack<'a> {
    pub(crate) kind: Kind,
    pub(crate) folded: Folded,
    original: &'a [u8],
    /// The place of the original text.
    pub(crate) span: Span,
    /// How sure it is that the text is about the refused request.
    pub(crate) relevance: f64,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Body,
    Log,
    ClientMessage,
    /// Text that nobody labelled: it may be a body, a log line or a message.
    Unlabelled,
    ResponseField,
    RequestField,
    SetCookie,
}

/// The most bytes of a body that are searched: refusals are short, and what follows is not a refusal's text.
const BODY_LIMIT: usize = 1 << 20;

/// The body of the answer, the log lines, and the texts that nobody labelled.
pub(crate) fn all(evidence: &Evidence) -> Vec<Haystack<'_>> {
    let mut all = Vec::new();
    if let Some(body) = evidence.response().and_then(|response| response.message.body.as_ref()) {
        let text = &body.value[..body.value.len().min(BODY_LIMIT)];
        all.push(Haystack {
            kind: Kind::Body,
            folded: Folded::new(text),
            original: text,
            span: body.span,
            relevance: 1.0,
        });
    }
    if let Some(phrase) = own_phrase(evidence) {
        all.push(Haystack::of_span(evidence, Kind::Body, phrase, 1.0));
    }
    for line in &evidence.log_lines {
        all.push(Haystack::of_line(evidence, line));
    }
    if let Some(failure) = &evidence.refused.failure {
        all.push(Haystack::of_span(evidence, Kind::ClientMessage, failure.span, 1.0));
    }
    for (id, source) in evidence.sources.iter() {
        let kind = match source.kind {
            SourceKind::Text => Kind::Unlabelled,
            SourceKind::Console | SourceKind::Transcript => Kind::ClientMessage,
            _ => continue,
        };
        let mut span = evidence.sources.whole(id);
        span.end = span.end.min(BODY_LIMIT);
        all.push(Haystack::of_span(evidence, kind, span, 1.0));
    }
    all
}

/// Reason phrases of the standards, older ones too, and nginx's own (`ngx_http_header_filter_module.c`), in lower case: they say
/// no more than the status.
const PHRASES: [&str; 49] = [
    "ok",
    "found",
    "moved permanently",
    "see other",
    "bad request",
    "unauthorized",
    "payment required",
    "forbidden",
    "not found",
    "method not allowed",
    "not acceptable",
    "proxy authentication required",
    "request timeout",
    "conflict",
    "gone",
    "length required",
    "precondition failed",
    "payload too large",
    "content too large",
    "request entity too large",
    "uri too long",
    "request-uri too long",
    "unsupported media type",
    "expectation failed",
    "misdirected request",
    "unprocessable entity",
    "unprocessable content",
    "too many requests",
    "request header fields too large",
    "internal server error",
    "service unavailable",
    "service temporarily unavailable",
    "not allowed",
    "request time-out",
    "gateway time-out",
    "gateway timeout",
    "bad gateway",
    "not implemented",
    "http version not supported",
    "moved temporarily",
    "temporary redirect",
    "permanent redirect",
    "range not satisfiable",
    "requested range not satisfiable",
    "locked",
    "precondition required",
    "upgrade required",
    "insufficient storage",
    "no content",
];

/// The reason phrase, where the server wrote one of its own: Quarkus, Django and servlet containers say there what failed.
pub(crate) fn own_phrase(evidence: &Evidence) -> Option<Span> {
    let response = evidence.response()?;
    let line = response.message.start_line;
    let text = str::from_utf8(evidence.sources.bytes(line)).ok()?;
    let version = text.find("HTTP/1.")?;
    let mut words = text[version..].splitn(3, ' ');
    let phrase = words.nth(2)?.trim();
    if phrase.len() < 4 || PHRASES.iter().any(|known| phrase.eq_ignore_ascii_case(known)) {
        return None;
    }
    let start = line.start + text.find(phrase)?;
    Some(Span { start, end: start + phrase.len(), ..line })
}

/// A kind, a name, a value and the place of a header field.
pub(crate) type FieldText<'a> = (Kind, &'a str, &'a str, Span);

/// The header fields of the answer and of the request.
pub(crate) fn fields(evidence: &Evidence) -> Vec<FieldText<'_>> {
    let response =
        evidence.response().into_iter().flat_map(|response| &response.message.fields.0).flat_map(|field| {
            let cookie = field.name.eq_ignore_ascii_case("set-cookie").then(|| {
                let name = field.value.split('=').next().unwrap_or("");
                (Kind::SetCookie, "set-cookie", name, field.span)
            });
            let own = (Kind::ResponseField, field.name.as_str(), field.value.as_str(), field.span);
            std::iter::once(own).chain(cookie)
        });
    let request = evidence.request().into_iter().flat_map(|request| &request.message.fields.0);
    let request =
        request.map(|field| (Kind::RequestField, field.name.as_str(), field.value.as_str(), field.span));
    response.chain(request).collect()
}

/// A log line with dashes for the words that the client chose.
pub(crate) fn servers_words(evidence: &Evidence, line: &LogLine) -> Vec<u8> {
    let mut text = evidence.sources.bytes(line.span).to_vec();
    for part in &line.said_by_client {
        let inside = part.start.saturating_sub(line.span.start)..part.end.saturating_sub(line.span.start);
        if let Some(bytes) = text.get_mut(inside) {
            bytes.fill(b'-');
        }
    }
    text
}

impl Kind {
    /// Whether a signature of this place may stand in such a text.
    fn admits(self, place: Place) -> bool {
        match self {
            Kind::Body => matches!(place, Place::Body | Place::BodyOrLog),
            Kind::Log => matches!(place, Place::Log | Place::BodyOrLog),
            Kind::ClientMessage => matches!(place, Place::ClientMessage | Place::Body | Place::BodyOrLog),
            Kind::Unlabelled => {
                matches!(place, Place::Body | Place::Log | Place::BodyOrLog | Place::ClientMessage)
            }
            Kind::ResponseField | Kind::RequestField | Kind::SetCookie => false,
        }
    }
}

impl<'a> Haystack<'a> {
    /// Whether a signature may stand in the text. Programs log the answers that they get: what a product says in a body is
    /// heard in a line that is most likely about the request as well.
    pub(crate) fn admits(&self, emitter: &Emitter, signature: &Signature) -> bool {
        self.kind.admits(signature.place) || emitter.is_named() && self.quotes(signature)
    }

    /// Whether a signature can only be quoted here: the words of an answer in a log, which another wrote.
    pub(crate) fn quotes(&self, signature: &Signature) -> bool {
        self.kind == Kind::Log && signature.place == Place::Body && self.relevance >= HEARD
    }

    fn of_span(evidence: &'a Evidence, kind: Kind, span: Span, relevance: f64) -> Haystack<'a> {
        let original = evidence.sources.bytes(span);
        Haystack { kind, folded: Folded::new(original), original, span, relevance }
    }

    /// A log line, without the words that the client chose.
    fn of_line(evidence: &'a Evidence, line: &LogLine) -> Haystack<'a> {
        let plain = Haystack::of_span(evidence, Kind::Log, line.span, line.about_request);
        if line.said_by_client.is_empty() {
            return plain;
        }
        Haystack { folded: Folded::new(&servers_words(evidence, line)), ..plain }
    }

    /// A header field's value.
    pub(crate) fn field(kind: Kind, _name: &str, value: &'a str, span: Span) -> Haystack<'a> {
        Haystack {
            kind,
            folded: Folded::new(value.as_bytes()),
            original: value.as_bytes(),
            span,
            relevance: 1.0,
        }
    }

    /// The text before folding.
    pub(crate) fn original(&self) -> &'a [u8] {
        self.original
    }

    /// Whether the text holds another, as it is written.
    pub(crate) fn holds(&self, text: &str) -> bool {
        self.original.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// A part of the text as it was before folding.
    pub(crate) fn original_text(&self, start: usize, end: usize) -> String {
        let end = end.min(self.original.len());
        String::from_utf8_lossy(&self.original[start.min(end)..end]).trim().to_owned()
    }
}
