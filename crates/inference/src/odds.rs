//! Bayes' rule over the closed list of causes and "none of these".

use model::{Cause, Confidence, Hypothesis, Prevalence, Weight};

use crate::findings::Held;

/// What the five steps, and "none of these", are as numbers. `cargo run -p why403-testkit --example calibrate` fits
/// them to the cases, leaving one family of causes out at a time, and prints how well the left-out family is met;
/// `cases/scores.txt` shows the table of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// Log-odds of the steps.
    pub excludes: f64,
    /// See [`Numbers::excludes`].
    pub weakens: f64,
    /// See [`Numbers::excludes`].
    pub hints: f64,
    /// See [`Numbers::excludes`].
    pub supports: f64,
    /// The same where it is words that support and no product owns them: others may mean another check by them.
    pub unowned: f64,
    /// See [`Numbers::excludes`].
    pub proves: f64,
    /// The share of "none of these" before any evidence.
    pub none: f64,
}

impl Numbers {
    /// The numbers in use. The fit alone would let hints weigh more; with 2.7 fewer true causes lose the lead to several
    /// hints at another, at nearly the same loss. "None of these" cannot be fitted: every case has a cause of the list.
    /// Sharper numbers meet all cases better, and refusals that nobody had looked at worse (`cases/README.md`, sets 4, 5).
    pub const FITTED: Numbers = Numbers {
        excludes: -9.9,
        weakens: -2.2,
        hints: 2.7,
        supports: 7.7,
        unowned: 5.5,
        proves: 18.0,
        none: 0.037,
    };

    fn log_odds(&self, weight: Weight) -> f64 {
        match weight {
            Weight::Excludes => self.excludes,
            Weight::Weakens => self.weakens,
            Weight::Hints => self.hints,
            Weight::Supports => self.supports,
            Weight::Proves => self.proves,
        }
    }
}

/// The share of refusals that a cause makes up before any evidence.
fn share(prevalence: Prevalence) -> f64 {
    match prevalence {
        Prevalence::VeryCommon => 0.045,
        Prevalence::Common => 0.017,
        Prevalence::Occasional => 0.0063,
        Prevalence::Rare => 0.0023,
    }
}

/// What was found of one cause.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Which.
    pub cause: &'static Cause,
    /// What each finding means for it.
    pub weights: Vec<Weight>,
    /// Whether one of those that support it is words that no product owns.
    pub unowned: bool,
    /// The share that it has by the likeness of the words, 0 to 1, where no signature tells; 0 otherwise.
    pub likeness: f64,
}

impl Observed {
    pub(crate) fn of(held: &Held) -> Observed {
        let weights = held.findings.iter().map(|finding| finding.weight).collect();
        let likeness = held.likeness.as_ref().map_or(0.0, |(share, _)| *share);
        Observed { cause: held.cause, weights, unowned: held.unowned, likeness }
    }
}

/// How much the likeness of words counts beside the shares of all causes before any evidence, which add up to about 1. It
/// counts by its clearness, too: words that are like many causes' say little.
const LIKENESS: f64 = 10.0;

/// The least of "none of these" that evidence leaves.
const NONE_FLOOR: f64 = 0.01;

/// From here a hypothesis is probable; from there, with a proof, it is proven.
const PROBABLE: f64 = 0.60;
const PROVEN: f64 = 0.90;

/// Hypotheses less likely than this, with nothing that speaks for them, are not shown.
const NEGLIGIBLE: f64 = 0.002;

/// The hypotheses that something speaks for, likeliest first, and those that the evidence excludes.
pub(crate) fn rank(held: Vec<Held>) -> (Vec<Hypothesis>, Vec<Hypothesis>) {
    let observed: Vec<Observed> = held.iter().map(Observed::of).collect();
    let probabilities = probabilities(&observed, &Numbers::FITTED);
    let mut hypotheses = Vec::new();
    let mut ruled_out = Vec::new();
    for (held, probability) in held.into_iter().zip(probabilities) {
        let hypothesis = Hypothesis {
            cause: held.cause,
            probability,
            confidence: Confidence::Unexplained,
            findings: held.findings.into_iter().chain(held.likeness.map(|(_, finding)| finding)).collect(),
        };
        let hypothesis = Hypothesis { confidence: confidence(&hypothesis), ..hypothesis };
        if has(&hypothesis, Weight::Excludes) {
            ruled_out.push(hypothesis);
        } else if has_any(&hypothesis, &[Weight::Proves, Weight::Supports, Weight::Hints])
            && probability > NEGLIGIBLE
        {
            hypotheses.push(hypothesis);
        }
    }
    hypotheses
        .sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.cause.id.cmp(b.cause.id)));
    ruled_out.sort_by_key(|hypothesis| hypothesis.cause.layer);
    (hypotheses, ruled_out)
}

/// The probability of each cause: its share before the evidence times the odds of all that was found.
#[must_use]
pub fn probabilities(observed: &[Observed], numbers: &Numbers) -> Vec<f64> {
    let clearest = observed.iter().map(|observed| observed.likeness).fold(0.0, f64::max);
    let score = |observed: &Observed| {
        let lighter = if observed.unowned { numbers.unowned - numbers.supports } else { 0.0 };
        let evidence = lighter + observed.weights.iter().map(|weight| numbers.log_odds(*weight)).sum::<f64>();
        let share = share(observed.cause.prevalence) + LIKENESS * clearest * observed.likeness;
        share * evidence.clamp(-20.0, 20.0).exp()
    };
    let scores: Vec<f64> = observed.iter().map(score).collect();
    let total: f64 = scores.iter().sum::<f64>() + numbers.none;
    scores.iter().map(|score| score / total * (1.0 - NONE_FLOOR)).collect()
}

fn confidence(hypothesis: &Hypothesis) -> Confidence {
    let probability = hypothesis.probability;
    let excluded = has(hypothesis, Weight::Excludes);
    if probability >= PROVEN && has(hypothesis, Weight::Proves) && !excluded {
        Confidence::Proven
    } else if probability >= PROBABLE && has_any(hypothesis, &[Weight::Proves, Weight::Supports]) && !excluded
    {
        Confidence::Probable
    } else if has_any(hypothesis, &[Weight::Proves, Weight::Supports, Weight::Hints]) {
        Confidence::Possible
    } else {
        Confidence::Unexplained
    }
}

fn has(hypothesis: &Hypothesis, weight: Weight) -> bool {
    hypothesis.findings.iter().any(|finding| finding.weight == weight)
}

fn has_any(hypothesis: &Hypothesis, weights: &[Weight]) -> bool {
    hypothesis.findings.iter().any(|finding| weights.contains(&finding.weight))
}
