//! `@pm` and `@pmFromFile`: many phrases at once, whatever their case.

use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// A set of phrases; the automaton is built when it is first needed.
#[derive(Debug)]
pub(crate) struct Phrases {
    phrases: Vec<Vec<u8>>,
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Phrases {
    /// The phrases of `@pm`, separated by white space, with `|41 42|` for bytes.
    pub(super) fn inline(text: &str) -> Phrases {
        let text = text.trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        Phrases::new(text.split_ascii_whitespace().map(|word| decode(word.as_bytes())).collect())
    }

    /// The phrases of `@pmFromFile`: one a line, beside the file of the rule.
    pub(super) fn from_files(names: &str, beside: &Path) -> Result<Phrases, String> {
        let mut phrases = Vec::new();
        for name in names.split_ascii_whitespace() {
            let path = beside.parent().unwrap_or(Path::new(".")).join(name);
            let bytes = crate::seclang::files::named(&path)?;
            let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            phrases.extend(lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).map(decode));
        }
        Ok(Phrases::new(phrases))
    }

    fn new(phrases: Vec<Vec<u8>>) -> Phrases {
        Phrases { phrases, automaton: OnceLock::new() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.phrases.iter().map(Vec::as_slice)
    }

    /// The automaton; `None` where there is no phrase.
    pub(crate) fn automaton(&self) -> Option<&AhoCorasick> {
        let build = || {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(&self.phrases)
                .ok()
                .filter(|_| !self.phrases.is_empty())
        };
        self.automaton.get_or_init(build).as_ref()
    }
}

/// Bytes between bars are hexadecimal; a backslash protects a colon, a semicolon, a quote or itself.
fn decode(phrase: &[u8]) -> Vec<u8> {
    if !phrase.iter().any(|byte| matches!(byte, b'|' | b'\\')) {
        return phrase.to_vec();
    }
    let mut decoded = Vec::new();
    for (index, piece) in phrase.split(|byte| *byte == b'|').enumerate() {
        if index % 2 == 1 {
            let digits: Vec<u8> = piece.iter().copied().filter(u8::is_ascii_hexdigit).collect();
            decoded.extend(
                digits.chunks_exact(2).map(|pair| crate::transformations::hex_pair(pair[0], pair[1])),
            );
            continue;
        }
        let mut bytes = piece.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let protects = byte == b'\\' && bytes.peek().is_some_and(|next| b":;\\\"".contains(next));
            decoded.push(if protects { bytes.next().unwrap_or(byte) } else { byte });
        }
    }
    decoded
}
