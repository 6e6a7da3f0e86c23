//! Rules that a simulation leaves open: they speak for their cause where the server refused by itself, and only there.

use model::{
    Evidence, LogLine, OpenRule, Setting, Simulation, SourceKind, Step, StepVerdict, Subject, Weight,
};

use crate::documents::{at, exchange, strongest, weights};

const POST: &str = "POST http://shop.example/buy HTTP/1.1\nHost: shop.example";
const OWN_PAGE: &str =
    "HTTP/1.1 403 Forbidden\n\n<center><h1>403 Forbidden</h1></center>\n<hr><center>nginx</center>";
const OTHER_PAGE: &str = "HTTP/1.1 403 Forbidden\n\n{\"error\": \"no\"}";

fn left_open(answer: &str, rule: &str, looks_at: Subject) -> Evidence {
    let mut evidence = exchange(POST, answer);
    let id = evidence.sources.add("nginx.conf", SourceKind::Config, format!("{rule};"));
    let span = Some(evidence.sources.whole(id));
    let (verdict, because) = (StepVerdict::Unknown, "it would have to be known".to_owned());
    let step = Step { phase: "access".into(), rule: rule.into(), span, verdict, because };
    evidence.simulations.push(Simulation {
        server: "nginx".into(),
        steps: vec![step],
        open: vec![OpenRule { step: 0, looks_at: vec![looks_at] }],
        ..Simulation::default()
    });
    evidence
}

#[test]
fn an_open_rule_speaks_where_its_server_refused_by_itself() {
    for (rule, looks_at, cause) in [
        ("auth_request /check", Subject::Credentials, "server.auth-request"),
        ("if ($ssl_client_verify != SUCCESS)", Subject::Certificate, "auth.client-certificate"),
        ("limit_req zone=one", Subject::Rate, "rate.limited"),
        ("deny 10.0.0.0/8", Subject::Address, "acl.ip-denied"),
        ("forward_auth 127.0.0.1:9000", Subject::Credentials, "gateway.external-auth"),
    ] {
        assert_eq!(strongest(cause, &left_open(OWN_PAGE, rule, looks_at)), Some(Weight::Supports), "{rule}");
        let by_another = left_open(OTHER_PAGE, rule, looks_at);
        assert!(!weights(cause, &by_another).contains(&Weight::Supports), "{rule}");
        assert!(weights("server.access-rule", &by_another).contains(&Weight::Weakens), "{rule}");
    }
}

#[test]
fn a_known_refusal_closes_the_open_rules() {
    let mut evidence = left_open(OWN_PAGE, "limit_req zone=one", Subject::Rate);
    let simulation = &mut evidence.simulations[0];
    simulation.steps.push(Step { verdict: StepVerdict::Deny, ..simulation.steps[0].clone() });
    (simulation.decided_by, simulation.status) = (Some(1), Some(403));
    assert_eq!(strongest("rate.limited", &evidence), None);
}

#[test]
fn an_open_access_rule_weakens_no_other_access_rule() {
    let evidence = left_open(OWN_PAGE, "deny all", Subject::Field);
    assert!(!weights("server.access-rule", &evidence).contains(&Weight::Weakens));
}

/// A line in the log of the service that `auth_request` asks, `seconds` after the answer.
fn asked(mut evidence: Evidence, target: &str, status: &str, seconds: i64) -> Evidence {
    let id = evidence.sources.add("sessions.log", SourceKind::Log, format!("GET {target} {status}"));
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    evidence.log_lines.push(LogLine {
        span: evidence.sources.whole(id),
        format: "apache access".into(),
        time: Some((1_700_000_000 + seconds) * 1000),
        fields: vec![field("target", target), field("status", status)],
        said_by_client: Vec::new(),
        about_request: 0.3,
    });
    evidence
}

#[test]
fn the_log_of_the_service_that_is_asked_settles_it() {
    let open = || {
        let mut evidence = left_open(OWN_PAGE, "auth_request /check", Subject::Credentials);
        let id =
            evidence.sources.add("a.conf", SourceKind::Config, "proxy_pass http://127.0.0.1:9000/verify;");
        evidence.settings.push(Setting {
            product: "nginx".into(),
            name: "proxy_pass".into(),
            value: "http://127.0.0.1:9000/verify".into(),
            context: vec!["server".into(), "location = /check".into()],
            span: evidence.sources.whole(id),
        });
        at(evidence, 1_700_000_000)
    };
    let of = |evidence: Evidence| strongest("server.auth-request", &evidence);
    assert_eq!(of(asked(open(), "/verify", "403", 0)), Some(Weight::Proves));
    assert_eq!(of(asked(open(), "/verify?a=b", "403", -1)), Some(Weight::Proves));
    // Another path, another answer, another time, and another answer beside it.
    assert_eq!(of(asked(open(), "/other", "403", 0)), Some(Weight::Supports));
    assert_eq!(of(asked(open(), "/verify", "200", 0)), Some(Weight::Supports));
    assert_eq!(of(asked(open(), "/verify", "403", 30)), Some(Weight::Supports));
    let both = asked(asked(open(), "/verify", "403", 0), "/verify", "200", 1);
    assert_eq!(of(both), Some(Weight::Supports));
}

#[test]
fn the_text_that_the_rule_gives_settles_it() {
    let gives = |answer: &str| {
        let mut evidence = left_open(answer, "respond @far \"Access denied\" 403", Subject::Address);
        let simulation = &mut evidence.simulations[0];
        simulation.open.clear();
        simulation.steps[0].verdict = StepVerdict::Deny;
        (simulation.decided_by, simulation.status) = (Some(0), Some(403));
        simulation.looks_at = vec![Subject::Address];
        strongest("acl.ip-denied", &evidence)
    };
    assert_eq!(gives("HTTP/1.1 403 Forbidden\n\nAccess denied"), Some(Weight::Proves));
    assert_eq!(gives("HTTP/1.1 403 Forbidden\n\nAccess denied by policy 7"), Some(Weight::Supports));
}

#[test]
fn a_directory_that_no_section_grants_is_refused() {
    let logged = |configuration: &[(&str, &str, &str)]| {
        let mut evidence = exchange(POST, OTHER_PAGE);
        let text = "AH01630: client denied by server configuration: /srv/downloads/a.txt";
        let id = evidence.sources.add("error.log", SourceKind::Log, text);
        evidence.log_lines.push(LogLine {
            span: evidence.sources.whole(id),
            format: "apache error".into(),
            time: None,
            fields: Vec::new(),
            said_by_client: Vec::new(),
            about_request: 1.0,
        });
        for (context, name, value) in configuration {
            let id = evidence.sources.add("shop.conf", SourceKind::Config, format!("{name} {value}"));
            evidence.settings.push(Setting {
                product: "apache".into(),
                name: (*name).into(),
                value: (*value).into(),
                context: vec!["VirtualHost *:80".into(), (*context).into()],
                span: evidence.sources.whole(id),
            });
        }
        weights("server.access-rule", &evidence).contains(&Weight::Supports)
    };
    let elsewhere = ("Directory \"/srv/www\"", "require", "all granted");
    assert!(logged(&[elsewhere]));
    assert!(!logged(&[elsewhere, ("Directory /srv", "require", "ip 10.0.0.0/8")]));
    assert!(!logged(&[elsewhere, ("Location /downloads", "require", "ip 10.0.0.0/8")]));
    assert!(!logged(&[]));
}
