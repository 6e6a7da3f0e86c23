//! What redirects made of the request before it was refused.

use model::{Evidence, Relation, Request, Sighting, Subject};

use super::configuration;

/// The requests before the refused one, the first first.
pub(crate) fn hops(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    evidence.related(Relation::Redirect).filter_map(|exchange| exchange.request.as_ref())
}

/// A redirect turned the method into another one.
pub(crate) fn method_changed(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    let first = hops(evidence).find(|request| request.method.value != last.method.value)?;
    let detail = format!("{} became {}", first.method.value, last.method.value);
    Some(Sighting::with(last.message.start_line, detail))
}

/// A redirect turned the method into one that a rule on methods refuses, and a second witness agrees that it did.
pub(crate) fn method_lost_to_rule(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Method)?;
    method_changed(evidence)
}
