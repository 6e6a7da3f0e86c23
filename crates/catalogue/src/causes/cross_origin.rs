//! What browsers and servers make of a cross-origin request: the objections of the CORS protocol, as findings.

use model::{Evidence, Sighting};

use crate::cors::{self, Fault, Objection};

/// An objection of the preflight's answer that kept the real request from being sent. If the real request was answered,
/// it was sent, and no preflight stopped it.
pub(crate) fn stopped_by_preflight(evidence: &Evidence, faults: &[Fault]) -> Option<Sighting> {
    let preflight = cors::preflight(evidence)?;
    let own = evidence.request().is_some_and(cors::is_preflight);
    if !own && was_answered(evidence) {
        return None;
    }
    let asked = cors::cross_origin(evidence)?;
    let objection = cors::preflight_objection(&asked, preflight.response.as_ref()?)?;
    faults.contains(&objection.fault).then(|| seen(&objection))
}

/// An objection to the answer of the real request, which was not refused by the server: the browser keeps it from the page.
pub(crate) fn kept_from_page(evidence: &Evidence, faults: &[Fault]) -> Option<Sighting> {
    if !by_script(evidence) || evidence.request().is_some_and(cors::is_preflight) {
        return None;
    }
    let response = evidence.response().filter(|response| (200..300).contains(&response.status.value))?;
    let objection = cors::check(&cors::cross_origin(evidence)?, response)?;
    faults.contains(&objection.fault).then(|| seen(&objection))
}

/// An objection to the answer of a preflight that was sent as an experiment.
pub(crate) fn tried(evidence: &Evidence, faults: &[Fault]) -> Option<Sighting> {
    let asked = cors::cross_origin(evidence)?;
    let answer = cors::tried_preflight(evidence)?.response.as_ref()?;
    let objection = cors::preflight_objection(&asked, answer)?;
    faults.contains(&objection.fault).then(|| seen(&objection))
}

/// The preflight was answered without any objection.
pub(crate) fn preflight_passes(evidence: &Evidence) -> Option<Sighting> {
    let preflight = cors::preflight(evidence).or_else(|| cors::tried_preflight(evidence))?;
    let answer = preflight.response.as_ref()?;
    let asked = cors::cross_origin(evidence)?;
    cors::preflight_objection(&asked, answer).is_none().then(|| Sighting::at(answer.message.start_line))
}

/// The request stays on its own site: a browser applies no CORS check.
pub(crate) fn same_site(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let origin = request.message.fields.get("origin")?;
    (origin.value == request.url.value.origin()).then(|| Sighting::at(origin.span))
}

/// The request names no origin. Documents written by hand leave fields out, so this is no proof that none was sent.
pub(crate) fn no_origin(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    (!request.message.fields.has("origin")).then(|| Sighting::at(request.message.start_line))
}

/// The server itself refused the real request: what a browser would say of the answer's CORS fields came after that.
pub(crate) fn refused_by_server(evidence: &Evidence) -> Option<Sighting> {
    let refused = was_answered(evidence) && evidence.status().is_some_and(|status| status >= 400);
    let own = evidence.request().is_some_and(cors::is_preflight);
    (refused && !own).then(|| evidence.status_line().map(Sighting::at)).flatten()
}

/// The fetch was made by a page's script and not by a program without a same-origin policy. Browser extensions may be
/// exempt from the check, so only pages of the web count.
fn by_script(evidence: &Evidence) -> bool {
    let page = |origin: &str| origin.starts_with("http") || origin == "null";
    let of_a_page = evidence.request_header("origin").is_some_and(|(origin, _)| page(origin));
    of_a_page
        && evidence
            .request_header("sec-fetch-mode")
            .is_some_and(|(mode, _)| mode.eq_ignore_ascii_case("cors"))
}

/// Whether an answer to the request came; browsers record status 0 where none did.
fn was_answered(evidence: &Evidence) -> bool {
    evidence.status().is_some_and(|status| status != 0)
}

fn seen(objection: &Objection) -> Sighting {
    let field = match objection.fault {
        Fault::PreflightStatus => "the status",
        Fault::Origin | Fault::Wildcard => "Access-Control-Allow-Origin",
        Fault::Credentials => "Access-Control-Allow-Credentials",
        Fault::Method => "Access-Control-Allow-Methods",
        Fault::Header => "Access-Control-Allow-Headers",
    };
    let granted =
        objection.granted.as_deref().map_or("is absent".to_owned(), |value| format!("is `{value}`"));
    Sighting::with(objection.span, format!("{field} {granted}, the request needs `{}`", objection.wanted))
}
