//! The application answered, and a rule on answers turned that into a refusal: the work may be done
//!
//! ## Why the server refuses
//!
//! Firewalls look at answers too, for leaked error messages, source code, and lists of directories. If a rule
//! of that phase matches, the client gets 403 although the application has done what was asked. Sending the
//! request again may do it twice.
//!
//! ## How to mend it
//!
//! - First look whether the work was done: the order, the record, the mail.
//! - Mend what leaks: show no stack traces, SQL errors or PHP warnings to clients (`DEBUG = False`,
//!   `display_errors = Off`).
//! - If the answer is right: exclude the rule for that path (CRS 950 to 954, sum in 959100):
//!   `ctl:ruleRemoveById=951100`; `SecResponseBodyMimeType` decides which answers are looked at.
//!
//! ## What not to do
//!
//! `SecResponseBodyAccess Off` for the site because of one path; repeating the request until it passes.
//!
//! ## References
//!
//! - OWASP CRS, 950 to 954 (data leakages) and 959100; ModSecurity reference manual, processing phases,
//!   SecResponseBodyAccess

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{configuration, logged};

/// `waf.response-rule`
pub static RESPONSE_RULE: Cause = Cause {
    id: "waf.response-rule",
    layer: Layer::Waf,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: phase_of_answers,
            because: "the log names a rule of a phase in which answers are looked at",
        },
        Indicator {
            weight: Weight::Supports,
            seek: application_succeeded,
            because: "the application's own log shows that it answered this request without an error",
        },
        Indicator {
            weight: Weight::Hints,
            seek: answers_inspected,
            because: "the firewall is configured to look into answers",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answers_not_inspected,
            because: "the firewall is configured not to look into answers",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::NotFound,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path without an answer of the application is not refused",
    }],
    roots: &[],
    fix: "mend what the answer leaks; check whether the work was done before sending the request again",
    opens: "nothing: the answer then holds nothing that the rule looks for",
    decided_by: "the firewall's audit log: the phase of the rule, 3 or 4",
    page: page!("waf/response_rule"),
};

/// Phases 3 and 4 of ModSecurity and Coraza are response headers and response body.
fn phase_of_answers(evidence: &Evidence) -> Option<Sighting> {
    logged::field(evidence, "rule_phase", |phase| matches!(phase.trim(), "3" | "4"))
}

fn application_succeeded(evidence: &Evidence) -> Option<Sighting> {
    evidence.status().filter(|status| *status >= 400)?;
    let (upstream, _, sighting) = logged::status_changed(evidence)?;
    (upstream < 400).then_some(sighting)
}

fn answers_inspected(evidence: &Evidence) -> Option<Sighting> {
    configuration::setting(evidence, "secresponsebodyaccess", |value| value.eq_ignore_ascii_case("on"))
}

fn answers_not_inspected(evidence: &Evidence) -> Option<Sighting> {
    configuration::setting(evidence, "secresponsebodyaccess", |value| value.eq_ignore_ascii_case("off"))
}
