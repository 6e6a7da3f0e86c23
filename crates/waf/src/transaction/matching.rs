//! What a match leaves behind: captures, and libinjection's answers.

use std::ops::Range;

use super::Transaction;
use super::tx::TxValue;
use crate::operators::Operator;
use crate::operators::injection::{InjectionDetector, Libinjection};
use crate::rules::Link;
use crate::variables::arena::{Origin, Text};
use crate::variables::store::{ContentId, Fingerprint};

impl Transaction<'_> {
    /// libinjection's fingerprint of a content; asked once.
    pub(super) fn sqli(&mut self, content: ContentId) -> Option<Fingerprint> {
        if let Some(known) = self.store.contents[content as usize].sqli {
            return known;
        }
        let found = Libinjection.sqli(self.store.bytes(content));
        self.store.contents[content as usize].sqli = Some(found);
        found
    }

    /// Whether libinjection takes a content for script; asked once.
    pub(super) fn xss(&mut self, content: ContentId) -> bool {
        let known = &self.store.contents[content as usize];
        if let Some(known) = known.xss {
            return known;
        }
        let found = Libinjection::could_be_xss(&known.present) && Libinjection.xss(self.store.bytes(content));
        self.store.contents[content as usize].xss = Some(found);
        found
    }

    /// `capture`: `TX.0` to `TX.9`.
    pub(super) fn capture(&mut self, link: &Link, content: ContentId) {
        let text = self.store.contents[content as usize].text;
        let start = text.start as usize;
        let captured: Vec<TxValue> = match &link.operator {
            Operator::Matches(pattern) => {
                let groups = pattern.captures(self.store.bytes(content)).unwrap_or_default();
                groups
                    .into_iter()
                    .take(10)
                    .map(|range| self.piece(start + range.start..start + range.end))
                    .collect()
            }
            Operator::HoldsPhrase(phrases) => {
                let found =
                    phrases.automaton().and_then(|automaton| automaton.find(self.store.bytes(content)));
                let range = found.map(|found| start + found.start()..start + found.end());
                range.map(|range| self.piece(range)).into_iter().collect()
            }
            Operator::Sqli => {
                let fingerprint = self.sqli(content).unwrap_or_default();
                let bytes = fingerprint.into_iter().take_while(|byte| *byte != 0).collect();
                vec![TxValue { bytes, origin: self.store.arena.origin(text.range()) }]
            }
            Operator::Xss => vec![self.piece(text.range())],
            _ => return,
        };
        let mut captured = captured.into_iter();
        for digit in b'0'..=b'9' {
            let value = captured.next();
            self.tx.set_made(&self.rules.names, &[digit], value);
        }
    }

    fn piece(&self, range: Range<usize>) -> TxValue {
        let origin = self.store.arena.origin(range.clone());
        let text = Text { start: range.start as u32, length: range.len() as u32 };
        TxValue { bytes: self.store.arena.get(text).to_vec(), origin }
    }

    /// Where the value that matched last came from.
    pub(super) fn matched_origin(&self) -> Origin {
        self.matched.map_or(Origin::NONE, |(_, content)| {
            self.store.arena.origin(self.store.contents[content as usize].text.range())
        })
    }
}
