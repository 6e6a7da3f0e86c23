//! Which of the exchanges found is the refused one.

use model::{Evidence, Exchange, Related, Told, Transfer};

use crate::redirect;

/// An exchange of a document, with what its own document relates to it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The exchange; its request or its response may be missing.
    pub exchange: Exchange,
    /// Exchanges of the same document that relate to it.
    pub related: Vec<Related>,
    /// The command that sends it, where that follows redirects.
    pub(crate) follows: Option<Box<Transfer>>,
}

impl From<Exchange> for Found {
    fn from(exchange: Exchange) -> Self {
        Found { exchange, ..Found::default() }
    }
}

/// Puts the refused exchange into the evidence: the last one that a whole document shows refused, with the best of what
/// other documents show of its request and its response.
pub(crate) fn choose(evidence: &mut Evidence, mut found: Vec<Found>) {
    redirect::tie(evidence, &mut found);
    let mut found = paired(found);
    let Some(at) = (0..found.len()).max_by_key(|&at| (rank(&found[at].exchange), at)) else { return };
    let chosen = found.remove(at);
    evidence.refused = chosen.exchange;
    evidence.related = chosen.related;
    complete(&mut evidence.refused, &found);
    if found.iter().any(|other| rank(&other.exchange) >= 20 && is_whole(&other.exchange)) {
        evidence.warn(
            None,
            "several refused exchanges were given; the last one that may change state is explained",
        );
    }
}

/// Lone requests and lone responses belong together, in the order they were given.
pub(crate) fn paired(found: Vec<Found>) -> Vec<Found> {
    let (mut whole, mut requests, mut responses) = (Vec::new(), Vec::new(), Vec::new());
    for found in found {
        match (&found.exchange.request, &found.exchange.response) {
            (Some(_), None) if found.exchange.failure.is_none() => requests.push(found),
            (None, Some(_)) => responses.push(found),
            _ => whole.push(found),
        }
    }
    if !whole.is_empty() && (requests.is_empty() || responses.is_empty()) {
        whole.splice(0..0, requests.into_iter().chain(responses));
        return whole;
    }
    let extra = requests.len().saturating_sub(responses.len());
    whole.extend(requests.drain(..extra));
    let mut responses = responses.into_iter();
    let unpaired = responses.len().saturating_sub(requests.len());
    whole.extend(responses.by_ref().take(unpaired));
    for (mut request, response) in requests.into_iter().zip(responses) {
        request.exchange.response = response.exchange.response;
        whole.push(request);
    }
    whole
}

fn is_whole(exchange: &Exchange) -> bool {
    exchange.request.is_some() && exchange.response.is_some()
}

/// The higher, the likelier it is the exchange to explain.
fn rank(exchange: &Exchange) -> u32 {
    let told = exchange.told.status.as_ref();
    let status = exchange.response.as_ref().map(|response| &response.status).or(told);
    let refused = match status.map_or(0, |status| status.value) {
        403 => 30,
        401 | 405 | 407 | 413 | 419 | 421 | 422 | 428 | 429 | 431 | 451 => 20,
        400..=599 => 10,
        0 if exchange.failure.is_some() => 20,
        _ => 0,
    };
    let is_unsafe = exchange.request.as_ref().is_some_and(model::Request::is_unsafe);
    refused + 4 * u32::from(is_unsafe) + 2 * u32::from(exchange.response.is_some())
}

/// Fills what the chosen exchange lacks from the others: its request, its response, the body of its request.
fn complete(chosen: &mut Exchange, others: &[Found]) {
    for other in others {
        if chosen.request.is_none() && other.exchange.response.is_none() {
            chosen.request.clone_from(&other.exchange.request);
        }
        if chosen.response.is_none() && other.exchange.request.is_none() {
            chosen.response.clone_from(&other.exchange.response);
        }
        tell(&mut chosen.told, &other.exchange.told);
        let (Some(request), Some(same)) = (&mut chosen.request, &other.exchange.request) else { continue };
        // The scheme is left out: a transcript does not name it.
        let (url, other) = (&request.url.value, &same.url.value);
        let equal = request.method.value == same.method.value
            && (&url.host, &url.path, &url.query) == (&other.host, &other.path, &other.query);
        if equal && request.message.body.is_none() {
            request.message.body.clone_from(&same.message.body);
        }
    }
}

/// Fills what the client's words leave open from another document's; of another status they tell another exchange.
fn tell(chosen: &mut Told, other: &Told) {
    let status = |told: &Told| told.status.as_ref().map(|status| status.value);
    if status(chosen).is_some() && status(other).is_some() && status(chosen) != status(other) {
        return;
    }
    chosen.status = chosen.status.take().or_else(|| other.status.clone());
    chosen.method = chosen.method.take().or_else(|| other.method.clone());
    chosen.url = chosen.url.take().or_else(|| other.url.clone());
}
