//! What the error messages of HTTP clients tell of an exchange: status, method and URL.
//!
//! Clients word it differently (requests: `403 Client Error: Forbidden for url: U`; axios: `Request failed with status code
//! 403`; git: `unable to access 'U': The requested URL returned error: 403`; Guzzle: ``Client error: `POST U` resulted in a
//! `403 Forbidden` response``; Java: `Server returned HTTP response code: 403 for URL: U`; npm: `403 Forbidden - PUT U`), but
//! all put a word of a few before the number, or the reason phrase of RFC 9110 behind it, and the URL on the same line.

use model::{Evidence, Exchange, Fact, SourceId, Span, Told, Url};

use crate::assemble::Found;
use crate::http;

/// The most bytes of a document that are read for it, and the most lines between a URL and the status (wget writes five).
const SEARCHED: usize = 64 << 10;
const LINES_APART: usize = 6;

/// What stands before the number where it is a status.
static BEFORE: &[&str] = &[
    "status",
    "status code",
    "status_code",
    "statuscode",
    "response code",
    "http",
    "http/1.0",
    "http/1.1",
    "http/2",
    "http/2.0",
    "http/3",
    "http error",
    "returned error",
    "err!",
    "npm error",
    "code",
    "error code",
    "server returned",
    "server returned an error",
    "received",
    "return code is",
    "returned code",
    "responded with",
    "failed with",
    "status was",
    "status is",
];

/// The reason phrases of RFC 9110, section 15.5, and of RFC 6585, and the classes that clients name instead.
static BEHIND: &[&str] = &[
    "unauthorized",
    "payment required",
    "forbidden",
    "not found",
    "method not allowed",
    "proxy authentication required",
    "request timeout",
    "conflict",
    "content too large",
    "payload too large",
    "request entity too large",
    "unsupported media type",
    "misdirected request",
    "unprocessable",
    "precondition required",
    "too many requests",
    "request header fields too large",
    "unavailable for legal reasons",
    "client error",
    "access denied",
];

/// Reads a text that is no message: the first refusal that it tells of.
pub(crate) fn read(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let mut whole = evidence.sources.whole(id);
    whole.end = whole.end.min(SEARCHED);
    let text = evidence.sources.text(whole);
    let told = told(&text, whole);
    if told.status.is_none() {
        return Vec::new();
    }
    vec![Exchange { told, ..Exchange::default() }.into()]
}

/// What a text tells of a refused exchange. The page or the error value of a server tells its status alone.
fn told(text: &str, whole: Span) -> Told {
    let Some((status, start)) = status(text) else { return Told::default() };
    let status = Some(Fact::new(status, whole.part(start, start + 3)));
    if text.trim_start().starts_with(['<', '{', '[']) {
        return Told { status, ..Told::default() };
    }
    let (from, to) =
        (lines_before(text, start), text[start..].find('\n').map_or(text.len(), |end| start + end));
    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let near = url(text, line..to).or_else(|| url(text, from..line));
    let (method, url) = near.map_or((None, None), |(url, start, end)| {
        (method(text, start, whole), Some(Fact::new(url, whole.part(start, end))))
    });
    Told { method, url, status }
}

/// Where the lines begin that may name the URL of a status.
fn lines_before(text: &str, at: usize) -> usize {
    text[..at].rmatch_indices('\n').nth(LINES_APART).map_or(0, |(end, _)| end + 1)
}

/// The first number of a text that is told as a refusing status, with its place.
pub(crate) fn status(text: &str) -> Option<(u16, usize)> {
    let bytes = text.as_bytes();
    let mut starts = (0..bytes.len().saturating_sub(2)).filter(|&at| matches!(bytes[at], b'4' | b'5'));
    starts.find_map(|at| {
        let digits = bytes[at..at + 3].iter().all(u8::is_ascii_digit);
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let alone = !at.checked_sub(1).is_some_and(|before| word(&bytes[before]))
            && !bytes.get(at + 3).is_some_and(|byte| byte.is_ascii_alphanumeric());
        let status = text.get(at..at + 3)?.parse().ok()?;
        (digits && alone && (introduced(&text[..at]) || explained(&text[at + 3..]))).then_some((status, at))
    })
}

/// Whether the words before a number call it a status.
fn introduced(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or("");
    let words = line.trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '`', '\t']).to_ascii_lowercase();
    BEFORE.iter().any(|known| {
        words.strip_suffix(known).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// Whether a number is followed by the words of a status.
fn explained(behind: &str) -> bool {
    let words: String =
        behind.trim_start_matches([' ', ':', ')', ']', '(', '"', '-']).chars().take(40).collect();
    let words = words.to_ascii_lowercase();
    BEHIND.iter().any(|known| words.starts_with(known))
}

/// The method that is written before a URL, as in `PUT https://…` and `for POST "https://…"`.
pub(crate) fn method(text: &str, url: usize, whole: Span) -> Option<Fact<String>> {
    let before = text[..url].trim_end_matches(['"', '\'', '`', ' ', ':']);
    let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    let start = before.len() - word.len();
    http::is_known_method(word).then(|| Fact::new(word.to_owned(), whole.part(start, before.len())))
}

/// The first web address of a part of a text that is not the page's origin.
pub(crate) fn url(text: &str, part: std::ops::Range<usize>) -> Option<(Url, usize, usize)> {
    let starts = text[part.clone()].match_indices("http").map(|(at, _)| part.start + at);
    let mut found = starts.filter_map(|start| {
        let rest = &text[start..part.end];
        let end = rest.find(|c: char| c.is_whitespace() || "'\"<>)`".contains(c)).unwrap_or(rest.len());
        let end = rest[..end].trim_end_matches(['.', ',', ':']).len();
        let before = text[..start].trim_end_matches(['\'', '"', '(']).trim_end();
        let is_origin = before.ends_with("origin") || before.ends_with("Origin");
        Some((Url::parse(&rest[..end])?, start, start + end, is_origin))
    });
    found.find(|(.., is_origin)| !is_origin).map(|(url, start, end, _)| (url, start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{SourceKind, Sources};

    fn of(text: &str) -> (Option<u16>, Option<String>, Option<String>) {
        let mut sources = Sources::default();
        let id = sources.add("a", SourceKind::Text, text.as_bytes());
        let told = told(text, sources.whole(id));
        let word = |fact: Option<Fact<String>>| fact.map(|fact| fact.value);
        (told.status.map(|fact| fact.value), word(told.method), told.url.map(|fact| fact.value.to_string()))
    }

    #[test]
    fn the_words_of_clients_tell_status_method_and_url() {
        let cases: [(&str, Option<&str>, Option<&str>); 12] = [
            (
                "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://a.example/b",
                None,
                Some("https://a.example/b"),
            ),
            ("AxiosError: Request failed with status code 403\n    at settle (core.js:19:12)", None, None),
            (
                "fatal: unable to access 'https://a.example/b.git/': The requested URL returned error: 403",
                None,
                Some("https://a.example/b.git/"),
            ),
            (
                "Client error: `POST https://a.example/b` resulted in a `403 Forbidden` response:",
                Some("POST"),
                Some("https://a.example/b"),
            ),
            (
                "java.io.IOException: Server returned HTTP response code: 403 for URL: https://a.example/b",
                None,
                Some("https://a.example/b"),
            ),
            (
                "npm ERR! 403 403 Forbidden - PUT https://a.example/b - You cannot publish",
                Some("PUT"),
                Some("https://a.example/b"),
            ),
            ("403 Forbidden from POST https://a.example/b", Some("POST"), Some("https://a.example/b")),
            (
                "--2026-01-01 10:00:00--  https://a.example/b\nResolving a.example... 192.0.2.1\nHTTP request sent, awaiting response... 403 Forbidden",
                None,
                Some("https://a.example/b"),
            ),
            ("Invoke-RestMethod : The remote server returned an error: (403) Forbidden.", None, None),
            ("Response status code does not indicate success: 403 (Forbidden).", None, None),
            ("urllib.error.HTTPError: HTTP Error 403: Forbidden", None, None),
            (
                "ERROR: unexpected status from PUT request to https://a.example/v2/x: 403 Forbidden",
                None,
                Some("https://a.example/v2/x"),
            ),
        ];
        for (text, method, url) in cases {
            assert_eq!(of(text), (Some(403), method.map(str::to_owned), url.map(str::to_owned)), "{text}");
        }
    }

    /// Words of other scripts, and bytes that are no UTF-8, stand directly before an address.
    #[test]
    fn an_address_behind_other_letters_is_read() {
        let (status, method, url) = of("403 Forbidden: адрес：https://a.example/b");
        assert_eq!((status, method, url.as_deref()), (Some(403), None, Some("https://a.example/b")));
    }

    #[test]
    fn other_numbers_are_no_status_and_a_page_tells_no_url() {
        for text in [
            "listening on port 443",
            "took 403 ms",
            "at app.js:403:12",
            "rule 403123 matched",
            "version 4.0.403",
        ] {
            assert_eq!(of(text).0, None, "{text}");
        }
        let page =
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD\" \"http://www.w3.org/TR\"><title>403 Forbidden</title>";
        assert_eq!(of(page), (Some(403), None, None));
    }
}
