//! How much a caller may still ask: `Retry-After` (RFC 9110, section 10.2.3), the `RateLimit` fields of the IETF draft
//! and the `X-RateLimit-*` fields that came before it.

use model::{Evidence, Sighting};

/// Fields that hold the number of requests left.
const REMAINING: [&str; 6] = [
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
    "x-ratelimit-requests-remaining",
    "x-ratelimit-remaining-minute",
    "x-ratelimit-remaining-day",
];

/// A field that says that nothing is left.
pub(crate) fn used_up(evidence: &Evidence) -> Option<Sighting> {
    remaining(evidence).and_then(|(left, sighting)| (left == 0).then_some(sighting))
}

/// A field that says that something is left.
pub(crate) fn left_over(evidence: &Evidence) -> Option<Sighting> {
    remaining(evidence).and_then(|(left, sighting)| (left > 0).then_some(sighting))
}

/// `Retry-After`: the server expects the same request to be allowed later.
pub(crate) fn retry_after(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.response_header("retry-after")?;
    Some(Sighting::with(span, format!("Retry-After: {value}")))
}

/// The least number left that any field tells, with its place.
fn remaining(evidence: &Evidence) -> Option<(i64, Sighting)> {
    let fields = &evidence.response()?.message.fields;
    let plain = REMAINING.iter().filter_map(|name| {
        let field = fields.get(name)?;
        let left = field.value.split([',', ';']).next()?.trim().parse::<i64>().ok()?;
        Some((left, Sighting::with(field.span, format!("{}: {}", field.name, field.value))))
    });
    let combined = fields.all("ratelimit").filter_map(|field| {
        let left = field.value.split([',', ';']).find_map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            matches!(name, "r" | "remaining").then(|| value.trim().parse::<i64>().ok())?
        })?;
        Some((left, Sighting::with(field.span, format!("{}: {}", field.name, field.value))))
    });
    plain.chain(combined).min_by_key(|(left, _)| *left)
}
