//! Bayes' rule over the closed list of causes and "none of these".

use model::{Cause, Confidence, Hypothesis, Prevalence, Weight};

use crate::findings::{Held, speaks_for};

/// What the findings are worth, as numbers. What tells of a check may be wrong: the words are another product's, or of another
/// request. So the evidence is weighed twice, once with what tells and once without it, where the shape of the request and the
/// likeness of all words are left; and how far each cause's own findings are trusted depends on what they are and on how much
/// more the words resemble another cause's. (A mixture with outliers: Tukey 1960, "A survey of sampling from contaminated
/// distributions".)
///
/// `cargo run -p why403-testkit --example calibrate` fits them to all cases, the blind sets as they were first observed, and
/// says how well a set is met that was left out; `cases/scores.txt` shows the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// Log-odds of a finding that weakens; half of it where what tells is not trusted.
    pub weakens: f64,
    /// Log-odds of the first finding that hints.
    pub hints: f64,
    /// Log-odds of each further finding that hints: hints of one cause depend on each other.
    pub further: f64,
    /// Log-odds of a finding that supports.
    pub supports: f64,
    /// The same where it is words that support and no product owns them.
    pub unowned: f64,
    /// Log-odds of a finding that proves.
    pub proves: f64,
    /// The share of "none of these" beside a cause that nothing speaks for.
    pub none: f64,
    /// How much it counts how often a cause is met, a step of [`Prevalence`] in log-odds. Where one text tells of two causes, it
    /// decides which is said to be the likelier: less than this would meet the cases a little better, and leave both unsaid.
    pub common: f64,
    /// The same where what tells is not trusted.
    pub usual: f64,
    /// Log-odds of each of the first two hints, where what tells is not trusted.
    pub vague: f64,
    /// How much the likeness of all words counts, where what tells is not trusted.
    pub alike: f64,
    /// How far findings that support are trusted, in log-odds.
    pub trust: f64,
    /// How much further those are that prove: it does not matter to them what the other words resemble.
    pub proof: f64,
    /// How much further words are that support and that no product owns.
    pub shared: f64,
    /// How much further what supports is, for each unit of the logarithm by which the words resemble another cause's more.
    pub unlike: f64,
}

impl Numbers {
    /// The numbers in use. "None of these" cannot be fitted well: every case has a cause of the list.
    pub const FITTED: Numbers = Numbers {
        weakens: -1.40,
        hints: 3.56,
        further: 0.86,
        supports: 7.15,
        unowned: 10.56,
        proves: 18.61,
        none: 0.03,
        common: 0.40,
        usual: 0.30,
        vague: 1.74,
        alike: 0.97,
        trust: 2.55,
        proof: 0.48,
        shared: -1.50,
        unlike: -0.37,
    };
}

/// How often a cause is met before any evidence, in steps of about the same ratio.
fn steps(prevalence: Prevalence) -> f64 {
    match prevalence {
        Prevalence::VeryCommon => 0.0,
        Prevalence::Common => -1.0,
        Prevalence::Occasional => -2.0,
        Prevalence::Rare => -3.0,
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
    /// Whether an experiment, a simulated server or a walk to a file tells of it: no words can make that doubtful.
    pub shown: bool,
    /// The share that it has by the likeness of the words, 0 to 1.
    pub likeness: f64,
}

impl Observed {
    /// Nothing was found of a cause.
    #[must_use]
    pub fn nothing(cause: &'static Cause) -> Observed {
        Observed { cause, weights: Vec::new(), unowned: false, shown: false, likeness: 0.0 }
    }

    pub(crate) fn of(held: &Held) -> Observed {
        let weights = held.findings.iter().map(|finding| finding.weight).collect();
        Observed {
            cause: held.cause,
            weights,
            unowned: held.unowned,
            shown: held.shown,
            likeness: held.likeness,
        }
    }

    fn count(&self, weight: Weight) -> f64 {
        self.weights.iter().filter(|found| **found == weight).count() as f64
    }

    fn has(&self, weight: Weight) -> bool {
        self.weights.contains(&weight)
    }

    /// Whether a cause of this probability is told of as a hypothesis.
    #[must_use]
    pub fn is_told_of(&self, probability: f64) -> bool {
        let spoken = self.weights.iter().any(|weight| speaks_for(*weight)) || self.likeness >= RESEMBLED;
        spoken && !self.has(Weight::Excludes) && probability > NEGLIGIBLE
    }

    /// The log-odds where what tells of the check is right.
    fn told(&self, numbers: &Numbers) -> f64 {
        let hints = self.count(Weight::Hints);
        let shared = if self.unowned { numbers.unowned - numbers.supports } else { 0.0 };
        numbers.common * steps(self.cause.prevalence)
            + numbers.weakens * self.count(Weight::Weakens)
            + numbers.hints * hints.min(1.0)
            + numbers.further * (hints - 1.0).max(0.0)
            + numbers.supports * self.count(Weight::Supports)
            + numbers.proves * self.count(Weight::Proves)
            + shared
    }

    /// The log-odds where it is not: what the words resemble, and the shape of the request.
    fn untold(&self, numbers: &Numbers) -> f64 {
        numbers.usual * steps(self.cause.prevalence)
            + numbers.weakens / 2.0 * self.count(Weight::Weakens)
            + numbers.vague * self.count(Weight::Hints).min(2.0)
            + numbers.alike * self.resemblance()
    }

    /// The logarithm of how much the words resemble this cause's, 0 where they do not at all.
    fn resemblance(&self) -> f64 {
        ((self.likeness + UNLIKE) / UNLIKE).ln()
    }

    /// How far what tells of this cause is trusted, 0 to 1, beside the cause that the words resemble most.
    fn trusted(&self, numbers: &Numbers, most: f64) -> f64 {
        if self.shown || !self.has(Weight::Proves) && !self.has(Weight::Supports) {
            return 1.0;
        }
        let owned = self.count(Weight::Supports) > f64::from(u8::from(self.unowned));
        let further = if self.has(Weight::Proves) {
            numbers.proof
        } else {
            let shared = if owned { 0.0 } else { numbers.shared };
            shared + numbers.unlike * (most - self.resemblance())
        };
        1.0 / (1.0 + (-numbers.trust - further).exp())
    }
}

/// The share by likeness below which words do not resemble a cause's at all.
const UNLIKE: f64 = 0.001;

/// From this share by likeness on a cause is a hypothesis.
pub(crate) const RESEMBLED: f64 = 0.04;

/// The least of "none of these" that evidence leaves.
const NONE_FLOOR: f64 = 0.01;

/// From here a hypothesis is probable; from there, with a proof, it is proven.
const PROBABLE: f64 = 0.60;
const PROVEN: f64 = 0.90;

/// Hypotheses less likely than this are not told of.
const NEGLIGIBLE: f64 = 0.002;

/// The hypotheses that something speaks for, likeliest first, and those that the evidence excludes.
pub(crate) fn rank(held: Vec<Held>) -> (Vec<Hypothesis>, Vec<Hypothesis>) {
    let observed: Vec<Observed> = held.iter().map(Observed::of).collect();
    let probabilities = probabilities(&observed, &Numbers::FITTED);
    let mut hypotheses = Vec::new();
    let mut ruled_out = Vec::new();
    for ((held, observed), probability) in held.into_iter().zip(&observed).zip(probabilities) {
        let hypothesis = Hypothesis {
            cause: held.cause,
            probability,
            confidence: Confidence::Unexplained,
            findings: held.findings.into_iter().chain(held.resembles).collect(),
        };
        let hypothesis = Hypothesis { confidence: confidence(&hypothesis), ..hypothesis };
        if observed.has(Weight::Excludes) {
            ruled_out.push(hypothesis);
        } else if observed.is_told_of(probability) {
            hypotheses.push(hypothesis);
        }
    }
    hypotheses
        .sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.cause.id.cmp(b.cause.id)));
    ruled_out.sort_by_key(|hypothesis| hypothesis.cause.layer);
    (hypotheses, ruled_out)
}

/// The probability of each cause.
#[must_use]
pub fn probabilities(observed: &[Observed], numbers: &Numbers) -> Vec<f64> {
    let told = shares(observed, numbers, |observed| observed.told(numbers));
    let untold = shares(observed, numbers, |observed| observed.untold(numbers));
    let tells = |observed: &Observed| observed.has(Weight::Proves) || observed.has(Weight::Supports);
    let probabilities = if observed.iter().any(|one| tells(one) && !one.has(Weight::Excludes)) {
        let most = observed.iter().map(Observed::resemblance).fold(0.0, f64::max);
        let kept: Vec<f64> =
            observed.iter().zip(&told).map(|(one, share)| share * one.trusted(numbers, most)).collect();
        let doubted = told.iter().sum::<f64>() - kept.iter().sum::<f64>();
        kept.iter().zip(untold).map(|(kept, untold)| kept + doubted * untold).collect()
    } else {
        untold
    };
    probabilities.into_iter().map(|probability| probability * (1.0 - NONE_FLOOR)).collect()
}

/// The shares of all causes beside "none of these".
fn shares(observed: &[Observed], numbers: &Numbers, log_odds: impl Fn(&Observed) -> f64) -> Vec<f64> {
    let score = |one: &Observed| if one.has(Weight::Excludes) { 0.0 } else { log_odds(one).exp() };
    let scores: Vec<f64> = observed.iter().map(score).collect();
    let total: f64 = scores.iter().sum::<f64>() + numbers.none;
    scores.iter().map(|score| score / total).collect()
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
