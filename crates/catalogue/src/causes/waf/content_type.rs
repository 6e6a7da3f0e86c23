//! The firewall does not take this Content-Type, or it contradicts the body
//!
//! ## Why the server refuses
//!
//! A firewall can only look into bodies that it can parse, so it has a list of types and refuses others: the
//! Core Rule Set's rule 920420 with `tx.allowed_request_content_type`. Uploads as `application/octet-stream`,
//! vendor types with `+json`, pictures, and a body without any type meet it. A JSON type over a body that is no
//! JSON fails in the parser (200002).
//!
//! ## How to mend it
//!
//! - Client: send the type that the body has; JSON as `application/json`.
//! - CRS: add the type to `tx.allowed_request_content_type` (rule 900220 in `crs-setup.conf`), in bars:
//!   `|application/vnd.shop+json|`. Before CRS 3.3, write `+` and `.` with a backslash. For one path only, set
//!   the variable in a rule on `REQUEST_URI`.
//! - ModSecurity: for JSON subtypes also enable the parser: `SecRule REQUEST_HEADERS:Content-Type "@rx
//!   ^application/vnd\.shop\+json" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"`.
//!
//! ## What not to do
//!
//! `SecRuleRemoveById 920420` for the whole site; sending JSON as `text/plain` to slip past the inspection.
//!
//! ## References
//!
//! - OWASP CRS, 920420, 920470 to 920480, crs-setup.conf 900220; RFC 9110, section 8.3

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{body_type, firewall, isolated};

/// `waf.content-type`
pub static CONTENT_TYPE: Cause = Cause {
    id: "waf.content-type",
    layer: Layer::Waf,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: isolated_header,
            because: "the request is refused for this header alone",
        },
        Indicator {
            weight: Weight::Proves,
            seek: rule_as_logged,
            because: "the firewall's log refuses this request and names the rule that matches here",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_on_type,
            because: "the rules given refuse this request for its Content-Type",
        },
        Indicator {
            weight: Weight::Hints,
            seek: body_type::contradicted,
            because: "the body is not what the Content-Type says",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unusual,
            because: "the Content-Type is none of those that firewalls can parse",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unusual_in_audit,
            because: "the firewall's audit entry has a Content-Type that is not on the Core Rule Set's default list",
        },
        Indicator {
            weight: Weight::Hints,
            seek: body_type::missing,
            because: "the request has a body and no Content-Type",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: usual_and_true,
            because: "the Content-Type is a usual one, and the body is of that type",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: firewall::nothing_matched,
            because: "the rules given do not refuse this request",
        },
    ],
    experiments: &[firewall::BODYLESS_PASSES],
    roots: &[],
    fix: "send the type that the body has, or add that one type to the firewall's list for this path",
    opens: "bodies of that type, which the firewall may not be able to look into",
    decided_by: "the firewall's log, which names rule and type",
    page: page!("waf/content_type"),
};

fn rule_as_logged(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched_as_logged(evidence, firewall::Subject::ContentType)
}

fn rule_on_type(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched(evidence, firewall::Subject::ContentType)
}

/// The types on the Core Rule Set's default list (crs-setup.conf.example, 900220).
const USUAL: [&str; 10] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/xml",
    "application/xml",
    "application/soap+xml",
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "multipart/related",
    "application/csp-report",
];

fn media_type(evidence: &Evidence) -> Option<(String, model::Span)> {
    let request = evidence.request().filter(|request| request.is_unsafe())?;
    Some((request.message.media_type()?, request.message.fields.get("content-type")?.span))
}

fn unusual(evidence: &Evidence) -> Option<Sighting> {
    let (media_type, span) = media_type(evidence)?;
    (!USUAL.contains(&media_type.as_str())).then(|| Sighting::with(span, media_type))
}

/// Section B of an audit entry holds the request as it came.
fn unusual_in_audit(evidence: &Evidence) -> Option<Sighting> {
    let mut audited =
        evidence.log_lines.iter().filter(|line| is_audit_entry(evidence.sources.bytes(line.span)));
    audited.find_map(|line| {
        let text = evidence.sources.text(line.span).to_ascii_lowercase();
        let start = text.find("-b--\n")? + "-b--\n".len();
        let length = text[start..].find("\n--").unwrap_or(text.len() - start);
        let (at, header) = text[start..start + length]
            .match_indices('\n')
            .map(|(at, _)| (start + at + 1, text[start + at + 1..].lines().next().unwrap_or("")))
            .find(|(_, header)| header.starts_with("content-type:"))?;
        let media_type = header["content-type:".len()..].split(';').next().unwrap_or("").trim();
        let known = media_type.is_empty() || USUAL.contains(&media_type);
        (!known).then(|| Sighting::with(line.span.part(at, at + header.len()), media_type.to_owned()))
    })
}

/// Each section of an audit entry begins with a line `--UNIQUE-LETTER--`.
fn is_audit_entry(text: &[u8]) -> bool {
    text.starts_with(b"--") && text.windows(5).any(|part| part.eq_ignore_ascii_case(b"-b--\n"))
}

fn usual_and_true(evidence: &Evidence) -> Option<Sighting> {
    let (media_type, span) = media_type(evidence)?;
    let usual = USUAL.contains(&media_type.as_str());
    (usual && body_type::contradicted(evidence).is_none()).then(|| Sighting::with(span, media_type))
}

fn isolated_header(evidence: &Evidence) -> Option<Sighting> {
    isolated::header(evidence, "content-type")
}
