//! The clocks of client and server are too far apart for the signature or token
//!
//! ## Why the server refuses
//!
//! Signatures carry the time at which they were made, and services accept them for a few minutes only (AWS and
//! S3: 15). A client whose clock is wrong makes signatures that are too old or from the future. Virtual
//! machines, containers and WSL that slept, devices without a battery for the clock, and a time zone that was
//! set in place of the time are the usual reasons.
//!
//! ## How to mend it
//!
//! - Compare `date -u` with the `Date` of the answer, and set the clock with NTP (`timedatectl set-ntp true`,
//!   `chronyc makestep`, `w32tm /resync`).
//! - WSL: `wsl --shutdown`, or `hwclock -s`. Docker Desktop: restart the virtual machine. Kubernetes: the
//!   node's clock counts.
//! - AWS SDKs for JavaScript: `correctClockSkew`, `systemClockOffset`, where the clock cannot be set.
//! - Make presigned URLs on a machine whose clock is right, and use them within their `Expires`.
//!
//! ## What not to do
//!
//! Presigned URLs that hold for days to make up for a wrong clock.
//!
//! ## References
//!
//! - AWS, Signature Version 4, elements of a request signature (time stamp); Amazon S3, RequestTimeTooSkewed
//! - RFC 9110, section 6.6.1 (Date)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{signatures, tokens};

/// `auth.clock-skew`
pub static CLOCK_SKEW: Cause = Cause {
    id: "auth.clock-skew",
    layer: Layer::Client,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: signed_at_wrong_time,
            because: "the time in the signature is more than 15 minutes from the server's clock",
        },
        Indicator {
            weight: Weight::Supports,
            seek: clocks_apart_and_timed,
            because: "the two clocks are far apart, and the request carries a credential that depends on the time",
        },
        Indicator { weight: Weight::Hints, seek: tokens::skew, because: "the two clocks are far apart" },
        Indicator { weight: Weight::Weakens, seek: clocks_agree, because: "the two clocks agree" },
    ],
    experiments: &[],
    roots: &[],
    fix: "set the client's clock",
    opens: "nothing",
    decided_by: "`date -u` on the client at the moment of the request, against the answer's `Date`",
    page: page!("auth/clock_skew"),
};

/// What AWS and S3 forgive (Amazon S3, error RequestTimeTooSkewed), in seconds.
const FORGIVEN: i64 = 900;

fn signed_at_wrong_time(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.server_time.as_ref()?.value;
    let (signature, span) = signatures::first(evidence)?;
    // A signature with a lifetime of its own (a presigned URL) may be older.
    let oldest = signature.valid_for.unwrap_or(FORGIVEN).max(FORGIVEN);
    let age = now - signature.signed_at?;
    let wrong = age > oldest || age < -FORGIVEN;
    let side = if age < 0 { "ahead of" } else { "behind" };
    wrong.then(|| Sighting::with(span, format!("{} {side} the server", tokens::span_of_time(age))))
}

fn clocks_apart_and_timed(evidence: &Evidence) -> Option<Sighting> {
    let timed = signatures::first(evidence).is_some() || tokens::all(evidence).next().is_some();
    timed.then(|| tokens::skew(evidence)).flatten()
}

fn clocks_agree(evidence: &Evidence) -> Option<Sighting> {
    let skew = evidence.clock_skew()?;
    (skew.value.abs() <= 30).then(|| Sighting::at(skew.span))
}
