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
        let even = EVEN / prior.len().max(1) as f64;
        let prior: Vec<f64> = prior.iter().map(|weight| (1.0 - EVEN) * weight / total + even).collect();
        let inside = 1.0 - self.outside - self.masked;
        let joint = inside * self.joint;
        let single = prior.iter().map(|weight| (inside - joint) * weight).collect();
        // Two draws, of which one is this and the other that: 2 p(this) p(that), without those of the same one twice.
        let joint = joint / (1.0 - prior.iter().map(|weight| weight * weight).sum::<f64>()).max(0.05);
        let two = |later: usize, earlier: usize| 2.0 * joint * prior[later] * prior[earlier];
        let pair = pairs(prior.len()).map(|(later, earlier)| (1.0 - MORE) * two(later, earlier)).collect();
        let mut before = 0.0;
        let mut last = Vec::with_capacity(prior.len());
        for (place, weight) in prior.iter().enumerate() {
            let all = 2.0 * joint * weight * before;
            last.push(if place < PAIRED { MORE * all } else { all });
            before += weight;
        }
        let mut belief = Belief { single, pair, joint: last, outside: self.outside, masked: self.masked };
        belief.scale(1.0 / belief.total().max(f64::MIN_POSITIVE));
        belief
    }
}
