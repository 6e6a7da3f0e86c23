//! A quota of plan, day or billing period is used up
//!
//! ## Why the server refuses
//!
//! A limit rate holds for seconds; a quota holds for a day, a month or a budget, and when it is gone everything
//! is refused until it is renewed or raised. Causes are a loop in a client, a plan that is too small, a payment
//! that failed, a storage quota that is full.
//!
//! ## How to mend it
//!
//! - Look at the product's usage page, and at which client used the most.
//! - Raise the quota or the plan, or wait for the period's end; pay the open bill.
//! - API Management and API Gateway: the quota of the product or usage plan. Salesforce: *API Requests, Last 24
//!   Hours*. Google: *Quotas* of the project, per minute and per day. GitHub: authenticate, since strangers
//!   have 60 an hour.
//! - Cache answers, use bulk operations, ask only for what has changed.
//!
//! ## What not to do
//!
//! More projects or accounts to multiply a free quota; an unlimited quota for a client with a loop.
//!
//! ## References
//!
//! - IETF draft, RateLimit header fields for HTTP (`quota` policies); Google Cloud, quotas; Azure API
//!   Management, quota policy; Salesforce, API limits

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{allowance, answer};

/// `quota.exhausted`
pub static EXHAUSTED: Cause = Cause {
    id: "quota.exhausted",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: payment_required,
            because: "402 means that a payment or a larger plan is required",
        },
        Indicator {
            weight: Weight::Supports,
            seek: long_wait,
            because: "the answer says to wait longer than any rate limit's window",
        },
        Indicator {
            weight: Weight::Hints,
            seek: allowance::used_up,
            because: "the answer says that nothing is left",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: allowance::left_over,
            because: "the answer says that something is left",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "wait for the period's end, or raise the quota for this caller",
    opens: "more use and more cost",
    decided_by: "the product's usage page for this key or project",
    page: page!("quota/exhausted"),
};

fn payment_required(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[402])
}

/// An hour: rate limits count in seconds and minutes.
const LONG: u64 = 3_600;

fn long_wait(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 429])?;
    let (value, span) = evidence.response_header("retry-after")?;
    let seconds: u64 = value.trim().parse().ok()?;
    (seconds > LONG).then(|| Sighting::with(span, format!("{seconds} s")))
}
