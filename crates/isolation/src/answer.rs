//! Answers, and whether one is the refusal that is to be explained.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status; `None` if there was no answer.
    pub status: Option<u16>,
    /// What the page looks like.
    pub page: Page,
    /// How long the server asks to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// The look of a page: its type and its words, without numbers and identifiers, which differ each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    media: String,
    words: BTreeSet<u64>,
}

/// What an answer to a copy means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The same refusal.
    Refused,
    /// Not the same refusal: another check refused, or the application rejected the content.
    Otherwise,
    /// Nobody refused it: it may have been accepted.
    Passed,
    /// Too many requests: nothing can be learned before a pause.
    Throttled,
    /// No answer, or none of the server's own.
    Failed,
}

/// Pages of less words than this are compared more strictly in number, less in share.
const SHORT: usize = 20;

/// Words looked at.
const WORDS: usize = 5000;

impl Answer {
    /// What it means, compared with the refusal.
    #[must_use]
    pub fn meaning(&self, refusal: &Answer) -> Meaning {
        let Some(status) = self.status else { return Meaning::Failed };
        if Some(status) == refusal.status && self.page.looks_like(&refusal.page) {
            return Meaning::Refused;
        }
        match status {
            429 => Meaning::Throttled,
            502..=504 => {
                if self.retry_after.is_some() {
                    Meaning::Throttled
                } else {
                    Meaning::Failed
                }
            }
            0..400 => Meaning::Passed,
            _ => Meaning::Otherwise,
        }
    }
}

impl Page {
    /// Reads a page: its media type, the target of a redirect, and the body.
    #[must_use]
    pub fn of(media_type: &str, location: Option<&str>, body: &[u8]) -> Page {
        let media = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let text = String::from_utf8_lossy(&body[..body.len().min(1 << 20)]);
        let target = location.unwrap_or("").split(['?', '#']).next().unwrap_or("");
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .chain(target.split('/'))
            .filter(|word| !word.is_empty() && word.len() < 24 && !word.chars().any(|c| c.is_ascii_digit()))
            .take(WORDS)
            .map(|word| {
                let mut hasher = DefaultHasher::new();
                word.to_lowercase().hash(&mut hasher);
                hasher.finish()
            })
            .collect();
        Page { media, words }
    }

    /// Whether two pages are the same but for what differs each time, or for a few words of the request that are shown again.
    #[must_use]
    pub fn looks_like(&self, other: &Page) -> bool {
        if self.media != other.media {
            return false;
        }
        let shared = self.words.intersection(&other.words).count();
        let all = self.words.union(&other.words).count();
        let needed = if all < SHORT { 0.75 } else { 0.85 };
        all == 0 || shared as f64 / all as f64 >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status: Some(status), page: Page::of("text/html", None, body.as_bytes()), retry_after: None }
    }

    #[test]
    fn identifiers_do_not_matter_and_reasons_do() {
        let refusal = answer(403, "<h1>403 Forbidden</h1> incident 5f3c1e");
        assert_eq!(answer(403, "<h1>403 Forbidden</h1> incident 99aa01").meaning(&refusal), Meaning::Refused);
        let (token, scope) = (
            "{\"error\": \"no\", \"why\": \"missing token\"}",
            "{\"error\": \"no\", \"why\": \"missing scope\"}",
        );
        assert_eq!(answer(403, token).meaning(&answer(403, scope)), Meaning::Otherwise);
        assert_eq!(answer(403, r#"{"detail": "CSRF token missing"}"#).meaning(&refusal), Meaning::Otherwise);
        assert_eq!(answer(200, "ok").meaning(&refusal), Meaning::Passed);
        assert_eq!(answer(422, "no").meaning(&refusal), Meaning::Otherwise);
        assert_eq!(answer(429, "slow down").meaning(&refusal), Meaning::Throttled);
    }
}
