//! A stage as a request: what go-ftw puts on the wire, and what the test's backend answers.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use waf::{OwnedRequest, Part, Request, Response, RuleSet, Verdict};

use super::yaml::Stage;

/// A request and its answer, owned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    method: Vec<u8>,
    target: Vec<u8>,
    version: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

impl Exchange {
    /// The request of a stage.
    pub(crate) fn of(stage: &Stage) -> Exchange {
        let input = &stage.input;
        if let Some(encoded) = input["encoded_request"].as_str() {
            return Exchange::parse(
                &STANDARD.decode(encoded.split_whitespace().collect::<String>()).expect("Base64"),
            );
        }
        let text = |key: &str, default: &str| input[key].as_str().unwrap_or(default).as_bytes().to_vec();
        let mut exchange = Exchange {
            method: text("method", "GET"),
            target: text("uri", "/"),
            version: text("version", "HTTP/1.1"),
            headers: input["headers"]
                .as_object()
                .map(|headers| {
                    headers
                        .iter()
                        .map(|(n, v)| (n.clone().into_bytes(), shown(v).trim().as_bytes().to_vec()))
                        .collect()
                })
                .unwrap_or_default(),
            body: text("data", ""),
        };
        if input["autocomplete_headers"].as_bool().unwrap_or(true) {
            exchange.complete();
        }
        exchange.on_the_server()
    }

    /// What a server takes from the wire: without a length there is no body, and chunks overrule a length (RFC 9112,
    /// 6.3; Apache drops the `Content-Length`).
    fn on_the_server(mut self) -> Exchange {
        if self.header("transfer-encoding").is_some() {
            self.headers.retain(|header| !header.0.eq_ignore_ascii_case(b"content-length"));
        } else if self.header("content-length").is_none() {
            self.body.clear();
        }
        self
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|header| header.0.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|header| String::from_utf8_lossy(&header.1).into_owned())
    }

    /// What go-ftw adds: a form's content type and encoding, line ends of multipart, the connection and the length.
    fn complete(&mut self) {
        if !self.body.is_empty() {
            let kind = self.header("content-type");
            if kind.is_none() {
                let form = b"application/x-www-form-urlencoded".to_vec();
                self.headers.push((b"Content-Type".to_vec(), form));
            }
            let kind = kind.unwrap_or_else(|| "application/x-www-form-urlencoded".to_owned());
            if kind.starts_with("application/x-www-form-urlencoded") {
                self.body = encoded(&self.body);
            } else if kind.starts_with("multipart/") {
                self.body = with_crlf(&self.body);
            }
        }
        if self.header("connection").is_none() {
            self.headers.push((b"Connection".to_vec(), b"close".to_vec()));
        }
        let has_length =
            self.header("content-length").is_some() || self.header("transfer-encoding").is_some();
        if !has_length && (!self.body.is_empty() || self.method == b"POST") {
            let length = self.body.len().to_string().into_bytes();
            self.headers.push((b"Content-Length".to_vec(), length));
        }
    }

    fn parse(raw: &[u8]) -> Exchange {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(raw.len());
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ').map(|word| word.as_bytes().to_vec());
        let mut word = || words.next().unwrap_or_default();
        let (method, target, version) = (word(), word(), word());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.as_bytes().to_vec(), value.trim().as_bytes().to_vec()))
            .collect();
        Exchange { method, target, version, headers, body: raw.get(end + 4..).unwrap_or_default().to_vec() }
    }

    /// The header fields, borrowed.
    pub(crate) fn headers(&self) -> Vec<(&[u8], &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect()
    }

    /// The request, borrowed.
    pub(crate) fn request<'a>(&'a self, headers: &'a [(&'a [u8], &'a [u8])]) -> Request<'a> {
        Request {
            method: &self.method,
            target: &self.target,
            version: &self.version,
            headers,
            body: &self.body,
            client: [127, 0, 0, 1].into(),
        }
    }

    /// Runs the rules over the request and the answer of the test's backend.
    pub(crate) fn inspect(&self, rules: &RuleSet) -> Verdict {
        let headers = self.headers();
        let answer = self.answer();
        let pairs: Vec<(&[u8], &[u8])> =
            answer.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let response =
            Response { status: answer.status, version: b"HTTP/1.1", headers: &pairs, body: &answer.body };
        rules.inspect_exchange(&self.request(&headers), &response)
    }

    /// The backend answers 200 with nothing, and at `/reflect` what the request's JSON describes.
    fn answer(&self) -> Answer {
        let mut answer = Answer { status: 200, headers: Vec::new(), body: Vec::new() };
        if self.method != b"POST" || !self.target.starts_with(b"/reflect") {
            return answer;
        }
        let Ok(described) = serde_json::from_slice::<Value>(&self.body) else { return answer };
        answer.status = described["status"].as_u64().unwrap_or(200) as u16;
        if let Some(headers) = described["headers"].as_object() {
            answer.headers = headers.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        }
        answer.body = match described["encodedBody"].as_str() {
            Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
            None => described["body"].as_str().unwrap_or_default().as_bytes().to_vec(),
        };
        if !answer.headers.iter().any(|header| header.0.eq_ignore_ascii_case("content-type")) {
            // Go's server looks at the first bytes.
            let html = answer.body.starts_with(b"<");
            let kind = if html { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
            answer.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        answer
    }

    /// The exchange with ranges of its request blanked out.
    pub(crate) fn blanked(&self, request: &Request<'_>, ranges: &[Range<usize>]) -> Exchange {
        let OwnedRequest { method, target, version, headers, body, .. } =
            request.to_owned_request().blanked(ranges);
        Exchange { method, target, version, headers, body }
    }

    /// Cuts ranges of the request out; a header field whose name or value is gone goes as a whole.
    pub(crate) fn cut(&mut self, request: &Request<'_>, ranges: &[&Range<usize>]) {
        let mut ranges: Vec<&Range<usize>> = ranges.to_vec();
        ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
        ranges.dedup();
        let mut last = usize::MAX;
        for range in ranges.into_iter().filter(|range| range.start < range.end) {
            let Some(place) = request.place(range).filter(|_| range.end <= last) else { continue };
            last = range.start;
            let part = match place.part {
                Part::Method => &mut self.method,
                Part::Target => &mut self.target,
                Part::Version => &mut self.version,
                Part::HeaderName(index) => &mut self.headers[index].0,
                Part::HeaderValue(index) => &mut self.headers[index].1,
                Part::Body => &mut self.body,
            };
            part.drain(place.range);
        }
        let originals = request.headers.iter();
        let mut gone = originals.zip(&self.headers).map(|(before, after)| {
            !before.0.is_empty() && after.0.is_empty() || !before.1.is_empty() && after.1.is_empty()
        });
        let gone: Vec<bool> = gone.by_ref().collect();
        let mut index = 0;
        self.headers.retain(|_| {
            index += 1;
            !gone[index - 1]
        });
    }
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// go-ftw encodes form data that decoding leaves as it is: the names and values of each pair.
fn encoded(body: &[u8]) -> Vec<u8> {
    let is_escape = |window: &[u8]| window[0] == b'%' && window[1..].iter().all(u8::is_ascii_hexdigit);
    if body.contains(&b'+') || body.windows(3).any(is_escape) {
        return body.to_vec();
    }
    let pair = |pair: &[u8]| match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => [escaped(&pair[..at]), b"=".to_vec(), escaped(&pair[at + 1..])].concat(),
        None => escaped(pair),
    };
    let body = body.strip_suffix(b"&").unwrap_or(body);
    body.split(|byte| *byte == b'&').map(pair).collect::<Vec<_>>().join(b"&".as_slice())
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => output.push(*byte),
            b' ' => output.push(b'+'),
            other => output.extend_from_slice(format!("%{other:02X}").as_bytes()),
        }
    }
    output
}

fn with_crlf(body: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut last = 0;
    for byte in body {
        if *byte == b'\n' && last != b'\r' {
            output.push(b'\r');
        }
        output.push(*byte);
        last = *byte;
    }
    output
}
