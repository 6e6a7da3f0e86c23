//! Where in the text of a part is what is refused: a window of it, and its exact ends.

use std::ops::Range;

use super::recipe::merged;
use super::{Edge, Phase, Search};
use crate::ladder::{Ladder, Outcome, Rung, Spread};
use crate::threshold::Threshold;

/// A text up to this length is shown whole.
const WINDOW: usize = 150;

/// Half of a window within a longer text: any refused text up to this length lies in one window.
const HALF: usize = 64;

/// That a refused text lies in another window besides: windows overlap.
const OVERLAP: f64 = 0.3;

/// How often no window of a text is refused where all of it is: the refused text is longer than a window.
const LONGER: f64 = 0.05;

impl Search {
    /// Looks into the first piece, from this one on, whose text is long.
    pub(super) fn text(&mut self, from: usize) -> Phase {
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
                let spread = Spread { outside: 0.005, masked: 0.03, joint: 0.1, besides: OVERLAP };
                let ladder =
                    Ladder::new(weights.into_iter().enumerate().collect(), spread, &self.health.noise);
                return Phase::Text(group, piece, windows, ladder);
            }
            if self.options.exact && length > 1 {
                return self.bytes(group, piece, Edge::Start);
            }
        }
        self.after_texts()
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

    pub(super) fn after_text(
        &mut self,
        group: usize,
        piece: usize,
        windows: &[Range<usize>],
        outcome: Outcome,
    ) -> Phase {
        match (outcome, &mut self.named) {
            (Outcome::Found(found, probability), _) => {
                let ranges = merged(found.iter().map(|&window| windows[window].clone()).collect());
                let single = ranges.len() == 1;
                self.groups[group].pieces[piece].ranges = Some(ranges);
                self.groups[group].probability = self.groups[group].probability.min(probability);
                if single && self.options.exact {
                    return self.bytes(group, piece, Edge::Start);
                }
            }
            (Outcome::Masked, Some(named)) => named.doubt(LONGER),
            (Outcome::Outside(_), Some(named)) => drop(named.learn(Rung::Prefix(0), true)),
            _ => {}
        }
        self.text(self.place_of(group, piece) + 1)
    }

    pub(super) fn place_of(&self, group: usize, piece: usize) -> usize {
        self.groups[..group].iter().map(|group| group.pieces.len()).sum::<usize>() + piece
    }

    fn bytes(&mut self, group: usize, piece: usize, edge: Edge) -> Phase {
        let own = &self.groups[group].pieces[piece];
        let range = own.ranges.as_ref().map_or(0..self.parts.raw(own.part).len(), |ranges| ranges[0].clone());
        let units = self.units(own.part, &range);
        let marked = |unit: &Range<usize>| {
            let text = self.parts.excerpt(own.part, unit.clone());
            !text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace())
        };
        let blank = |unit: &Range<usize>| self.parts.excerpt(own.part, unit.clone()).trim().is_empty();
        let weigh = |count: usize| match edge {
            // A refused text starts with a mark, or with a word, more often than within a word.
            Edge::Start => {
                let first = units.len() - count;
                match first == 0 || blank(&units[first - 1]) {
                    _ if marked(&units[first]) => 10.0,
                    true => 3.0,
                    false => 0.3,
                }
            }
            // Its length is as likely between 8 and 16 as between 16 and 32.
            Edge::End => 1.0 / (count as f64 + 4.0),
        };
        let numbers: Vec<u64> = (1..=units.len() as u64).collect();
        let weights = (1..=units.len()).map(weigh).collect();
        Phase::Bytes(group, piece, edge, Threshold::new(0, numbers, weights, self.health.noise.mean()))
    }

    pub(super) fn after_bytes(&mut self, group: usize, piece: usize, edge: Edge, known: u64) -> Phase {
        let range = self.cut(group, piece, edge, known);
        self.groups[group].pieces[piece].ranges = Some(vec![range]);
        match edge {
            Edge::Start => self.bytes(group, piece, Edge::End),
            Edge::End => self.text(self.place_of(group, piece) + 1),
        }
    }
}
