//! Where the copy with everything neutral is refused: is it the length, something that is missing, or who asks?

use super::{Outside, Phase, Pins, Search};
use crate::answer::Answer;
use crate::ladder::Spread;
use crate::parts::Role;
use crate::threshold::Threshold;

use super::course::{BESIDES, JOINT};

/// Bodies shorter than this are not refused for their length.
const LEAST_LIMIT: usize = 1000;

/// A header with this share of the weight of all that may be missing is hinted at.
const HINTED: f64 = 0.5;

/// From this probability a header whose addition changed the answer once is named.
const ENOUGH: f64 = 0.9;

/// The share of "none of them" among the headers that may be missing.
const NONE: f64 = 0.2;

impl Search {
    /// A header that the answer itself asks for is tried at once, in the copy that was just refused.
    pub(super) fn hinted(&mut self) -> Phase {
        let total: f64 = self.candidates.iter().map(|candidate| candidate.weight).sum();
        match self.candidates.first().is_some_and(|first| first.weight / total >= HINTED) {
            true => Phase::Missing(0),
            false => self.short_or_pinned(),
        }
    }

    fn short_or_pinned(&mut self) -> Phase {
        match self.parts.request().body.len() >= LEAST_LIMIT && self.longest().is_some() {
            true => Phase::Short,
            false => self.pinned(),
        }
    }

    /// The copy with short values in its body.
    pub(super) fn after_short(&mut self, refused: bool, answer: &Answer) -> Phase {
        if refused {
            return self.pinned();
        }
        self.rejection = Some(answer.clone());
        Phase::Long
    }

    /// The neutral copy of full length, again: a single answer is not enough to speak of a limit.
    pub(super) fn after_long(&mut self, refused: bool) -> Phase {
        self.outside = Outside::default();
        if !refused {
            return self.search(Spread { outside: 0.1, masked: 0.03, joint: JOINT, besides: BESIDES });
        }
        let whole = self.parts.request().body.len() as u64;
        self.size = Some(self.shortest()..whole);
        Phase::Size(Threshold::limit(self.shortest(), whole, self.health.noise.mean()))
    }

    /// Between which lengths the answer changes; neighbours, or a range to look into.
    pub(super) fn after_size(&mut self, (passed, refused): (u64, u64)) -> Phase {
        self.size = Some(passed..refused);
        match refused - passed {
            0 | 1 => Phase::Done,
            _ => Phase::Size(Threshold::limit(passed, refused, self.health.noise.mean())),
        }
    }

    /// All else kept, and a value broken where the broken value was seen not to be what is refused.
    pub(super) fn pinned(&mut self) -> Phase {
        self.pins = Pins::All;
        self.breaks = self.rejection.is_some() && self.parts.sentinel().is_some();
        Phase::Pinned
    }

    /// The copy with neutral values and all else kept.
    pub(super) fn after_pinned(&mut self, refused: bool, answer: &Answer) -> Phase {
        if !refused {
            // Something else refused the incomplete copy, with the same page: what is expected stays in all copies.
            self.outside = Outside::default();
            self.rejection = Some(answer.clone());
            self.breaks = self.parts.sentinel().is_some();
            return self.search(Spread { outside: 0.02, masked: 0.02, joint: JOINT, besides: BESIDES });
        }
        if self.breaks {
            // The broken value may be what is refused.
            self.breaks = false;
            return Phase::Pinned;
        }
        self.outside.probability = 0.98;
        if self.outside.identity {
            // It depends on who asks, or on a header that is expected: on which?
            self.pins = Pins::None;
            return self.search_among(|role| matches!(role, Role::Credential | Role::Structural));
        }
        self.tried.clear();
        if self.parts.list().iter().any(|part| part.role == Role::Structural) {
            // What servers expect was kept in all copies so far.
            self.pins = Pins::Credentials;
            self.breaks = false;
            return Phase::Structure;
        }
        self.missing()
    }

    /// Adds the first candidate that was not tried.
    pub(super) fn missing(&mut self) -> Phase {
        let next = (0..self.candidates.len()).find(|own| !self.tried.contains(own));
        self.pins = Pins::All;
        self.breaks = self.parts.sentinel().is_some();
        next.map_or(Phase::Done, Phase::Missing)
    }

    pub(super) fn after_missing(&mut self, candidate: usize, refused: bool) -> Phase {
        if refused {
            if self.missing.take().is_none() {
                self.tried.push(candidate);
            }
            self.outside.probability = 0.95;
            return if self.controlled { self.missing() } else { self.short_or_pinned() };
        }
        // The same copy without it was refused. Either this is what was missing, or the answer was wrong.
        let left: f64 = (0..self.candidates.len())
            .filter(|own| !self.tried.contains(own))
            .map(|own| self.candidates[own].weight)
            .sum();
        let before = match self.missing {
            Some((_, probability)) => probability,
            None => (1.0 - NONE) * self.candidates[candidate].weight / left,
        };
        let noise = self.health.noise.mean();
        let sure = before * (1.0 - noise) / (before * (1.0 - noise) + (1.0 - before) * noise);
        self.missing = Some((candidate, sure));
        if sure < ENOUGH {
            return Phase::Missing(candidate);
        }
        self.outside = Outside::default();
        Phase::Done
    }

    /// The copy with the credentials kept, and all else neutral.
    pub(super) fn after_structure(&mut self, refused: bool, answer: &Answer) -> Phase {
        // Where another check refuses the incomplete copy, it tells nothing of this one.
        if refused || answer.status == self.refusal.status {
            return self.missing();
        }
        self.outside = Outside::default();
        self.search_among(|role| role == Role::Structural)
    }
}
