//! What else must hold of the exchange for a signature to count.

use model::{Condition, Evidence, Fields, Signature, Weight};

use super::fold::Folded;
use super::haystack::Haystack;
use crate::causes::{anti_forgery, credential_dropped};

/// Whether the status and all conditions of a signature hold. What the documents do not show does not hold, but a
/// status that is not shown is no objection.
pub(crate) fn hold(evidence: &Evidence, haystack: &Haystack, signature: &Signature) -> bool {
    let status = evidence.status();
    let status_fits =
        signature.statuses.is_empty() || status.is_none_or(|status| signature.statuses.contains(&status));
    status_fits && signature.also.iter().all(|condition| holds(evidence, haystack, signature, condition))
}

/// Whether what a signature needs for a proof holds. Words do not prove a token missing that the request is seen to carry:
/// the server did not read it.
pub(crate) fn prove(evidence: &Evidence, haystack: &Haystack, signature: &Signature) -> bool {
    let missing = signature
        .causes
        .iter()
        .any(|(cause, weight)| (*cause, *weight) == ("csrf.token-missing", Weight::Proves));
    let contradicted = missing && anti_forgery::sent(evidence).is_some();
    !contradicted
        && signature.proof_needs.iter().all(|condition| holds(evidence, haystack, signature, condition))
}

fn holds(evidence: &Evidence, haystack: &Haystack, signature: &Signature, condition: &Condition) -> bool {
    let answer = evidence.response().map(|response| &response.message.fields);
    let request = evidence.request();
    let asked = request.map(|request| &request.message.fields);
    match *condition {
        Condition::WholeBody => {
            signature.texts.iter().any(|text| haystack.folded.trimmed() == text.as_bytes())
        }
        Condition::Header(name, text) => answer.is_some_and(|fields| has(fields, name, text)),
        Condition::NoHeader(name) => answer.is_none_or(|fields| !fields.has(name)),
        Condition::Body(text) => body_holds(evidence, haystack, text),
        Condition::NoBody(text) => !body_holds(evidence, haystack, text),
        Condition::Method(method) => {
            evidence.method().is_some_and(|asked| asked.value.eq_ignore_ascii_case(method))
        }
        Condition::RequestHeader(name, text) => asked.is_some_and(|fields| has(fields, name, text)),
        Condition::NoRequestHeader(name) => asked.is_some_and(|fields| !fields.has(name)),
        Condition::BodyWithoutToken => anti_forgery::shown_without_token(evidence).is_some(),
        Condition::Named(name) => {
            evidence.url().is_some_and(|url| url.value.host.to_ascii_lowercase().contains(name))
                || body_holds(evidence, haystack, name)
        }
        Condition::Host(name) => evidence.url().is_some_and(|url| {
            let host = &url.value.host;
            host == name
                || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.') || name.starts_with('.'))
        }),
        Condition::Log(text) => haystack.holds(text) || log_holds(evidence, text),
        Condition::LineField(name, value) => {
            let mut lines = evidence.log_lines.iter().filter(|line| line.span == haystack.span);
            lines.any(|line| line.field(name) == Some(value))
        }
        Condition::CredentialDropped => credential_dropped(evidence).is_some(),
        Condition::Path(text) => evidence.url().is_some_and(|url| url.value.path.contains(text)),
    }
}

fn has(fields: &Fields, name: &str, text: &str) -> bool {
    fields.all(name).any(|field| text.is_empty() || field.value.to_ascii_lowercase().contains(text))
}

/// Whether a line that may be about the request holds the text as it is written.
fn log_holds(evidence: &Evidence, text: &str) -> bool {
    let mut lines = evidence.log_lines.iter().filter(|line| line.about_request >= MAY_BE);
    lines.any(|line| {
        evidence.sources.bytes(line.span).windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// A line that is less surely about the request than this is taken for another's.
const MAY_BE: f64 = 0.5;

fn body_holds(evidence: &Evidence, haystack: &Haystack, text: &str) -> bool {
    let contains = |folded: &Folded| folded.bytes.windows(text.len()).any(|window| window == text.as_bytes());
    contains(&haystack.folded)
        || evidence
            .response()
            .and_then(|response| response.message.body.as_ref())
            .is_some_and(|body| contains(&Folded::new(&body.value)))
}
