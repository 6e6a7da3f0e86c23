//! The message breaks a rule about the protocol: a missing `Host` or `Accept`, a bad encoding, a header twice
//!
//! ## Why the server refuses
//!
//! Firewalls check the form of messages as well as their content: a `Host` that is an address, no `User-Agent`,
//! an empty `Accept`, invalid UTF-8 or percent encoding, a body with GET, `Content-Length` with
//! `Transfer-Encoding`, a header twice, forbidden headers such as `Proxy`. Programs and devices that write
//! their requests by hand break them.
//!
//! ## How to mend it
//!
//! - Client: use an HTTP library; send `Host` with the name, `User-Agent` and `Accept`; encode the path and
//!   parameters once.
//! - CRS: exclude the one rule for the one client or path (`ctl:ruleRemoveById=920350` for a monitoring probe
//!   that asks by address); several of these rules are only active from paranoia level 2 on.
//! - Proxies: do not pass duplicates on, and drop `Proxy`, `Content-Encoding` of requests and the like.
//!
//! ## What not to do
//!
//! Removing the whole 920 family: it also stops request smuggling.
//!
//! ## References
//!
//! - OWASP CRS, 920 (protocol enforcement) and 921 (protocol attack); RFC 9110, section 7.2; RFC 9112, section
//!   6.3

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::firewall;

/// `waf.protocol`
pub static PROTOCOL: Cause = Cause {
    id: "waf.protocol",
    layer: Layer::Waf,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_as_logged,
            because: "the firewall's log refuses this request and names the rule that matches here",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_on_protocol,
            because: "the rules given refuse this request for its form",
        },
        Indicator {
            weight: Weight::Hints,
            seek: bad_encoding,
            because: "the target holds a percent sign that begins no encoding",
        },
        Indicator {
            weight: Weight::Hints,
            seek: field_twice,
            because: "a header field that may stand once stands twice",
        },
        Indicator {
            weight: Weight::Hints,
            seek: body_with_safe_method,
            because: "GET or HEAD comes with a body",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: firewall::nothing_matched,
            because: "the rules given do not refuse this request",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "send a well-formed message: Host with the name, User-Agent and Accept, everything encoded once",
    opens: "nothing: no rule is changed",
    decided_by: "the firewall's log, which names the rule",
    page: page!("waf/protocol"),
};

fn rule_as_logged(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched_as_logged(evidence, firewall::Subject::Protocol)
}

fn rule_on_protocol(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched(evidence, firewall::Subject::Protocol)
}

fn bad_encoding(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    let target = url.value.target();
    let bad = target.match_indices('%').find(|(at, _)| {
        let digits = target.as_bytes().get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })?;
    let shown: String = target[bad.0..].chars().take(3).collect();
    Some(Sighting::with(url.span, shown))
}

fn field_twice(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.request()?.message.fields;
    let single =
        ["host", "content-type", "content-length", "authorization", "user-agent", "origin", "referer"];
    let second = single.iter().find_map(|name| fields.all(name).nth(1))?;
    Some(Sighting::with(second.span, second.name.clone()))
}

fn body_with_safe_method(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let body = request.message.body.as_ref().filter(|body| !body.value.is_empty())?;
    matches!(request.method.value.as_str(), "GET" | "HEAD").then(|| Sighting::at(body.span))
}
