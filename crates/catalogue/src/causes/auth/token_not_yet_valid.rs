//! The token's `nbf` or `iat` lies ahead of the server's clock
//!
//! ## Why the server refuses
//!
//! A token may say from when on it holds (`nbf`), and when it was made (`iat`). A check must refuse a token
//! before `nbf`, and some refuse one that comes from the future. The cause is nearly always a clock: the
//! issuer's is fast or the checking machine's is slow. Virtual machines and containers that were paused wake up
//! with the old time.
//!
//! ## How to mend it
//!
//! - Set both clocks with NTP (`chronyc tracking`, `timedatectl`); on WSL and Docker Desktop, restart the
//!   virtual machine after sleep.
//! - Allow the check a leeway of a minute: Spring `JwtTimestampValidator(Duration)`, .NET `ClockSkew`, PyJWT
//!   `leeway`, `jose` `clockTolerance`.
//! - One's own issuer: set `nbf` to the time of issue or leave it out, in seconds, not milliseconds.
//!
//! ## What not to do
//!
//! Switching the time checks off, or a leeway of hours.
//!
//! ## References
//!
//! - RFC 7519, sections 4.1.5 and 4.1.6

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{authorization, tokens};

/// `auth.token-not-yet-valid`
pub static TOKEN_NOT_YET_VALID: Cause = Cause {
    id: "auth.token-not-yet-valid",
    layer: Layer::Identity,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: tokens::early_and_refused,
            because: "the answer finds the token invalid, and the only one sent is not valid yet by the server's own clock",
        },
        Indicator {
            weight: Weight::Supports,
            seek: said_so,
            because: "the challenge describes the token as not yet valid",
        },
        Indicator {
            weight: Weight::Hints,
            seek: tokens::not_yet_valid,
            because: "a token of the request is not valid yet; something else may have refused before it was looked at",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: already_valid,
            because: "every token of the request was made before the check, and holds from before it",
        },
    ],
    experiments: &[],
    roots: &[Root { cause: "auth.clock-skew", seek: tokens::skew, because: "the two clocks are far apart" }],
    fix: "set the clocks of issuer and checking machine right, and allow a leeway of a minute",
    opens: "tokens are accepted up to a minute early",
    decided_by: "the answer's `Date` against the token's `nbf` and `iat`",
    page: page!("auth/token_not_yet_valid"),
};

fn said_so(evidence: &Evidence) -> Option<Sighting> {
    authorization::invalid_token_about(evidence, &["not yet valid", "before", "nbf", "future"])
}

fn already_valid(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.server_time.as_ref()?.value;
    let mut all = tokens::all(evidence).peekable();
    all.peek()?;
    let past = |time: Option<i64>| time.is_none_or(|time| time <= now);
    let whole = all.all(|(token, _)| past(token.not_before) && past(token.issued_at));
    let (_, span) = tokens::all(evidence).next()?;
    whole.then(|| Sighting::at(span))
}
