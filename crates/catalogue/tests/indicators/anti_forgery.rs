//! Where tokens and cookies travel, and what the two origins are.

use model::{CredentialKind, Relation, SourceKind, Weight};

use crate::documents::{carrying, configured, exchange, line, strongest, weights, with};

const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden";

fn post(fields: &str, body: &str) -> model::Evidence {
    exchange(
        &format!("POST https://shop.example/buy HTTP/1.1\nHost: shop.example\n{fields}\n\n{body}"),
        FORBIDDEN,
    )
}

#[test]
fn a_body_that_is_announced_and_not_shown_may_hold_a_token() {
    let request =
        "POST https://a.example/login HTTP/1.1\nHost: a.example\nCookie: csrf_cookie_name=888f2c29ad635d04";
    let sound = exchange(request, "HTTP/1.1 403 X\n\nThe action you have requested is not allowed.");
    assert_eq!(strongest("csrf.token-missing", &sound), Some(Weight::Supports));
    let excerpt = format!("{request}\nContent-Length: 98");
    let evidence = exchange(&excerpt, "HTTP/1.1 403 X\n\nThe action you have requested is not allowed.");
    assert_eq!(strongest("csrf.token-missing", &evidence), None);
}

#[test]
fn a_cookie_without_a_token_and_a_token_without_a_cookie_are_told_apart() {
    let form = "Content-Type: application/x-www-form-urlencoded";
    let cookie = post(&format!("Cookie: csrftoken=abcdefgh\n{form}"), "sku=1");
    assert_eq!(strongest("csrf.token-missing", &cookie), Some(Weight::Supports));
    assert_eq!(strongest("csrf.cookie-missing", &cookie), None);
    let excerpt = post(form, "csrfmiddlewaretoken=abcdefghijklmnop&sku=1");
    assert_eq!(strongest("csrf.cookie-missing", &excerpt), Some(Weight::Hints), "cookies may be left out");
    let browser = "Accept: */*\nAccept-Language: en\nUser-Agent: Mozilla/5.0\nOrigin: https://shop.example";
    let token = post(&format!("{form}\n{browser}"), "csrfmiddlewaretoken=abcdefghijklmnop&sku=1");
    assert_eq!(strongest("csrf.cookie-missing", &token), Some(Weight::Supports));
    assert_eq!(strongest("csrf.token-missing", &token), None);
}

#[test]
fn both_halves_leave_it_open_whether_they_match() {
    let both = post("Cookie: csrftoken=abcdefgh\nX-CSRFToken: abcdefghijk", "sku=1");
    assert_eq!(strongest("csrf.token-invalid", &both), Some(Weight::Hints));
    assert_eq!(strongest("csrf.token-missing", &both), None);
}

#[test]
fn a_token_in_json_or_multipart_only_may_not_be_read() {
    let json =
        post("Content-Type: application/json\nCookie: sid=1", "{\"_csrf\": \"abcdefghijkl\", \"sku\": 1}");
    assert_eq!(strongest("csrf.token-not-read", &json), Some(Weight::Supports));
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\nabcdefghijkl\r\n--b--";
    let multipart = post("Content-Type: multipart/form-data; boundary=b\nCookie: sid=1", multipart);
    assert_eq!(strongest("csrf.token-not-read", &multipart), Some(Weight::Supports));
    let header =
        post("Content-Type: application/json\nX-CSRF-Token: abcdefghijkl", "{\"_csrf\": \"abcdefghijkl\"}");
    assert_eq!(strongest("csrf.token-not-read", &header), None);
}

#[test]
fn a_caller_that_names_itself_is_exempt() {
    let evidence = post("Authorization: Bearer a\nOrigin: https://other.example", "a=1");
    let evidence = carrying(evidence, "authorization", CredentialKind::OpaqueBearer);
    assert_eq!(strongest("csrf.origin-mismatch", &evidence), None);
    assert!(weights("csrf.token-missing", &evidence).contains(&Weight::Weakens));
}

#[test]
fn the_origin_is_held_against_the_site() {
    assert_eq!(
        strongest("csrf.origin-mismatch", &post("Origin: http://shop.example\nCookie: sid=1", "")),
        Some(Weight::Hints)
    );
    assert_eq!(
        strongest("csrf.origin-mismatch", &post("Origin: null\nCookie: sid=1", "")),
        Some(Weight::Hints)
    );
    let own = post("Origin: https://shop.example\nCookie: sid=1", "");
    assert_eq!(strongest("csrf.origin-mismatch", &own), None);
    let rewritten = configured(own, "proxy_set_header", "Host $proxy_host");
    assert_eq!(strongest("csrf.origin-mismatch", &rewritten), Some(Weight::Supports));
}

#[test]
fn neither_origin_nor_referer_on_a_secure_post_with_cookies() {
    assert_eq!(strongest("csrf.referer-missing", &post("Cookie: sid=1", "")), Some(Weight::Hints));
    let page = "GET https://shop.example/ HTTP/1.1";
    let policy = "HTTP/1.1 200 OK\nReferrer-Policy: no-referrer";
    let evidence = with(post("Cookie: sid=1", ""), Relation::Before, page, policy);
    assert_eq!(strongest("csrf.referer-missing", &evidence), Some(Weight::Supports));
    assert!(
        weights("csrf.referer-missing", &post("Referer: https://shop.example/", ""))
            .contains(&Weight::Excludes)
    );
}

#[test]
fn a_secure_cookie_over_plain_http_is_never_stored() {
    let request = "POST http://shop.example/buy HTTP/1.1\nHost: shop.example\n\ncsrf_token=abcdefghijkl";
    let answer = "HTTP/1.1 403 Forbidden\nSet-Cookie: session=a; Path=/; Secure";
    assert_eq!(strongest("csrf.cookie-missing", &exchange(request, answer)), Some(Weight::Supports));
}

#[test]
fn a_page_from_a_cache_makes_its_token_stale() {
    let page = "GET https://shop.example/ HTTP/1.1";
    let answer = "HTTP/1.1 200 OK\nContent-Type: text/html\nAge: 90000";
    let evidence = with(post("X-WP-Nonce: abcdefghij\nCookie: sid=1", ""), Relation::Before, page, answer);
    assert_eq!(strongest("csrf.token-stale", &evidence), Some(Weight::Supports));
    let fresh = with(
        post("X-WP-Nonce: abcdefghij\nCookie: sid=1", ""),
        Relation::Before,
        page,
        "HTTP/1.1 200 OK\nContent-Type: text/html",
    );
    assert_eq!(strongest("csrf.token-stale", &fresh), None);
}

#[test]
fn a_masked_token_is_not_called_too_short() {
    for masked in ["<token>", "***", "abc...", "[REDACTED]"] {
        let evidence = post(&format!("Cookie: csrftoken=abcdefgh\nX-CSRFToken: {masked}"), "");
        assert_eq!(strongest("csrf.token-invalid", &evidence), Some(Weight::Hints), "{masked}");
        assert_eq!(strongest("csrf.token-missing", &evidence), None, "{masked}");
    }
    let short = post("Cookie: csrftoken=abcdefgh\nX-CSRFToken: abc", "");
    assert_eq!(strongest("csrf.token-invalid", &short), Some(Weight::Supports));
}

#[test]
fn a_first_cookie_given_by_the_refusal_tells_of_a_token_that_did_not_come() {
    let request =
        "POST https://a.example/buy HTTP/1.1\nHost: a.example\nCookie: JSESSIONID=abc\n\n{\"sku\":1}";
    let answer = "HTTP/1.1 403 Forbidden\nSet-Cookie: XSRF-TOKEN=d7d9-4a1c; Path=/\n\n";
    assert_eq!(strongest("csrf.token-missing", &exchange(request, answer)), Some(Weight::Supports));
    let known = request.replace("JSESSIONID", "XSRF-TOKEN=d7d9-4a1c; JSESSIONID");
    let known = known.replace("\n\n", "\nX-XSRF-TOKEN: d7d9-4a1c\n\n");
    assert_ne!(strongest("csrf.token-missing", &exchange(&known, answer)), Some(Weight::Supports));
}

const RAILS: &str = "Can't verify CSRF token authenticity";

#[test]
fn the_parameters_that_rails_logs_tell_whether_a_token_came() {
    let logs = |parameters| line(line(post("", "sku=1"), RAILS), parameters);
    let came = logs("Parameters: {\"utf8\"=>\"x\", \"authenticity_token\"=>\"[FILTERED]\"}");
    assert!(weights("csrf.token-missing", &came).contains(&Weight::Weakens));
    assert!(weights("csrf.token-invalid", &came).contains(&Weight::Hints));
    let none = logs("Parameters: {\"sku\"=>\"1\"}");
    assert!(weights("csrf.token-invalid", &none).contains(&Weight::Weakens));
    assert!(!weights("csrf.token-missing", &none).contains(&Weight::Weakens));
}

#[test]
fn fetch_leaves_cookies_out_unless_it_is_told_to_send_them() {
    let script = |options: &str| {
        let mut evidence = post("", "sku=1");
        let code = format!(
            "fetch('/buy', {{ method: 'POST', {options}headers: {{ 'csrf-token': token }} }}).then(f)"
        );
        evidence.sources.add("a.js", SourceKind::Text, code);
        evidence
    };
    assert_eq!(strongest("csrf.cookie-missing", &script("")), Some(Weight::Supports));
    assert_eq!(strongest("csrf.cookie-missing", &script("credentials: 'include', ")), None);
}

#[test]
fn a_frame_over_http_gets_no_cookies() {
    let framed = |hosts: &str| {
        let mut evidence = post("", "sku=1");
        evidence.sources.add("a.env", SourceKind::Config, format!("ALLOWED_IFRAME_HOSTS={hosts}"));
        evidence
    };
    assert_eq!(strongest("csrf.cookie-missing", &framed("http://home.example:8123")), Some(Weight::Supports));
    assert_eq!(strongest("csrf.cookie-missing", &framed("https://home.example")), None);
}

#[test]
fn spring_security_checks_unless_its_configuration_speaks_of_it() {
    let java = |rest: &str| {
        let mut evidence = post("", "sku=1");
        evidence.sources.add(
            "A.java",
            SourceKind::Text,
            format!("void configure(HttpSecurity http) {{ http.{rest} }}"),
        );
        evidence
    };
    let hinted =
        |evidence: model::Evidence| weights("csrf.token-missing", &evidence).contains(&Weight::Hints);
    assert!(hinted(java("httpBasic();")));
    assert!(!hinted(java("csrf().disable();")));
}
