//! The service behind answered something else, and that was turned into this refusal, or the refusal into something else
//!
//! ## Why the server refuses
//!
//! What the client sees is not what was decided. An `error_page 404 =403` hides what exists; a framework
//! forwards every error to a page that itself needs a login (Spring's `/error`), so a 404 or 500 becomes 401 or
//! 403; a CDN shows 403 for a missing object, because the caller may not list the bucket. The mending belongs
//! to the original error.
//!
//! ## How to mend it
//!
//! - Look at the log of the service behind for the true status, and mend that.
//! - Spring Security: permit `/error` or the `ERROR` dispatch
//!   (`dispatcherTypeMatchers(DispatcherType.ERROR).permitAll()`).
//! - S3 behind CloudFront: `s3:ListBucket` makes missing objects 404 instead of 403; check *custom error
//!   responses*.
//! - nginx: `error_page`, `proxy_intercept_errors`. HAProxy: `http-error`, `errorfile`. IIS: `httpErrors`.
//!
//! ## What not to do
//!
//! Opening the route because it says 403, before the true status is known.
//!
//! ## References
//!
//! - nginx, error_page and proxy_intercept_errors; Spring Security, authorize dispatches; Amazon CloudFront,
//!   custom error responses

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, configuration, logged};

/// `gateway.status-rewritten`
pub static STATUS_REWRITTEN: Cause = Cause {
    id: "gateway.status-rewritten",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: error_became_another,
            because: "the log shows another error behind than the one the client was given",
        },
        Indicator {
            weight: Weight::Supports,
            seek: configured,
            because: "the configuration turns one status into the one that was answered",
        },
        Indicator {
            weight: Weight::Hints,
            seek: problem_differs,
            because: "the answer's own problem document names another status than its first line",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: logged::refused_upstream,
            because: "the service behind answered with this status itself",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "mend the original error, which the log of the service behind names",
    opens: "nothing",
    decided_by: "the log of the service behind the gateway, with the status that it answered",
    page: page!("gateway/status_rewritten"),
};

/// An answer without error that became a refusal is a rule on answers, another cause.
fn error_became_another(evidence: &Evidence) -> Option<Sighting> {
    let (upstream, status, sighting) = logged::status_changed(evidence)?;
    (upstream >= 400 && status >= 400).then_some(sighting)
}

/// `error_page 404 =403 /denied.html`.
fn configured(evidence: &Evidence) -> Option<Sighting> {
    let status = evidence.status()?;
    let turned = |value: &str| {
        let mut words = value.split_whitespace();
        words.any(|word| word.trim_end_matches(';') == format!("={status}"))
            && !value.starts_with(&status.to_string())
    };
    configuration::setting(evidence, "error_page", turned)
}

/// `status` of a problem document (RFC 9457, section 3.1.2) that differs from the status line.
fn problem_differs(evidence: &Evidence) -> Option<Sighting> {
    let response = evidence.response()?;
    let body = response.message.body.as_ref()?;
    let problem = response.message.media_type()?.contains("problem+json");
    let text = response.message.body_text();
    let (_, after) = text.split_once("\"status\"")?;
    let digits: String =
        after.trim_start().strip_prefix(':')?.trim_start().chars().take_while(char::is_ascii_digit).collect();
    let told: u16 = digits.parse().ok()?;
    answer::status(evidence, &[401, 403, 404, 405, 500])?;
    (problem && told != response.status.value).then(|| Sighting::with(body.span, format!("status {told}")))
}
