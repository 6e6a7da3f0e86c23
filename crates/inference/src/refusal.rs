//! Whether there is a refusal to explain, and whether it is explained.

use model::{Confidence, Evidence, Hypothesis, Outcome, Recognition};

use crate::findings::speaks_for;

/// Whether the refusal is explained, or is none.
pub(crate) fn outcome(
    evidence: &Evidence,
    recognitions: &[Recognition],
    hypotheses: &[Hypothesis],
) -> Outcome {
    if !is_refusal(evidence, recognitions, hypotheses) {
        return Outcome::NotRefused;
    }
    match hypotheses.first().map(|hypothesis| hypothesis.confidence) {
        Some(Confidence::Proven | Confidence::Probable) => Outcome::Explained,
        _ => Outcome::Unexplained,
    }
}

/// A status of 4xx or 5xx is a refusal to explain; 2xx and 3xx only if they are one in disguise: the text or a
/// structure (a preflight's missing header, a redirect that changed the method) says so, the exchange alone proves it
/// (a browser keeps this answer from the page), or the body calls itself a failure and its words are like those of a
/// check. Without an answer, documents that speak of a refusal are enough.
fn is_refusal(evidence: &Evidence, recognitions: &[Recognition], hypotheses: &[Hypothesis]) -> bool {
    match evidence.status() {
        Some(400..) => true,
        Some(_) => {
            let said = recognitions.iter().any(|found| found.signature.tells());
            let redirected = evidence.status().is_some_and(|status| (300..400).contains(&status));
            let sure = |least| hypotheses.iter().any(|hypothesis| hypothesis.confidence >= least);
            let declared = evidence.refused.declared.is_some_and(|body| {
                hypotheses.iter().any(|one| one.probability >= CLEAR && rests_on(one, body))
            });
            evidence.refused.failure.is_some()
                || declared
                || sure(Confidence::Proven)
                || sure(Confidence::Probable) && (said || redirected || !evidence.related.is_empty())
        }
        None => true,
    }
}

/// From here on the words of a body that calls itself a failure are those of a check, and not of a value that was not accepted.
const CLEAR: f64 = 0.25;

/// Whether a hypothesis is spoken for by something within this text.
fn rests_on(hypothesis: &Hypothesis, text: model::Span) -> bool {
    hypothesis.findings.iter().any(|finding| {
        let place = finding.span;
        speaks_for(finding.weight)
            && place.source == text.source
            && (text.start..=text.end).contains(&place.start)
    })
}
