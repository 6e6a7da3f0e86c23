//! Bayes' rule over the closed list of causes and "none of these".

use model::{Confidence, Hypothesis, Prevalence, Weight};

use crate::findings::Held;

/// Log-odds of a weight of evidence. The only place where the five steps are numbers; `cases/scores.txt` shows how well
/// they are calibrated.
fn log_odds(weight: Weight) -> f64 {
    match weight {
        Weight::Excludes => -9.0,
        Weight::Weakens => -1.2,
        Weight::Hints => 0.9,
        Weight::Supports => 6.0,
        Weight::Proves => 14.0,
    }
}

/// The share of refusals that a cause makes up before any evidence.
fn share(prevalence: Prevalence) -> f64 {
    match prevalence {
        Prevalence::VeryCommon => 0.06,
        Prevalence::Common => 0.025,
        Prevalence::Occasional => 0.010,
        Prevalence::Rare => 0.004,
    }
}

/// The share of "none of these" before any evidence, and the least that evidence leaves of it.
const NONE_PRIOR: f64 = 0.20;
const NONE_FLOOR: f64 = 0.01;

/// From here a hypothesis is probable; from there, with a proof, it is proven.
const PROBABLE: f64 = 0.60;
const PROVEN: f64 = 0.90;

/// Hypotheses less likely than this, with nothing that speaks for them, are not shown.
const NEGLIGIBLE: f64 = 0.002;

/// The hypotheses that something speaks for, likeliest first, and those that the evidence excludes.
pub(crate) fn rank(held: Vec<Held>) -> (Vec<Hypothesis>, Vec<Hypothesis>) {
    let scores: Vec<f64> = held.iter().map(score).collect();
    let total: f64 = scores.iter().sum::<f64>() + NONE_PRIOR;
    let scale = (1.0 - NONE_FLOOR) / total;
    let mut hypotheses = Vec::new();
    let mut ruled_out = Vec::new();
    for (held, score) in held.into_iter().zip(scores) {
        let probability = score * scale;
        let hypothesis = Hypothesis {
            cause: held.cause,
            probability,
            confidence: Confidence::Unexplained,
            findings: held.findings,
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

/// Share before the evidence times the odds of all findings.
fn score(held: &Held) -> f64 {
    let evidence: f64 = held.findings.iter().map(|finding| log_odds(finding.weight)).sum();
    share(held.cause.prevalence) * evidence.clamp(-20.0, 20.0).exp()
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
