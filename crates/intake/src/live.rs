//! Exchanges that the probe has just had.

use isolation::Page;
use model::{
    Answer, Change, Evidence, Exchange, Fact, Hop, Related, Relation, Response, SourceKind, Transcript, Trial,
};

use crate::{about, message};

/// The kind of a document in which a client says in its own words why no answer came. Nothing is learned from how it words
/// that, so it is no text that may tell of the refusal.
pub(crate) const OWN_WORDS: SourceKind = SourceKind::Response;

/// Adds the exchange that is to be explained, as it was just seen on the wire. Redirects before it are related to it.
pub fn add_exchange(evidence: &mut Evidence, transcript: &Transcript) {
    let mut exchanges = exchanges(evidence, transcript, "request");
    if let Some(last) = exchanges.pop() {
        evidence.refused = last;
    }
    evidence
        .related
        .extend(exchanges.into_iter().map(|exchange| Related { relation: Relation::Redirect, exchange }));
    cut_short(evidence, transcript);
    about::read(evidence);
}

/// Says where only a part of the answer is known: it broke off, or is larger than what is kept.
fn cut_short(evidence: &mut Evidence, transcript: &Transcript) {
    let answer = transcript.hops.last().and_then(|hop| hop.response.as_ref());
    let Some(answer) = answer.filter(|answer| answer.cut) else { return };
    let kept = answer.body.len();
    let words = match &transcript.failure {
        Some(failure) => format!("the answer broke off after {kept} bytes of its body: {}", failure.words),
        None => format!("the answer is large: only the first {kept} bytes of its body are read"),
    };
    evidence.warn(None, words);
}

/// Adds an experiment that was run, and tells what its answer is compared with the refusal.
pub fn add_trial(evidence: &mut Evidence, change: Change, transcript: &Transcript) {
    let name = format!("experiment: {}", change.purpose());
    let Some(exchange) = exchanges(evidence, transcript, &name).into_iter().next() else { return };
    let answer = answer(&evidence.refused, &exchange);
    evidence.trials.push(Trial { change, exchange, answer });
}

/// Every hop as an exchange, rendered into sources of its own.
fn exchanges(evidence: &mut Evidence, transcript: &Transcript, name: &str) -> Vec<Exchange> {
    let last = transcript.hops.len().saturating_sub(1);
    let mut exchanges = Vec::new();
    for (number, hop) in transcript.hops.iter().enumerate() {
        let name = if last == 0 { name.to_owned() } else { format!("{name} (hop {})", number + 1) };
        let mut exchange = hop_exchange(evidence, hop, &name);
        if let Some(failure) = transcript.failure.as_ref().filter(|_| number == last) {
            let doing = format!("while {}", failure.phase.doing());
            let said = failure.words.contains(&doing);
            let words = if said { failure.words.clone() } else { format!("{} {doing}", failure.words) };
            let id = evidence.sources.add(format!("{name}, failure"), OWN_WORDS, words.as_bytes());
            exchange.failure = Some(Fact::new(words, evidence.sources.whole(id)));
        }
        exchanges.push(exchange);
    }
    exchanges
}

fn hop_exchange(evidence: &mut Evidence, hop: &Hop, name: &str) -> Exchange {
    let mut request = hop.request.head.clone();
    request.extend_from_slice(&hop.request.body);
    let id = evidence.sources.add(format!("{name}, as sent"), SourceKind::Request, request);
    let mut exchange = message::read(evidence, id).pop().map(|found| found.exchange).unwrap_or_default();
    if let Some(request) = &mut exchange.request {
        // The header does not tell the scheme; the URL that was asked does.
        request.url.value = hop.url.clone();
    }
    let tunnel = hop.connection.tunnel.as_ref().map(|tunnel| (&tunnel.head, &tunnel.body));
    let received = hop.response.as_ref().map(|response| (&response.head, &response.body)).or(tunnel);
    if let Some((head, body)) = received {
        let mut response = head.clone();
        response.extend_from_slice(body);
        let id = evidence.sources.add(format!("{name}, answer"), SourceKind::Response, response);
        exchange.response = message::read(evidence, id).pop().and_then(|found| found.exchange.response);
    }
    exchange.sent_at = Some(hop.sent_at.div_euclid(1000));
    exchange.timing = hop.timing;
    exchange.peer = hop.connection.peer.clone();
    exchange
}

/// What an answer is, compared with the refusal.
fn answer(refused: &Exchange, exchange: &Exchange) -> Answer {
    let Some(response) = &exchange.response else { return Answer::Failed };
    let status = response.status.value;
    if let Some(before) = &refused.response
        && before.status.value == status
        // A redirect to a login is a refusal too; its target is part of the page.
        && status >= 300
    {
        // Pages of which one broke off cannot be compared.
        let whole = refused.failure.is_none() && exchange.failure.is_none();
        return if !whole || same_page(before, response) {
            Answer::SameRefusal
        } else {
            other(status, response)
        };
    }
    other(status, response)
}

fn other(status: u16, response: &Response) -> Answer {
    match status {
        200..=299 => Answer::Accepted,
        300..=399 => Answer::Redirect,
        401 if response.message.fields.has("www-authenticate") => Answer::Challenge,
        404 | 410 => Answer::NotFound,
        405 | 501 => Answer::MethodNotAllowed,
        500..=599 => Answer::Failed,
        _ => Answer::OtherRefusal,
    }
}

/// Whether two refusals look alike. An answer to HEAD has no body, so that its type must do.
fn same_page(one: &Response, other: &Response) -> bool {
    if other.message.body.is_none() {
        return one.message.media_type() == other.message.media_type();
    }
    page(one).looks_like(&page(other))
}

fn page(response: &Response) -> Page {
    let message = &response.message;
    let media_type = message.media_type().unwrap_or_default();
    Page::of(&media_type, message.fields.value("location"), message.body_text().as_bytes())
}
