//! Challenges, tokens, scopes and sessions.

use model::{CredentialKind, Evidence, Jwt, Relation, RequestSignature, Weight};

use crate::documents::{at, carrying, details, exchange, strongest, weights, with};

const REQUEST: &str = "POST https://api.example/orders HTTP/1.1\nHost: api.example\nAuthorization: Bearer x";
const INVALID: &str = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\"";

fn token(expires: i64) -> CredentialKind {
    CredentialKind::Jwt(Box::new(Jwt {
        expires: Some(expires),
        issued_at: Some(expires - 600),
        ..Jwt::default()
    }))
}

fn with_token(answer: &str, expires: i64) -> Evidence {
    at(carrying(exchange(REQUEST, answer), "authorization", token(expires)), 1_000_000)
}

#[test]
fn an_expired_token_is_proven_only_if_the_answer_names_the_token() {
    assert_eq!(strongest("auth.token-expired", &with_token(INVALID, 990_000)), Some(Weight::Proves));
    let forbidden = with_token("HTTP/1.1 403 Forbidden", 990_000);
    assert_eq!(
        strongest("auth.token-expired", &forbidden),
        Some(Weight::Hints),
        "a firewall may have refused before"
    );
    let other = format!("{INVALID}, error_description=\"The signature is invalid\"");
    assert_eq!(strongest("auth.token-expired", &with_token(&other, 990_000)), Some(Weight::Hints));
}

#[test]
fn a_token_within_its_time_has_not_expired() {
    assert!(weights("auth.token-expired", &with_token(INVALID, 1_000_500)).contains(&Weight::Excludes));
    assert_eq!(strongest("auth.token-expired", &with_token(INVALID, 999_990)), None, "within the leeway");
}

#[test]
fn without_the_servers_clock_nothing_is_proven_or_excluded() {
    let evidence = carrying(exchange(REQUEST, INVALID), "authorization", token(1));
    assert!(weights("auth.token-expired", &evidence).is_empty());
}

#[test]
fn a_token_from_the_future_is_not_yet_valid() {
    assert_eq!(strongest("auth.token-not-yet-valid", &with_token(INVALID, 1_002_000)), Some(Weight::Proves));
    assert!(weights("auth.token-not-yet-valid", &with_token(INVALID, 1_000_100)).contains(&Weight::Excludes));
}

#[test]
fn insufficient_scope_proves_and_names_the_scope() {
    let answer = "HTTP/1.1 403 Forbidden\nWWW-Authenticate: Bearer realm=\"a, b\", error=\"insufficient_scope\", scope=\"orders:write\"";
    let evidence = exchange(REQUEST, answer);
    assert_eq!(strongest("authz.scope-missing", &evidence), Some(Weight::Proves));
    assert!(details("authz.scope-missing", &evidence, Weight::Proves)[0].contains("orders:write"));
    assert_ne!(strongest("authz.scope-missing", &exchange(REQUEST, INVALID)), Some(Weight::Proves));
}

#[test]
fn a_bare_challenge_without_credentials_means_that_they_are_missing() {
    let answer = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer realm=\"api\"";
    let bare = exchange("GET https://api.example/ HTTP/1.1\nHost: api.example", answer);
    assert_eq!(strongest("auth.credentials-missing", &bare), Some(Weight::Supports));
    let sent = carrying(exchange(REQUEST, answer), "authorization", CredentialKind::OpaqueBearer);
    assert_eq!(
        strongest("gateway.header-stripped", &sent),
        Some(Weight::Supports),
        "sent, and told as missing"
    );
    let refused = carrying(exchange(REQUEST, INVALID), "authorization", CredentialKind::OpaqueBearer);
    assert_eq!(strongest("auth.credentials-invalid", &refused), Some(Weight::Supports));
    assert_eq!(strongest("auth.credentials-missing", &refused), None);
}

#[test]
fn damage_to_a_credential_is_named_without_its_value() {
    for (value, damage) in [
        ("Bearer Bearer secret-value", "twice"),
        ("Bearer \"secret-value\"", "quotes"),
        ("Bearer $TOKEN", "variable"),
        ("Bearer undefined", "no value"),
    ] {
        let request = format!("GET https://api.example/ HTTP/1.1\nAuthorization: {value}");
        let told = details("auth.credentials-malformed", &exchange(&request, INVALID), Weight::Supports);
        assert!(told[0].contains(damage) && !told[0].contains("secret-value"), "{value}: {told:?}");
    }
    assert!(details("auth.credentials-malformed", &exchange(REQUEST, INVALID), Weight::Supports).is_empty());
}

#[test]
fn a_signature_is_held_against_the_clock_and_the_headers() {
    let signature = |signed_at, missing: &[&str]| {
        CredentialKind::Signature(Box::new(RequestSignature {
            scheme: "AWS4-HMAC-SHA256".into(),
            signed_at: Some(signed_at),
            missing_headers: missing.iter().map(|name| (*name).into()).collect(),
            ..RequestSignature::default()
        }))
    };
    let signed =
        |kind| at(carrying(exchange(REQUEST, "HTTP/1.1 403 Forbidden"), "authorization", kind), 1_000_000);
    assert_eq!(strongest("auth.clock-skew", &signed(signature(996_000, &[]))), Some(Weight::Supports));
    assert_eq!(strongest("auth.clock-skew", &signed(signature(999_900, &[]))), None);
    assert_eq!(
        strongest("auth.request-signature", &signed(signature(999_900, &["x-a"]))),
        Some(Weight::Supports)
    );
    assert_eq!(strongest("auth.request-signature", &signed(signature(999_900, &[]))), Some(Weight::Hints));
}

#[test]
fn a_gate_that_leads_to_its_login_asks_for_credentials() {
    let gate =
        "HTTP/1.1 302 Found\nLocation: https://team.cloudflareaccess.com/cdn-cgi/access/login/a.example";
    let asked = "GET https://a.example/b HTTP/1.1";
    assert_eq!(strongest("auth.credentials-missing", &exchange(asked, gate)), Some(Weight::Supports));
    let own = "HTTP/1.1 302 Found\nLocation: /login?next=/b";
    assert_eq!(strongest("auth.credentials-missing", &exchange(asked, own)), Some(Weight::Hints));
    let post = "POST https://a.example/b HTTP/1.1";
    assert_eq!(strongest("auth.credentials-missing", &exchange(post, own)), Some(Weight::Supports));
}

#[test]
fn a_token_that_is_led_to_a_login_was_not_taken() {
    let sent =
        |answer: &str| carrying(exchange(REQUEST, answer), "authorization", CredentialKind::OpaqueBearer);
    let led = sent("HTTP/1.1 302 Found\nLocation: /login");
    assert_eq!(strongest("auth.credentials-invalid", &led), Some(Weight::Supports));
    let moved = sent("HTTP/1.1 302 Found\nLocation: /orders/7");
    assert_eq!(strongest("auth.credentials-invalid", &moved), None);
}

/// Only the answer is shown: 401 is about credentials, 403 need not be.
#[test]
fn an_answer_of_401_alone_hints_at_credentials() {
    for (status, weight) in [("401 Unauthorized", Some(Weight::Hints)), ("403 Forbidden", None)] {
        let mut evidence = exchange(REQUEST, &format!("HTTP/1.1 {status}"));
        evidence.refused.request = None;
        assert_eq!(strongest("auth.credentials-invalid", &evidence), weight, "{status}");
        assert_eq!(strongest("auth.credentials-missing", &evidence), weight, "{status}");
    }
}

#[test]
fn a_password_where_only_tokens_are_asked_for_is_not_read_and_was_not_dropped() {
    let asked = |sent: &str, challenge: &str| {
        exchange(
            &format!("POST https://a.example/x HTTP/1.1\nHost: a.example\nAuthorization: {sent}\n\n"),
            &format!("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: {challenge}\n\n"),
        )
    };
    let password = asked("Basic YW5uOnNlY3JldA==", "Bearer realm=\"api\"");
    let password = carrying(password, "authorization", CredentialKind::Basic);
    assert_eq!(strongest("auth.credentials-malformed", &password), Some(Weight::Supports));
    assert_ne!(strongest("gateway.header-stripped", &password), Some(Weight::Supports));
    let other = asked("Bearer abcdefghijklmnop", "Basic realm=\"api\"");
    assert_ne!(strongest("auth.credentials-malformed", &other), Some(Weight::Supports));
}

#[test]
fn a_key_that_passed_in_another_field_was_not_read_in_authorization() {
    let refused = exchange(
        "GET https://a.example/documents HTTP/1.1\nHost: a.example\nAuthorization: Bearer abcdefgh",
        "HTTP/1.1 401 X",
    );
    let passed = |field: &str| {
        let request = format!("GET https://a.example/documents HTTP/1.1\nHost: a.example\n{field}: abcdefgh");
        with(refused.clone(), Relation::EarlierSuccess, &request, "HTTP/1.1 200 OK")
    };
    assert_eq!(strongest("auth.credentials-malformed", &passed("X-API-Key")), Some(Weight::Supports));
    assert_eq!(strongest("auth.credentials-malformed", &passed("Authorization")), None);
}
