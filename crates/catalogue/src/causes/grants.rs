//! What a known caller may do: questions that several causes of missing rights put to the evidence.

use model::{Answer, Change, Evidence, Experiment, Relation, Sighting, Weight};

use super::tokens;

/// What a missing right to write predicts: the same caller may read the same target.
pub(crate) const READ_PASSES: Experiment = Experiment {
    change: Change::Get,
    predicts: Answer::Accepted,
    if_so: Weight::Hints,
    if_not: Weight::Weakens,
    because: "the same caller can read the target, and may not change it",
};

/// Seconds after which a token may well be older than a right that was given since: five minutes.
const OLD: i64 = 300;

/// A token that was made a good while before the check.
pub(crate) fn old_token(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.checked_at()?;
    tokens::telling(evidence, |token| {
        let age = now - token.issued_at?;
        (age > OLD).then(|| format!("made {} before the check", tokens::span_of_time(age)))
    })
}

/// A safe request to the same path by the same caller that was not refused, where the refused one changes state.
pub(crate) fn read_succeeded(evidence: &Evidence) -> Option<Sighting> {
    let refused = evidence.request().filter(|request| request.is_unsafe())?;
    let caller = |name| refused.message.fields.value(name);
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let request = exchange.request.as_ref().filter(|request| !request.is_unsafe())?;
        let same = request.message.fields.value("authorization") == caller("authorization")
            && (caller("authorization").is_some() || request.message.fields.has("cookie"));
        same.then(|| Sighting::with(request.message.start_line, request.method.value.clone()))
    })
}
