//! Rates, quotas, lengths, and what a firewall's rules look at.

use model::{Evidence, WafMatch, Weight};

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
