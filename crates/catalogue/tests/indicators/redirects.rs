//! What a redirect loses.

use model::{Relation, Weight};

use crate::documents::{exchange, strongest, with};

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
