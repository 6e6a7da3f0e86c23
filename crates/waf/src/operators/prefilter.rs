//! One pass over a value that says which patterns can match it at all.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind, automaton::OverlappingState};
use std::borrow::Cow;
use std::collections::BTreeMap;

use super::literals::Requirement;
use crate::variables::byte_set::ByteSet;

/// A pattern's place: its tier, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PatternId {
    pub(crate) tier: usize,
    number: usize,
}

/// Patterns fall into tiers by the paranoia level that their rule needs, so that nobody pays for levels that are off.
pub(crate) const TIERS: usize = 4;

impl PatternId {
    pub(crate) fn new(tier: usize, number: usize) -> PatternId {
        PatternId { tier, number }
    }

    /// Whether an answer of the tier's prefilter says that the pattern can match.
    #[inline]
    pub(crate) fn is_in(self, answer: &[u64]) -> bool {
        answer.get(self.number / 64).is_some_and(|word| word & (1 << (self.number % 64)) != 0)
    }
}

/// The requirements of all patterns of a tier, ready to be asked together.
#[derive(Debug)]
pub(crate) struct Prefilter {
    literals: Option<AhoCorasick>,
    /// For each literal the patterns that it speaks for.
    patterns_of: Vec<Vec<u32>>,
    /// Patterns that no literal speaks for.
    always: Vec<u64>,
    /// Patterns that also want certain bytes.
    gates: Vec<(u32, Vec<ByteSet>)>,
    words: usize,
}

impl Prefilter {
    /// Puts the requirements together; the index of each is its number.
    pub(crate) fn new(requirements: &[Cow<'_, Requirement>]) -> Prefilter {
        let words = requirements.len().div_ceil(64).max(1);
        let mut always = vec![0; words];
        let mut gates = Vec::new();
        let mut by_literal: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
        for (number, requirement) in requirements.iter().enumerate() {
            let id = number as u32;
            match &requirement.literals {
                Some(literals) => {
                    literals.iter().for_each(|literal| by_literal.entry(literal).or_default().push(id));
                }
                None => always[number / 64] |= 1 << (number % 64),
            }
            if !requirement.bytes.is_empty() {
                gates.push((id, requirement.bytes.clone()));
            }
        }
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(by_literal.keys())
            .ok();
        let patterns_of: Vec<Vec<u32>> = by_literal.into_values().collect();
        if literals.is_none() {
            always = vec![u64::MAX; words];
        }
        Prefilter { literals, patterns_of, always, gates, words }
    }

    /// Length of an answer in words.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// Appends the answer for a text: one bit per pattern, set when it can match.
    pub(crate) fn scan(&self, text: &[u8], present: &ByteSet, answer: &mut Vec<u64>) {
        let start = answer.len();
        answer.extend_from_slice(&self.always);
        let bits = &mut answer[start..];
        if let Some(literals) = &self.literals {
            let mut state = OverlappingState::start();
            while literals.try_find_overlapping(Input::new(text), &mut state).is_ok() {
                let Some(found) = state.get_match() else { break };
                for id in &self.patterns_of[found.pattern().as_usize()] {
                    bits[(id / 64) as usize] |= 1 << (id % 64);
                }
            }
        }
        for (id, sets) in &self.gates {
            let word = &mut bits[(id / 64) as usize];
            if *word & (1 << (id % 64)) != 0 && !sets.iter().all(|set| set.meets(present)) {
                *word &= !(1 << (id % 64));
            }
        }
    }
}
