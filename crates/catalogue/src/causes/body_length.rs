//! How long the body is, held against limits.

use model::{Evidence, Sighting};

use super::answer;

/// The least limit that is met in practice: 1 KiB. A shorter body is not refused for its length.
const LEAST_LIMIT: u64 = 1024;

/// The body is longer than a limit of one of these directives.
pub(crate) fn over(evidence: &Evidence, directives: &[&str]) -> Option<Sighting> {
    let (size, _) = answer::request_size(evidence)?;
    let mut limits = directives.iter().flat_map(|name| evidence.settings(name));
    let limit = limits.find(|limit| bytes(&limit.value).is_some_and(|limit| limit > 0 && size > limit))?;
    Some(Sighting::with(limit.span, format!("{} {}, the body has {size} bytes", limit.name, limit.value)))
}

/// The search for the refused part found a length.
pub(crate) fn isolated(evidence: &Evidence) -> Option<Sighting> {
    let isolated = evidence.isolated.as_ref().filter(|isolated| isolated.part == "size")?;
    let (_, span) = answer::request_size(evidence)?;
    Some(Sighting::with(span, format!("refused from {} bytes", isolated.text)))
}

/// The request has no body, or one shorter than any limit in use.
pub(crate) fn short(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    if request.message.fields.has("transfer-encoding") {
        return None;
    }
    let (size, span) = answer::request_size(evidence)?;
    (size < LEAST_LIMIT).then(|| Sighting::with(span, format!("{size} bytes")))
}

/// A size as configurations write it: `10m`, `128k`, `13107200`, `5MB`.
pub(crate) fn bytes(value: &str) -> Option<u64> {
    let value = value.trim().trim_end_matches(';').trim();
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = value[..digits].parse().ok()?;
    let unit = value[digits..].trim().to_ascii_lowercase();
    let factor = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}
