//! What an answer means for the search: the way from phase to phase.

use std::ops::Range;

use super::recipe::merged;
use super::{Edge, Outside, Phase, Pins, Search, Test};
use crate::answer::Answer;
use crate::conclusion::{Group, Piece};
use crate::ladder::{Belief, Ladder, Rung, Spread};
use crate::parts::Role;
use crate::threshold::Threshold;

/// A text up to this length is shown whole.
const WINDOW: usize = 150;

/// Half of a window within a longer text: any refused text up to this length lies in one window.
const HALF: usize = 64;

/// Bodies shorter than this are not refused for their length.
const LEAST_LIMIT: usize = 1000;

/// The prior of a refusal for several parts together.
const JOINT: f64 = 0.25;

/// The weight from which a header that is expected of every request is a suspect like others: a library's name.
const SUSPICIOUS: f64 = 2.0;

/// A header with this share of the weight of all that may be missing is hinted at.
const HINTED: f64 = 0.5;

/// The most groups of parts, each refused for itself, that are looked for.
const GROUPS: usize = 3;

impl Search {
    pub(super) fn advance(&mut self, test: &Test, refused: bool, answer: &Answer) {
        let phase = std::mem::replace(&mut self.phase, Phase::Done);
        self.phase = match (phase, test) {
            (Phase::Control, _) => self.after_control(refused, answer),
            (Phase::Pinned, _) => {
                self.controlled = true;
                self.after_pinned(refused, answer)
            }
            (Phase::Structure, _) => self.after_structure(refused),
            (Phase::Parts(mut ladder), Test::Rung(rung)) => match ladder.learn(*rung, refused) {
                Belief::Open => Phase::Parts(ladder),
                belief => self.after_parts(belief),
            },
            (Phase::Others, _) => self.after_others(refused),
            (Phase::Text(group, piece, windows, mut ladder), Test::Rung(rung)) => {
                match ladder.learn(*rung, refused) {
                    Belief::Open => Phase::Text(group, piece, windows, ladder),
                    belief => self.after_text(group, piece, &windows, belief),
                }
            }
            (Phase::Bytes(group, piece, edge, mut threshold), Test::Number(number)) => {
                threshold.learn(*number, refused);
                match threshold.known() {
                    None => Phase::Bytes(group, piece, edge, threshold),
                    Some((_, known)) => self.after_bytes(group, piece, edge, known),
                }
            }
            (Phase::Short, _) => self.after_short(refused, answer),
            (Phase::Long, _) => self.after_long(refused),
            (Phase::Size(mut threshold), Test::Number(number)) => {
                threshold.learn(*number, refused);
                self.size = Some(threshold.range());
                match threshold.known() {
                    None => Phase::Size(threshold),
                    Some(known) => self.after_size(known),
                }
            }
            (Phase::Missing(candidate), _) => self.after_missing(candidate, refused),
            _ => Phase::Done,
        };
    }

    /// The copy in which everything is neutral.
    fn after_control(&mut self, refused: bool, answer: &Answer) -> Phase {
        if refused {
            self.outside.probability = 0.9;
            return match self.parts.request().body.len() >= LEAST_LIMIT && self.longest().is_some() {
                true => Phase::Short,
                false => self.hinted(),
            };
        }
        // Where the answer is about who asks, the check that refused may come after that one.
        let masked =
            if matches!(answer.status, Some(300..=399 | 401 | 403 | 407 | 419)) { 0.25 } else { 0.03 };
        self.search(Spread { outside: 0.1, masked, joint: JOINT })
    }

    /// The copy with short values in its body.
    fn after_short(&mut self, refused: bool, answer: &Answer) -> Phase {
        if refused {
            return self.hinted();
        }
        self.rejection = Some(answer.clone());
        Phase::Long
    }

    /// The neutral copy of full length, again: a single answer is not enough to speak of a limit.
    fn after_long(&mut self, refused: bool) -> Phase {
        self.outside = Outside::default();
        if !refused {
            return self.search(Spread { outside: 0.1, masked: 0.03, joint: JOINT });
        }
        let whole = self.parts.request().body.len() as u64;
        self.size = Some(self.shortest()..whole);
        Phase::Size(Threshold::limit(self.shortest(), whole, self.health.noise / 4.0))
    }

    /// A header that the answer itself asks for is tried at once.
    fn hinted(&mut self) -> Phase {
        let total: f64 = self.candidates.iter().map(|candidate| candidate.weight).sum();
        match self.candidates.first().is_some_and(|first| first.weight / total >= HINTED) {
            true => self.missing(),
            false => self.pinned(),
        }
    }

    fn pinned(&mut self) -> Phase {
        self.pins = Pins::All;
        self.breaks = false;
        Phase::Pinned
    }

    /// The copy with neutral values and all else kept.
    fn after_pinned(&mut self, refused: bool, answer: &Answer) -> Phase {
        if !refused {
            // Something else refused the incomplete copy, with the same page: what is expected stays in all copies.
            self.outside = Outside::default();
            self.missing = None;
            self.rejection = Some(answer.clone());
            return self.search(Spread { outside: 0.02, masked: 0.02, joint: JOINT });
        }
        self.outside.probability = 0.98;
        if self.missing.is_some() {
            self.outside = Outside::default();
            return Phase::Done;
        }
        if self.outside.identity {
            // It depends on who asks, or on a header that is expected: on which?
            self.pins = Pins::None;
            return self.search_among(|role| matches!(role, Role::Credential | Role::Structural));
        }
        let has = |role: Role| self.parts.list().iter().any(|part| part.role == role);
        match has(Role::Credential) && has(Role::Structural) {
            true => {
                self.pins = Pins::Credentials;
                Phase::Structure
            }
            false => self.missing(),
        }
    }

    /// The copy with the credentials kept, and all else neutral.
    fn after_structure(&mut self, refused: bool) -> Phase {
        if refused {
            return self.missing();
        }
        self.outside = Outside::default();
        self.search_among(|role| role == Role::Structural)
    }

    /// Adds the first candidate that was not tried.
    fn missing(&mut self) -> Phase {
        let Some(candidate) = (0..self.candidates.len()).find(|own| !self.tried.contains(own)) else {
            return Phase::Done;
        };
        self.tried.push(candidate);
        self.pins = Pins::All;
        self.breaks = self.parts.sentinel().is_some();
        Phase::Missing(candidate)
    }

    /// A search among the values, and what of the structure is suspicious in itself. The rest of it, and the credentials,
    /// are searched where no value is refused: without them other checks refuse, which would look like "only together".
    fn search(&mut self, spread: Spread) -> Phase {
        let mut candidates = self.candidates_of(|role| role == Role::Value);
        let structure = self.candidates_of(|role| role == Role::Structural);
        candidates.extend(structure.into_iter().filter(|(_, weight)| *weight >= SUSPICIOUS));
        self.ladder(candidates, spread)
    }

    fn search_among(&mut self, wanted: impl Fn(Role) -> bool) -> Phase {
        self.ladder(self.candidates_of(wanted), Spread { outside: 0.02, masked: 0.02, joint: JOINT })
    }

    /// A search whose neutral copy was not refused.
    fn ladder(&mut self, candidates: Vec<(usize, f64)>, spread: Spread) -> Phase {
        if candidates.is_empty() {
            return Phase::Done;
        }
        let mut ladder = Ladder::new(candidates, spread, self.health.noise);
        ladder.learn(Rung::Prefix(0), false);
        Phase::Parts(ladder)
    }

    fn candidates_of(&self, wanted: impl Fn(Role) -> bool) -> Vec<(usize, f64)> {
        let found =
            |part: usize| self.groups.iter().flat_map(|group| &group.pieces).any(|piece| piece.part == part);
        let list = self.parts.list().iter().zip(self.suspicion.weights()).enumerate();
        list.filter(|(index, (part, _))| {
            !found(*index)
                && !self.is_pinned(part.role)
                && wanted(part.role)
                && part.role != Role::Idempotency
        })
        .map(|(index, (_, weight))| (index, *weight))
        .collect()
    }

    fn after_parts(&mut self, belief: Belief) -> Phase {
        match belief {
            Belief::Found(mut parts, probability) => {
                parts.sort_unstable();
                let pieces = parts.into_iter().map(|part| Piece { part, ranges: None }).collect();
                self.groups.push(Group { pieces, probability });
                if self.groups.len() < GROUPS && self.may_try_others() { Phase::Others } else { self.text(0) }
            }
            Belief::Masked(_) if self.groups.is_empty() && !self.controlled => {
                // The check comes after one that the neutral credentials do not pass.
                self.outside = Outside { probability: 0.0, identity: true };
                self.pinned()
            }
            Belief::Outside(probability) if self.groups.is_empty() && !self.controlled => {
                self.outside.probability = probability;
                self.pinned()
            }
            _ => self.text(0),
        }
    }

    /// Everything else may be kept at once only where the application is known to reject the copy: by credentials that
    /// are none, or by a broken value.
    fn may_try_others(&self) -> bool {
        self.options.further && self.pins == Pins::None && self.is_guarded()
    }

    /// Whether the application was seen to reject neutral copies for what stays broken in all of them.
    pub(crate) fn is_guarded(&self) -> bool {
        let Some(rejection) = self.rejection.as_ref().and_then(|answer| answer.status) else { return false };
        let credentials = self.parts.list().iter().any(|part| part.role == Role::Credential);
        let by_credentials =
            credentials && self.pins == Pins::None && matches!(rejection, 401 | 403 | 407 | 419);
        let by_sentinel = self.breaks
            && self.parts.sentinel().is_some()
            && matches!(rejection, 400 | 406 | 409 | 415 | 422);
        by_credentials || by_sentinel
    }

    fn after_others(&mut self, refused: bool) -> Phase {
        if !refused {
            return self.text(0);
        }
        self.search(Spread { outside: 0.01, masked: 0.02, joint: 0.06 })
    }

    /// Looks into the first piece, from this one on, whose text is long.
    fn text(&mut self, from: usize) -> Phase {
        let pieces = self
            .groups
            .iter()
            .enumerate()
            .flat_map(|(group, found)| (0..found.pieces.len()).map(move |piece| (group, piece)));
        for (group, piece) in pieces.skip(from).collect::<Vec<_>>() {
            let part = self.groups[group].pieces[piece].part;
            let length = self.parts.raw(part).len();
            if length > WINDOW {
                let windows = self.windows(part);
                let weights = self.suspicion.windows(&self.parts, part, &windows);
                let spread = Spread { outside: 0.005, masked: 0.03, joint: 0.1 };
                let ladder =
                    Ladder::new(weights.into_iter().enumerate().collect(), spread, self.health.noise);
                return Phase::Text(group, piece, windows, ladder);
            }
            if self.options.exact && length > 1 {
                return self.bytes(group, piece, Edge::End);
            }
        }
        Phase::Done
    }

    /// Overlapping windows over a part's text.
    fn windows(&self, part: usize) -> Vec<Range<usize>> {
        let atoms = self.parts.atoms(part);
        let end = atoms.last().map_or(0, |atom| atom.end);
        let mut cuts = vec![0];
        for atom in &atoms {
            if atom.end - cuts[cuts.len() - 1] >= HALF {
                cuts.push(atom.end);
            }
        }
        if cuts.last() != Some(&end) {
            cuts.push(end);
        }
        cuts.windows(3).map(|three| three[0]..three[2]).collect()
    }

    fn after_text(&mut self, group: usize, piece: usize, windows: &[Range<usize>], belief: Belief) -> Phase {
        if let Belief::Found(found, probability) = belief {
            let ranges = merged(found.iter().map(|&window| windows[window].clone()).collect());
            let single = ranges.len() == 1;
            self.groups[group].pieces[piece].ranges = Some(ranges);
            self.groups[group].probability = self.groups[group].probability.min(probability);
            if single && self.options.exact {
                return self.bytes(group, piece, Edge::End);
            }
        }
        self.text(self.place_of(group, piece) + 1)
    }

    fn place_of(&self, group: usize, piece: usize) -> usize {
        self.groups[..group].iter().map(|group| group.pieces.len()).sum::<usize>() + piece
    }

    fn bytes(&mut self, group: usize, piece: usize, edge: Edge) -> Phase {
        let own = &self.groups[group].pieces[piece];
        let range = own.ranges.as_ref().map_or(0..self.parts.raw(own.part).len(), |ranges| ranges[0].clone());
        let units = self.units(own.part, &range);
        let weigh = |count: usize| match edge {
            // A refused text ends behind a mark more often than within a word.
            Edge::End => {
                let text = self.parts.excerpt(own.part, units[count - 1].clone());
                if text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace()) { 1.0 } else { 2.0 }
            }
            // Its length is as likely between 8 and 16 as between 16 and 32.
            Edge::Start => 1.0 / (count as f64 + 4.0),
        };
        let numbers: Vec<u64> = (1..=units.len() as u64).collect();
        let weights = (1..=units.len()).map(weigh).collect();
        Phase::Bytes(group, piece, edge, Threshold::new(0, numbers, weights, self.health.noise / 4.0))
    }

    fn after_bytes(&mut self, group: usize, piece: usize, edge: Edge, known: u64) -> Phase {
        let range = self.cut(group, piece, edge, known);
        self.groups[group].pieces[piece].ranges = Some(vec![range]);
        match edge {
            Edge::End => self.bytes(group, piece, Edge::Start),
            Edge::Start => self.text(self.place_of(group, piece) + 1),
        }
    }

    /// Between which lengths the answer changes; neighbours, or a range to look into.
    fn after_size(&mut self, (passed, refused): (u64, u64)) -> Phase {
        self.size = Some(passed..refused);
        match refused - passed {
            0 | 1 => Phase::Done,
            _ => Phase::Size(Threshold::limit(passed, refused, self.health.noise / 4.0)),
        }
    }

    fn after_missing(&mut self, candidate: usize, refused: bool) -> Phase {
        if refused {
            // A copy with all that is kept, and more, was refused: so is the one without the addition.
            self.outside.probability = 0.95;
            return match self.controlled {
                true => self.missing(),
                false => self.pinned(),
            };
        }
        self.missing = Some((candidate, 1.0 - self.health.noise * 2.0));
        if self.controlled {
            self.outside = Outside::default();
            return Phase::Done;
        }
        // Without it, is the same copy still refused?
        self.pinned()
    }

    /// Keeps what an unfinished phase knows.
    pub(super) fn settle(&mut self) {
        self.suspected = self.leading();
        match &self.phase {
            Phase::Size(threshold) => self.size = Some(threshold.range()),
            Phase::Text(group, piece, windows, ladder) => {
                // The windows that were refused together at least narrow the text.
                if let Some((window, probability)) = ladder.suspect().filter(|(_, p)| *p > 0.5) {
                    self.groups[*group].pieces[*piece].ranges = Some(vec![windows[window].clone()]);
                    self.groups[*group].probability = self.groups[*group].probability.min(probability);
                }
            }
            _ => {}
        }
    }
}
