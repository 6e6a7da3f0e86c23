//! What frameworks read, and what a bare answer leaves open.

use model::{CredentialKind, Weight};

use crate::documents::{carrying, configured, details, exchange, strongest, weights};

const PAGE: &str = "HTTP/1.1 403 Forbidden\n\n<p>CSRF verification failed. Request aborted.</p>";

fn post(fields: &str) -> String {
    format!(
        "POST https://shop.example/orders/ HTTP/1.1\nHost: shop.example\nCookie: csrftoken=abcdefghijkl\n{fields}"
    )
}

#[test]
fn a_token_in_a_header_of_another_framework_is_not_read() {
    let wrong = exchange(&post("X-XSRF-TOKEN: abcdefghijkl"), PAGE);
    assert_eq!(strongest("csrf.token-not-read", &wrong), Some(Weight::Supports));
    assert!(details("csrf.token-not-read", &wrong, Weight::Supports)[0].contains("x-csrftoken"));
    let right = exchange(&post("X-CSRFToken: abcdefghijkl"), PAGE);
    assert_ne!(strongest("csrf.token-not-read", &right), Some(Weight::Supports));
    let both = exchange(&post("X-XSRF-TOKEN: abcdefghijkl\nX-CSRFToken: abcdefghijkl"), PAGE);
    assert_ne!(strongest("csrf.token-not-read", &both), Some(Weight::Supports));
}

#[test]
fn a_renamed_header_or_another_framework_leaves_it_open() {
    let wrong = exchange(&post("X-XSRF-TOKEN: abcdefghijkl"), PAGE);
    let renamed = configured(wrong, "csrf_header_name", "'HTTP_X_XSRF_TOKEN'");
    assert_ne!(strongest("csrf.token-not-read", &renamed), Some(Weight::Supports));
    let laravel = "HTTP/1.1 419 unknown status\n\n{\"message\":\"CSRF token mismatch.\"}";
    let reads_it = exchange(&post("X-XSRF-TOKEN: abcdefghijkl"), laravel);
    assert_ne!(strongest("csrf.token-not-read", &reads_it), Some(Weight::Supports));
}

const BEARER: &str =
    "POST https://api.example/orders HTTP/1.1\nHost: api.example\nAuthorization: Bearer abcdefghijkl";
const REFUSED: &str =
    "HTTP/1.1 403 Forbidden\n\n{\"detail\":\"Authentication credentials were not provided.\"}";

#[test]
fn a_scheme_that_no_configured_class_reads_is_as_good_as_not_sent() {
    let classes =
        |list: &str| configured(exchange(BEARER, REFUSED), "\"default_authentication_classes\"", list);
    let token = classes("[\"rest_framework.authentication.TokenAuthentication\"],");
    assert_eq!(strongest("auth.credentials-malformed", &token), Some(Weight::Supports));
    assert!(details("auth.credentials-malformed", &token, Weight::Supports)[0].contains("bearer was sent"));
    let reads_it = classes("[\"rest_framework_simplejwt.authentication.JWTAuthentication\"],");
    assert_eq!(strongest("auth.credentials-malformed", &reads_it), None);
    let unknown =
        classes("[\"rest_framework.authentication.TokenAuthentication\", \"shop.auth.OwnAuthentication\"],");
    assert_eq!(
        strongest("auth.credentials-malformed", &unknown),
        None,
        "a class of one's own may read anything"
    );
}

#[test]
fn a_405_that_lists_the_method_refused_another_one() {
    let post = "POST https://api.example/items HTTP/1.1\nHost: api.example";
    let listed = exchange(post, "HTTP/1.1 405 X\nAllow: POST");
    assert_eq!(strongest("request.lost-in-redirect", &listed), Some(Weight::Supports));
    let other = exchange(post, "HTTP/1.1 405 X\nAllow: GET");
    assert_eq!(strongest("request.lost-in-redirect", &other), None);
    assert_eq!(strongest("request.lost-in-redirect", &exchange(post, "HTTP/1.1 405 X")), Some(Weight::Hints));
}

#[test]
fn a_status_that_names_its_check_is_not_about_the_user_agent() {
    let ask = "GET https://site.example/ HTTP/1.1\nHost: site.example\nUser-Agent: Python-urllib/3.12";
    let refused = |status: &str| strongest("acl.user-agent-denied", &exchange(ask, status));
    assert_eq!(refused("HTTP/1.1 403 Forbidden"), Some(Weight::Hints));
    assert_eq!(refused("HTTP/1.1 405 Method Not Allowed"), None);
}

#[test]
fn a_key_refused_without_a_reason_is_rather_unknown_than_without_grants() {
    let ask = "POST https://api.example/a HTTP/1.1\nHost: api.example\nX-Api-Key: abcdefghijkl";
    let key = |answer: &str| {
        carrying(exchange(ask, answer), "x-api-key", CredentialKind::ApiKey("x-api-key".into()))
    };
    let bare = key("HTTP/1.1 403 Forbidden\n\n{\"error\":\"Forbidden\"}");
    assert_eq!(strongest("auth.credentials-invalid", &bare), Some(Weight::Hints));
    assert!(!weights("authz.permission-missing", &bare).contains(&Weight::Hints));
    let reasoned =
        key("HTTP/1.1 403 Forbidden\n\n{\"error\":\"this key may read orders and may not write them\"}");
    assert!(weights("authz.permission-missing", &reasoned).contains(&Weight::Hints));
}

#[test]
fn a_squid_before_the_service_is_nobodys_forward_proxy() {
    let answer = "HTTP/1.1 403 Forbidden\nX-Squid-Error: ERR_ACCESS_DENIED 0";
    let ask = "GET http://shop.example/ HTTP/1.1\nHost: shop.example";
    let before = configured(exchange(ask, answer), "http_port", "80 accel defaultsite=shop.example");
    assert!(weights("network.forward-proxy", &before).contains(&Weight::Weakens));
    let forward = configured(exchange(ask, answer), "http_port", "3128");
    assert!(!weights("network.forward-proxy", &forward).contains(&Weight::Weakens));
}
