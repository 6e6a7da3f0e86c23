//! Every row of the table at [`waf::Like`]: what the three engines do differently.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use waf::{Like, Options, Request, RuleSet, Verdict};

const LIKES: [Like; 3] = [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza];

const BASE: &str = r#"
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 400
SecRequestBodyNoFilesLimit 200
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR "!@eq 0" "id:200002,phase:2,log,deny,status:400"
SecRule MULTIPART_UNMATCHED_BOUNDARY "@eq 1" "id:200004,phase:2,log,deny,status:403"
"#;

/// What the engines say of a POST, in the order of [`LIKES`].
fn verdicts(rules: &str, target: &str, headers: &[(&str, &str)], body: &str) -> [Verdict; 3] {
    let length = body.len().to_string();
    let mut fields: Vec<(&[u8], &[u8])> =
        headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    fields.push((b"Content-Length", length.as_bytes()));
    LIKES.map(|like| {
        let rules =
            RuleSet::parse(&format!("{BASE}{rules}"), &Options { like, ..Options::default() }).unwrap();
        assert_eq!(rules.report().unloaded, [], "{like}");
        rules.inspect(&Request {
            method: b"POST",
            target: target.as_bytes(),
            version: b"HTTP/1.1",
            headers: &fields,
            body: body.as_bytes(),
            client: [192, 0, 2, 1].into(),
        })
    })
}

/// Whether rule 10 matched, for each engine.
fn matched(rules: &str, target: &str, headers: &[(&str, &str)], body: &str) -> [bool; 3] {
    verdicts(rules, target, headers, body).map(|verdict| verdict.matches.iter().any(|found| found.rule == 10))
}

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];
const FORM: &[(&str, &str)] = &[("Content-Type", "application/x-www-form-urlencoded")];
const MULTIPART: &[(&str, &str)] = &[("Content-Type", "multipart/form-data; boundary=xyz")];

#[test]
fn names_of_json_arguments() {
    let names = |body: &str| {
        let rule = "SecRule ARGS \"@contains mark\" \"id:10,phase:2,pass,log\"\n";
        verdicts(rule, "/", JSON, body).map(|verdict| verdict.matches[0].variable.clone())
    };
    assert_eq!(names(r#"{"a":{"b":"mark"}}"#), ["ARGS:a.b", "ARGS:json.a.b", "ARGS:json.a.b"]);
    assert_eq!(names(r#"["mark"]"#), ["ARGS:array.array", "ARGS:json.array_0", "ARGS:json.0"]);
}

#[test]
fn arguments_of_a_json_post() {
    let rule = "SecRule &ARGS_POST \"@gt 0\" \"id:10,phase:2,pass,log\"\n";
    assert_eq!(matched(rule, "/", JSON, r#"{"a":"b"}"#), [false, false, true]);
}

#[test]
fn backslashes_between_quotes() {
    let rule = "SecRule ARGS:q \"@streq a\\\\b\" \"id:10,phase:2,pass,log\"\n";
    assert_eq!(matched(rule, "/", FORM, "q=a%5Cb"), [true, false, false]);
    assert_eq!(matched(rule, "/", FORM, "q=a%5C%5Cb"), [false, true, true]);
}

#[test]
fn what_is_decoded_of_the_target() {
    let rule = |variable: &str, text: &str, phase: u8| {
        format!("SecRule {variable} \"@contains {text}\" \"id:10,phase:{phase},pass,log\"\n")
    };
    assert_eq!(matched(&rule("REQUEST_FILENAME", "a<b", 1), "/a%3Cb", FORM, "x"), [false, true, false]);
    assert_eq!(matched(&rule("REQUEST_FILENAME", "a<b", 2), "/a%3Cb", FORM, "x"), [true, true, false]);
    assert_eq!(matched(&rule("REQUEST_URI", "q=<", 2), "/a?q=%3C", FORM, "x"), [false, true, false]);
    assert_eq!(matched(&rule("REQUEST_URI_RAW", "q=%3C", 2), "/a?q=%3C", FORM, "x"), [true; 3]);
}

#[test]
fn repeated_headers() {
    let rule = "SecRule REQUEST_HEADERS:X-A \"@streq 1, 2\" \"id:10,phase:1,pass,log\"\n";
    assert_eq!(matched(rule, "/", &[("X-A", "1"), ("X-A", "2")], ""), [true, false, false]);
}

#[test]
fn the_raw_body() {
    let rule = "SecRule REQUEST_BODY \"@contains mark\" \"id:10,phase:2,pass,log\"\n";
    assert_eq!(matched(rule, "/", FORM, "a=mark"), [true; 3]);
    assert_eq!(matched(rule, "/", JSON, r#"{"a":"mark"}"#), [false, true, false]);
    let forced = format!("SecAction \"id:9,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On\"\n{rule}");
    assert_eq!(matched(&forced, "/", &[("Content-Type", "text/plain")], "mark"), [true; 3]);
}

#[test]
fn anchors_and_lines() {
    let rule = "SecRule ARGS:q \"@rx ^b$\" \"id:10,phase:2,pass,log\"\n";
    assert_eq!(matched(rule, "/", FORM, "q=a%0Ab%0Ac"), [false, true, true]);
}

#[test]
fn removal_by_tag() {
    let rules = "SecAction \"id:9,phase:1,pass,nolog,ctl:ruleRemoveByTag=attack\"\nSecRule ARGS:q \"@streq a\" \"id:10,phase:2,pass,log,tag:'attack-sqli'\"\n";
    assert_eq!(matched(rules, "/", FORM, "q=a"), [false, true, true]);
    let whole = rules.replace("=attack\"", "=attack-sqli\"");
    assert_eq!(matched(&whole, "/", FORM, "q=a"), [false; 3]);
}

#[test]
fn targets_taken_away_from_xml() {
    let xml = &[("Content-Type", "text/xml")];
    for (target, expected) in [("XML", [false, true, true]), ("XML:/*", [true, false, true])] {
        let rules = format!(
            "SecAction \"id:8,phase:1,pass,nolog,ctl:requestBodyProcessor=XML,ctl:ruleRemoveTargetById=10;{target}\"\n\
             SecRule XML:/* \"@contains mark\" \"id:10,phase:2,pass,log\"\n"
        );
        let found = LIKES.map(|like| {
            let rules =
                RuleSet::parse(&format!("{BASE}{rules}"), &Options { like, ..Options::default() }).unwrap();
            let headers: Vec<(&[u8], &[u8])> =
                xml.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
            let verdict = rules.inspect(&Request {
                method: b"POST",
                target: b"/",
                version: b"HTTP/1.1",
                headers: &headers,
                body: b"<a>mark</a>",
                client: [192, 0, 2, 1].into(),
            });
            let obeyed = rules.report().unloaded.is_empty();
            assert_ne!(
                verdict.matches.iter().any(|found| found.rule == 10),
                obeyed,
                "{like}: what has no effect is said"
            );
            !obeyed
        });
        assert_eq!(found, expected, "{target}");
    }
}

#[test]
fn json_cut_short() {
    let statuses = verdicts("", "/", JSON, r#"{"a":"b"#).map(|verdict| (verdict.status, verdict.decided_by));
    assert_eq!(statuses, [(Some(500), None), (Some(400), Some(200_002)), (Some(400), Some(200_002))]);
}

#[test]
fn a_line_that_looks_like_a_boundary() {
    let body = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--abc\r\n--xyz--\r\n";
    let blocked = verdicts("", "/", MULTIPART, body).map(|verdict| verdict.blocked);
    assert_eq!(blocked, [true, false, false]);
}

#[test]
fn bodies_over_the_limits() {
    let statuses = |headers: &[(&str, &str)], body: &str| {
        verdicts("", "/", headers, body).map(|verdict| (verdict.status, verdict.decided_by))
    };
    let without_files = format!("a={}", "x".repeat(300));
    let by_rule = (Some(400), Some(200_002));
    assert_eq!(statuses(FORM, &without_files), [(Some(413), None), by_rule, by_rule]);
    let file = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n{}\r\n--xyz--\r\n",
        "x".repeat(500)
    );
    assert_eq!(statuses(MULTIPART, &file), [(Some(500), None), (Some(403), None), (Some(413), None)]);
    let nested = "[".repeat(600);
    let deep = verdicts("SecRequestBodyJsonDepthLimit 50\n", "/", JSON, &nested);
    assert_eq!((deep[0].status, deep[0].decided_by), by_rule, "what breaks before the limit comes first");
}
