//! Rates, quotas, lengths, and what a firewall's rules look at.

use model::{Evidence, SourceKind, WafMatch, Weight};

use crate::documents::{configured, exchange, strongest, weights};

const POST: &str = "POST https://api.example/a HTTP/1.1\nHost: api.example\nContent-Type: application/json";

#[test]
fn nothing_left_supports_a_limit_and_something_left_weakens_it() {
    for field in ["X-RateLimit-Remaining: 0", "RateLimit-Remaining: 0", "RateLimit: \"default\";r=0;t=50"] {
        let evidence = exchange(POST, &format!("HTTP/1.1 403 Forbidden\n{field}"));
        assert_eq!(strongest("rate.limited", &evidence), Some(Weight::Supports), "{field}");
    }
    let evidence = exchange(POST, "HTTP/1.1 403 Forbidden\nRateLimit: limit=100, remaining=40, reset=5");
    assert_eq!(weights("rate.limited", &evidence), [Weight::Weakens]);
}

#[test]
fn a_long_wait_speaks_of_a_quota() {
    let evidence = exchange(POST, "HTTP/1.1 403 Forbidden\nRetry-After: 86400");
    assert_eq!(strongest("quota.exhausted", &evidence), Some(Weight::Supports));
    let evidence = exchange(POST, "HTTP/1.1 403 Forbidden\nRetry-After: 30");
    assert_eq!(strongest("quota.exhausted", &evidence), None);
    assert_eq!(strongest("rate.limited", &evidence), Some(Weight::Hints));
}

#[test]
fn a_body_is_held_against_configured_limits() {
    let request = format!("{POST}\nContent-Length: 2000000");
    let evidence = configured(exchange(&request, "HTTP/1.1 403 X"), "client_max_body_size", "1m");
    assert_eq!(strongest("server.body-size", &evidence), Some(Weight::Supports));
    let evidence = configured(exchange(&request, "HTTP/1.1 403 X"), "client_max_body_size", "8m");
    assert_eq!(strongest("server.body-size", &evidence), Some(Weight::Hints), "only the default is passed");
    let evidence = exchange(&format!("{POST}\nContent-Length: 20"), "HTTP/1.1 403 X");
    assert_eq!(weights("waf.body-size", &evidence), [Weight::Weakens], "what is shown may be an excerpt");
}

#[test]
fn a_bouncer_in_the_configuration_hints_at_a_ban() {
    let refused = || exchange(POST, "HTTP/1.1 403 Forbidden");
    for (name, value) in [("crowdsec", ""), ("order", "crowdsec first"), ("dosblockingperiod", "10")] {
        let evidence = configured(refused(), name, value);
        assert_eq!(strongest("rate.banned", &evidence), Some(Weight::Hints), "{name} {value}");
    }
    assert_eq!(strongest("rate.banned", &configured(refused(), "order", "log first")), None);
    let taken = configured(exchange(POST, "HTTP/1.1 500 Broken"), "crowdsec", "");
    assert_eq!(strongest("rate.banned", &taken), None);
}

fn tripping(rule: u64, variable: &str, score: u32, blocked: bool) -> Evidence {
    let mut evidence = exchange(&format!("{POST}\n\n{{\"q\": 1}}"), "HTTP/1.1 403 X");
    let found = |rule, variable: &str, score| WafMatch {
        rule,
        message: "found".into(),
        variable: variable.into(),
        text: "1".into(),
        span: None,
        rule_span: None,
        score,
        blocked,
    };
    evidence.waf_matches.push(found(rule, variable, score));
    evidence.waf_matches.push(found(949_110, "TX:BLOCKING_INBOUND_ANOMALY_SCORE", 0));
    evidence
}

#[test]
fn what_a_rule_looks_at_names_the_cause() {
    for (rule, variable, cause) in [
        (942_100, "ARGS:q", "waf.rule"),
        (920_420, "REQUEST_HEADERS:Content-Type", "waf.content-type"),
        (911_100, "REQUEST_METHOD", "waf.method"),
        (920_350, "REQUEST_HEADERS:Host", "waf.protocol"),
        (200_004, "ARGS_COMBINED_SIZE", "waf.body-size"),
    ] {
        assert_eq!(strongest(cause, &tripping(rule, variable, 5, true)), Some(Weight::Supports), "{rule}");
        assert_ne!(
            strongest(cause, &tripping(rule, variable, 3, false)),
            Some(Weight::Supports),
            "{rule} below"
        );
    }
}

#[test]
fn a_body_that_is_not_what_its_type_says() {
    let evidence = exchange(&format!("{POST}\n\na=1&b=2"), "HTTP/1.1 403 X");
    assert_eq!(strongest("waf.content-type", &evidence), Some(Weight::Hints));
    let evidence = exchange(&format!("{POST}\n\n{{\"a\": 1}}"), "HTTP/1.1 403 X");
    assert_eq!(weights("waf.content-type", &evidence), [Weight::Weakens]);
}

#[test]
fn from_outside_a_method_that_is_not_allowed_may_be_the_gateways_or_the_servers() {
    let evidence =
        exchange("PUT https://api.example/a HTTP/1.1\nHost: api.example", "HTTP/1.1 405 X\nAllow: GET, HEAD");
    assert_eq!(strongest("gateway.method-not-allowed", &evidence), Some(Weight::Supports));
    assert_eq!(strongest("server.method-rule", &evidence), Some(Weight::Supports));
}

#[test]
fn a_connection_closed_without_an_answer_is_a_rule_of_nginx() {
    let request = "GET https://a.example/ HTTP/1.1\nHost: a.example";
    let closed = exchange(request, "HTTP/1.1 444 No Response");
    assert_eq!(strongest("server.access-rule", &closed), Some(Weight::Supports));
    assert_eq!(strongest("server.access-rule", &exchange(request, "HTTP/1.1 403 X")), None);
    let mut listed = closed;
    listed.sources.add("a.conf", SourceKind::Config, "include /etc/nginx/bots.d/blockbots.conf;");
    assert_eq!(strongest("acl.user-agent-denied", &listed), Some(Weight::Supports));
}

#[test]
fn another_programs_name_in_a_command_line_is_tried() {
    let asked = |command: &str| {
        let request = "GET https://a.example/ HTTP/1.1\nHost: a.example\nUser-Agent: python-requests/2.6.0";
        let mut evidence = exchange(request, "HTTP/1.1 403 X");
        evidence.sources.add("a.txt", SourceKind::Text, command);
        weights("acl.user-agent-denied", &evidence)
    };
    let tried = asked("curl -H \"User-Agent: python-requests/2.6.0\" https://a.example/");
    assert_eq!(tried, [Weight::Hints, Weight::Hints]);
    assert_eq!(asked("requests.get(\"https://a.example/\")"), [Weight::Hints]);
}

#[test]
fn an_image_without_a_registry_goes_to_docker_hub() {
    let pushed = |tags: &str| {
        let mut evidence = exchange("PUT https://a.example/ HTTP/1.1\nHost: a.example", "HTTP/1.1 403 X");
        let workflow = format!("uses: docker/login-action@v3\nwith:\n  registry: ghcr.io\ntags: {tags}");
        evidence.sources.add("push.yml", SourceKind::Text, workflow);
        strongest("request.wrong-target", &evidence)
    };
    assert_eq!(pushed("user/app:latest"), Some(Weight::Supports));
    assert_eq!(pushed("ghcr.io/user/app:latest"), None);
}
