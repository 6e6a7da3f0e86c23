//! A curl command that follows redirects, and the answers that it printed: which request each of them answers.

use model::{Evidence, HeaderLine, Related, Relation, Transfer};

use crate::assemble::Found;
use crate::message;

/// Ties the answers of one document to the requests of a command that follows redirects (`curl -i -L`): the first answers the
/// request as it was typed, each later one the request that curl made of the redirect before it.
pub(crate) fn tie(evidence: &mut Evidence, found: &mut Vec<Found>) {
    let lone_answer = |found: &Found| found.exchange.request.is_none() && found.exchange.response.is_some();
    let Some(at) = found.iter().position(|found| found.follows.is_some()) else { return };
    let Some(first) = found.iter().position(lone_answer) else { return };
    let answers = found[first..].iter().take_while(|found| lone_answer(found)).count();
    let redirected = |found: &Found| location(found).is_some();
    if answers < 2 || !found[first..first + answers - 1].iter().all(redirected) {
        return;
    }
    let Some(mut transfer) = found[at].follows.take() else { return };
    let mut request = found[at].exchange.request.clone();
    let mut chain: Vec<Found> = found.drain(first..first + answers).collect();
    let mut related = Vec::new();
    for (number, answer) in chain.iter_mut().enumerate() {
        answer.exchange.request = request.take();
        if let Some((status, to)) = location(answer)
            && number + 1 < answers
        {
            follow(&mut transfer, status, &to);
            request =
                message::derived(evidence, &format!("request after redirect {}", number + 1), &transfer);
        }
        let exchange = answer.exchange.clone();
        related.push(Related { relation: Relation::Redirect, exchange });
    }
    let Some(last) = related.pop() else { return };
    found.retain(|found| found.exchange.request.is_none() || found.exchange.response.is_some());
    found.push(Found { exchange: last.exchange, related, follows: None });
}

/// The status and target of an answer that redirects.
fn location(found: &Found) -> Option<(u16, String)> {
    let response = found.exchange.response.as_ref()?;
    let to = response.message.fields.value("location")?;
    matches!(response.status.value, 301 | 302 | 303 | 307 | 308)
        .then(|| (response.status.value, to.to_owned()))
}

/// The request for the place that a redirect leads to, as far as the documents tell: cookies that the answer set are left out.
fn follow(transfer: &mut Transfer, status: u16, to: &str) {
    let Some(url) = transfer.url.resolve(to) else { return };
    if transfer.loses_body_in(status) {
        transfer.lose_body();
    }
    let elsewhere = url.origin() != transfer.url.origin() && !transfer.redirects.trusted;
    transfer
        .fields
        .retain(|line| !(elsewhere && (line.is("authorization") || line.is("cookie") && line.is_typed())));
    if let Some(host) = transfer.fields.iter_mut().find(|line| line.is("host")) {
        *host = HeaderLine::new("Host", &url.authority());
    }
    transfer.target = url.target();
    transfer.url = url;
}
