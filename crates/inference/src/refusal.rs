//! Whether there is a refusal to explain, and whether it is explained.

use model::{Confidence, Evidence, Hypothesis, Outcome, Recognition};

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
/// structure (a preflight's missing header, a redirect that changed the method) says so. Without an answer, documents
/// that speak of a refusal are enough.
fn is_refusal(evidence: &Evidence, recognitions: &[Recognition], hypotheses: &[Hypothesis]) -> bool {
    match evidence.status() {
        Some(400..) => true,
        Some(_) => {
            let said = recognitions.iter().any(|found| found.signature.tells());
            let redirected = evidence.status().is_some_and(|status| (300..400).contains(&status));
            let proven = hypotheses.iter().any(|hypothesis| hypothesis.confidence >= Confidence::Probable);
            evidence.refused.failure.is_some()
                || proven && (said || redirected || !evidence.related.is_empty())
        }
        None => true,
    }
}
