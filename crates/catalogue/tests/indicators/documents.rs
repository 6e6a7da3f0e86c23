//! Evidence written as HTTP messages.

use catalogue::CAUSES;
use model::{
    Credential, CredentialKind, Evidence, Exchange, Fact, Field, Fields, LogLine, Message, Related, Relation,
    Request, Response, Setting, SourceId, SourceKind, Sources, Url, Weight,
};

/// Evidence of one exchange, written as text; an empty answer means that none came.
pub(crate) fn exchange(request: &str, response: &str) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.refused = read(&mut evidence.sources, request, response);
    evidence
}

/// Adds another exchange of the same documents.
pub(crate) fn with(mut evidence: Evidence, relation: Relation, request: &str, response: &str) -> Evidence {
    let exchange = read(&mut evidence.sources, request, response);
    evidence.related.push(Related { relation, exchange });
    evidence
}

/// Adds a credential that stands in a header of the request.
pub(crate) fn carrying(mut evidence: Evidence, carrier: &str, kind: CredentialKind) -> Evidence {
    let (_, span) = evidence.request_header(carrier).expect("the request has the header");
    evidence.credentials.push(Credential { kind, carrier: carrier.to_owned(), span });
    evidence
}

/// Sets the server's clock.
pub(crate) fn at(mut evidence: Evidence, time: i64) -> Evidence {
    let span = evidence.status_line().expect("an answer");
    evidence.server_time = Some(Fact::new(time, span));
    evidence
}

/// Adds a directive of a configuration.
pub(crate) fn configured(mut evidence: Evidence, name: &str, value: &str) -> Evidence {
    let id = evidence.sources.add("server.conf", SourceKind::Config, format!("{name} {value}"));
    let span = evidence.sources.whole(id);
    let setting = Setting {
        product: "nginx".into(),
        name: name.into(),
        value: value.into(),
        context: Vec::new(),
        span,
    };
    evidence.settings.push(setting);
    evidence
}

/// Adds a log line about the request with one field.
pub(crate) fn logged(mut evidence: Evidence, fields: &[(&str, &str)]) -> Evidence {
    let id = evidence.sources.add("error.log", SourceKind::Log, "a line");
    let line = LogLine {
        span: evidence.sources.whole(id),
        format: "nginx error".into(),
        time: None,
        fields: fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        said_by_client: Vec::new(),
        about_request: 1.0,
    };
    evidence.log_lines.push(line);
    evidence
}

/// The weights with which a cause's indicators fire.
pub(crate) fn weights(cause: &str, evidence: &Evidence) -> Vec<Weight> {
    let cause = CAUSES.iter().find(|known| known.id == cause).expect("a cause of the list");
    let fired = cause.indicators.iter().filter(|indicator| (indicator.seek)(evidence).is_some());
    fired.map(|indicator| indicator.weight).collect()
}

/// Whether the strongest voice for a cause has this weight; `None` if nothing speaks for it.
pub(crate) fn strongest(cause: &str, evidence: &Evidence) -> Option<Weight> {
    weights(cause, evidence).into_iter().filter(|weight| *weight >= Weight::Hints).max()
}

/// The details that a cause's indicators of this weight show.
pub(crate) fn details(cause: &str, evidence: &Evidence, weight: Weight) -> Vec<String> {
    let cause = CAUSES.iter().find(|known| known.id == cause).expect("a cause of the list");
    let wanted = cause.indicators.iter().filter(|indicator| indicator.weight == weight);
    wanted.filter_map(|indicator| (indicator.seek)(evidence)?.detail).collect()
}

fn read(sources: &mut Sources, request: &str, response: &str) -> Exchange {
    let request = (!request.is_empty()).then(|| read_request(sources, request));
    let response = (!response.is_empty()).then(|| read_response(sources, response));
    Exchange { request, response, ..Exchange::default() }
}

fn read_request(sources: &mut Sources, text: &str) -> Request {
    let id = sources.add("request", SourceKind::Request, text);
    let message = read_message(sources, id, text);
    let mut words = text.lines().next().expect("a request line").split(' ');
    let method = words.next().expect("a method").to_owned();
    let url = Url::parse(words.next().expect("a URL")).expect("an absolute URL");
    let line = message.start_line;
    Request { method: Fact::new(method, line), url: Fact::new(url, line), message }
}

fn read_response(sources: &mut Sources, text: &str) -> Response {
    let id = sources.add("response", SourceKind::Response, text);
    let message = read_message(sources, id, text);
    let status = text.split([' ', '\n']).nth(1).expect("a status").parse().expect("a number");
    Response { status: Fact::new(status, message.start_line), message }
}

fn read_message(sources: &Sources, id: SourceId, text: &str) -> Message {
    let whole = sources.whole(id);
    let (head, body) = text.split_once("\n\n").map_or((text, None), |(head, body)| (head, Some(body)));
    let mut start = 0;
    let mut lines = Vec::new();
    for line in head.split('\n') {
        lines.push((line, whole.part(start, start + line.len())));
        start += line.len() + 1;
    }
    let fields = lines[1..].iter().filter_map(|(line, span)| {
        let (name, value) = line.split_once(':')?;
        Some(Field { name: name.into(), value: value.trim().into(), span: *span })
    });
    let place = whole.part(head.len() + 2, text.len());
    Message {
        version: "HTTP/1.1".into(),
        fields: Fields(fields.collect()),
        body: body.map(|body| Fact::new(body.as_bytes().to_vec(), place)),
        span: whole,
        start_line: lines[0].1,
    }
}

/// Adds a log line about the request with this text.
pub(crate) fn line(mut evidence: Evidence, text: &str) -> Evidence {
    let id = evidence.sources.add("app.log", SourceKind::Log, text);
    let span = evidence.sources.whole(id);
    evidence = logged(evidence, &[]);
    evidence.log_lines.last_mut().expect("the line just added").span = span;
    evidence
}
