//! Answers that call themselves failures whatever their status: many APIs answer 200 and say so in the body.

use model::{Evidence, Span};
use serde_json::Value;

/// The largest body that is looked at, in bytes: an answer that says no more than that the call failed is short.
const LONGEST: usize = 64 << 10;

/// Names under which an error stands. Slack has `ok` and `error`, GraphQL `errors` (its specification, 7.1), OAuth 2.0 `error` (RFC
/// 6749, section 5.2), WeChat `errcode`.
const ERRORS: [&str; 8] = [
    "error",
    "errors",
    "errcode",
    "errorcode",
    "error_code",
    "errormessage",
    "error_description",
    "exception",
];

/// Names of a word for the outcome. JSend: <https://github.com/omniti-labs/jsend>.
const OUTCOMES: [&str; 3] = ["status", "result", "state"];

/// Words for an outcome that is none.
const FAILED: [&str; 7] = ["error", "fail", "failed", "failure", "denied", "forbidden", "unauthorized"];

/// Names of whether the call went well.
const SUCCESSES: [&str; 5] = ["success", "ok", "succeeded", "issuccess", "is_success"];

/// Names of a status within the body.
const CODES: [&str; 5] = ["code", "status", "statuscode", "status_code", "httpstatus"];

/// Where the body of the refused exchange says that the call failed: the whole body.
pub(crate) fn failure(evidence: &Evidence) -> Option<Span> {
    let body = evidence.response()?.message.body.as_ref()?;
    let text = body.value.trim_ascii();
    if text.first() != Some(&b'{') || text.len() > LONGEST {
        return None;
    }
    let object = serde_json::from_slice::<serde_json::Map<String, Value>>(text).ok()?;
    object.iter().any(|(name, value)| says_failed(&name.to_ascii_lowercase(), value)).then_some(body.span)
}

fn says_failed(name: &str, value: &Value) -> bool {
    let outcome = |text: &str| FAILED.contains(&text.to_ascii_lowercase().as_str());
    match value {
        Value::Bool(false) => SUCCESSES.contains(&name),
        Value::String(text) if OUTCOMES.contains(&name) && outcome(text) => true,
        Value::String(text) => {
            is_error(name) && !text.is_empty() && text != "0" || is_refusing(name, text.parse().ok())
        }
        Value::Number(number) => {
            is_refusing(name, number.as_u64()) || is_error(name) && number.as_u64() != Some(0)
        }
        Value::Array(items) => is_error(name) && !items.is_empty(),
        Value::Object(members) => is_error(name) && !members.is_empty(),
        _ => false,
    }
}

fn is_error(name: &str) -> bool {
    ERRORS.contains(&name)
}

/// A status of 4xx or 5xx under one of its names.
fn is_refusing(name: &str, status: Option<u64>) -> bool {
    CODES.contains(&name) && status.is_some_and(|status| (400..600).contains(&status))
}

#[cfg(test)]
mod tests {
    use super::failure;
    use crate::{Document, read};

    fn says_so(body: &str) -> bool {
        let bytes = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}").into_bytes();
        failure(&read(vec![Document { name: "response.http".into(), bytes }])).is_some()
    }

    #[test]
    fn an_answer_that_calls_itself_a_failure_is_known() {
        for body in [
            r#"{"ok":false,"error":"missing_scope"}"#,
            r#"{"status": "error", "msg": "Incorrect client secret"}"#,
            r#"{"errors":[{"message":"Not authorized"}],"data":null}"#,
            r#"{"code": 403, "msg": "no"}"#,
            r#"{"code": "401", "msg": "no"}"#,
            r#"{"errcode":40013,"errmsg":"invalid appid"}"#,
        ] {
            assert!(says_so(body), "{body}");
        }
    }

    #[test]
    fn an_answer_that_went_well_is_none() {
        for body in [
            r#"{"ok":true,"error":null}"#,
            r#"{"status":"ok","errors":[]}"#,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            r#"{"code":200,"data":{"error":"quoted deep within"}}"#,
            r#"{"success":true,"error":""}"#,
            r#"["error"]"#,
            r#"{"error": cut"#,
        ] {
            assert!(!says_so(body), "{body}");
        }
    }
}
