//! A message copied from a browser's console.

use model::{Evidence, Exchange, Fact, SourceId, Told};

use crate::assemble::Found;
use crate::told;

/// Words of the consoles of Chrome, Firefox and Safari about refused requests.
static WORDINGS: &[&str] = &[
    "has been blocked by CORS policy",
    "Cross-Origin Request Blocked",
    "is not allowed by Access-Control-Allow-",
    "Failed to load resource: the server responded with a status of",
    "Origin is not allowed",
    "due to access control checks",
    "has been rejected because it is in a cross-site context",
    "has been rejected because a non-HTTPS cookie",
    "has been rejected for invalid domain",
    "This Set-Cookie was blocked because",
    "This attempt to set a cookie via a Set-Cookie header was blocked",
    "A cookie associated with a",
    "(Reason: C",
    "(Reason: Did not find",
    "(Reason: Missing token",
    "(Reason: Multiple CORS",
    "(Reason: expected",
    "(Cross-Origin Request)",
    "(Cross-Origin)",
    "credentials mode is 'include'",
    "Cannot use wildcard in Access-Control-Allow-Origin",
    "preflight request doesn't pass access control check",
    "net::ERR_",
    "(Forbidden)",
];

/// How much of a text is looked at, in bytes.
const BEGINNING: usize = 4000;

/// Whether a text is such a message.
#[must_use]
pub fn is_console(text: &str) -> bool {
    let start = &text.as_bytes()[..text.len().min(BEGINNING)];
    let says = |words: &&str| memchr::memmem::find(start, words.as_bytes()).is_some();
    !text.starts_with(['{', '<']) && WORDINGS.iter().any(says)
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
    let status = told::status(&text).map(|(status, at)| Fact::new(status, whole.part(at, at + 3)));
    // With a status an answer came: the message is no failure of the exchange.
    let failure = failure.filter(|_| status.is_none()).map(|line| Fact::new(line.to_owned(), place));
    let url = told::url(&text, 0..text.len());
    let method = url.as_ref().and_then(|(_, start, _)| told::method(&text, *start, whole));
    let url = url.map(|(url, start, end)| Fact::new(url, whole.part(start, end)));
    vec![Exchange { failure, told: Told { method, url, status }, ..Exchange::default() }.into()]
}
