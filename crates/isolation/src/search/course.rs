//! What an answer means for the search: the way from phase to phase.

use super::{Outside, Phase, Pins, Search, Test};
use crate::answer::Answer;
use crate::conclusion::{Group, Piece};
use crate::ladder::{Ladder, Outcome, Rung, Spread};
use crate::parts::Role;

/// The prior of a refusal for several parts together.
pub(super) const JOINT: f64 = 0.2;

/// That another part is refused besides the one that is looked for.
pub(super) const BESIDES: f64 = 0.02;

/// The weight from which a header that is expected of every request is a suspect like others: a library's name.
const SUSPICIOUS: f64 = 2.0;

/// From this probability the search goes on with the credentials kept, where another check may come first.
const RATHER: f64 = 0.45;

/// The value that copies break is kept after all others, so that they stay broken: its weight becomes so many times what it is.
const BROKEN: f64 = 0.02;

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
            (Phase::Structure, _) => self.after_structure(refused, answer),
            (Phase::Parts(mut ladder), Test::Rung(rung)) => match ladder.learn(*rung, refused) {
                Outcome::Open if self.is_rather_masked(&ladder) => self.after_parts(Outcome::Masked, ladder),
                Outcome::Open => Phase::Parts(ladder),
                outcome => self.after_parts(outcome, ladder),
            },
            (Phase::Sure(mut ladder), Test::Rung(rung)) => {
                let outcome = ladder.learn(*rung, refused);
                self.after_sure(outcome, ladder)
            }
            (Phase::Others, _) => self.after_others(refused),
            (Phase::Text(group, piece, windows, mut ladder), Test::Rung(rung)) => {
                if let Some(named) = self.named.as_mut().filter(|_| refused) {
                    named.confirm();
                }
                match ladder.learn(*rung, refused) {
                    Outcome::Open => Phase::Text(group, piece, windows, ladder),
                    outcome => {
                        self.health.noise = ladder.noise();
                        self.after_text(group, piece, &windows, outcome)
                    }
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
            return self.hinted();
        }
        // Where the answer is about who asks, the check that refused may come after that one; less so where a rule that
        // looks at content matches, and more so where the same status comes with another page: both may be of one layer.
        let masked = match (answer.status, self.suspicion.is_by_rules()) {
            (status, true) if status == self.refusal.status => 0.25,
            (status, false) if status == self.refusal.status => 0.4,
            (Some(300..=399 | 401 | 403 | 407 | 419), true) => 0.06,
            (Some(300..=399 | 401 | 403 | 407 | 419), false) => 0.25,
            _ => 0.03,
        };
        let joint = self.suspicion.of_several(JOINT);
        self.search(Spread { outside: 0.1, masked, joint, besides: BESIDES })
    }

    /// Whether another check, which refused the neutral copy, rather comes first than that the values asked for are not
    /// refused. With the credentials kept the search is as right, so
    /// that nothing is asked to make sure of it.
    fn is_rather_masked(&self, ladder: &Ladder) -> bool {
        let by_another = self.rejection.as_ref().is_some_and(|answer| answer.status == self.refusal.status);
        let early = self.pins == Pins::Structure && !self.controlled && self.groups.is_empty();
        early && by_another && ladder.masked() >= RATHER
    }

    /// A search among the values, and what of the structure is suspicious in itself. The rest of it, and the credentials,
    /// are searched where no value is refused: without them other checks refuse, which would look like "only together".
    pub(super) fn search(&mut self, spread: Spread) -> Phase {
        let mut candidates = self.candidates_of(|role| role == Role::Value);
        let structure = self.candidates_of(|role| role == Role::Structural);
        candidates.extend(structure.into_iter().filter(|(part, _)| self.is_suspicious(*part)));
        self.ladder(candidates, spread)
    }

    /// Whether a header that is expected of every request is a suspect like others.
    pub(super) fn is_suspicious(&self, part: usize) -> bool {
        self.suspicion.weights()[part] >= SUSPICIOUS
    }

    pub(super) fn search_among(&mut self, wanted: impl Fn(Role) -> bool) -> Phase {
        self.ladder(
            self.candidates_of(wanted),
            Spread { outside: 0.02, masked: 0.02, joint: JOINT, besides: BESIDES },
        )
    }

    /// A search whose neutral copy was not refused.
    fn ladder(&mut self, candidates: Vec<(usize, f64)>, spread: Spread) -> Phase {
        if candidates.is_empty() {
            return Phase::Done;
        }
        let mut ladder = Ladder::new(candidates, spread, &self.health.noise);
        ladder.learn(Rung::Prefix(0), false);
        Phase::Parts(ladder)
    }

    fn candidates_of(&self, wanted: impl Fn(Role) -> bool) -> Vec<(usize, f64)> {
        let found =
            |part: usize| self.groups.iter().flat_map(|group| &group.pieces).any(|piece| piece.part == part);
        let broken = self.parts.sentinel().filter(|_| self.breaks);
        let list = self.parts.list().iter().zip(self.suspicion.weights()).enumerate();
        list.filter(|(index, (part, _))| {
            !found(*index) && !self.is_pinned(*index) && wanted(part.role) && part.role != Role::Idempotency
        })
        .map(|(index, (_, weight))| (index, weight * if Some(index) == broken { BROKEN } else { 1.0 }))
        .collect()
    }

    fn after_parts(&mut self, outcome: Outcome, ladder: Ladder) -> Phase {
        self.health.noise = ladder.noise();
        match outcome {
            Outcome::Found(mut parts, probability) => {
                parts.sort_unstable();
                let pieces = parts.into_iter().map(|part| Piece { part, ranges: None }).collect();
                self.groups.push(Group { pieces, probability });
                self.named = Some(ladder).filter(Ladder::is_named);
                self.text(self.place_of(self.groups.len() - 1, 0))
            }
            Outcome::Masked if self.groups.is_empty() && !self.controlled => {
                // The check comes after one that the neutral credentials do not pass.
                self.outside = Outside { probability: 0.0, identity: true };
                self.pinned()
            }
            Outcome::Outside(probability) if self.groups.is_empty() && !self.controlled => {
                self.outside.probability = probability;
                self.pinned()
            }
            _ => Phase::Done,
        }
    }

    /// All texts of the last group are known: is the group sure, and is there another?
    pub(super) fn after_texts(&mut self) -> Phase {
        match self.named.take() {
            Some(ladder) if !ladder.is_named() => {
                self.groups.pop();
                Phase::Parts(ladder)
            }
            Some(ladder) if ladder.is_unsettled() => Phase::Sure(ladder),
            _ if self.groups.len() < GROUPS && self.may_try_others() => Phase::Others,
            _ => Phase::Done,
        }
    }

    /// One more answer about the group that was named: it stays, or was a mistake and the search goes on.
    fn after_sure(&mut self, outcome: Outcome, ladder: Ladder) -> Phase {
        self.health.noise = ladder.noise();
        if let (Outcome::Found(mut parts, probability), Some(group)) =
            (outcome.clone(), self.groups.last_mut())
        {
            parts.sort_unstable();
            if group.pieces.iter().map(|piece| piece.part).eq(parts) {
                group.probability = group.probability.max(probability);
                self.named = Some(ladder);
                return self.after_texts();
            }
        }
        self.groups.pop();
        match outcome {
            Outcome::Open => Phase::Parts(ladder),
            outcome => self.after_parts(outcome, ladder),
        }
    }

    /// Everything else may be kept at once only where the application is known to reject the copy: by credentials that
    /// are none, or by a broken value.
    fn may_try_others(&self) -> bool {
        self.options.further && matches!(self.pins, Pins::None | Pins::Structure) && self.is_guarded()
    }

    /// Whether the application was seen to reject neutral copies for what stays broken in all of them, and accepted none.
    pub(crate) fn is_guarded(&self) -> bool {
        let by_sentinel = self.breaks
            && self.parts.sentinel().is_some()
            && matches!(self.rejected_with(), Some(400 | 406 | 409 | 415 | 422));
        self.accepted == 0 && (by_sentinel || self.is_guarded_by_credentials())
    }

    /// Whether it was because of the credentials, which are neutral in all copies. A broken value may not be what it was: other
    /// values are neutral too.
    pub(super) fn is_guarded_by_credentials(&self) -> bool {
        let neutral = matches!(self.pins, Pins::None | Pins::Structure);
        let credentials = self.parts.list().iter().any(|part| part.role == Role::Credential);
        neutral && credentials && matches!(self.rejected_with(), Some(401 | 403 | 407 | 419))
    }

    /// Whether the neutral copy itself was let through.
    pub(super) fn is_open(&self) -> bool {
        self.rejected_with().is_some_and(|status| status < 400)
    }

    fn rejected_with(&self) -> Option<u16> {
        self.rejection.as_ref().and_then(|answer| answer.status)
    }

    fn after_others(&mut self, refused: bool) -> Phase {
        if !refused {
            return Phase::Done;
        }
        self.search(Spread { outside: 0.01, masked: 0.02, joint: 0.06, besides: BESIDES })
    }

    /// Keeps what an unfinished phase knows.
    pub(super) fn settle(&mut self) {
        self.suspected = self.leading();
        match &self.phase {
            Phase::Size(threshold) => self.size = Some(threshold.range()),
            Phase::Text(group, piece, windows, ladder) => {
                // The windows that were refused together at least narrow the text.
                if let Some((window, probability)) = ladder.likeliest().filter(|(_, p)| *p > 0.5) {
                    self.groups[*group].pieces[*piece].ranges = Some(vec![windows[window].clone()]);
                    self.groups[*group].probability = self.groups[*group].probability.min(probability);
                }
            }
            _ => {}
        }
    }
}
