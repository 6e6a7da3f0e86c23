//! What of the evidence speaks for and against one cause.

use model::{Cause, Evidence, Finding, Likeness, Recognition, SourceKind, Span, Weight};

use crate::odds::RESEMBLED;
use crate::trials;

/// A cause with its findings, heaviest first.
pub(crate) struct Held {
    pub(crate) cause: &'static Cause,
    pub(crate) findings: Vec<Finding>,
    /// Whether one of those that support it is words that no product owns.
    pub(crate) unowned: bool,
    /// Whether an experiment, a simulated server or a walk to a file tells of it.
    pub(crate) shown: bool,
    /// The share of this cause in what the words resemble, 0 to 1.
    pub(crate) likeness: f64,
    /// The finding that says so, where nothing else tells of the cause.
    pub(crate) resembles: Option<Finding>,
}

/// A log line that is less surely about this request than this proves nothing of it.
pub(crate) const RELEVANT: f64 = 0.9;

/// Collects the findings of indicators, signatures and trials, one a place.
pub(crate) fn hold(
    cause: &'static Cause,
    evidence: &Evidence,
    recognitions: &[Recognition],
    alike: &[Likeness],
) -> Held {
    let mut findings: Vec<Finding> = Vec::new();
    for indicator in cause.indicators {
        if let Some(sighting) = (indicator.seek)(evidence) {
            let because = sentence(indicator.because, sighting.detail.as_deref());
            findings.push(Finding { weight: indicator.weight, because, span: sighting.span });
        }
    }
    let said = words(cause, evidence, recognitions);
    let unowned = said.iter().find(|(unowned, finding)| *unowned && finding.weight == Weight::Supports);
    let unowned = unowned.map(|(_, finding)| finding.span);
    findings.extend(said.into_iter().map(|(_, finding)| finding));
    findings.extend(unmentioned(cause, recognitions));
    let trials = trials::findings(cause, evidence);
    let tried = trials.iter().any(|finding| finding.weight.tells());
    let walked = walks(evidence);
    findings.extend(trials);
    let like = alike.iter().find(|like| like.cause == cause.id);
    let findings = one_a_place(findings);
    let told = findings.iter().any(|finding| finding.weight.tells());
    let kept = |finding: &Finding| finding.weight == Weight::Supports && Some(finding.span) == unowned;
    Held {
        cause,
        unowned: findings.iter().any(kept),
        shown: tried || findings.iter().any(|one| one.weight.tells() && walked.contains(&one.span)),
        likeness: like.map_or(0.0, |like| like.share),
        resembles: like.filter(|like| like.share >= RESEMBLED && !told).map(resembles),
        findings,
    }
}

/// The rules that simulated servers came to, those left open too, and the places at which walks to files end.
fn walks(evidence: &Evidence) -> Vec<Span> {
    let rules = evidence.simulations.iter().flat_map(|simulation| &simulation.steps);
    let files = evidence.files.iter().filter_map(|check| check.refusing());
    rules.chain(files).filter_map(|step| step.span).collect()
}

/// From this share on, words that resemble those of a cause support it: of the cases, more than nine in ten are right.
const RESEMBLES: f64 = 0.9;

fn resembles(like: &Likeness) -> Finding {
    let weight = if like.share >= RESEMBLES { Weight::Supports } else { Weight::Hints };
    let because = "the words resemble those in which programs tell of it";
    Finding { weight, because: because.to_owned(), span: like.span }
}

/// A reason with the values found.
pub(crate) fn sentence(because: &str, detail: Option<&str>) -> String {
    detail.map_or_else(|| because.to_owned(), |detail| format!("{because}: {detail}"))
}

/// What the emitters' words say of a cause. Several lines of one emitter tell of the same check, so that only the
/// heaviest of them counts for a cause, and the heaviest against it: among equals the log's, which tells more than a page.
/// Each with whether no product owns the words.
fn words(cause: &Cause, evidence: &Evidence, recognitions: &[Recognition]) -> Vec<(bool, Finding)> {
    let mut heard: Vec<(&str, Finding, bool)> = Vec::new();
    for recognition in recognitions {
        let Some(finding) = said(cause, recognition) else { continue };
        let named = recognition.emitter.is_named();
        let emitter = if named { recognition.emitter.id } else { UNNAMED };
        let side = speaks_for(finding.weight);
        let logged = is_logged(evidence, recognition);
        match heard.iter_mut().find(|(id, other, _)| *id == emitter && speaks_for(other.weight) == side) {
            Some((_, other, by_log))
                if (heaviness(other.weight), *by_log) < (heaviness(finding.weight), logged) =>
            {
                (*other, *by_log) = (finding, logged);
            }
            Some(_) => {}
            None => heard.push((emitter, finding, logged)),
        }
    }
    heard.into_iter().map(|(emitter, finding, _)| (emitter == UNNAMED, finding)).collect()
}

/// Whether the words stand in a log.
pub(crate) fn is_logged(evidence: &Evidence, recognition: &Recognition) -> bool {
    evidence.sources.get(recognition.span.source).kind == SourceKind::Log
}

/// An emitter that tells of its own check speaks against all that it does not mention: what was left open by the shape of
/// the request (no credential, a library's name) is likely without these words, and less so with them. It says nothing
/// against what another emitter tells of outright: both may have refused, or one shows what the other did.
fn unmentioned(cause: &Cause, recognitions: &[Recognition]) -> Option<Finding> {
    let weighty = |(_, weight): &(&str, Weight)| weight.tells();
    let tells = |found: &&Recognition| {
        let told = found.signature.causes.iter().filter(|named| weighty(named)).count();
        found.relevance >= RELEVANT && (1..=TOLD).contains(&told)
    };
    let telling = recognitions.iter().find(tells)?;
    let own = |found: &Recognition| {
        std::ptr::eq(found.emitter, telling.emitter)
            || !found.emitter.is_named() && !telling.emitter.is_named()
    };
    let mentions = |found: &Recognition| {
        let mut causes = found.signature.causes.iter().filter(|(id, _)| *id == cause.id);
        causes.any(|named| own(found) || weighty(named))
    };
    if recognitions.iter().any(mentions) {
        return None;
    }
    let because = format!("{} tells of another check", telling.emitter.name);
    Some(Finding { weight: Weight::Weakens, because, span: telling.span })
}

/// Words that leave more causes open than this, such as a server's page that is the same for every refusal, tell of no check.
const TOLD: usize = 2;

/// Words that nobody owns are one witness, however many lists of them there are.
const UNNAMED: &str = "";

/// A log line that is less surely about this request than this only hints.
const LIKELY: f64 = 0.7;

/// A log line that is less surely about this request than this says nothing of it.
const UNRELATED: f64 = 0.1;

/// What a signature says of a cause.
fn said(cause: &Cause, recognition: &Recognition) -> Option<Finding> {
    if recognition.relevance < UNRELATED {
        return None;
    }
    let (_, weight) = recognition.signature.causes.iter().find(|(id, _)| *id == cause.id)?;
    let weight = match *weight {
        Weight::Proves if recognition.relevance < RELEVANT || !recognition.proof => Weight::Supports,
        Weight::Supports if recognition.relevance < LIKELY => Weight::Hints,
        Weight::Excludes if recognition.relevance < RELEVANT => Weight::Weakens,
        weight => weight,
    };
    let meaning = recognition.fill(recognition.signature.meaning);
    let because = match meaning.is_empty() {
        true => format!("these are the words of {}", recognition.emitter.name),
        false => format!("{}: {meaning}", recognition.emitter.name),
    };
    Some(Finding { weight, because, span: recognition.span })
}

/// One finding a place: two readings of the same bytes are one observation, and the heavier one is kept. A reading
/// against a cause is not covered by one for it.
fn one_a_place(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(heaviness(finding.weight)));
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let twice = kept.iter().any(|other| {
            speaks_for(other.weight) == speaks_for(finding.weight) && overlap(other.span, finding.span)
        });
        if !twice {
            kept.push(finding);
        }
    }
    kept
}

fn heaviness(weight: Weight) -> u8 {
    match weight {
        Weight::Proves | Weight::Excludes => 3,
        Weight::Supports => 2,
        Weight::Weakens => 1,
        Weight::Hints => 0,
    }
}

/// Whether a weight speaks for its cause.
pub(crate) fn speaks_for(weight: Weight) -> bool {
    matches!(weight, Weight::Proves | Weight::Supports | Weight::Hints)
}

fn overlap(a: Span, b: Span) -> bool {
    a.source == b.source && a.start < b.end.max(b.start + 1) && b.start < a.end.max(a.start + 1)
}

#[cfg(test)]
mod tests {
    use model::{SourceKind, Sources};

    use super::*;

    fn finding(weight: Weight, start: usize, end: usize) -> Finding {
        let source = Sources::default().add("a", SourceKind::Text, "");
        Finding { weight, because: String::new(), span: Span { source, start, end } }
    }

    #[test]
    fn two_readings_of_the_same_bytes_are_one_observation() {
        let kept = one_a_place(vec![
            finding(Weight::Hints, 0, 9),
            finding(Weight::Supports, 4, 20),
            finding(Weight::Hints, 20, 30),
        ]);
        assert_eq!(
            kept.iter().map(|finding| finding.weight).collect::<Vec<_>>(),
            [Weight::Supports, Weight::Hints]
        );
    }

    #[test]
    fn a_reading_against_is_kept_beside_one_for() {
        let kept = one_a_place(vec![finding(Weight::Proves, 0, 9), finding(Weight::Excludes, 0, 9)]);
        assert_eq!(kept.len(), 2);
    }
}
