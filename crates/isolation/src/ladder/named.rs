//! When the answers are enough to name a culprit, or two, and when nothing more is asked about them.

use super::{Ladder, Rung, choice};

/// From this probability a culprit is named.
const SURE: f64 = 0.98;

/// From this probability two are named: what speaks against each of them for itself is one answer.
const SURE_OF_TWO: f64 = 0.9;

/// From this probability nothing more is asked about what was named.
const SETTLED: f64 = 0.997;

/// The same for two.
const SETTLED_OF_TWO: f64 = 0.99;

/// So many answers are asked for about what was named, and no more: what is left then is nothing that they can tell.
const CONFIRMATIONS: usize = 3;

impl Ladder {
    /// Whether one is named, or two of the likeliest.
    pub(crate) fn is_named(&self) -> bool {
        self.named().is_some()
    }

    /// Whether more should be asked about the one or two that were named.
    pub(crate) fn is_unsettled(&self) -> bool {
        let settled = |rung: Rung| if matches!(rung, Rung::Both(..)) { SETTLED_OF_TWO } else { SETTLED };
        self.confirmations < CONFIRMATIONS && self.named().is_some_and(|(rung, sure)| sure < settled(rung))
    }

    /// The copy that shows what was named to be refused, and how sure that is.
    pub(super) fn named(&self) -> Option<(Rung, f64)> {
        if let Some((place, sure)) = self.surest().filter(|(_, sure)| *sure >= SURE) {
            return Some((Rung::Alone(place), sure));
        }
        let pair = self.belief.heaviest_pair().filter(|(_, sure)| *sure >= SURE_OF_TWO);
        pair.map(|((later, earlier), sure)| (Rung::Both(later, earlier), sure))
    }

    /// The candidate that is refused for itself most surely: it may be the end of the shortest refused prefix, or one besides.
    fn surest(&self) -> Option<(usize, f64)> {
        let prefixes = choice::prefixes(&self.belief);
        let sure = self.belief.single.iter().enumerate().map(|(place, single)| {
            let before = prefixes[place] - self.belief.outside;
            single + before * if self.alone[place] > 1.0 { self.besides(place) } else { 0.0 }
        });
        sure.enumerate().max_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// The chance that this candidate is refused besides the one that is looked for, by the answers to it alone. They do not
    /// count anew each time: a candidate is refused for itself, or it is not.
    fn besides(&self, place: usize) -> f64 {
        let odds = self.besides * self.alone[place];
        odds / (odds + 1.0 - self.besides)
    }

    /// The chance that a test holds one that is refused besides.
    pub(super) fn besides_within(&self, rung: Rung) -> f64 {
        let tested = |place: &usize| self.alone[*place] != 1.0;
        let held = (0..self.alone.len()).filter(|place| rung.holds(*place)).filter(tested);
        let known = held.map(|place| self.besides(place)).fold(0.0, f64::max);
        match rung {
            Rung::Alone(place) => self.besides(place),
            Rung::Both(..) | Rung::Prefix(_) => known.max(self.besides),
        }
    }

    /// Learns that a copy was refused that held of the culprits that were named no more than a piece.
    pub(crate) fn confirm(&mut self) {
        if let Some((rung, _)) = self.named() {
            self.weigh(rung, true);
        }
    }

    /// Learns that no piece of the culprits that were named is refused, which happens as rarely as this where they are
    /// the ones.
    pub(crate) fn doubt(&mut self, rarely: f64) {
        if let Some((rung, _)) = self.named() {
            // As an answer "not refused" whose chance is this.
            let besides = self.besides_within(rung);
            self.at_rate.iter_mut().for_each(|belief| belief.learn(rung, false, rarely, besides));
            self.normalise();
        }
    }
}
