//! The search for what is refused, as a posterior over the rungs of a ladder.
//!
//! Candidates stand in order of suspicion. A test keeps some of them and makes the rest neutral. One candidate may be
//! refused for itself, two of the likeliest together (each such pair has a weight of its own), or more: then the last
//! candidate of the shortest refused prefix is necessary, is kept in all further tests, and the search goes on among
//! those before it. This is right for one culprit, for several that are refused only together, and for either of
//! several. Answers may be wrong, at a rate that is learned on the way: each is evidence and none is trusted (noisy
//! binary search with weights).

mod belief;
mod choice;
mod named;
mod noise;
mod prior;

use belief::{Belief, heaviest};
use noise::RATES;

pub(crate) use choice::{Price, price, worth};
pub(crate) use noise::Noise;
pub(crate) use prior::Spread;

/// The search among candidates.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// Candidates, most suspicious first.
    order: Vec<usize>,
    /// Culprits that are kept in all tests: each is necessary, and they are not refused without a further one.
    found: Vec<usize>,
    /// The share of each candidate in the suspicion.
    prior: Vec<f64>,
    /// What is believed at each rate of wrong answers; all of them add up to one.
    at_rate: [Belief; RATES.len()],
    /// Their sum.
    belief: Belief,
    /// How much likelier the answers to each candidate alone are if it is refused for itself.
    alone: Vec<f64>,
    /// The chance that another candidate is refused besides.
    besides: f64,
    /// How many answers came since one was named.
    confirmations: usize,
    /// The search that this one is a part of, and the rung whose candidate is kept here.
    whole: Option<(Box<Ladder>, usize)>,
}

/// What a test keeps of the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// The first so many.
    Prefix(usize),
    /// This one alone, by its place in the order.
    Alone(usize),
    /// These two alone, the later one first.
    Both(usize, usize),
}

impl Rung {
    /// Whether the test keeps the candidate at this place.
    fn holds(self, place: usize) -> bool {
        match self {
            Rung::Prefix(length) => place < length,
            Rung::Alone(own) => place == own,
            Rung::Both(later, earlier) => place == later || place == earlier,
        }
    }

    /// The last place that the test keeps.
    fn last(self) -> Option<usize> {
        match self {
            Rung::Prefix(length) => length.checked_sub(1),
            Rung::Alone(place) | Rung::Both(place, _) => Some(place),
        }
    }
}

/// What the answers amount to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// More tests are needed.
    Open,
    /// These candidates together are refused, and none of them can be spared; with the probability of that.
    Found(Vec<usize>, f64),
    /// It is refused without any of the candidates.
    Outside(f64),
    /// It is not refused with all of the candidates.
    Masked,
}

/// From this probability a candidate is kept as necessary.
const NECESSARY: f64 = 0.9;

/// From this probability something is believed that the next tests confirm anyway.
const LIKELY: f64 = 0.98;

/// The most culprits that are looked for: more are a sum over many parts.
const MOST: usize = 6;

impl Ladder {
    /// A search among candidates with these weights, the heaviest first.
    pub(crate) fn new(mut candidates: Vec<(usize, f64)>, spread: Spread, noise: &Noise) -> Ladder {
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
        let order = candidates.iter().map(|(candidate, _)| *candidate).collect();
        let prior = candidates.into_iter().map(|(_, weight)| weight).collect();
        Ladder::among(order, prior, Vec::new(), spread, noise)
    }

    fn among(order: Vec<usize>, prior: Vec<f64>, found: Vec<usize>, spread: Spread, noise: &Noise) -> Ladder {
        let belief = spread.over(&prior);
        let at_rate = noise.0.map(|weight| {
            let mut belief = belief.clone();
            belief.scale(weight);
            belief
        });
        let alone = vec![1.0; order.len()];
        Ladder {
            order,
            found,
            prior,
            at_rate,
            belief,
            alone,
            besides: spread.besides,
            confirmations: 0,
            whole: None,
        }
    }

    /// The candidates that a test keeps.
    pub(crate) fn kept(&self, rung: Rung) -> Vec<usize> {
        let places = match rung {
            Rung::Prefix(length) => (0..length.min(self.order.len())).collect(),
            Rung::Alone(place) => vec![place],
            Rung::Both(later, earlier) => vec![earlier, later],
        };
        self.found.iter().copied().chain(places.into_iter().map(|place| self.order[place])).collect()
    }

    /// The candidate that is likeliest to be among the culprits, with the probability of that.
    pub(crate) fn suspect(&self) -> Option<(usize, f64)> {
        let belief = &self.belief;
        let mut involved: Vec<f64> =
            belief.single.iter().zip(&belief.joint).map(|(one, of)| one + of).collect();
        for ((later, earlier), weight) in belief::pairs(involved.len()).zip(&belief.pair) {
            involved[later] += weight;
            involved[earlier] += weight;
        }
        let place = heaviest(&involved)?;
        Some((self.order[place], involved[place]))
    }

    /// The candidate that is likeliest to be refused for itself, with the probability of that.
    pub(crate) fn likeliest(&self) -> Option<(usize, f64)> {
        let place = heaviest(&self.belief.single)?;
        Some((self.order[place], self.belief.single[place]))
    }

    /// How likely it is that not even all candidates are refused.
    pub(crate) fn masked(&self) -> f64 {
        self.belief.masked
    }

    /// How many bits of uncertainty are left.
    pub(crate) fn entropy(&self) -> f64 {
        self.belief.entropy()
    }

    /// What is known of the rate of wrong answers.
    pub(crate) fn noise(&self) -> Noise {
        Noise(std::array::from_fn(|rate| self.at_rate[rate].total()))
    }

    /// The test that tells most for its cost.
    pub(crate) fn next(&self, price: Price) -> Rung {
        match self.named() {
            Some((named, _)) => choice::control(&self.belief, named),
            None => choice::best(&self.belief, price, |rung| self.besides_within(rung)),
        }
    }

    /// Learns that an answer to a copy that was sent before was another, or was not.
    pub(crate) fn see(&mut self, wrong: bool) {
        for (belief, rate) in self.at_rate.iter_mut().zip(RATES) {
            belief.scale(if wrong { rate } else { 1.0 - rate });
        }
        self.normalise();
    }

    /// Learns whether a test was refused, and says what that amounts to.
    pub(crate) fn learn(&mut self, rung: Rung, refused: bool) -> Outcome {
        let named = self.is_named();
        self.weigh(rung, refused);
        self.confirmations = if named && self.is_named() { self.confirmations + 1 } else { 0 };
        self.outcome()
    }

    fn weigh(&mut self, rung: Rung, refused: bool) {
        let (noise, besides) = (self.noise().mean(), self.besides_within(rung));
        for (belief, rate) in self.at_rate.iter_mut().zip(RATES) {
            belief.learn(rung, refused, rate, besides);
        }
        if let Rung::Alone(place) = rung {
            self.alone[place] *= if refused { (1.0 - noise) / noise } else { noise / (1.0 - noise) };
        }
        self.normalise();
    }

    fn normalise(&mut self) {
        let total: f64 = self.at_rate.iter().map(Belief::total).sum();
        let factor = if total > 0.0 { 1.0 / total } else { 1.0 };
        self.at_rate.iter_mut().for_each(|belief| belief.scale(factor));
        self.belief = self.at_rate[0].clone();
        self.at_rate[1..].iter().for_each(|belief| self.belief.add(belief));
    }

    fn outcome(&mut self) -> Outcome {
        if self.belief.outside >= LIKELY {
            return match self.whole.take() {
                // The one that is kept is refused alone after all.
                Some(_) => Outcome::Found(self.found.clone(), self.belief.outside),
                None => Outcome::Outside(self.belief.outside),
            };
        }
        if self.belief.masked >= LIKELY {
            return self.not_even_all();
        }
        if let Some((rung, sure)) = self.named() {
            return Outcome::Found(self.kept(rung), sure);
        }
        match heaviest(&self.belief.joint).filter(|&place| self.belief.joint[place] >= NECESSARY) {
            Some(place) => self.descend(place),
            None => Outcome::Open,
        }
    }

    /// Not even all candidates are refused: what was kept as necessary was a mistake, if there was any.
    fn not_even_all(&mut self) -> Outcome {
        let noise = self.noise();
        let Some((whole, place)) = self.whole.take() else { return Outcome::Masked };
        *self = *whole;
        let expected = self.noise();
        for (rate, belief) in self.at_rate.iter_mut().enumerate() {
            belief.joint[place] *= 1.0 - LIKELY;
            belief.scale(noise.0[rate] / expected.0[rate].max(f64::MIN_POSITIVE));
        }
        self.normalise();
        Outcome::Open
    }

    /// Keeps a necessary candidate and goes on among those before it.
    fn descend(&mut self, place: usize) -> Outcome {
        let sure = self.belief.joint[place];
        let found: Vec<usize> = self.found.iter().copied().chain([self.order[place]]).collect();
        let order = self.order[..place].to_vec();
        if order.len() <= 1 || found.len() >= MOST {
            // The prefix of both was refused, and neither of them is without the other.
            return Outcome::Found(found.into_iter().chain(order).collect(), sure);
        }
        let noise = self.noise();
        // That the last one alone was refused after all, or that not even all before it suffice, needs two wrong answers.
        let spread =
            Spread { outside: noise.mean(), masked: noise.mean() / 4.0, joint: 0.1, besides: self.besides };
        let part = Ladder::among(order, self.prior[..place].to_vec(), found, spread, &noise);
        let whole = std::mem::replace(self, part);
        self.whole = Some((Box::new(whole), place));
        Outcome::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread { outside: 0.1, masked: 0.05, joint: 0.05, besides: 0.02 };

    /// Runs a search against an oracle; returns what is found and the number of tests.
    fn run(n: usize, mut refused: impl FnMut(&[usize]) -> bool) -> (Outcome, usize) {
        let mut ladder = Ladder::new((0..n).map(|part| (part, 1.0)).collect(), SPREAD, &Noise::EXPECTED);
        let mut rung = Rung::Prefix(0);
        for tests in 1..200 {
            match ladder.learn(rung, refused(&ladder.kept(rung))) {
                Outcome::Found(..) if ladder.is_unsettled() => {}
                Outcome::Open => {}
                outcome => return (outcome, tests),
            }
            rung = ladder.next(Price { each: 1.0, whole: 0.0 });
        }
        panic!("no end");
    }

    fn found(outcome: Outcome) -> Vec<usize> {
        let Outcome::Found(mut parts, _) = outcome else { panic!("{outcome:?}") };
        parts.sort_unstable();
        parts
    }

    #[test]
    fn one_culprit_is_found_in_about_log2_n_tests() {
        for culprit in [0, 1, 100, 246] {
            let (outcome, tests) = run(247, |kept| kept.contains(&culprit));
            assert_eq!(found(outcome), [culprit]);
            assert!(tests <= 13, "{tests}");
        }
    }

    #[test]
    fn a_pair_and_a_triple_that_are_refused_only_together_are_found() {
        for together in [&[3, 200][..], &[0, 1], &[10, 11], &[5, 90, 246]] {
            let (outcome, tests) = run(247, |kept| together.iter().all(|part| kept.contains(part)));
            assert_eq!(found(outcome), together, "{tests} tests");
        }
    }

    #[test]
    fn a_wrong_answer_is_found_out() {
        for wrong in 1..12 {
            let mut tests = 0;
            let (outcome, _) = run(247, |kept| {
                tests += 1;
                kept.contains(&77) != (tests == wrong)
            });
            assert_eq!(found(outcome), [77], "answer {wrong} was wrong");
        }
    }

    #[test]
    fn either_of_two_gives_one_of_them() {
        let (outcome, _) = run(247, |kept| kept.contains(&40) || kept.contains(&90));
        assert!(matches!(found(outcome)[..], [40] | [90]));
    }

    #[test]
    fn causes_elsewhere_are_recognised() {
        assert!(matches!(run(247, |_| true), (Outcome::Outside(_), tests) if tests <= 3));
        assert!(matches!(run(247, |_| false), (Outcome::Masked, _)));
    }
}
