//! Evidence × causes → verdict and the next experiment. Pure, and cannot fail.
//!
//! Bayes' rule over the closed list of causes and "none of these". Every indicator and signature that fires is a
//! finding; findings of one place count once; their weights add up as log-odds, once with what tells of a check and once
//! without it, since that may be wrong (`odds.rs`). The crate knows no cause by name.

mod emitter;
mod findings;
mod layers;
mod next;
mod odds;
mod refusal;
mod summary;
mod trials;

use model::{Catalogue, Evidence, Finding, Fix, Hypothesis, Outcome, Recognition, Verdict};

use findings::Held;

pub use odds::{Numbers, Observed, probabilities};

/// Holds every cause of the catalogue against the evidence.
#[must_use]
pub fn diagnose(catalogue: &Catalogue, evidence: &Evidence) -> Verdict {
    let recognitions = (catalogue.recognise)(evidence);
    let held = hold(catalogue, evidence, &recognitions);
    let (hypotheses, ruled_out) = odds::rank(held);
    let outcome = refusal::outcome(evidence, &recognitions, &hypotheses);
    let hypotheses = if outcome == Outcome::NotRefused { Vec::new() } else { hypotheses };
    let writer = emitter::writer(&recognitions, hypotheses.first());
    let leading = hypotheses.first().filter(|_| outcome == Outcome::Explained);
    Verdict {
        outcome,
        root: leading.and_then(|hypothesis| root(hypothesis, evidence)),
        emitter: writer.emitter,
        reference: emitter::reference(evidence, &writer, &recognitions),
        layers: layers::trace(evidence, leading, &writer),
        fixes: leading.map_or_else(Vec::new, |hypothesis| fixes(hypothesis, evidence, &recognitions)),
        summary: summary::sentence(evidence, outcome, &hypotheses, &writer),
        witnesses: hypotheses
            .first()
            .map_or_else(Vec::new, |first| emitter::witnesses(first, evidence, &recognitions)),
        next: next::step(outcome, &hypotheses, evidence),
        later_checks: leading
            .map_or_else(Vec::new, |hypothesis| emitter::later_checks(hypothesis, &recognitions)),
        wrappers: writer.wrappers,
        hypotheses,
        ruled_out,
    }
}

/// What the evidence says for and against every cause, before it is weighed: what the numbers are fitted to.
#[must_use]
pub fn observe(catalogue: &Catalogue, evidence: &Evidence) -> Vec<Observed> {
    let recognitions = (catalogue.recognise)(evidence);
    hold(catalogue, evidence, &recognitions).iter().map(Observed::of).collect()
}

/// Every cause with what speaks for and against it.
fn hold(catalogue: &Catalogue, evidence: &Evidence, recognitions: &[Recognition]) -> Vec<Held> {
    let alike = (catalogue.alike)(evidence);
    catalogue.causes.iter().map(|cause| findings::hold(cause, evidence, recognitions, &alike)).collect()
}

/// The cause behind the cause, where the evidence shows one.
fn root(leading: &Hypothesis, evidence: &Evidence) -> Option<(&'static str, Finding)> {
    leading.cause.roots.iter().find_map(|root| {
        let sighting = (root.seek)(evidence)?;
        let because = findings::sentence(root.because, sighting.detail.as_deref());
        Some((root.cause, Finding { weight: model::Weight::Supports, because, span: sighting.span }))
    })
}

/// The fixes of the walks to files whose refusing component the leading hypothesis quotes.
fn file_fixes(leading: &Hypothesis, evidence: &Evidence) -> Vec<Fix> {
    let quoted =
        |span: Option<model::Span>| leading.findings.iter().any(|finding| Some(finding.span) == span);
    let checks = evidence.files.iter().filter(|check| {
        leading.cause.layer == model::Layer::Os
            && check.refusing().is_some_and(|step| quoted(step.span) || quoted(check.logged))
    });
    checks.take(1).flat_map(|check| check.fixes.clone()).collect()
}

/// The fixes of the header field that a simulated server drops or rewrites, where that is the root.
fn header_fixes(leading: &Hypothesis, evidence: &Evidence) -> Vec<Fix> {
    let Some(root) = leading.cause.roots.iter().find_map(|root| (root.seek)(evidence)) else {
        return Vec::new();
    };
    let rewrites = evidence.simulations.iter().flat_map(|simulation| &simulation.rewritten);
    // The server's own doing is quoted where it passes the request on, for several fields at one place.
    let mut named = rewrites.filter(|rewrite| {
        let is_named = root.field.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&rewrite.name));
        is_named && rewrite.span == Some(root.span)
    });
    named.next().map_or_else(Vec::new, |rewrite| rewrite.fixes.clone())
}

/// Whether the rule by which a simulated server refuses is what speaks for a hypothesis: what mends that rule then mends
/// this refusal.
fn rests_on_simulation(leading: &Hypothesis, evidence: &Evidence) -> bool {
    let spans: Vec<_> = evidence
        .simulated_denials()
        .filter_map(|(_, step)| step.span.or_else(|| evidence.request_line()))
        .collect();
    leading
        .findings
        .iter()
        .any(|finding| findings::speaks_for(finding.weight) && spans.contains(&finding.span))
}

/// The fixes, smallest first: those worked out for this configuration, then the emitter's words, then the cause's.
fn fixes(leading: &Hypothesis, evidence: &Evidence, recognitions: &[Recognition]) -> Vec<Fix> {
    let mut fixes =
        if rests_on_simulation(leading, evidence) { evidence.proposals.clone() } else { Vec::new() };
    fixes.extend(header_fixes(leading, evidence));
    if leading.cause.layer == model::Layer::Waf {
        fixes.extend(evidence.exclusions.iter().cloned());
    }
    fixes.extend(file_fixes(leading, evidence));
    for recognition in emitter::telling(leading, recognitions) {
        let text = recognition.fill(recognition.signature.fix);
        let known = text.is_empty() || fixes.iter().any(|fix| fix.text == text);
        if !known {
            let opens = recognition.fill(recognition.signature.opens);
            let opens = if opens.is_empty() { leading.cause.opens.to_owned() } else { opens };
            fixes.push(Fix { text, patch: None, opens });
        }
    }
    if fixes.is_empty() {
        fixes.push(Fix { text: leading.cause.fix.into(), patch: None, opens: leading.cause.opens.into() });
    }
    fixes
}
