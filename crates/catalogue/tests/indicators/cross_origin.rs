//! CORS, by the algorithm of the Fetch standard.

use model::{Evidence, Relation, Weight};

use crate::documents::{details, exchange, strongest, weights, with};

const PUT: &str = "PUT https://api.example/a HTTP/1.1\nHost: api.example\nOrigin: https://shop.example\n\
                   Sec-Fetch-Mode: cors\nContent-Type: application/json\nX-Tenant: 1";

/// A request that was never answered, after a preflight with this answer.
fn stopped(preflight: &str) -> Evidence {
    let asked = "OPTIONS https://api.example/a HTTP/1.1\nOrigin: https://shop.example\nAccess-Control-Request-Method: PUT";
    with(exchange(PUT, ""), Relation::Preflight, asked, preflight)
}

#[test]
fn a_preflight_without_an_ok_status_proves_itself_refused() {
    for status in [302, 401, 403, 404, 405, 500] {
        let evidence = stopped(&format!("HTTP/1.1 {status} X\nAccess-Control-Allow-Origin: *"));
        assert_eq!(strongest("cors.preflight-refused", &evidence), Some(Weight::Proves), "{status}");
        assert_eq!(strongest("cors.origin-not-allowed", &evidence), None, "{status}");
    }
}

#[test]
fn the_first_objection_names_the_cause_and_both_values() {
    let ok = "HTTP/1.1 204 X\nAccess-Control-Allow-Origin: https://shop.example";
    let cases = [
        ("cors.origin-not-allowed", "HTTP/1.1 204 X".to_owned(), "https://shop.example"),
        (
            "cors.origin-not-allowed",
            "HTTP/1.1 204 X\nAccess-Control-Allow-Origin: https://shop.example/".into(),
            "https://shop.example",
        ),
        ("cors.method-not-allowed", format!("{ok}\nAccess-Control-Allow-Methods: GET, put"), "PUT"),
        (
            "cors.header-not-allowed",
            format!("{ok}\nAccess-Control-Allow-Methods: PUT\nAccess-Control-Allow-Headers: Content-Type"),
            "x-tenant",
        ),
    ];
    for (cause, answer, value) in cases {
        let evidence = stopped(&answer);
        assert_eq!(strongest(cause, &evidence), Some(Weight::Proves), "{answer}");
        assert!(details(cause, &evidence, Weight::Proves)[0].contains(value), "{answer}");
    }
}

#[test]
fn a_preflight_that_allows_everything_excludes_what_it_allows() {
    let evidence = stopped(
        "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: *\nAccess-Control-Allow-Headers: *",
    );
    for cause in ["cors.preflight-refused", "cors.method-not-allowed", "cors.header-not-allowed"] {
        assert!(weights(cause, &evidence).contains(&Weight::Excludes), "{cause}");
    }
}

#[test]
fn a_wildcard_does_not_cover_authorization() {
    let request = PUT.replace("X-Tenant: 1", "Authorization: Bearer a");
    let asked = "OPTIONS https://api.example/a HTTP/1.1\nOrigin: https://shop.example\nAccess-Control-Request-Method: PUT";
    let answer = "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: *\nAccess-Control-Allow-Headers: *";
    let evidence = with(exchange(&request, ""), Relation::Preflight, asked, answer);
    assert_eq!(details("cors.header-not-allowed", &evidence, Weight::Proves).len(), 1);
}

#[test]
fn a_wildcard_with_cookies_is_its_own_cause() {
    let request = format!("{PUT}\nCookie: sid=1");
    let evidence = exchange(&request, "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: *");
    assert_eq!(strongest("cors.credentials-wildcard", &evidence), Some(Weight::Proves));
    let answer = "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: https://shop.example\nAccess-Control-Allow-Credentials: True";
    assert_eq!(strongest("cors.credentials-wildcard", &exchange(&request, answer)), Some(Weight::Proves));
    let granted = answer.replace("True", "true");
    assert_eq!(strongest("cors.credentials-wildcard", &exchange(&request, &granted)), None);
}

#[test]
fn a_server_that_refused_the_real_request_was_not_stopped_by_the_preflight() {
    let asked = "OPTIONS https://api.example/a HTTP/1.1\nOrigin: https://shop.example\nAccess-Control-Request-Method: PUT";
    let evidence =
        with(exchange(PUT, "HTTP/1.1 403 Forbidden"), Relation::Preflight, asked, "HTTP/1.1 404 X");
    assert_eq!(strongest("cors.preflight-refused", &evidence), None);
    assert_eq!(strongest("cors.origin-not-allowed", &evidence), Some(Weight::Hints));
}

#[test]
fn options_sent_by_hand_stand_for_the_preflight() {
    let asked = "OPTIONS https://api.example/a HTTP/1.1";
    let evidence = exchange(asked, "HTTP/1.1 403 Forbidden");
    assert_eq!(strongest("cors.preflight-refused", &evidence), Some(Weight::Supports));
    assert_eq!(strongest("cors.preflight-refused", &exchange(asked, "HTTP/1.1 200 OK")), None);
    let dav = exchange(&format!("{asked}\nDepth: 0"), "HTTP/1.1 401 Unauthorized");
    assert_eq!(strongest("cors.preflight-refused", &dav), None);
}

#[test]
fn a_program_without_same_origin_policy_is_not_kept_from_the_answer() {
    let request = PUT.replace("Sec-Fetch-Mode: cors\n", "");
    assert_eq!(strongest("cors.origin-not-allowed", &exchange(&request, "HTTP/1.1 200 OK")), None);
    assert_eq!(strongest("cors.origin-not-allowed", &exchange(PUT, "HTTP/1.1 200 OK")), Some(Weight::Proves));
}

#[test]
fn safelisted_headers_follow_the_standard() {
    use catalogue::cors::is_safelisted_header as safe;
    assert!(safe("Content-Type", "text/plain; charset=utf-8") && safe("Accept", "*/*"));
    assert!(!safe("Content-Type", "application/json") && !safe("Authorization", "a"));
    assert!(
        !safe("Accept", "a\"b") && !safe("Accept-Language", "de_DE") && !safe("Accept", &"a".repeat(129))
    );
    assert!(safe("Range", "bytes=0-") && safe("range", "bytes=1-2") && !safe("Range", "bytes=-5"));
}
