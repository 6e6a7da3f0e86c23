//! A message copied from a browser's console.

use model::{Evidence, Exchange, Fact, Message, Request, SourceId, Url};

use crate::assemble::Found;

/// Words of the consoles of Chrome, Firefox and Safari about refused requests.
static WORDINGS: &[&str] = &[
    "has been blocked by CORS policy",
    "Cross-Origin Request Blocked",
    "is not allowed by Access-Control-Allow-",
    "Failed to load resource: the server responded with a status of",
    "Origin is not allowed",
    "due to access control checks",
    "net::ERR_",
    "(Forbidden)",
];

/// Whether a text is such a message.
#[must_use]
pub fn is_console(text: &str) -> bool {
    let start: String = text.chars().take(4000).collect();
    WORDINGS.iter().any(|words| start.contains(words)) && !start.starts_with(['{', '<'])
}

/// Reads a console message: the request that it is about, and its words as the client's own account.
pub fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let text = evidence.sources.text(whole);
    let failure = text.lines().find(|line| WORDINGS.iter().any(|words| line.contains(words)));
    let place = failure.map_or(whole, |line| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        whole.part(start, start + line.len())
    });
    let failure = failure.map(|line| Fact::new(line.to_owned(), place));
    let request = url(&text).map(|(url, start, end)| {
        let span = whole.part(start, end);
        let method = ["POST", "PUT", "PATCH", "DELETE", "GET"].into_iter().find(|word| text.contains(*word));
        let message = Message {
            version: String::new(),
            fields: model::Fields(origin(&text, whole).into_iter().collect()),
            body: None,
            span: whole,
            start_line: place,
        };
        Request {
            method: Fact::new(method.unwrap_or("GET").to_owned(), span),
            url: Fact::new(url, span),
            message,
        }
    });
    vec![Exchange { request, failure, ..Exchange::default() }.into()]
}

/// The first web address of the text that is not the page's origin.
fn url(text: &str) -> Option<(Url, usize, usize)> {
    let starts = text.match_indices("http").map(|(at, _)| at);
    let mut found = starts.filter_map(|start| {
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "'\"<>)".contains(c)).unwrap_or(rest.len());
        let end = rest[..end].trim_end_matches(['.', ',', ':']).len();
        let before = text[..start].trim_end_matches(['\'', '"', '(']).trim_end();
        let is_origin = before.ends_with("origin") || before.ends_with("Origin");
        Some((Url::parse(&rest[..end])?, start, start + end, is_origin))
    });
    found.find(|(.., is_origin)| !is_origin).map(|(url, start, end, _)| (url, start, end))
}

/// `from origin 'https://app.example'`, as the `Origin` field that the browser sends.
fn origin(text: &str, whole: model::Span) -> Option<model::Field> {
    let start =
        text.find("from origin '").map(|at| at + 13).or_else(|| text.find("Origin http").map(|at| at + 7))?;
    let rest = &text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || c == '\'').unwrap_or(rest.len());
    let value = rest[..end].to_owned();
    Some(model::Field { name: "Origin".into(), value, span: whole.part(start, start + end) })
}
