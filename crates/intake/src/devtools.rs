//! The panel of a request in a browser's developer tools, copied as text: Chrome's and Edge's "Headers" tab (`Request URL: …`
//! or name and value on lines of their own) and Safari's "Headers" pane (`URL: …`, `Status: 403`).

use model::{Evidence, Exchange, Fact, SourceId, SourceKind, Span, Told, Url};

use crate::assemble::Found;
use crate::http::{self, Either};
use crate::{message, secret};

/// How many lines are looked at to recognise a panel, and how many are read.
const SAMPLE: usize = 60;
const READ: usize = 4096;

/// What Chrome says where it shows only the fields that it set itself.
const PROVISIONAL: &str = "Provisional headers are shown";

/// Whether a text is such a panel.
pub(crate) fn is_panel(text: &str) -> bool {
    let has = |wanted: Entry| {
        let mut names = text.lines().take(SAMPLE).map(|line| line.split(':').next().unwrap_or(line));
        names.any(|name| general(name) == Some(wanted))
    };
    has(Entry::Url) && has(Entry::Status)
}

/// The entries of the general part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Url,
    Method,
    Status,
    Peer,
}

/// An entry by the name that a browser gives it.
fn general(name: &str) -> Option<Entry> {
    match name.trim() {
        "Request URL" | "URL" => Some(Entry::Url),
        "Request Method" => Some(Entry::Method),
        "Status Code" | "Status" => Some(Entry::Status),
        "Remote Address" | "Address" => Some(Entry::Peer),
        _ => None,
    }
}

/// The side that a heading introduces.
fn heading(line: &str) -> Option<Side> {
    let line = line.trim().trim_end_matches(':').split(" (").next().unwrap_or("");
    match line {
        "Response Headers" | "Response" => Some(Side::Response),
        "Request Headers" | "Request" => Some(Side::Request),
        "General" | "Summary" => Some(Side::General),
        "Request Payload" | "Form Data" | "Query String Parameters" | "Request Data" => Some(Side::Other),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    General,
    Request,
    Response,
    Other,
}

/// Fields that only requests carry: without headings they tell where the request begins.
fn only_in_requests(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("sec-")
        || matches!(
            name.as_str(),
            ":authority"
                | ":method"
                | ":path"
                | ":scheme"
                | "accept"
                | "accept-encoding"
                | "accept-language"
                | "authorization"
                | "cookie"
                | "host"
                | "origin"
                | "referer"
                | "user-agent"
                | "x-requested-with"
                | "x-csrf-token"
                | "x-xsrf-token"
                | "if-none-match"
                | "te"
                | "dnt"
        )
}

/// What a panel shows, by side.
#[derive(Debug, Default)]
struct Panel {
    url: Option<(Url, Span)>,
    method: Option<(String, Span)>,
    status: Option<(u16, Span)>,
    peer: Option<String>,
    request: Vec<(String, String)>,
    response: Vec<(String, String)>,
    provisional: bool,
}

/// Reads a panel. The messages are rendered into sources of their own; a request of which the browser shows only some fields
/// is told, not shown.
pub(crate) fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let panel = Panel::read(&evidence.sources.text(whole), whole);
    let name = evidence.sources.get(id).name.clone();
    let mut exchange = Exchange { peer: panel.peer.clone(), told: panel.told(), ..Exchange::default() };
    if let Some((status, _)) = panel.status.filter(|_| !panel.response.is_empty()) {
        let text = http::render(&format!("HTTP/1.1 {status}"), &panel.response, b"");
        let derived =
            evidence.sources.derive(whole, format!("{name} (response)"), SourceKind::Response, text);
        if let Some(Either::Response(response)) =
            message::read_span(evidence, evidence.sources.whole(derived))
        {
            exchange.response = Some(*response);
        }
    }
    if panel.shows_request() {
        let text = http::render(&panel.request_line(), &panel.request, b"");
        let derived = evidence.sources.derive(whole, format!("{name} (request)"), SourceKind::Request, text);
        if let Some(Either::Request(request)) = message::read_span(evidence, evidence.sources.whole(derived))
        {
            exchange.request = Some(*request);
        }
    } else if panel.provisional {
        evidence.warn(Some((&name, None)), "the browser shows only some fields of the request (\"Provisional headers\"); copy it as cURL to have all");
        let mut values = Vec::new();
        panel.request.iter().for_each(|(name, value)| secret::of_field(name, value, &mut values));
        values.iter().for_each(|value| evidence.mark_secret(value));
    }
    vec![exchange.into()]
}

impl Panel {
    fn read(text: &str, whole: Span) -> Panel {
        let mut panel = Panel::default();
        let mut side = Side::General;
        let mut lines = text.lines().take(READ).map(str::trim).filter(|line| !line.is_empty()).peekable();
        while let Some(line) = lines.next() {
            if let Some(next) = heading(line) {
                side = next;
                continue;
            }
            panel.provisional |= line.contains(PROVISIONAL);
            let Some((name, value)) = entry(line, &mut lines) else { continue };
            let start = value.as_ptr() as usize - text.as_ptr() as usize;
            let place = whole.part(start, start + value.len());
            match general(name) {
                Some(known) if side == Side::General => panel.general(known, value, place),
                _ => panel.field(&mut side, name, value),
            }
        }
        panel
    }

    fn general(&mut self, entry: Entry, value: &str, place: Span) {
        match entry {
            Entry::Url => self.url = Url::parse(value).map(|url| (url, place)),
            Entry::Method => self.method = Some((value.to_owned(), place)),
            Entry::Status => {
                let digits = value.split(' ').next().unwrap_or("");
                self.status = digits
                    .parse()
                    .ok()
                    .filter(|_| digits.len() == 3)
                    .map(|status| (status, place.part(0, 3)));
            }
            Entry::Peer => self.peer = Some(value.to_owned()),
        }
    }

    /// Takes a header field; one that only requests carry begins the request where no heading did.
    fn field(&mut self, side: &mut Side, name: &str, value: &str) {
        if *side == Side::General && !name.contains(' ') {
            *side = Side::Response;
        }
        if *side == Side::Response && only_in_requests(name) {
            *side = Side::Request;
        }
        let pair = (name.to_owned(), value.to_owned());
        match *side {
            _ if name.starts_with(':') || name.contains(' ') => {}
            Side::Request => self.request.push(pair),
            Side::Response => self.response.push(pair),
            Side::General | Side::Other => {}
        }
    }

    /// Whether the request's header is shown whole: a browser always sends `User-Agent`.
    fn shows_request(&self) -> bool {
        let agent = self.request.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
        agent && !self.provisional && self.url.is_some() && self.method.is_some()
    }

    fn request_line(&self) -> String {
        let method = self.method.as_ref().map_or("GET", |(method, _)| method.as_str());
        let url = self.url.as_ref().map_or(String::new(), |(url, _)| url.to_string());
        format!("{method} {url} HTTP/1.1")
    }

    fn told(&self) -> Told {
        Told {
            method: self.method.clone().map(|(method, place)| Fact::new(method, place)),
            url: self.url.clone().map(|(url, place)| Fact::new(url, place)),
            status: self.status.map(|(status, place)| Fact::new(status, place)),
        }
    }
}

/// A name and a value: on one line, or on two, as newer versions of Chrome copy them.
fn entry<'a>(line: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let colon = line.char_indices().skip(1).find(|(_, c)| *c == ':').map(|(at, _)| at);
    match colon {
        Some(colon) if colon + 1 < line.len() => Some((line[..colon].trim(), line[colon + 1..].trim())),
        Some(colon) => Some((line[..colon].trim(), lines.next()?)),
        None => general(line).and_then(|_| Some((line, lines.next()?))),
    }
}
