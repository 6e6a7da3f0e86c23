//! The shape of the answer: what it is without regard to whose words it holds.

use model::{Evidence, Relation, Sighting, Trial};

/// The status line, if the status is one of these.
pub(crate) fn status(evidence: &Evidence, wanted: &[u16]) -> Option<Sighting> {
    let status = evidence.status().filter(|status| wanted.contains(status))?;
    let told = || evidence.refused.told.status.as_ref().map(|status| status.span);
    Some(Sighting::with(evidence.status_line().or_else(told)?, status.to_string()))
}

/// A body of so few bytes holds the status in words, and no reason.
const REASONLESS: usize = 40;

/// Whether the answer says no more than its status.
pub(crate) fn is_reasonless(evidence: &Evidence) -> bool {
    let body = evidence.response().and_then(|response| response.message.body.as_ref());
    evidence.response().is_some() && body.is_none_or(|body| body.value.len() <= REASONLESS)
}

/// A header field of the answer, with its value.
pub(crate) fn field(evidence: &Evidence, name: &str) -> Option<Sighting> {
    let (value, span) = evidence.response_header(name)?;
    Some(Sighting::with(span, value))
}

/// Methods that the answer allows, or that a trial with OPTIONS told.
pub(crate) fn allowed_methods(evidence: &Evidence) -> Option<(Vec<String>, Sighting)> {
    let own = evidence.response().map(|response| &response.message);
    let trial = |trial: &Trial| trial.change == model::Change::Options;
    let tried = evidence.trials.iter().find(|t| trial(t)).and_then(|trial| trial.exchange.response.as_ref());
    let messages = own.into_iter().chain(tried.map(|response| &response.message));
    let field = messages.flat_map(|message| message.fields.get("allow")).next()?;
    let methods = field.value.split(',').map(|method| method.trim().to_ascii_uppercase());
    let methods: Vec<String> = methods.filter(|method| !method.is_empty()).collect();
    (!methods.is_empty()).then(|| (methods, Sighting::with(field.span, field.value.clone())))
}

/// `Allow` that lacks the method of the request.
pub(crate) fn method_not_allowed(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method.value;
    let (methods, sighting) = allowed_methods(evidence)?;
    let lacks = !methods.iter().any(|allowed| allowed.eq_ignore_ascii_case(method));
    lacks.then(|| Sighting::with(sighting.span, format!("{method} is not among {}", methods.join(", "))))
}

/// `Allow` that holds the method of the request.
pub(crate) fn method_allowed(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method.value;
    let (methods, sighting) = allowed_methods(evidence)?;
    methods.iter().any(|allowed| allowed.eq_ignore_ascii_case(method)).then_some(sighting)
}

/// An earlier request to the same path that was not refused, and its place.
pub(crate) fn earlier_success(evidence: &Evidence) -> Option<Sighting> {
    let exchange = evidence.related(Relation::EarlierSuccess).next()?;
    let request = exchange.request.as_ref()?;
    Some(Sighting::with(request.message.start_line, request.method.value.clone()))
}

/// An earlier success on the same path with the same method.
pub(crate) fn earlier_success_same_method(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method.value;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let request = exchange.request.as_ref()?;
        (request.method.value == *method).then(|| Sighting::at(request.message.start_line))
    })
}

/// The bytes of the request's body, by its length field or as shown.
pub(crate) fn request_size(evidence: &Evidence) -> Option<(u64, model::Span)> {
    if let Some((value, span)) = evidence.request_header("content-length") {
        return value.trim().parse().ok().map(|size| (size, span));
    }
    let body = evidence.request()?.message.body.as_ref()?;
    Some((body.value.len() as u64, body.span))
}
