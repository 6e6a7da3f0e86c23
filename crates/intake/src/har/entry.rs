//! One entry of a HAR, rendered as HTTP messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Evidence, Exchange, Fact, SourceKind, Span, Timing};
use serde_json::Value;

use crate::http::{self, Either};
use crate::{live, message};

/// The most bytes of an entry that are read as a whole.
const ENTRY_BYTES: usize = 64 << 20;

/// Reads the entry that a span covers.
pub(crate) fn read(evidence: &mut Evidence, span: Span, name: &str, number: usize) -> Option<Exchange> {
    let bytes = evidence.sources.bytes(span);
    let parsed: Result<Value, String> = if bytes.len() > ENTRY_BYTES {
        Err(format!("entry {number} is larger than {ENTRY_BYTES} bytes"))
    } else {
        serde_json::from_slice(bytes).map_err(|error| format!("entry {number}: {error}"))
    };
    let line = http::line_number(&evidence.sources, span.source, span.start);
    let entry = match parsed {
        Ok(entry) => entry,
        Err(error) => {
            evidence.warn(Some((name, Some(line))), error);
            return None;
        }
    };
    let mut exchange = Exchange { timing: timing(&entry["timings"]), ..Exchange::default() };
    exchange.sent_at = entry["startedDateTime"].as_str().and_then(crate::date::seconds);
    exchange.peer = entry["serverIPAddress"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let request = request(&entry["request"]);
    let label = format!("{name} (entry {number}, request)");
    let id = evidence.sources.derive(span, label, SourceKind::Request, request);
    if let Some(Either::Request(mut request)) = message::read_span(evidence, evidence.sources.whole(id)) {
        if let Some(url) = entry["request"]["url"].as_str().and_then(model::Url::parse) {
            request.url.value = url;
        }
        exchange.request = Some(*request);
    }
    respond(evidence, &entry["response"], span, &format!("{name} (entry {number}, response)"), &mut exchange);
    Some(exchange)
}

fn respond(evidence: &mut Evidence, response: &Value, span: Span, label: &str, exchange: &mut Exchange) {
    let status = response["status"].as_u64().unwrap_or(0);
    let error = response["_error"].as_str().filter(|error| !error.is_empty());
    if status == 0 {
        let words = error.unwrap_or("the browser shows no answer").to_owned();
        let kind = if error.is_some() { SourceKind::Console } else { live::OWN_WORDS };
        let id = evidence.sources.derive(span, label, kind, words.as_bytes());
        exchange.failure = Some(Fact::new(words, evidence.sources.whole(id)));
        return;
    }
    let version = version(&response["httpVersion"]);
    let start = format!("{version} {status} {}", response["statusText"].as_str().unwrap_or(""));
    let bytes = http::render(start.trim_end(), &fields(&response["headers"]), &content(&response["content"]));
    let id = evidence.sources.derive(span, label, SourceKind::Response, bytes);
    if let Some(Either::Response(response)) = message::read_span(evidence, evidence.sources.whole(id)) {
        exchange.response = Some(*response);
    }
}

fn request(request: &Value) -> Vec<u8> {
    let url = request["url"].as_str().unwrap_or("");
    let parsed = model::Url::parse(url);
    let target = parsed.as_ref().map_or_else(|| url.to_owned(), model::Url::target);
    let method = request["method"].as_str().unwrap_or("GET");
    let mut fields = fields(&request["headers"]);
    // HTTP/2 has `:authority` instead of Host; some tools leave both out.
    let hosted = fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host") || name == ":authority");
    if let Some(url) = parsed.filter(|_| !hosted) {
        fields.insert(0, ("Host".into(), url.authority()));
    }
    let start = format!("{method} {target} {}", version(&request["httpVersion"]));
    http::render(&start, &fields, &post_data(&request["postData"]))
}

/// `HTTP/1.1`, `h2`, `http/2.0`, `unknown` ... as a start line can show it.
fn version(value: &Value) -> &'static str {
    match value.as_str().unwrap_or("").to_ascii_lowercase().as_str() {
        "h2" | "http/2" | "http/2.0" => "HTTP/2",
        "h3" | "http/3" | "http/3.0" => "HTTP/3",
        "http/1.0" => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn fields(list: &Value) -> Vec<(String, String)> {
    let fields = list.as_array().into_iter().flatten();
    fields
        .filter_map(|field| Some((field["name"].as_str()?.to_owned(), field["value"].as_str()?.to_owned())))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// The body sent: its text, else its parameters.
fn post_data(data: &Value) -> Vec<u8> {
    if let Some(text) = data["text"].as_str().filter(|text| !text.is_empty()) {
        return match data["encoding"].as_str() {
            Some("base64") => STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec()),
            _ => text.as_bytes().to_vec(),
        };
    }
    let parameters = data["params"].as_array().into_iter().flatten();
    let pairs = parameters.filter_map(|parameter| {
        Some(format!("{}={}", parameter["name"].as_str()?, parameter["value"].as_str().unwrap_or("")))
    });
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

/// The body received, base64 undone.
fn content(content: &Value) -> Vec<u8> {
    let text = content["text"].as_str().unwrap_or("");
    match content["encoding"].as_str() {
        Some("base64") => STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec()),
        _ => text.as_bytes().to_vec(),
    }
}

/// The phases; -1 stands for "did not happen". `connect` includes `ssl`.
fn timing(timings: &Value) -> Timing {
    let phase = |name: &str| timings[name].as_f64().filter(|time| *time >= 0.0);
    let tls = phase("ssl");
    Timing {
        dns: phase("dns"),
        connect: phase("connect").map(|time| (time - tls.unwrap_or(0.0)).max(0.0)),
        tls,
        send: phase("send"),
        wait: phase("wait"),
        receive: phase("receive"),
    }
}
