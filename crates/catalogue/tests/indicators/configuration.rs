//! Simulated servers: they support, and never prove.

use catalogue::CAUSES;
use model::{Evidence, LogLine, Rewrite, Simulation, SourceKind, Step, StepVerdict, Subject, Weight};

use crate::documents::{exchange, logged, strongest, weights};

const POST: &str = "POST http://shop.example/buy HTTP/1.1\nHost: shop.example\nX-CSRF-Token: abcdefghijkl";

fn refusing(rule: &str, looks_at: &[Subject], status: u16) -> Evidence {
    answered("HTTP/1.1 403 Forbidden", rule, looks_at, status)
}

fn answered(answer: &str, rule: &str, looks_at: &[Subject], status: u16) -> Evidence {
    let mut evidence = exchange(POST, answer);
    let id = evidence.sources.add("nginx.conf", SourceKind::Config, format!("{rule};"));
    let span = Some(evidence.sources.whole(id));
    let verdict = StepVerdict::Deny;
    let step =
        Step { phase: "access".into(), rule: rule.into(), span, verdict, because: "it decides".into() };
    evidence.simulations.push(Simulation {
        server: "nginx".into(),
        steps: vec![step],
        status: Some(status),
        decided_by: Some(0),
        looks_at: looks_at.to_vec(),
        ..Simulation::default()
    });
    evidence
}

#[test]
fn what_the_rule_looks_at_names_the_cause() {
    for (rule, looks_at, cause) in [
        ("deny 10.0.0.0/8", &[Subject::Address][..], "acl.ip-denied"),
        ("deny all", &[Subject::Method, Subject::Address], "server.method-rule"),
        ("deny all", &[], "server.access-rule"),
        ("return 403", &[], "server.access-rule"),
        ("auth_request /check", &[Subject::Credentials], "server.auth-request"),
        ("client_max_body_size 1m", &[Subject::BodySize], "server.body-size"),
        ("return 403", &[Subject::UserAgent, Subject::Field], "acl.user-agent-denied"),
        ("return 403", &[Subject::Referer], "acl.referer-denied"),
        ("return 403", &[Subject::Host], "acl.host-denied"),
        ("return 403", &[Subject::Certificate], "auth.client-certificate"),
        ("index index.html", &[Subject::Directory], "server.directory-index"),
        ("http_access deny all", &[], "network.forward-proxy"),
    ] {
        assert_eq!(strongest(cause, &refusing(rule, looks_at, 403)), Some(Weight::Supports), "{rule}");
    }
}

#[test]
fn a_rule_on_methods_is_no_rule_on_addresses() {
    let evidence = refusing("deny all", &[Subject::Method, Subject::Address], 403);
    for cause in ["server.access-rule", "acl.ip-denied"] {
        assert!(!weights(cause, &evidence).contains(&Weight::Supports), "{cause}");
    }
}

#[test]
fn a_simulated_refusal_with_another_status_is_another_refusal() {
    assert_eq!(strongest("server.access-rule", &refusing("return 444", &[], 404)), None);
}

#[test]
fn no_simulation_alone_proves_anything() {
    for rule in
        ["deny all", "return 403", "http-request deny", "Require all denied", "client_max_body_size 1m"]
    {
        for looks_at in [&[][..], &[Subject::Address], &[Subject::Method], &[Subject::BodySize]] {
            let evidence = refusing(rule, looks_at, 403);
            for cause in CAUSES {
                assert_ne!(strongest(cause.id, &evidence), Some(Weight::Proves), "{rule}: {}", cause.id);
            }
        }
    }
}

/// A refusal by `deny`, with a line of the server's log, said to be about the request as surely as `about`.
fn with_log(text: &str, about: f64) -> Evidence {
    let mut evidence = refusing("deny all", &[Subject::Method], 403);
    let id = evidence.sources.add("error.log", SourceKind::Log, text);
    let span = evidence.sources.whole(id);
    let line = LogLine {
        span,
        format: "nginx error".into(),
        time: None,
        fields: Vec::new(),
        said_by_client: Vec::new(),
        about_request: about,
    };
    evidence.log_lines.push(line);
    evidence
}

#[test]
fn a_log_line_about_this_request_settles_it() {
    let forbidden = "[error] 7#7: *1 access forbidden by rule, client: 192.0.2.1";
    assert_eq!(strongest("server.method-rule", &with_log(forbidden, 0.95)), Some(Weight::Proves));
    assert_eq!(strongest("server.method-rule", &with_log(forbidden, 0.5)), Some(Weight::Supports));
    let other = "[error] 7#7: *1 open() failed (13: Permission denied)";
    assert_eq!(strongest("server.method-rule", &with_log(other, 0.95)), Some(Weight::Supports));
}

#[test]
fn the_servers_own_page_settles_it_only_where_all_is_known() {
    let page =
        "HTTP/1.1 403 Forbidden\n\n<center><h1>403 Forbidden</h1></center>\n<hr><center>nginx</center>";
    let mut evidence = answered(page, "return 403", &[], 403);
    assert_eq!(strongest("server.access-rule", &evidence), Some(Weight::Proves));
    evidence.simulations[0].assuming.push("the state of a limit".into());
    assert_eq!(strongest("server.access-rule", &evidence), Some(Weight::Supports));
}

#[test]
fn a_dropped_token_is_the_root_of_a_missing_one() {
    let mut evidence = refusing("x", &[], 502);
    evidence.simulations[0].rewritten.push(Rewrite {
        name: "x-csrf-token".into(),
        before: Some("abcdefghijkl".into()),
        after: None,
        span: None,
        fixes: Vec::new(),
    });
    // It is the root; what the application says of the missing field names the cause.
    assert_eq!(strongest("gateway.header-stripped", &evidence), Some(Weight::Hints));
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

#[test]
fn a_valve_of_tomcat_compares_addresses() {
    let with = |context: &str| {
        let mut evidence = exchange(POST, "HTTP/1.1 403 Forbidden");
        evidence.sources.add("context.xml", SourceKind::Config, context);
        weights("acl.ip-denied", &evidence).contains(&Weight::Supports)
    };
    let valve =
        "<Valve className=\"org.apache.catalina.valves.RemoteAddrValve\"\n allow=\"127\\.0\\.0\\.1\" />";
    assert!(with(&format!("<Context>{valve}</Context>")));
    assert!(!with(&format!("<Context><!-- {valve} --></Context>")));
    assert!(!with("<Valve className=\"org.apache.catalina.valves.RemoteIpValve\" allow=\"a\" />"));
}
