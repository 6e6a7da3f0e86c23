//! What a redirect loses.

use model::{Relation, Weight};

use crate::documents::{exchange, logged, strongest, weights, with};

#[test]
fn a_lost_credential_that_is_then_asked_for_is_proven() {
    let last = "POST https://api.example/items/ HTTP/1.1\nHost: api.example";
    let first = "POST https://api.example/items HTTP/1.1\nAuthorization: Bearer a";
    let challenge = "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer";
    let evidence = with(exchange(last, challenge), Relation::Redirect, first, "HTTP/1.1 307 X");
    assert_eq!(strongest("request.lost-in-redirect", &evidence), Some(Weight::Proves));
    let plain = with(exchange(last, "HTTP/1.1 403 Forbidden"), Relation::Redirect, first, "HTTP/1.1 307 X");
    assert_eq!(strongest("request.lost-in-redirect", &plain), Some(Weight::Supports));
}

#[test]
fn a_lost_method_that_is_then_demanded_is_proven() {
    let last = "GET https://api.example/items/ HTTP/1.1\nHost: api.example";
    let first = "POST https://api.example/items HTTP/1.1";
    let evidence =
        with(exchange(last, "HTTP/1.1 405 X\nAllow: POST"), Relation::Redirect, first, "HTTP/1.1 301 X");
    assert_eq!(strongest("request.lost-in-redirect", &evidence), Some(Weight::Proves));
    let other =
        with(exchange(last, "HTTP/1.1 405 X\nAllow: PUT"), Relation::Redirect, first, "HTTP/1.1 301 X");
    assert_eq!(strongest("request.lost-in-redirect", &other), Some(Weight::Supports));
    assert_eq!(strongest("request.lost-in-redirect", &exchange(last, "HTTP/1.1 405 X\nAllow: POST")), None);
}

#[test]
fn a_fragment_with_a_path_was_never_sent() {
    let request = "GET https://api.example/prod#/items HTTP/1.1\nHost: api.example";
    assert_eq!(
        strongest("request.wrong-target", &exchange(request, "HTTP/1.1 403 X")),
        Some(Weight::Supports)
    );
    let sound = "GET https://api.example/prod/items HTTP/1.1\nHost: api.example";
    assert_eq!(strongest("request.wrong-target", &exchange(sound, "HTTP/1.1 403 X")), None);
}

#[test]
fn a_method_that_a_redirect_changed_is_read_off_a_log() {
    let shown = |status: &str, again: &str, path: &str, client: &str, answered: &str| {
        let request = "POST https://api.example/items HTTP/1.1\nHost: api.example";
        let first = [("method", "POST"), ("target", "/items"), ("client", "10.0.0.7"), ("status", status)];
        let then = [("method", again), ("target", path), ("client", client), ("status", answered)];
        let evidence = logged(logged(exchange(request, "HTTP/1.1 404 X"), &first), &then);
        strongest("request.lost-in-redirect", &evidence)
    };
    assert_eq!(shown("301", "GET", "/items/", "10.0.0.7", "404"), Some(Weight::Supports));
    assert_eq!(shown("307", "GET", "/items", "10.0.0.7", "404"), None, "this redirect keeps the method");
    assert_eq!(shown("302", "POST", "/items", "10.0.0.7", "404"), None);
    assert_eq!(shown("302", "GET", "/login", "10.0.0.7", "404"), None);
    assert_eq!(shown("302", "GET", "/items", "10.0.0.8", "404"), None);
    assert_eq!(shown("302", "GET", "/items", "10.0.0.7", "200"), None, "a form that is shown again");
}

/// What is refused is not what was sent: the words of Django REST framework and of Laravel.
#[test]
fn an_answer_that_refuses_another_method_speaks_for_a_redirect_and_against_the_route() {
    for body in [
        "{\"detail\":\"Method \\\"GET\\\" not allowed.\"}",
        "The GET method is not supported for route a. Supported methods: POST.",
    ] {
        let of = |method: &str| {
            exchange(
                &format!("{method} https://a.example/a HTTP/1.1\nHost: a.example"),
                &format!("HTTP/1.1 405 X\nAllow: POST\n\n{body}"),
            )
        };
        assert_eq!(strongest("request.lost-in-redirect", &of("POST")), Some(Weight::Supports), "{body}");
        assert_eq!(strongest("request.lost-in-redirect", &of("GET")), None, "{body}");
    }
}

#[test]
fn who_is_sent_to_the_address_that_he_wrote_down_came_by_http() {
    let request =
        "POST https://a.example/api/x HTTP/1.1\nHost: a.example\nContent-Type: application/json\n\n{}";
    let answer = "HTTP/1.1 301 Moved Permanently\nLocation: https://a.example/api/x\n\n";
    assert_eq!(strongest("request.lost-in-redirect", &exchange(request, answer)), Some(Weight::Supports));
    let elsewhere = answer.replace("/api/x", "/login?next=/orders");
    assert_ne!(strongest("request.lost-in-redirect", &exchange(request, &elsewhere)), Some(Weight::Supports));
}

#[test]
fn a_method_that_is_wanted_was_not_refused() {
    let refused = |text: &str| {
        exchange(
            "POST https://a.example/x HTTP/1.1\nHost: a.example\n\n{}",
            &format!("HTTP/1.1 405 X\n\n{text}"),
        )
    };
    let other = refused("{\"detail\":\"Method \\\"GET\\\" not allowed.\"}");
    assert!(weights("gateway.method-not-allowed", &other).contains(&Weight::Excludes));
    for own in ["Method POST not allowed", "Please use the method GET", "Method not allowed"] {
        assert!(!weights("gateway.method-not-allowed", &refused(own)).contains(&Weight::Excludes), "{own}");
    }
}
