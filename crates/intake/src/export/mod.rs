//! Requests as browsers and programs hand them out: code that sends one ("Copy as fetch", "Copy as PowerShell"), collections of
//! Postman and Insomnia, items of Burp. Each request, and its answer where one is kept, is rendered as an HTTP message.

mod burp;
mod collection;
mod fetch;
mod literal;
mod powershell;
mod unread;

use model::{Evidence, Exchange, SourceId, SourceKind, Span, Url};
pub(crate) use unread::advice;

use crate::assemble::Found;
use crate::http::{self, Either};
use crate::message;

/// The most exchanges of one document that are read.
const MOST: usize = 2000;

/// How much of a document is looked at to recognise it.
const SAMPLE: usize = 4096;

/// A request, and its answer if it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Draft {
    method: String,
    url: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    answer: Option<Answer>,
}

/// An answer that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Answer {
    status: u64,
    phrase: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Fetch,
    PowerShell,
    Collection,
    Burp,
}

/// Whether a text is such a document.
pub(crate) fn is_export(text: &str) -> bool {
    form(text).is_some()
}

fn form(text: &str) -> Option<Form> {
    let sample = text.get(..SAMPLE).unwrap_or(text);
    if fetch::is_fetch(sample) {
        return Some(Form::Fetch);
    }
    if powershell::is_request(sample) {
        return Some(Form::PowerShell);
    }
    if sample.starts_with('{') && collection::MARKS.iter().any(|mark| sample.contains(mark)) {
        return Some(Form::Collection);
    }
    (sample.starts_with('<') && sample.contains("<items burpVersion")).then_some(Form::Burp)
}

/// Reads all exchanges of a document.
pub(crate) fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let span = evidence.sources.whole(id);
    let text = evidence.sources.text(span).trim_start_matches('\u{feff}').to_owned();
    if form(text.trim_start()) == Some(Form::Burp) {
        return burp::items(&text).take(MOST).map(|item| raw(evidence, span, item)).collect();
    }
    let drafts = match form(text.trim_start()) {
        Some(Form::Fetch) => fetch::read(&text).map(|draft| vec![draft]),
        Some(Form::PowerShell) => powershell::read(&text).map(|draft| vec![draft]),
        Some(Form::Collection) => collection::read(&text),
        Some(Form::Burp) | None => Some(Vec::new()),
    };
    let name = evidence.sources.get(id).name.clone();
    let Some(drafts) = drafts.filter(|drafts| !drafts.is_empty()) else {
        evidence.warn(Some((&name, Some(1))), "no whole request could be read from it");
        return Vec::new();
    };
    if drafts.iter().all(|draft| draft.answer.is_none()) {
        evidence.warn(Some((&name, None)), "holds a request and no answer; give the answer too");
    }
    drafts.into_iter().take(MOST).map(|draft| exchange(evidence, span, draft).into()).collect()
}

fn exchange(evidence: &mut Evidence, span: Span, draft: Draft) -> Exchange {
    let name = evidence.sources.get(span.source).name.clone();
    let url = Url::parse(&draft.url);
    let mut fields = draft.fields;
    if let Some(url) = url.as_ref().filter(|_| !has(&fields, "host")) {
        fields.insert(0, ("Host".to_owned(), url.authority()));
    }
    let target = url.as_ref().map_or_else(|| draft.url.clone(), Url::target);
    let head = http::render(&format!("{} {target} HTTP/1.1", draft.method), &fields, &draft.body);
    let mut exchange = Exchange::default();
    let id = evidence.sources.derive(span, format!("{name} (as sent)"), SourceKind::Request, head);
    if let Some(Either::Request(mut request)) = message::read_span(evidence, evidence.sources.whole(id)) {
        if let Some(url) = url {
            request.url.value = url;
        }
        exchange.request = Some(*request);
    }
    if let Some(answer) = draft.answer {
        let start = format!("HTTP/1.1 {} {}", answer.status, answer.phrase);
        let bytes = http::render(start.trim_end(), &answer.fields, &answer.body);
        let id = evidence.sources.derive(span, format!("{name} (answer)"), SourceKind::Response, bytes);
        if let Some(Either::Response(response)) = message::read_span(evidence, evidence.sources.whole(id)) {
            exchange.response = Some(*response);
        }
    }
    exchange
}

/// An item whose messages are kept as they travelled.
fn raw(evidence: &mut Evidence, span: Span, item: burp::Item) -> Found {
    let name = evidence.sources.get(span.source).name.clone();
    let mut exchange = Exchange::default();
    let parts =
        [("request", SourceKind::Request, item.request), ("answer", SourceKind::Response, item.response)];
    for (side, kind, bytes) in parts.into_iter().filter(|(.., bytes)| !bytes.is_empty()) {
        let id = evidence.sources.derive(span, format!("{name} ({side})"), kind, bytes);
        match message::read_span(evidence, evidence.sources.whole(id)) {
            Some(Either::Request(mut request)) => {
                request.url.value = Url::parse(&item.url).unwrap_or(request.url.value);
                exchange.request = Some(*request);
            }
            Some(Either::Response(response)) => exchange.response = Some(*response),
            None => {}
        }
    }
    exchange.into()
}

fn has(fields: &[(String, String)], name: &str) -> bool {
    fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}
