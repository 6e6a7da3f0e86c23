//! The search for a number at which the answer changes: a limit in bytes, the end of a text.

use std::ops::Range;

use crate::ladder::worth;

/// A search for the least number that is refused. Answers may be wrong.
#[derive(Clone, Debug)]
pub(crate) struct Threshold {
    /// A number that was not refused.
    passed: u64,
    /// The numbers that may be the least refused one, in order.
    numbers: Vec<u64>,
    weights: Vec<f64>,
    noise: f64,
}

impl Threshold {
    /// A search among numbers with weights; `passed` was not refused, the last of them was.
    pub(crate) fn new(passed: u64, numbers: Vec<u64>, weights: Vec<f64>, noise: f64) -> Threshold {
        let mut threshold = Threshold { passed, numbers, weights, noise };
        threshold.normalise();
        threshold
    }

    /// A search for a limit in bytes. Limits are round numbers, in powers of two or ten, far more often than others; the
    /// least refused length is then one more.
    pub(crate) fn limit(passed: u64, refused: u64, noise: f64) -> Threshold {
        const MOST: u64 = 1 << 15;
        let step = ((refused - passed) / MOST).max(1);
        let mut numbers: Vec<u64> =
            (passed + 1..=refused).step_by(usize::try_from(step).unwrap_or(1)).collect();
        let rounds = round_limits(passed, refused);
        numbers.extend(rounds.iter().filter(|limit| **limit > passed).flat_map(|limit| [*limit, limit + 1]));
        numbers.push(refused);
        numbers.sort_unstable();
        numbers.dedup();
        let plain = 0.3 / numbers.len() as f64;
        let round = 0.7 / rounds.len().max(1) as f64;
        let weigh =
            |number: &u64| plain + if rounds.binary_search(&(number - 1)).is_ok() { round } else { 0.0 };
        let weights = numbers.iter().map(weigh).collect();
        Threshold::new(passed, numbers, weights, noise)
    }

    fn normalise(&mut self) {
        let total: f64 = self.weights.iter().sum();
        self.weights.iter_mut().for_each(|weight| *weight /= total.max(f64::MIN_POSITIVE));
    }

    /// How many bits of uncertainty are left.
    pub(crate) fn entropy(&self) -> f64 {
        self.weights.iter().filter(|weight| **weight > 0.0).map(|weight| -weight * weight.log2()).sum()
    }

    /// The number whose answer tells most for its cost, where an answer "not refused" costs `price` answers "refused"; `None`
    /// if the least one is known.
    pub(crate) fn next(&self, price: f64) -> Option<u64> {
        if self.known().is_some() {
            return None;
        }
        let mut mass = 0.0;
        let mut best = (f64::NEG_INFINITY, self.numbers[0]);
        for (number, weight) in self.numbers.iter().zip(&self.weights) {
            mass += weight;
            let tells = worth(mass, price);
            if tells > best.0 {
                best = (tells, *number);
            }
        }
        Some(best.1)
    }

    /// Learns whether a number was refused.
    pub(crate) fn learn(&mut self, number: u64, refused: bool) {
        for (candidate, weight) in self.numbers.iter().zip(&mut self.weights) {
            let predicted = number >= *candidate;
            *weight *= if predicted == refused { 1.0 - self.noise } else { self.noise };
        }
        self.normalise();
    }

    /// The least of these numbers that is refused, if it is known, behind the greatest that is not.
    pub(crate) fn known(&self) -> Option<(u64, u64)> {
        let place = (0..self.numbers.len()).max_by(|&a, &b| self.weights[a].total_cmp(&self.weights[b]))?;
        let before = if place == 0 { self.passed } else { self.numbers[place - 1] };
        (self.weights[place] >= 0.97).then_some((before, self.numbers[place]))
    }

    /// What holds nearly all of the probability: from the greatest that passes to the least that is surely refused.
    pub(crate) fn range(&self) -> Range<u64> {
        let likely = |weight: &&f64| **weight > 1e-3 / self.numbers.len() as f64;
        let first = self.weights.iter().position(|weight| likely(&weight)).unwrap_or(0);
        let last = self.weights.iter().rposition(|weight| likely(&weight)).unwrap_or(0);
        let passed = if first == 0 { self.passed } else { self.numbers[first - 1] };
        passed..self.numbers[last]
    }
}

/// The limits that people write, from the first number up to the second, in order.
fn round_limits(passed: u64, refused: u64) -> Vec<u64> {
    let units = [1_000, 1_024, 1_000_000, 1_048_576, 1_000_000_000, 1_073_741_824];
    let counts = [
        1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 25, 30, 32, 40, 50, 60, 64, 100, 128, 200, 250, 256, 500,
        512,
    ];
    let mut limits: Vec<u64> =
        units.iter().flat_map(|unit| counts.iter().map(move |count| unit * count)).collect();
    limits.extend([
        100, 128, 200, 250, 255, 256, 300, 400, 500, 512, 600, 800, 900, 65_535, 131_072, 13_107_200,
    ]);
    limits.sort_unstable();
    limits.dedup();
    limits.retain(|limit| *limit >= passed && *limit < refused);
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(limit: u64, passed: u64, refused: u64) -> (u64, usize) {
        let mut threshold = Threshold::limit(passed, refused, 0.005);
        let mut tests = 0;
        while let Some(number) = threshold.next(1.0) {
            threshold.learn(number, number > limit);
            tests += 1;
            assert!(tests < 60);
        }
        (threshold.known().unwrap().1, tests)
    }

    #[test]
    fn a_round_limit_is_found_in_few_tests_and_any_other_exactly() {
        let (number, tests) = search(1_048_576, 200, 3_000_000);
        assert_eq!(number, 1_048_577);
        assert!(tests <= 12, "{tests}");
        let (number, tests) = search(12_345, 200, 40_000);
        assert_eq!(number, 12_346);
        assert!(tests <= 24, "{tests}");
    }
}
