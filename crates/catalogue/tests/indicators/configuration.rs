//! Simulated servers: they support, and never prove.

use catalogue::CAUSES;
use model::{Evidence, Rewrite, Simulation, SourceKind, Step, StepVerdict, Weight};

use crate::documents::{exchange, logged, strongest, weights};

const POST: &str = "POST http://shop.example/buy HTTP/1.1\nHost: shop.example\nX-CSRF-Token: abcdefghijkl";

fn refusing(rule: &str, because: &str, status: u16) -> Evidence {
    let mut evidence = exchange(POST, "HTTP/1.1 403 Forbidden");
    let id = evidence.sources.add("nginx.conf", SourceKind::Config, format!("{rule} x;"));
    let span = Some(evidence.sources.whole(id));
    let verdict = StepVerdict::Deny;
    let step = Step { phase: "access".into(), rule: rule.into(), span, verdict, because: because.into() };
    evidence.simulations.push(Simulation {
        server: "nginx".into(),
        steps: vec![step],
        status: Some(status),
        decided_by: Some(0),
        rewritten: Vec::new(),
    });
    evidence
}

#[test]
fn the_directive_names_the_cause() {
    for (rule, because, cause) in [
        ("deny", "the client's address 10.0.0.1 is denied", "acl.ip-denied"),
        ("limit_except", "POST is not among the methods", "server.method-rule"),
        ("return", "return 403", "server.access-rule"),
        ("auth_request", "the sub-request answers 403", "server.auth-request"),
        ("client_max_body_size", "the body is longer", "server.body-size"),
        ("if", "$http_user_agent matches curl", "acl.user-agent-denied"),
        ("http_access deny all", "no rule allows it", "network.forward-proxy"),
    ] {
        assert_eq!(strongest(cause, &refusing(rule, because, 403)), Some(Weight::Supports), "{rule}");
    }
}

#[test]
fn a_simulated_refusal_with_another_status_is_another_refusal() {
    assert_eq!(strongest("server.access-rule", &refusing("return", "return 444", 404)), None);
}

#[test]
fn no_simulation_alone_proves_anything() {
    for rule in [
        "deny",
        "return",
        "limit_except",
        "auth_request",
        "http-request deny",
        "require",
        "client_max_body_size",
    ] {
        let evidence = refusing(rule, "", 403);
        for cause in CAUSES {
            assert_ne!(strongest(cause.id, &evidence), Some(Weight::Proves), "{rule}: {}", cause.id);
        }
    }
}

#[test]
fn a_dropped_token_is_the_root_of_a_missing_one() {
    let mut evidence = refusing("x", "", 502);
    evidence.simulations[0].rewritten.push(Rewrite {
        name: "x-csrf-token".into(),
        before: Some("abcdefghijkl".into()),
        after: None,
        span: None,
    });
    assert_eq!(strongest("gateway.header-stripped", &evidence), Some(Weight::Supports));
    let not_read = CAUSES.iter().find(|cause| cause.id == "csrf.token-not-read").expect("a cause");
    assert!(not_read.roots.iter().any(|root| (root.seek)(&evidence).is_some()));
}

#[test]
fn the_log_tells_a_changed_status_from_a_rule_on_answers() {
    let changed = logged(exchange(POST, "HTTP/1.1 403 X"), &[("status", "403"), ("upstream_status", "404")]);
    assert_eq!(strongest("gateway.status-rewritten", &changed), Some(Weight::Supports));
    assert_eq!(strongest("waf.response-rule", &changed), None);
    let turned = logged(exchange(POST, "HTTP/1.1 403 X"), &[("status", "403"), ("upstream_status", "200")]);
    assert_eq!(strongest("waf.response-rule", &turned), Some(Weight::Supports));
    let same = logged(exchange(POST, "HTTP/1.1 403 X"), &[("status", "403"), ("upstream_status", "403")]);
    assert!(weights("server.access-rule", &same).contains(&Weight::Weakens));
}
