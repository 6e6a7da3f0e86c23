//! Where in a value an operator finds what it looks for: for the explanation only.

use std::ops::Range;

use super::{Operator, encodings};

/// More places than this are not listed.
const MAX_SPANS: usize = 1000;

/// A value is searched so often at most.
const MAX_ROUNDS: usize = 8;

impl Operator {
    /// The parts of a value that match; the whole value where the operator judges it as a whole.
    pub(crate) fn spans(&self, text: &[u8], argument: &[u8]) -> Vec<Range<usize>> {
        let whole = || std::iter::once(0..text.len()).collect();
        let mut spans: Vec<Range<usize>> = match self {
            Operator::Matches(pattern) => until_none(text, |text| pattern.find_all(text, MAX_SPANS)),
            Operator::MatchesExpanded(_, like) => super::expanded(argument, *like)
                .map_or_else(Vec::new, |pattern| until_none(text, |text| pattern.find_all(text, MAX_SPANS))),
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
            Operator::BadPercentEncoding => encodings::bad_percent(text).take(MAX_SPANS).collect(),
            Operator::BadUtf8 => encodings::bad_utf8(text).take(MAX_SPANS).collect(),
            _ => whole(),
        };
        spans.retain(|span| !span.is_empty());
        if spans.is_empty() { whole() } else { spans }
    }
}

/// What a search finds, and what it finds once that is blanked out: matches do not overlap, and the first may hide another.
fn until_none(text: &[u8], find: impl Fn(&[u8]) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut spans = find(text);
    let mut newest = 0;
    let mut blanked = Vec::new();
    for _ in 1..MAX_ROUNDS {
        if spans[newest..].iter().all(Range::is_empty) || spans.len() >= MAX_SPANS {
            break;
        }
        if blanked.is_empty() {
            blanked.extend_from_slice(text);
        }
        spans[newest..].iter().for_each(|span| blanked[span.clone()].fill(b'_'));
        newest = spans.len();
        spans.extend(find(&blanked));
    }
    spans
}
