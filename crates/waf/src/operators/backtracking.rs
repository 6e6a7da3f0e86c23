//! Patterns that need look-around, backreferences or possessive quantifiers: a backtracking engine with a bound, as
//! PCRE has one. Where it gives up, the pattern counts as not matched, as in the real engines (`SecPcreMatchLimit`).

use std::ops::Range;

use fancy_regex::{Regex, RegexBuilder};

/// Steps of one search before it gives up.
const STEPS: usize = 100_000;

/// A compiled pattern. It reads bytes as the characters U+0000 to U+00FF.
#[derive(Debug)]
pub(super) struct Backtracking(Regex);

impl Backtracking {
    pub(super) fn new(translated: &str, flags: &str) -> Result<Backtracking, String> {
        let pattern = format!("(?{flags}){translated}");
        let built = RegexBuilder::new(&pattern).backtrack_limit(STEPS).build();
        built.map(Backtracking).map_err(|error| error.to_string())
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(&characters(text)).unwrap_or(false)
    }

    /// The matches, at most so many.
    pub(super) fn find_all(&self, text: &[u8], most: usize) -> Vec<Range<usize>> {
        let characters = characters(text);
        let found = self.0.find_iter(&characters).take(most).map_while(Result::ok);
        found.map(|found| bytes(&characters, found.start()..found.end())).collect()
    }

    /// The first match and its groups; a group that took no part is empty.
    pub(super) fn captures(&self, text: &[u8]) -> Option<Vec<Range<usize>>> {
        let characters = characters(text);
        let found = self.0.captures(&characters).ok()??;
        let groups =
            found.iter().map(|group| group.map(|group| bytes(&characters, group.start()..group.end())));
        Some(groups.map(Option::unwrap_or_default).collect())
    }
}

fn characters(text: &[u8]) -> String {
    text.iter().map(|byte| char::from(*byte)).collect()
}

/// From positions in the characters to positions in the bytes.
fn bytes(characters: &str, range: Range<usize>) -> Range<usize> {
    let start = characters[..range.start].chars().count();
    start..start + characters[range].chars().count()
}
