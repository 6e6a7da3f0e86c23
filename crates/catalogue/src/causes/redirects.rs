//! What redirects made of the request before it was refused.

use model::{Evidence, Relation, Request, Sighting, Subject};

use super::configuration;

/// The requests before the refused one, the first first.
pub(crate) fn hops(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    evidence.related(Relation::Redirect).filter_map(|exchange| exchange.request.as_ref())
}

/// A redirect turned the method into another one. The place is the answer that redirected, where it is shown.
pub(crate) fn method_changed(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    let mut hops = evidence.related(Relation::Redirect).filter_map(|hop| Some((hop, hop.request.as_ref()?)));
    let (hop, first) = hops.find(|(_, request)| request.method.value != last.method.value)?;
    let detail = format!("{} became {}", first.method.value, last.method.value);
    let answer = hop.response.as_ref().map_or(last.message.start_line, |answer| answer.message.start_line);
    Some(Sighting::with(answer, detail))
}

/// A redirect turned the method into one that a rule on methods refuses.
pub(crate) fn method_met_by_rule(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Method)?;
    method_changed(evidence)
}

/// The same, and a second witness agrees that the rule did.
pub(crate) fn method_lost_to_rule(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Method)?;
    method_changed(evidence)
}
