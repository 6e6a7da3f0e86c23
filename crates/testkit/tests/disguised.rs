//! An answer of 200 is a refusal only where its body calls itself a failure in words of a check, or where a browser keeps it
//! from the page.

use intake::Document;
use model::Outcome;

fn outcome(body: &str) -> Outcome {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
    let document = Document { name: "response.http".to_owned(), bytes: answer.into_bytes() };
    testkit::diagnose(vec![document]).1.outcome
}

#[test]
fn a_failure_in_the_words_of_a_check_is_a_refusal() {
    for body in [
        r#"{"success":false,"message":"You do not have the right to edit this record"}"#,
        r#"{"status":"error","msg":"The access token has expired, sign in again"}"#,
        r#"{"code":403,"msg":"permission denied"}"#,
    ] {
        assert_ne!(outcome(body), Outcome::NotRefused, "{body}");
    }
}

#[test]
fn a_value_that_was_not_accepted_and_a_success_are_none() {
    for body in [
        r#"{"success":false,"message":"Please choose a longer name"}"#,
        r#"{"errors":[{"field":"email","message":"is not a valid address"}]}"#,
        r#"{"success":true,"message":"You do not have the right to edit this record any more"}"#,
    ] {
        assert_eq!(outcome(body), Outcome::NotRefused, "{body}");
    }
}

fn exchanged(request: &str, answer: &str) -> Outcome {
    let document = |name: &str, text: &str| Document {
        name: name.to_owned(),
        bytes: text.replace('\n', "\r\n").into_bytes(),
    };
    testkit::diagnose(vec![document("request.http", request), document("response.http", answer)]).1.outcome
}

#[test]
fn an_answer_that_the_browser_keeps_from_the_page_is_a_refusal() {
    let preflight = "OPTIONS /x HTTP/1.1\nHost: api.example\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT\n\n";
    let bare = "HTTP/1.1 200 OK\nAllow: GET, PUT\n\n";
    assert_eq!(exchanged(preflight, bare), Outcome::Explained);
    let granted =
        "HTTP/1.1 204 No Content\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT\n\n";
    assert_eq!(exchanged(preflight, granted), Outcome::NotRefused);
    let fetch = "GET /x HTTP/1.1\nHost: api.example\nOrigin: https://app.example\nSec-Fetch-Mode: cors\n\n";
    let other = "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: https://b.example\n\n[]";
    assert_eq!(exchanged(fetch, other), Outcome::Explained);
    let program = fetch.replace("Sec-Fetch-Mode: cors\n", "");
    assert_eq!(exchanged(&program, other), Outcome::NotRefused);
}
