//! A firewall rule matched a part of the request
//!
//! ## Why the server refuses
//!
//! A web application firewall looks for the marks of attacks in path, parameters, headers, cookies and body.
//! Free text, SQL in a report tool, code in a forum, HTML from an editor, Base64 and URLs in JSON carry the
//! same marks. With the Core Rule Set each rule adds to a score, and a last rule (949110) refuses at a
//! threshold: that one is the sum, never the cause.
//!
//! ## How to mend it
//!
//! - Find the rule, the variable and the matched text: ModSecurity and Coraza write them in the audit or error
//!   log; Cloudflare shows them under *Security events*, AWS WAF in `terminatingRuleMatchDetails`, Azure in
//!   `details_data`.
//! - Exclude that one variable from that one rule on that one path: `SecRule REQUEST_URI "@beginsWith /posts"
//!   "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=942100;ARGS:body"`.
//! - Use the application's ready exclusions where there are some (CRS plugins for WordPress, Nextcloud, Drupal
//!   ...).
//! - NAXSI: `BasicRule wl:ID "mz:$URL:/posts|$BODY_VAR:body";`. Cloud WAFs: an exception for rule and path, or
//!   count instead of block for that rule.
//!
//! ## What not to do
//!
//! `SecRuleEngine Off`; excluding 949110 or raising the threshold for everything; removing a whole family of
//! rules for the site.
//!
//! ## References
//!
//! - OWASP CRS, false positives and tuning; ModSecurity reference manual, ctl; NAXSI, whitelists

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{firewall, isolated};

/// `waf.rule`
pub static RULE: Cause = Cause {
    id: "waf.rule",
    layer: Layer::Waf,
    prevalence: Prevalence::VeryCommon,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_as_logged,
            because: "the firewall's log refuses this request and names the rule that matches here",
        },
        Indicator {
            weight: Weight::Supports,
            seek: content_matched,
            because: "the rules given match a part of this request, and their score reaches the threshold",
        },
        Indicator {
            weight: Weight::Proves,
            seek: isolated::content_that_rules_match,
            because: "the server refuses this text alone and passes the rest, and the rules given refuse the request for it",
        },
        Indicator {
            weight: Weight::Supports,
            seek: isolated::marked_content,
            because: "the request is refused for this part alone, whose text holds marks of attacks",
        },
        Indicator {
            weight: Weight::Hints,
            seek: isolated::content,
            because: "the request is refused for this part alone",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: isolated::no_value,
            because: "with all values neutral the request is refused in the same way",
        },
        Indicator {
            weight: Weight::Hints,
            seek: content_below_threshold,
            because: "the rules given match a part of this request, below the threshold",
        },
        Indicator {
            weight: Weight::Hints,
            seek: looks_like_attack,
            because: "the body holds marks that rules against attacks look for",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: firewall::nothing_matched,
            because: "the rules given do not refuse this request",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::Lifted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without the body the same target is not refused in the same way",
    }],
    roots: &[],
    fix: "exclude the matched variable from the rule on this path",
    opens: "that one attack class in that one field of that path: the application must handle it",
    decided_by: "the firewall's audit log or event for this request, which names rule, variable and matched text",
    page: page!("waf/rule"),
};

fn rule_as_logged(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched_as_logged(evidence, firewall::Subject::Content)
}

fn content_matched(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched(evidence, firewall::Subject::Content)
}

fn content_below_threshold(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched_below_threshold(evidence)
}

/// Marks that are rare in plain forms and common in rules: a tag, a quote with SQL, a path upwards, a shell's or a
/// template's syntax. They say where a rule would look, not that one did.
fn looks_like_attack(evidence: &Evidence) -> Option<Sighting> {
    const MARKS: [&str; 16] = [
        "<script",
        "%3cscript",
        "javascript:",
        "onerror=",
        "union select",
        "union+select",
        "' or ",
        "%27+or+",
        "1=1",
        "../..",
        "..%2f..",
        "/etc/passwd",
        "${jndi",
        "<?php",
        "$(",
        "; drop ",
    ];
    if isolated::no_value(evidence).is_some() {
        return None;
    }
    let request = evidence.request()?;
    let query = request.url.value.query.as_deref().unwrap_or("").to_ascii_lowercase();
    if let Some(mark) = MARKS.iter().find(|mark| query.contains(*mark)) {
        return Some(Sighting::with(request.url.span, *mark));
    }
    let body = request.message.body.as_ref()?;
    let text = request.message.body_text().to_ascii_lowercase();
    let (at, mark) = MARKS.iter().find_map(|mark| text.find(mark).map(|at| (at, *mark)))?;
    Some(Sighting::with(body.span.part(at, at + mark.len()), mark))
}
