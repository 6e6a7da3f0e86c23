//! How often answers are wrong: it is not known beforehand, and learned on the way.

/// What is believed of the rate of wrong answers: a weight for each of a few rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Noise(pub(crate) [f64; RATES.len()]);

/// The rates: hardly any; one of several servers with other rules, or a limit on the rate; hardly to be worked with.
pub(crate) const RATES: [f64; 3] = [0.001, 0.05, 0.15];

impl Noise {
    /// Before anything was sent: nine servers of ten answer the same request in the same way.
    pub(crate) const EXPECTED: Noise = Noise([0.93, 0.05, 0.02]);

    /// The chance that the next answer is wrong.
    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().zip(RATES).map(|(weight, rate)| weight * rate).sum()
    }

    /// Learns that an answer was wrong, or was not.
    pub(crate) fn see(&mut self, wrong: bool) {
        for (weight, rate) in self.0.iter_mut().zip(RATES) {
            *weight *= if wrong { rate } else { 1.0 - rate };
        }
        let total: f64 = self.0.iter().sum();
        self.0.iter_mut().for_each(|weight| *weight /= total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_answers_are_expected_where_some_were_seen() {
        let mut noise = Noise::EXPECTED;
        let before = noise.mean();
        noise.see(true);
        assert!(noise.mean() > 5.0 * before);
        (0..100).for_each(|_| noise.see(false));
        assert!(noise.mean() < 0.01);
    }
}
