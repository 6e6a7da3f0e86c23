//! What the search for the refused part says of causes.

use model::{Evidence, Isolated, WafMatch, Weight};

use crate::documents::{exchange, strongest, weights};

const POST: &str = "POST https://api.example/a HTTP/1.1\nHost: api.example\nUser-Agent: curl/8.5.0\nReferer: https://x.example/\nContent-Type: application/json\n\n{\"q\": \"1' or 1=1\"}";

fn isolated(part: &str, text: &str) -> Evidence {
    let mut evidence = exchange(POST, "HTTP/1.1 403 X");
    evidence.isolated = Some(Isolated {
        part: part.into(),
        text: text.into(),
        because: String::new(),
        minimal_curl: String::new(),
        probability: 0.99,
    });
    evidence
}

#[test]
fn a_refused_value_speaks_of_a_rule_and_more_so_with_marks_of_attacks() {
    assert_eq!(strongest("waf.rule", &isolated("body $.q", "1' or 1=1")), Some(Weight::Supports));
    assert_eq!(strongest("waf.rule", &isolated("body $.q", "gold member")), Some(Weight::Hints));
    assert_ne!(strongest("waf.rule", &isolated("header Referer", "1' or 1=1")), Some(Weight::Supports));
}

#[test]
fn who_asks_and_no_value_at_all_speak_of_no_rule() {
    let mut session = isolated("cookie sid", "8f2a91c4d0");
    session.secrets.push("8f2a91c4d0".into());
    let plain = isolated("cookie lang", "8f2a91c4d0");
    assert!(weights("waf.rule", &session).len() < weights("waf.rule", &plain).len());
    assert!(weights("waf.rule", &isolated("none", "")).contains(&Weight::Weakens));
    assert_eq!(strongest("waf.rule", &isolated("none", "")), None, "the body's marks are none that matter");
}

#[test]
fn rules_at_hand_prove_it_where_they_match_in_the_refused_text() {
    let with_match = |text: &str, blocked: bool| {
        let mut evidence = isolated("body $.q", "1' or 1=1");
        let span = evidence.request().and_then(|request| request.message.body.as_ref()).map(|body| body.span);
        evidence.waf_matches.push(WafMatch {
            rule: 942_100,
            message: String::new(),
            variable: "ARGS:json.q".into(),
            text: text.into(),
            span,
            rule_span: None,
            score: 5,
            blocked,
        });
        strongest("waf.rule", &evidence)
    };
    assert_eq!(with_match("1' or 1=1", true), Some(Weight::Proves));
    assert_ne!(with_match("1' or 1=1", false), Some(Weight::Proves), "below the threshold");
    assert_ne!(with_match("elsewhere", true), Some(Weight::Proves), "another text");
}

#[test]
fn headers_and_lengths_are_causes_of_their_own() {
    for (part, cause) in [
        ("header User-Agent", "acl.user-agent-denied"),
        ("header Referer", "acl.referer-denied"),
        ("header Content-Type", "waf.content-type"),
        ("size", "server.body-size"),
        ("missing header X-Tenant-Id", "request.header-required"),
        ("missing header X-Requested-With", "csrf.header-missing"),
        ("missing header X-CSRFToken", "csrf.cookie-missing"),
    ] {
        assert_eq!(strongest(cause, &isolated(part, "1025")), Some(Weight::Supports), "{part}");
        assert_ne!(strongest(cause, &isolated("body $.q", "1025")), Some(Weight::Supports), "{cause}");
    }
}
