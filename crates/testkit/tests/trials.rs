//! What experiments tell, and when they tell nothing: a changed GET without its control, the same request again, a target
//! that takes no GET.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use model::{Answer, Change, Evidence, Exchange, Trial, Weight};

fn evidence(curl: &str) -> Evidence {
    let document = |name: &str, text: &str| intake::Document { name: name.into(), bytes: text.into() };
    intake::read(vec![
        document("request.curl", curl),
        document("response.http", "HTTP/1.1 403 Forbidden\n\n"),
    ])
}

fn tried(mut evidence: Evidence, change: Change, answer: Answer) -> Evidence {
    let exchange = Exchange { response: evidence.refused.response.clone(), ..Exchange::default() };
    evidence.trials.push(Trial { change, exchange, answer });
    evidence
}

/// What the trials say of a cause; the findings of a place that more than one trial shares are of the heaviest.
fn said(evidence: &Evidence, cause: &str) -> Vec<Weight> {
    let without = Evidence { trials: Vec::new(), ..evidence.clone() };
    let observed = |evidence: &Evidence| {
        let all = inference::observe(&catalogue::CATALOGUE, evidence);
        all.into_iter().find(|known| known.cause.id == cause).unwrap().weights
    };
    let mut said = observed(evidence);
    for weight in observed(&without) {
        let at = said.iter().position(|known| *known == weight).unwrap();
        said.remove(at);
    }
    said
}

const POST: &str = "curl -X POST http://shop.example/orders -A 'python-requests/2.31' -d a=1";
const GET: &str = "curl http://shop.example/orders -A 'python-requests/2.31'";

#[test]
fn a_changed_get_tells_only_beside_a_refused_get() {
    let changed = |evidence| tried(evidence, Change::GetWithNeutralUserAgent, Answer::Accepted);
    assert_eq!(said(&changed(evidence(POST)), "acl.user-agent-denied"), []);
    let lifted = tried(evidence(POST), Change::Get, Answer::Accepted);
    // The GET that passes under the same name speaks against a rule on names; the changed one adds nothing.
    assert_eq!(said(&lifted, "acl.user-agent-denied"), [Weight::Weakens]);
    assert_eq!(said(&changed(lifted), "acl.user-agent-denied"), [Weight::Weakens]);
    let refused = tried(evidence(POST), Change::Get, Answer::SameRefusal);
    assert_eq!(said(&changed(refused), "acl.user-agent-denied"), [Weight::Supports]);
    assert_eq!(said(&changed(evidence(GET)), "acl.user-agent-denied"), [Weight::Supports]);
}

#[test]
fn the_same_request_again_tells_nothing() {
    assert_eq!(said(&tried(evidence(GET), Change::Get, Answer::SameRefusal), "acl.ip-denied"), []);
    assert_eq!(
        said(&tried(evidence(POST), Change::Get, Answer::SameRefusal), "acl.ip-denied"),
        [Weight::Hints]
    );
    let stranger = tried(evidence(GET), Change::GetWithoutCredentials, Answer::SameRefusal);
    assert_eq!(said(&stranger, "auth.credentials-missing"), []);
}

#[test]
fn a_target_that_takes_no_get_contradicts_nothing() {
    let not_taken = tried(evidence(POST), Change::Get, Answer::MethodNotAllowed);
    assert_eq!(said(&not_taken, "app.policy"), []);
    let refused = tried(evidence(POST), Change::Get, Answer::SameRefusal);
    assert_eq!(said(&refused, "app.policy"), [Weight::Weakens]);
}
