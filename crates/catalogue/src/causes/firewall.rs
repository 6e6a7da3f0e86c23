//! What a firewall's rules, held against the request, look at: simulation only, so it supports and never proves.

use model::{Answer, Change, Evidence, Experiment, Sighting, WafMatch, Weight};

/// What a refusal for the body predicts: the same target without a body is not refused.
pub(crate) const BODYLESS_PASSES: Experiment = Experiment {
    change: Change::Get,
    predicts: Answer::Lifted,
    if_so: Weight::Hints,
    if_not: Weight::Weakens,
    because: "without a body the same target is not refused",
};

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The method.
    Method,
    /// `Content-Type`, alone or against the body.
    ContentType,
    /// Lengths and counts.
    Size,
    /// The form of the message.
    Protocol,
    /// What the message says.
    Content,
}

/// The heaviest match on that subject, where the matches reach the threshold.
pub(crate) fn matched(evidence: &Evidence, subject: Subject) -> Option<Sighting> {
    let blocked = evidence.waf_matches.iter().any(|found| found.blocked);
    if !blocked {
        return None;
    }
    let scored = evidence.waf_matches.iter().filter(|found| found.score > 0 || found.blocked);
    // Among matches on several subjects, the one that adds most decides which cause it is.
    let heaviest = scored.filter(|found| !is_bookkeeping(found)).max_by_key(|found| found.score)?;
    (self::subject(heaviest) == subject).then(|| sighting(evidence, heaviest)).flatten()
}

/// A match on the content, where the sum stays below the threshold.
pub(crate) fn matched_below_threshold(evidence: &Evidence) -> Option<Sighting> {
    if evidence.waf_matches.iter().any(|found| found.blocked) {
        return None;
    }
    let mut scored = evidence.waf_matches.iter().filter(|found| found.score > 0);
    scored.find(|found| subject(found) == Subject::Content).and_then(|found| sighting(evidence, found))
}

/// Rules were held against the request, and none of their matches refuses it.
pub(crate) fn nothing_matched(evidence: &Evidence) -> Option<Sighting> {
    let any = evidence.waf_matches.first()?;
    let refused = evidence.waf_matches.iter().any(|found| found.blocked);
    (!refused).then(|| sighting(evidence, any)).flatten()
}

/// Rules that only add up what others found: the blocking evaluation of the Core Rule Set.
fn is_bookkeeping(found: &WafMatch) -> bool {
    matches!(found.rule, 949_000..=949_999 | 959_000..=959_999 | 980_000..=980_999)
}

/// What a match looks at, by the variable; only where the variable does not tell, by the rule's number in the Core Rule Set.
fn subject(found: &WafMatch) -> Subject {
    let variable = found.variable.to_ascii_uppercase();
    let size = ["REQUEST_BODY_LENGTH", "ARGS_COMBINED_SIZE", "FILES_COMBINED_SIZE", "&ARGS", "FILES_SIZES"];
    if size.iter().any(|name| variable.starts_with(name)) || matches!(found.rule, 920_360..=920_410) {
        return Subject::Size;
    }
    match variable.as_str() {
        "REQUEST_METHOD" => Subject::Method,
        "REQUEST_HEADERS:CONTENT-TYPE" | "TX:CONTENT_TYPE" | "REQBODY_ERROR" | "REQBODY_PROCESSOR" => {
            Subject::ContentType
        }
        "REQUEST_PROTOCOL" | "REQUEST_LINE" => Subject::Protocol,
        _ => match found.rule {
            911_000..=911_999 => Subject::Method,
            920_420 | 920_470..=920_480 | 200_000..=200_002 => Subject::ContentType,
            920_000..=920_999 => Subject::Protocol,
            _ => Subject::Content,
        },
    }
}

fn sighting(evidence: &Evidence, found: &WafMatch) -> Option<Sighting> {
    let span = found.span.or(found.rule_span).or_else(|| evidence.request_line())?;
    Some(Sighting::with(span, format!("rule {} in {}: {}", found.rule, found.variable, found.message)))
}
