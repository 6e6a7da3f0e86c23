//! The search for what is refused, as a posterior over the rungs of a ladder.
//!
//! Candidates stand in order of suspicion. A test keeps the first `k` of them and makes the rest neutral: it is refused
//! if the shortest refused prefix is no longer. The last candidate of that prefix is necessary. If it is refused alone,
//! it is the culprit; else it is kept in all further tests, and the search goes on among those before it. This is right
//! for one culprit, for several that are refused only together, and for either of several. Answers may be wrong: each is
//! evidence and none is trusted (noisy binary search with weights).

/// The search among candidates.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// Candidates, most suspicious first.
    order: Vec<usize>,
    /// Culprits that are kept in all tests: each is necessary, and they are not refused without a further one.
    found: Vec<usize>,
    /// The prior weight of each rung.
    prior: Vec<f64>,
    /// That this rung's candidate completes the culprits.
    single: Vec<f64>,
    /// That this rung ends the shortest refused prefix, and an earlier one is needed besides it.
    joint: Vec<f64>,
    /// That the request is refused with all candidates neutral.
    outside: f64,
    /// That it is not refused with all of them kept, because something else is neutral.
    masked: f64,
    /// The chance that an answer is wrong.
    noise: f64,
}

/// What a test keeps of the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// The first so many.
    Prefix(usize),
    /// This one alone, by its place in the order.
    Alone(usize),
}

/// What the answers amount to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Belief {
    /// More tests are needed.
    Open,
    /// These candidates together are refused, and none of them can be spared; with the probability of that.
    Found(Vec<usize>, f64),
    /// It is refused without any of the candidates.
    Outside(f64),
    /// It is not refused with all of the candidates.
    Masked(f64),
}

/// How the prior is spread over what is no single candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    /// Refused with all candidates neutral.
    pub(crate) outside: f64,
    /// Not refused with all candidates kept.
    pub(crate) masked: f64,
    /// Refused only for several candidates together.
    pub(crate) joint: f64,
}

/// From this probability a culprit is named.
const SURE: f64 = 0.98;

/// From this probability a candidate is kept as necessary.
const NECESSARY: f64 = 0.9;

/// From this probability something is believed that the next tests confirm anyway.
const LIKELY: f64 = 0.95;

/// The most culprits that are looked for: more are a sum over many parts.
const MOST: usize = 6;

impl Ladder {
    /// A search among candidates with these weights, the heaviest first.
    pub(crate) fn new(mut candidates: Vec<(usize, f64)>, spread: Spread, noise: f64) -> Ladder {
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
        let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
        let order = candidates.iter().map(|(candidate, _)| *candidate).collect();
        let prior = candidates.iter().map(|(_, weight)| weight / total.max(f64::MIN_POSITIVE)).collect();
        let mut ladder = Ladder {
            order,
            found: Vec::new(),
            prior,
            single: Vec::new(),
            joint: Vec::new(),
            outside: 0.0,
            masked: 0.0,
            noise,
        };
        ladder.spread(spread);
        ladder
    }

    fn spread(&mut self, spread: Spread) {
        let inside = 1.0 - spread.outside - spread.masked;
        let total: f64 = self.prior.iter().sum();
        let mut before = 0.0;
        self.single.clear();
        self.joint.clear();
        for weight in &self.prior {
            let weight = weight / total.max(f64::MIN_POSITIVE);
            self.single.push(inside * (1.0 - spread.joint) * weight);
            // Two draws, of which this one is the later: 2 p(this) p(before).
            self.joint.push(inside * spread.joint * 2.0 * weight * before);
            before += weight;
        }
        self.outside = spread.outside;
        self.masked = spread.masked;
        self.normalise();
    }

    fn normalise(&mut self) {
        let total =
            self.outside + self.masked + self.single.iter().sum::<f64>() + self.joint.iter().sum::<f64>();
        if total <= 0.0 {
            return;
        }
        for weight in self.single.iter_mut().chain(&mut self.joint) {
            *weight /= total;
        }
        self.outside /= total;
        self.masked /= total;
    }

    /// The candidates that a test keeps.
    pub(crate) fn kept(&self, rung: Rung) -> Vec<usize> {
        let chosen = match rung {
            Rung::Prefix(length) => &self.order[..length.min(self.order.len())],
            Rung::Alone(place) => &self.order[place..=place],
        };
        self.found.iter().chain(chosen).copied().collect()
    }

    /// The likeliest candidate, with the probability that it completes the culprits.
    pub(crate) fn suspect(&self) -> Option<(usize, f64)> {
        let place = heaviest(&self.single)?;
        Some((self.order[place], self.single[place]))
    }

    /// How many bits of uncertainty are left.
    pub(crate) fn entropy(&self) -> f64 {
        let weights = self.single.iter().chain(&self.joint).chain([&self.outside, &self.masked]);
        weights.filter(|weight| **weight > 0.0).map(|weight| -weight * weight.log2()).sum()
    }

    /// The test that tells most. `share` is the part of the probability that a test should put on the refused side.
    pub(crate) fn next(&self, share: f64) -> Rung {
        let mut best = (f64::NEG_INFINITY, Rung::Prefix(0));
        let mut consider = |tells: f64, rung: Rung| {
            if tells > best.0 {
                best = (tells, rung);
            }
        };
        let mut mass = self.outside;
        consider(information(mass, share), Rung::Prefix(0));
        for place in 0..self.order.len() {
            mass += self.single[place] + self.joint[place];
            consider(information(mass, share), Rung::Prefix(place + 1));
        }
        if let Some(place) = heaviest(&self.single) {
            // Few parts are safer than many: a suspect alone is preferred to a prefix that tells as much.
            consider(1.1 * information(self.outside + self.single[place], share), Rung::Alone(place));
        }
        best.1
    }

    /// Learns whether a test was refused, and says what that amounts to.
    pub(crate) fn learn(&mut self, rung: Rung, refused: bool) -> Belief {
        let (agrees, differs) = (1.0 - self.noise, self.noise);
        let chance = |predicted: bool| if predicted == refused { agrees } else { differs };
        for place in 0..self.order.len() {
            let (single, joint) = match rung {
                Rung::Prefix(length) => (place < length, place < length),
                Rung::Alone(own) => (place == own, false),
            };
            self.single[place] *= chance(single);
            self.joint[place] *= chance(joint);
        }
        self.outside *= chance(true);
        self.masked *= chance(false);
        self.normalise();
        self.belief()
    }

    fn belief(&mut self) -> Belief {
        if self.outside >= LIKELY {
            return Belief::Outside(self.outside);
        }
        if self.masked >= LIKELY {
            return Belief::Masked(self.masked);
        }
        if let Some(place) = heaviest(&self.single).filter(|&place| self.single[place] >= SURE) {
            let found = self.found.iter().copied().chain([self.order[place]]).collect();
            return Belief::Found(found, self.single[place]);
        }
        match heaviest(&self.joint).filter(|&place| self.joint[place] >= NECESSARY) {
            Some(place) => self.descend(place),
            None => Belief::Open,
        }
    }

    /// Keeps a necessary candidate and goes on among those before it.
    fn descend(&mut self, place: usize) -> Belief {
        let sure = self.joint[place];
        self.found.push(self.order[place]);
        self.order.truncate(place);
        self.prior.truncate(place);
        if self.order.is_empty() || self.found.len() >= MOST {
            return Belief::Found(self.found.clone(), sure);
        }
        // That the last one alone was refused after all, or that not even all before it suffice, needs two wrong answers.
        self.spread(Spread { outside: self.noise, masked: self.noise / 4.0, joint: 0.1 });
        if self.order.len() == 1 {
            // The prefix of both was refused, and neither of them is without the other.
            return Belief::Found(self.found.iter().copied().chain([self.order[0]]).collect(), sure);
        }
        Belief::Open
    }
}

fn heaviest(weights: &[f64]) -> Option<usize> {
    (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]))
}

/// How much a test tells that is refused with this probability, where `share` would tell most.
fn information(refused: f64, share: f64) -> f64 {
    let half =
        if refused < share { refused / share / 2.0 } else { 0.5 + (refused - share) / (1.0 - share) / 2.0 };
    let bits = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    bits(half) + bits(1.0 - half)
}

/// The part of the probability that a test should put on the refused side, if only so many more answers may be "not
/// refused": the count of egg dropping. `q` tests of which `k` may fail tell apart `sum over i <= k of C(q, i)` cases.
pub(crate) fn share(passes_left: usize, bits: f64) -> f64 {
    let needed = bits.clamp(0.0, 60.0).exp2();
    let mut row = vec![1.0_f64; passes_left + 1];
    for _ in 0..200 {
        if row[passes_left] >= needed {
            break;
        }
        row = next_row(&row);
    }
    let after = next_row(&row);
    (row[passes_left] / after[passes_left]).clamp(0.5, 0.97)
}

/// From the counts for `q` tests to those for `q + 1`.
fn next_row(row: &[f64]) -> Vec<f64> {
    (0..row.len()).map(|k| row[k] + if k == 0 { 0.0 } else { row[k - 1] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread { outside: 0.1, masked: 0.05, joint: 0.05 };

    /// Runs a search against an oracle; returns what is found and the number of tests.
    fn run(n: usize, refused: impl Fn(&[usize]) -> bool) -> (Belief, usize) {
        let mut ladder = Ladder::new((0..n).map(|part| (part, 1.0)).collect(), SPREAD, 0.02);
        let mut rung = Rung::Prefix(0);
        for tests in 1..200 {
            match ladder.learn(rung, refused(&ladder.kept(rung))) {
                Belief::Open => rung = ladder.next(0.5),
                belief => return (belief, tests),
            }
        }
        panic!("no end");
    }

    fn found(belief: Belief) -> Vec<usize> {
        let Belief::Found(mut parts, _) = belief else { panic!("{belief:?}") };
        parts.sort_unstable();
        parts
    }

    #[test]
    fn one_culprit_is_found_in_about_log2_n_tests() {
        for culprit in [0, 1, 100, 246] {
            let (belief, tests) = run(247, |kept| kept.contains(&culprit));
            assert_eq!(found(belief), [culprit]);
            assert!(tests <= 13, "{tests}");
        }
    }

    #[test]
    fn a_pair_and_a_triple_that_are_refused_only_together_are_found() {
        for together in [&[3, 200][..], &[0, 1], &[10, 11], &[5, 90, 246]] {
            let (belief, tests) = run(247, |kept| together.iter().all(|part| kept.contains(part)));
            assert_eq!(found(belief), together, "{tests} tests");
        }
    }

    #[test]
    fn either_of_two_gives_one_of_them() {
        let (belief, _) = run(247, |kept| kept.contains(&40) || kept.contains(&90));
        assert!(matches!(found(belief)[..], [40] | [90]));
    }

    #[test]
    fn causes_elsewhere_are_recognised() {
        assert!(matches!(run(247, |_| true), (Belief::Outside(_), tests) if tests <= 2));
        assert!(matches!(run(247, |_| false), (Belief::Masked(_), _)));
    }

    #[test]
    fn few_passes_left_make_tests_keep_more() {
        assert!((share(100, 8.0) - 0.5).abs() < 1e-9);
        assert!(share(2, 8.0) > 0.7);
        assert!(share(0, 8.0) > 0.96);
    }
}
