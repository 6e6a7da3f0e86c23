//! An answer of 200 is a refusal only where its body calls itself a failure in words of a check.

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
