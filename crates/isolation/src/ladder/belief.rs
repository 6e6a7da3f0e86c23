//! What is believed of the candidates: a weight for each way in which they may be refused.

use super::Rung;

/// Weights of the ways in which a request may be refused, over candidates in order of suspicion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Belief {
    /// One candidate, for itself.
    pub(super) single: Vec<f64>,
    /// Two of the first candidates, together: see [`place_of_pair`].
    pub(super) pair: Vec<f64>,
    /// Others together, of which this one is the last in the order.
    pub(super) joint: Vec<f64>,
    /// The request is refused with all candidates neutral.
    pub(super) outside: f64,
    /// It is not refused with all of them kept, because something else is neutral.
    pub(super) masked: f64,
}

/// Pairs are held one by one among so many of the first candidates.
pub(super) const PAIRED: usize = 40;

/// Where the pair of these two stands in the list, the later one first.
pub(super) fn place_of_pair(later: usize, earlier: usize) -> usize {
    later * (later - 1) / 2 + earlier
}

/// All pairs in the order of the list.
pub(super) fn pairs(candidates: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..candidates.min(PAIRED)).flat_map(|later| (0..later).map(move |earlier| (later, earlier)))
}

impl Belief {
    pub(super) fn total(&self) -> f64 {
        self.all().sum::<f64>()
    }

    /// All weights.
    pub(super) fn all(&self) -> impl Iterator<Item = f64> {
        let lists = self.single.iter().chain(&self.pair).chain(&self.joint);
        lists.chain([&self.outside, &self.masked]).copied()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let lists = self.single.iter_mut().chain(&mut self.pair).chain(&mut self.joint);
        lists.chain([&mut self.outside, &mut self.masked])
    }

    pub(super) fn scale(&mut self, factor: f64) {
        self.all_mut().for_each(|weight| *weight *= factor);
    }

    /// Adds another belief over the same candidates.
    pub(super) fn add(&mut self, other: &Belief) {
        self.all_mut().zip(other.all()).for_each(|(weight, more)| *weight += more);
    }

    /// How many bits of uncertainty are left, where the weights add up to one.
    pub(super) fn entropy(&self) -> f64 {
        self.all().filter(|weight| *weight > 0.0).map(|weight| -weight * weight.log2()).sum()
    }

    /// Learns an answer: each way in which the request may be refused is multiplied by the chance that it gives to it.
    /// The ways tell the shortest prefix that is refused; beyond its end others may be refused besides, with the chance
    /// `besides`.
    pub(super) fn learn(&mut self, rung: Rung, refused: bool, noise: f64, besides: f64) {
        let chance = |predicted: f64| {
            let yes = predicted * (1.0 - noise) + (1.0 - predicted) * noise;
            if refused { yes } else { 1.0 - yes }
        };
        let (yes, no, perhaps) = (chance(1.0), chance(0.0), chance(besides));
        let last = rung.last();
        let beyond = |end: usize| if last.is_some_and(|last| last > end) { perhaps } else { no };
        for (place, weight) in self.single.iter_mut().enumerate() {
            *weight *= if rung.holds(place) { yes } else { beyond(place) };
        }
        for ((later, earlier), weight) in pairs(self.single.len()).zip(&mut self.pair) {
            *weight *= if rung.holds(later) && rung.holds(earlier) { yes } else { beyond(later) };
        }
        for (place, weight) in self.joint.iter_mut().enumerate() {
            let prefix = matches!(rung, Rung::Prefix(_));
            *weight *= if prefix && rung.holds(place) { yes } else { beyond(place) };
        }
        self.outside *= yes;
        self.masked *= no;
    }

    /// The heaviest pair.
    pub(super) fn heaviest_pair(&self) -> Option<((usize, usize), f64)> {
        let place = heaviest(&self.pair)?;
        Some((pairs(self.single.len()).nth(place)?, self.pair[place]))
    }
}

/// The place of the greatest weight.
pub(super) fn heaviest(weights: &[f64]) -> Option<usize> {
    (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]))
}
