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
    let heaviest = heaviest(evidence).filter(|found| self::subject(found) == subject)?;
    sighting(evidence, heaviest)
}

/// The heaviest match on that subject, where the log of this request says that it was refused and names the same rule:
/// the log tells that the rule ran and the WAF refused, the simulation on which text.
pub(crate) fn matched_as_logged(evidence: &Evidence, subject: Subject) -> Option<Sighting> {
    let heaviest = heaviest(evidence).filter(|found| self::subject(found) == subject)?;
    let lines = || evidence.log_lines.iter().filter(|line| line.about_request >= RELEVANT);
    let rule = heaviest.rule.to_string();
    let named = lines().any(|line| line.fields.iter().any(|(name, value)| name == "rule" && *value == rule));
    let denied = lines().any(|line| {
        let text = evidence.sources.bytes(line.span);
        text.windows(DENIED.len()).any(|window| window == DENIED)
    });
    (named && denied && heaviest.span.is_some()).then(|| sighting(evidence, heaviest)).flatten()
}

/// How ModSecurity and Coraza begin the message of a rule that refuses.
const DENIED: &[u8] = b"Access denied";

/// A log line that is less surely about this request confirms nothing.
const RELEVANT: f64 = 0.9;

/// The match that adds most, where the matches reach the threshold: among several subjects it decides the cause.
fn heaviest(evidence: &Evidence) -> Option<&WafMatch> {
    let refuses = evidence.waf_matches.iter().any(|found| found.blocked);
    let culprits = evidence.waf_matches.iter().filter(|found| refuses && !is_bookkeeping(found));
    culprits.max_by_key(|found| found.score)
}

/// A match on the content, where the sum stays below the threshold.
pub(crate) fn matched_below_threshold(evidence: &Evidence) -> Option<Sighting> {
    if evidence.waf_matches.iter().any(|found| found.blocked) {
        return None;
    }
    let mut scored = evidence.waf_matches.iter().filter(|found| found.score > 0);
    scored.find(|found| subject(found) == Subject::Content).and_then(|found| sighting(evidence, found))
}

/// Rules were held against the request, and none of their matches refuses it. A log that names a rule for this request knows
/// better: the firewall has more rules than those given.
pub(crate) fn nothing_matched(evidence: &Evidence) -> Option<Sighting> {
    let blocked = evidence.waf_matches.iter().any(|found| found.blocked);
    let mut lines = evidence.log_lines.iter().filter(|line| line.about_request >= RELEVANT);
    if blocked || lines.any(|line| line.field("rule").is_some()) {
        return None;
    }
    match evidence.waf_matches.first() {
        Some(below) => sighting(evidence, below),
        None if evidence.waf_rules > 0 => {
            let detail = format!("none of {} rules matches", evidence.waf_rules);
            Some(Sighting::with(evidence.request_line()?, detail))
        }
        None => None,
    }
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
    let detail = match found.rule {
        0 => found.message.clone(),
        rule => format!("rule {rule} in {}: {}", found.variable, found.message),
    };
    Some(Sighting::with(span, detail))
}
