//! The features of a text: its words without their endings, and each pair of neighbours. The build script, which learns
//! what they speak of, and the search share this file; and the scale of the weights that one writes and the other reads.

use std::ops::Range;

/// The steps of a weight in the table for one unit of log-odds.
pub(crate) const STEPS: f64 = 32.0;

/// Of so many features the table says once where their weights begin.
pub(crate) const BLOCK: usize = 64;

/// A feature and its place in the text.
pub(crate) struct Feature {
    /// FNV-1a over the word, or over the two words of a pair.
    pub(crate) hash: u32,
    /// Where it stands; a pair from the first word's start.
    pub(crate) at: Range<usize>,
}

/// Words that stand in every sentence, and names that stand for any. `not` and `no` are none of them.
const STOP: [&str; 47] = [
    "the", "a", "an", "of", "to", "in", "is", "are", "was", "be", "for", "on", "at", "by", "it", "its",
    "this", "that", "and", "or", "with", "as", "from", "but", "if", "you", "your", "we", "our", "i", "has",
    "have", "been", "will", "der", "die", "das", "la", "example", "acme", "alice", "bob", "shop", "www",
    "com", "http", "https",
];

/// The most features that are taken from one text: refusals are short.
const MOST: usize = 600;

/// The features of a text, in order. What stands in HTML's marks, and its styles and scripts, is no text.
pub(crate) fn features(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut before: Option<(u32, Range<usize>)> = None;
    let mut letters = Letters { text, at: 0 };
    let mut word = Word::default();
    while features.len() < MOST {
        let next = letters.next();
        let same = next.as_ref().is_some_and(|next| word.takes(next));
        if !same && let Some(hash) = word.hash() {
            let at = word.at.clone();
            if let Some((first, from)) = before.take() {
                features.push(Feature { hash: pair(first, hash), at: from.start..at.end });
            }
            features.push(Feature { hash, at: at.clone() });
            before = Some((hash, at));
        }
        let Some(next) = next else { break };
        if !same {
            word = Word::default();
        }
        word.push(next);
    }
    features
}

/// A letter as it reads, and where it stands.
struct Letter {
    letter: char,
    at: Range<usize>,
}

/// The letters of a text; everything else is passed over.
struct Letters<'a> {
    text: &'a str,
    at: usize,
}

impl Letters<'_> {
    fn next(&mut self) -> Option<Letter> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            let (width, letter) = match first {
                '<' => (mark(rest), None),
                '\\' => escape(rest),
                ':' if rest.starts_with("://") => (address(rest), None),
                'u' if rest.starts_with("urn:") && self.begins_word() => (address(rest), None),
                _ => (first.len_utf8(), first.is_alphabetic().then_some(first)),
            };
            let at = self.at..self.at + width;
            self.at += width;
            if let Some(letter) = letter {
                return Some(Letter { letter, at });
            }
        }
    }
}

impl Letters<'_> {
    /// Whether no letter stands right before.
    fn begins_word(&self) -> bool {
        !self.text[..self.at].ends_with(char::is_alphabetic)
    }
}

/// The longest mark of HTML that is passed over.
const MARK: usize = 2048;

/// The length of a mark of HTML at the front, a style's or a script's text included; 1 if it is none.
fn mark(rest: &str) -> usize {
    let named = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    let end = rest.bytes().take(MARK).position(|byte| byte == b'>');
    let (true, Some(end)) = (named, end) else { return 1 };
    for (open, close) in [("<style", "</style"), ("<script", "</script")] {
        if rest.get(..open.len()).is_some_and(|name| name.eq_ignore_ascii_case(open)) {
            return rest.find(close).unwrap_or(rest.len());
        }
    }
    end + 1
}

/// The length of the rest of a URL or URN at the front: whose it is says nothing of the check.
fn address(rest: &str) -> usize {
    let end =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | ',' | '\\');
    rest.find(end).unwrap_or(rest.len())
}

/// An escape of JSON at the front: its length, and the letter if it is one.
fn escape(rest: &str) -> (usize, Option<char>) {
    let code = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4));
    if let Some(code) = code.and_then(|code| u32::from_str_radix(code, 16).ok()) {
        return (6, char::from_u32(code).filter(|letter| letter.is_alphabetic()));
    }
    let escaped = rest[1..].chars().next().filter(|c| matches!(c, 'n' | 'r' | 't' | 'b' | 'f'));
    (1 + escaped.map_or(0, char::len_utf8), None)
}

/// A word that is being read.
#[derive(Default)]
struct Word {
    letters: String,
    lower: bool,
    at: Range<usize>,
}

impl Word {
    /// Whether a letter goes on with the word: it is next to it, and no capital after a small letter. Scripts without blanks
    /// have words of one letter, so that pairs of them are features.
    fn takes(&self, next: &Letter) -> bool {
        let beside = next.at.start == self.at.end && !self.letters.is_empty();
        let hump = self.lower && next.letter.is_uppercase();
        let blankless = |letter: char| letter >= '\u{2e80}' && !('\u{ac00}'..='\u{d7a3}').contains(&letter);
        beside && !hump && !blankless(next.letter) && !self.letters.chars().next().is_some_and(blankless)
    }

    fn push(&mut self, next: Letter) {
        if self.letters.is_empty() {
            self.at = next.at.clone();
        }
        self.at.end = next.at.end;
        self.lower = next.letter.is_lowercase();
        self.letters.extend(next.letter.to_lowercase());
    }

    /// The word's hash; `None` for one that says nothing.
    fn hash(&self) -> Option<u32> {
        let single = self.letters.len() < 2;
        let says = !self.letters.is_empty() && !single && !STOP.contains(&self.letters.as_str());
        says.then(|| fnv(stem(&self.letters).bytes()))
    }
}

/// Endings of English that do not change what a word speaks of, longest first.
const ENDINGS: [&str; 10] = ["ations", "ation", "ings", "ing", "ied", "ies", "ed", "es", "s", "ly"];

/// A word without its ending, if four letters are left.
fn stem(word: &str) -> &str {
    let cut = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.len() >= 4));
    cut.unwrap_or(word)
}

fn pair(first: u32, second: u32) -> u32 {
    fnv(first.to_le_bytes().into_iter().chain(second.to_le_bytes()))
}

/// FNV-1a, 32 bits (RFC 9923 describes it).
fn fnv(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
