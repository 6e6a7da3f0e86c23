//! Whether words are their writer's own: a proof needs the server's own words, not ones that it gives back or quotes.

use std::cell::OnceCell;

use model::{Evidence, Signature, Span};

use super::haystack::{Haystack, Kind};

/// The least bytes that are taken for an echo: shorter words stand in a request by chance.
const ECHO: usize = 12;

/// What the client said, as far as it may come back in what servers write.
pub(crate) struct Said<'a> {
    evidence: &'a Evidence,
    /// The letters of target, header fields and body, once they were needed.
    letters: OnceCell<Vec<u8>>,
}

impl<'a> Said<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Said<'a> {
        Said { evidence, letters: OnceCell::new() }
    }

    pub(crate) fn evidence(&self) -> &'a Evidence {
        self.evidence
    }

    /// Whether the words at this place are the server's own. They are not if nobody labelled the text while there is an
    /// answer, if the request holds the same words, or if an answer quotes something else in that place.
    /// An answer that is no refusal by its status may speak of refusals: there words prove only where their product is known
    /// to answer so.
    pub(crate) fn leaves(&self, haystack: &Haystack, signature: &Signature, span: Span) -> bool {
        let refused = |status: u16| status >= 400 || signature.statuses.contains(&status);
        match haystack.kind {
            Kind::Unlabelled => self.evidence.response().is_none(),
            Kind::Body => {
                self.evidence.status().is_none_or(refused) && !is_quoted(haystack, span) && !self.holds(span)
            }
            Kind::Log | Kind::ClientMessage => !self.holds(span),
            Kind::ResponseField | Kind::RequestField | Kind::SetCookie => true,
        }
    }

    /// Whether the request carries the same words, plain or percent-encoded.
    fn holds(&self, span: Span) -> bool {
        let words = letters(self.evidence.sources.bytes(span));
        words.len() >= ECHO && memchr::memmem::find(self.letters(), &words).is_some()
    }

    fn letters(&self) -> &[u8] {
        self.letters.get_or_init(|| {
            let Some(request) = self.evidence.request() else { return Vec::new() };
            let mut all = letters(self.evidence.sources.bytes(request.message.start_line));
            let fields = request.message.fields.0.iter().map(|field| field.value.as_bytes());
            let body = request.message.body.iter().map(|body| &body.value[..body.value.len().min(SEARCHED)]);
            for text in fields.chain(body) {
                all.push(APART);
                all.extend(letters(text));
            }
            all
        })
    }
}

/// Stands between two texts of a request, so that words do not run from one into the other.
const APART: u8 = 0;

/// The most bytes of a request that are searched for an echo.
const SEARCHED: usize = 1 << 20;

/// The letters and digits of a text, in lower case, percent-encoding undone: however blanks and quotes travel, these stay.
fn letters(text: &[u8]) -> Vec<u8> {
    let mut letters = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let encoded = (text[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let decoded = encoded
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = decoded.unwrap_or(text[at]);
        if byte.is_ascii_alphanumeric() {
            letters.push(byte.to_ascii_lowercase());
        }
        at += if decoded.is_some() { 3 } else { 1 };
    }
    letters
}

/// Members in which services give back what they were sent, or what others told them. Compared by their words, so that
/// `upstream_body` and `lastResponse` are among them.
const QUOTING: [&str; 27] = [
    "answer", "comment", "content", "echo", "example", "html", "input", "log", "logs", "output", "params",
    "partner", "payload", "quote", "received", "remote", "request", "response", "sample", "see", "stderr",
    "stdout", "target", "text", "upstream", "value", "values",
];

/// Whether the place lies in a JSON string that stands under such a member. A body that is no JSON quotes nothing as far as
/// can be told, but for its scripts: there, plain sentences are texts that a page may show, not what it shows.
fn is_quoted(haystack: &Haystack, span: Span) -> bool {
    let Some(at) = span.start.checked_sub(haystack.span.start) else { return false };
    let text = haystack.original();
    let length = span.end.saturating_sub(span.start);
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => members(text, at).iter().any(|name| quotes(name)),
        _ => in_script(text, at, length),
    }
}

fn quotes(name: &str) -> bool {
    let mut words = Vec::new();
    for (index, character) in name.char_indices() {
        if index == 0 || character.is_ascii_uppercase() || !character.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.iter().any(|word| QUOTING.contains(&word.as_str()))
}

/// The names of the members around a place in a JSON text, outermost first. The text may be cut or malformed.
fn members(text: &[u8], until: usize) -> Vec<String> {
    let (mut open, mut name, mut at) = (Vec::<Option<String>>::new(), None::<String>, 0);
    while at < until.min(text.len()) {
        match text[at] {
            b'{' | b'[' => open.push(name.take()),
            b'}' | b']' => {
                open.pop();
                name = None;
            }
            b',' => name = None,
            b'"' => {
                let start = at + 1;
                let end = string_end(text, start);
                if end >= until {
                    break;
                }
                let colon = text[(end + 1).min(text.len())..].trim_ascii_start().first() == Some(&b':');
                if colon {
                    name = Some(String::from_utf8_lossy(&text[start..end]).into_owned());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    open.into_iter().flatten().chain(name).collect()
}

/// The place of the quote that ends a string.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Whether a place lies between `<script` and its end and holds a sentence rather than code.
fn in_script(text: &[u8], at: usize, length: usize) -> bool {
    let words = &text[at.min(text.len())..(at + length).min(text.len())];
    let code = words.iter().any(|byte| b"<>={}_;".contains(byte)) || !words.contains(&b' ');
    let before = &text[..at.min(text.len())];
    let last = |mark: &[u8]| memchr::memmem::rfind(before, mark);
    let inside =
        |open: &[u8], close: &[u8]| last(open).is_some_and(|start| last(close).is_none_or(|end| end < start));
    !code && inside(b"<script", b"</script")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_around_a_place_are_named() {
        let text = br#"{"error":"a","received":{"list":[1,{"text":"CSRF"}],"x":2},"end":"b"}"#;
        let at = |needle: &[u8]| memchr::memmem::find(text, needle).unwrap();
        assert_eq!(members(text, at(b"CSRF")), ["received", "list", "text"]);
        assert_eq!(members(text, at(b"b\"}")), ["end"]);
        assert_eq!(members(text, text.len() + 5), Vec::<String>::new());
    }

    #[test]
    fn a_member_quotes_by_its_words() {
        assert!(quotes("upstream_body") && quotes("lastResponse") && quotes("text"));
        assert!(!quotes("context") && !quotes("message") && !quotes("error_description"));
    }

    #[test]
    fn an_encoded_text_has_the_same_letters() {
        assert_eq!(letters(b"CSRF%20cookie+not set%"), b"csrfcookienotset");
    }
}
