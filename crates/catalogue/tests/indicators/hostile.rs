//! Nothing in the documents makes a cause panic, and a plain refusal proves nothing.

use catalogue::CAUSES;
use model::{Evidence, Weight};

use crate::documents::{configured, exchange, strongest};

fn all_fire(evidence: &Evidence) {
    for cause in CAUSES {
        for indicator in cause.indicators {
            (indicator.seek)(evidence);
        }
        for root in cause.roots {
            (root.seek)(evidence);
        }
    }
}

#[test]
fn odd_documents_are_survived() {
    let odd = [
        "",
        "%",
        "é%2",
        "\u{202e}\u{0}",
        "\"",
        "{\"_csrf\":\"é",
        "name=\"_csrf\"\r\n\r\n",
        "=;=;,,;",
        "\"\\",
    ];
    all_fire(&Evidence::default());
    for text in odd {
        let request = format!(
            "POST https://a.example/{text}?{text}#{text} HTTP/1.1\nHost: {text}\nOrigin: {text}\nReferer: {text}\nCookie: {text}\n\
             Authorization: {text}\nContent-Type: {text}\nContent-Length: {text}\nX-Forwarded-For: {text}\nUser-Agent: {text}\n\n{text}"
        );
        let response = format!(
            "HTTP/1.1 403 X\nWWW-Authenticate: {text}\nAllow: {text}\nRetry-After: {text}\nRateLimit: {text}\nProxy-Status: {text}\n\
             Set-Cookie: {text}\nLocation: {text}\nAccess-Control-Allow-Origin: {text}\nContent-Type: application/problem+json\n\n{text}"
        );
        let evidence = exchange(&request, &response);
        let evidence = configured(evidence, "client_max_body_size", text);
        all_fire(&configured(evidence, "allow", text));
    }
}

#[test]
fn a_plain_refusal_supports_nothing() {
    let request = "POST https://shop.example/buy HTTP/1.1\nHost: shop.example\nUser-Agent: Mozilla/5.0\nAccept: */*\n\
                   Content-Type: application/json\n\n{\"sku\": 1}";
    let evidence = exchange(request, "HTTP/1.1 403 Forbidden\nContent-Type: text/html\n\n<h1>Forbidden</h1>");
    for cause in CAUSES {
        assert!(strongest(cause.id, &evidence) <= Some(Weight::Hints), "{}", cause.id);
    }
}
