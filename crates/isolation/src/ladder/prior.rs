//! What is believed before anything was sent.

use super::belief::{Belief, PAIRED, pairs};

/// How the prior is spread over what is no single candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    /// Refused with all candidates neutral.
    pub(crate) outside: f64,
    /// Not refused with all candidates kept.
    pub(crate) masked: f64,
    /// Refused only for several candidates together.
    pub(crate) joint: f64,
    /// That another candidate is refused besides the one that is looked for.
    pub(crate) besides: f64,
}

/// Of several that are refused together, the share that are more than two.
const MORE: f64 = 0.1;

/// The share of the prior that is the same for all: suspicion may be wrong.
const EVEN: f64 = 0.03;

impl Spread {
    /// The belief over candidates with these weights before anything is known.
    pub(super) fn over(&self, prior: &[f64]) -> Belief {
        let total: f64 = prior.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let weights: Vec<f64> = prior.iter().map(|weight| weight / total).collect();
        let (count, rest) = (weights.len().max(1) as f64, weights.len().max(2) as f64 - 1.0);
        let first = |place: usize| (1.0 - EVEN) * weights[place] + EVEN / count;
        let inside = 1.0 - self.outside - self.masked;
        let joint = inside * self.joint;
        let single = (0..weights.len()).map(|place| (inside - joint) * first(place)).collect();
        // Two draws, the second one among those that are left: however heavy the first is, the rest are weighed anew.
        let left = |place: usize| (1.0 - weights[place]).max(1e-12);
        let then = |place: usize, drawn: usize| (1.0 - EVEN) * weights[place] / left(drawn) + EVEN / rest;
        let two = |one: usize, other: usize| {
            joint * (first(one) * then(other, one) + first(other) * then(one, other))
        };
        let pair = pairs(weights.len()).map(|(later, earlier)| (1.0 - MORE) * two(later, earlier)).collect();
        // The same, summed over all that stand before.
        let (mut heavy, mut drawn, mut anew) = (0.0, 0.0, 0.0);
        let mut last = Vec::with_capacity(weights.len());
        for (place, weight) in weights.iter().enumerate() {
            let after = (1.0 - EVEN) * heavy / left(place) + EVEN * place as f64 / rest;
            let before = (1.0 - EVEN) * weight * anew + EVEN * drawn / rest;
            let all = joint * (first(place) * after + before);
            last.push(if place < PAIRED { MORE * all } else { all });
            heavy += weight;
            drawn += first(place);
            anew += first(place) / left(place);
        }
        let mut belief = Belief { single, pair, joint: last, outside: self.outside, masked: self.masked };
        belief.scale(1.0 / belief.total().max(f64::MIN_POSITIVE));
        belief
    }
}
