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

    pub(crate) fn mean_part(&self) -> f64 {
        self.per_run(self.part.iter().sum())
    }

    pub(crate) fn bits(&self) -> f64 {
        self.bits / self.job.len() as f64
    }
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
