//! Many runs of one scenario, and what they come to.

use isolation::{Candidate, Conclusion, Options, Suspicion};

use crate::job::{OPTIONS, Outcome, is_right, search};
use crate::model::{Case, RULES};
use crate::random::Runs;
use crate::server::{Rule, Server};

/// What is measured.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) leaves: usize,
    pub(crate) triggers: usize,
    pub(crate) rule: Rule,
    /// Rules at hand, with the chance that they flag the true part, and any other.
    pub(crate) rules: Option<(f64, f64)>,
    /// Whether the characters of the values tell anything.
    pub(crate) characters: bool,
    /// The chance that an answer is the opposite.
    pub(crate) flips: f64,
    pub(crate) confounders: bool,
    /// Whether the application rejects the sentinel.
    pub(crate) validates: bool,
    pub(crate) headers: Vec<Candidate>,
    pub(crate) options: Options,
}

impl Default for Scenario {
    fn default() -> Scenario {
        Scenario {
            leaves: 200,
            triggers: 1,
            rule: Rule::Any,
            rules: Some(RULES),
            characters: true,
            flips: 0.0,
            confounders: false,
            validates: false,
            headers: Vec::new(),
            options: OPTIONS,
        }
    }
}

/// What the runs came to.
#[derive(Default)]
pub(crate) struct Sample {
    /// Copies, and the request itself before them.
    pub(crate) job: Vec<usize>,
    /// Copies until the part was named.
    pub(crate) part: Vec<usize>,
    /// Copies that keep parts or leave them out, where a missing header is added to others.
    pub(crate) controls: usize,
    pub(crate) passed: usize,
    pub(crate) accepted: usize,
    pub(crate) right: usize,
    /// The entropy of the prior, summed over the runs.
    pub(crate) bits: f64,
    /// How many bits the true parts were from certain by the prior, summed over the runs.
    pub(crate) surprise: f64,
}

impl Scenario {
    /// Runs it so many times. `right` judges what was found.
    pub(crate) fn run(&self, runs: Runs, right: impl Fn(&Case, &Conclusion) -> bool) -> Sample {
        let mut sample = Sample::default();
        for mut random in runs.randoms() {
            let case = Case::new(self.leaves, self.triggers, &mut random);
            let suspicion = match self.characters {
                true => case.suspicion(self.rules, &mut random),
                false => Suspicion::none(&case.parts),
            };
            sample.bits += suspicion.entropy();
            sample.surprise += surprise(&suspicion, &case.guilty());
            let mut server = Server::new(&case, self.rule, random);
            server.flips = self.flips;
            server.validates = self.validates;
            if self.confounders {
                server.confuse();
            }
            let out = search(&case, &mut server, suspicion, self.headers.clone(), self.options);
            sample.add(&out, right(&case, &out.conclusion));
        }
        sample
    }

    pub(crate) fn run_parts(&self, runs: Runs) -> Sample {
        self.run(runs, is_right)
    }
}

impl Sample {
    fn add(&mut self, out: &Outcome, right: bool) {
        self.job.push(out.sent + 1);
        self.part.push(out.to_part);
        self.controls += out.controls;
        self.passed += out.passed;
        self.accepted += out.accepted;
        self.right += usize::from(right);
    }

    fn per_run(&self, count: usize) -> f64 {
        count as f64 / self.job.len() as f64
    }

    pub(crate) fn right(&self) -> f64 {
        self.per_run(self.right)
    }

    pub(crate) fn passed(&self) -> f64 {
        self.per_run(self.passed)
    }

    pub(crate) fn accepted(&self) -> f64 {
        self.per_run(self.accepted)
    }

    /// The least mean of answers "not refused" for what the prior left open: the control, which tells nothing of the parts, and
    /// what the other copies take; two parts that are refused only together are each seen not to be refused alone.
    pub(crate) fn least_passed(&self, triggers: usize) -> f64 {
        let copies = self.per_run(self.job.iter().sum()) - 2.0;
        let alone = if triggers > 1 { triggers as f64 } else { 0.0 };
        1.0 + least_passed(self.surprise / self.job.len() as f64, copies).max(alone)
    }

    pub(crate) fn mean_part(&self) -> f64 {
        self.per_run(self.part.iter().sum())
    }

    pub(crate) fn bits(&self) -> f64 {
        self.bits / self.job.len() as f64
    }
}

/// How many bits these parts, in any order, are from certain.
fn surprise(suspicion: &Suspicion, parts: &[usize]) -> f64 {
    let total: f64 = suspicion.weights().iter().sum();
    let orders: f64 = (1..=parts.len()).map(|count| count as f64).product();
    parts.iter().map(|part| (total / suspicion.weights()[*part]).log2()).sum::<f64>() - orders.log2()
}

/// How many answers "not refused" it takes at least, in the mean, to tell so many bits with so many copies: whatever the price
/// of such an answer, the mean cost is at least `bits / log2 x` with `x^-1 + x^-price = 1` (a code with unequal letter costs).
pub(crate) fn least_passed(bits: f64, copies: f64) -> f64 {
    let prices = (1..120).map(|step| 1.05_f64.powi(step));
    prices.map(|price| (bits / base(price).log2() - copies) / (price - 1.0)).fold(0.0, f64::max)
}

/// The `x` with `x^-1 + x^-price = 1`.
fn base(price: f64) -> f64 {
    let (mut low, mut high) = (1.0 + 1e-9, 2.0);
    for _ in 0..60 {
        let x = f64::midpoint(low, high);
        if 1.0 / x + x.powf(-price) > 1.0 { low = x } else { high = x }
    }
    low
}

/// Median and 95th percentile.
pub(crate) fn quantiles(counts: &[usize]) -> (usize, usize) {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| {
        sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    (at(50), at(95))
}
