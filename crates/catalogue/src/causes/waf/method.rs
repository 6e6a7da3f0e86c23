//! The method is not on the firewall's list
//!
//! ## Why the server refuses
//!
//! Firewalls allow a few methods and refuse others before the application sees them. The Core Rule Set's
//! default is GET, HEAD, POST and OPTIONS (rule 911100 with `tx.allowed_methods`), so REST with PUT, PATCH and
//! DELETE, and WebDAV with its many methods, are refused until they are listed. `X-HTTP-Method-Override` is
//! watched as well.
//!
//! ## How to mend it
//!
//! - CRS: list the methods in rule 900200 of `crs-setup.conf`: `setvar:'tx.allowed_methods=GET HEAD POST
//!   OPTIONS PUT PATCH DELETE'`, or for one path in a rule on `REQUEST_URI`.
//! - Nextcloud and WebDAV: the CRS plugin for the product lists them.
//! - Cloud and host firewalls: allow the method for the API's path. Shared hosts often have a switch.
//!
//! ## What not to do
//!
//! `SecRuleRemoveById 911100` for the whole site: TRACE and CONNECT come with it. Tunnelling DELETE through
//! POST to get past the rule.
//!
//! ## References
//!
//! - OWASP CRS, 911100 and crs-setup.conf 900200; RFC 9110, section 9

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::firewall;

/// `waf.method`
pub static METHOD: Cause = Cause {
    id: "waf.method",
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
            seek: rule_on_method,
            because: "the rules given refuse this request for its method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: beyond_default,
            because: "the method is not on the Core Rule Set's default list",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: on_default_list,
            because: "the method is one that firewalls let pass",
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
        because: "GET on the same target is not refused",
    }],
    roots: &[],
    fix: "add this one method to the firewall's list, for the paths that need it",
    opens: "that method on those paths",
    decided_by: "the firewall's log, which names rule and method",
    page: page!("waf/method"),
};

fn rule_as_logged(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched_as_logged(evidence, firewall::Subject::Method)
}

fn rule_on_method(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched(evidence, firewall::Subject::Method)
}

fn is_default(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST" | "OPTIONS")
}

fn beyond_default(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method;
    (!is_default(&method.value)).then(|| Sighting::with(method.span, method.value.clone()))
}

fn on_default_list(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method;
    is_default(&method.value).then(|| Sighting::with(method.span, method.value.clone()))
}
