//! Where in a value an operator finds what it looks for: for the explanation only.

use std::ops::Range;

use super::{Operator, encodings};

/// More places than this are not listed.
const MAX_SPANS: usize = 1000;

impl Operator {
    /// The parts of a value that match; the whole value where the operator judges it as a whole.
    pub(crate) fn spans(&self, text: &[u8], argument: &[u8]) -> Vec<Range<usize>> {
        let whole = || std::iter::once(0..text.len()).collect();
        let mut spans: Vec<Range<usize>> = match self {
            Operator::Matches(pattern) => pattern.find_all(text, MAX_SPANS),
            Operator::MatchesExpanded(_, like) => super::expanded(argument, *like)
                .map_or_else(Vec::new, |pattern| pattern.find_all(text, MAX_SPANS)),
            Operator::HoldsPhrase(phrases) => phrases.automaton().map_or_else(Vec::new, |automaton| {
                automaton.find_iter(text).take(MAX_SPANS).map(|found| found.range()).collect()
            }),
            Operator::Text(test, _) => {
                let mut spans = Vec::new();
                let mut at = 0;
                while let Some(found) = test.find(&text[at..], argument).filter(|_| spans.len() < MAX_SPANS) {
                    spans.push(at + found.start..at + found.end);
                    if found.is_empty() || at + found.end >= text.len() {
                        break;
                    }
                    at += found.end;
                }
                spans
            }
            Operator::BytesOutside(allowed) => encodings::outside(text, allowed).take(MAX_SPANS).collect(),
            Operator::BadPercentEncoding => encodings::bad_percent(text).into_iter().collect(),
            Operator::BadUtf8 => encodings::bad_utf8(text).into_iter().collect(),
            _ => whole(),
        };
        spans.retain(|span| !span.is_empty());
        if spans.is_empty() { whole() } else { spans }
    }
}
