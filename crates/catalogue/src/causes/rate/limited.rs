//! Too many requests in a window, answered with 403
//!
//! ## Why the server refuses
//!
//! The caller, its address or its key has asked more often than the limit allows. The right status is 429, with
//! `Retry-After`; some products answer 403 (GitHub for its secondary limits, AWS WAF rate rules, older APIs),
//! or 503 (nginx `limit_req`). The request itself is right and would be accepted later.
//!
//! ## How to mend it
//!
//! - Client: wait as long as `Retry-After` or `RateLimit-Reset` says; then go on with growing pauses, fewer
//!   requests at once, and conditional requests (`If-None-Match`).
//! - Batch what can be batched; do not poll where there are webhooks.
//! - Owner: nginx `limit_req zone=... burst=20 nodelay` and `limit_req_status 429`; HAProxy `http_req_rate`;
//!   raise the limit for this key rather than for all.
//! - Behind a proxy, check what is counted: if the limit sees the proxy's address, everybody shares one
//!   allowance.
//!
//! ## What not to do
//!
//! Spreading requests over several keys or addresses to get around the limit.
//!
//! ## References
//!
//! - RFC 6585, section 4; RFC 9110, section 10.2.3; IETF draft, RateLimit header fields for HTTP; nginx,
//!   ngx_http_limit_req_module

use model::{
    Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting, Subject, Weight,
};

use crate::causes::{allowance, answer, configuration, open_rules};

/// `rate.limited`
pub static LIMITED: Cause = Cause {
    id: "rate.limited",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator { weight: Weight::Supports, seek: status_429, because: "429 means too many requests" },
        Indicator {
            weight: Weight::Supports,
            seek: allowance::used_up,
            because: "the answer says that no requests are left",
        },
        open_rules::when_refused(|evidence| open_rules::refused_by_itself(evidence, Subject::Rate, &[])),
        open_rules::when_written(|evidence| open_rules::written_by_itself(evidence, Subject::Rate, &[])),
        open_rules::when_open(|evidence| open_rules::left_open(evidence, Subject::Rate, &[])),
        Indicator {
            weight: Weight::Hints,
            seek: retry_after_refusal,
            because: "the answer says when to try again, which makes sense only if the same request is accepted later",
        },
        Indicator {
            weight: Weight::Hints,
            seek: rule_refuses,
            because: "the configuration limits the rate on this way",
        },
        Indicator {
            weight: Weight::Hints,
            seek: many_before,
            because: "the documents show many requests to this host before",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: allowance::left_over,
            because: "the answer says that requests are left",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path that cannot exist is refused alike, as when requests are counted whatever they ask for",
    }],
    roots: &[],
    fix: "wait as long as the answer says, and send fewer requests at a time",
    opens: "nothing",
    decided_by: "the answer's `Retry-After` and `RateLimit` fields, or the same request after a pause",
    page: page!("rate/limited"),
};

fn status_429(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[429])
}

fn retry_after_refusal(evidence: &Evidence) -> Option<Sighting> {
    // With 503 and 3xx the field means something else (RFC 9110, section 10.2.3).
    answer::status(evidence, &[403, 429, 420])?;
    allowance::retry_after(evidence)
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Rate)
}

fn many_before(evidence: &Evidence) -> Option<Sighting> {
    let earlier = evidence.related(Relation::EarlierSuccess).chain(evidence.related(Relation::Before));
    let lines: Vec<_> = earlier
        .filter_map(|exchange| exchange.request.as_ref())
        .map(|request| request.message.start_line)
        .collect();
    let first = *lines.first()?;
    (lines.len() >= 20).then(|| Sighting::with(first, format!("{} requests", lines.len())))
}
