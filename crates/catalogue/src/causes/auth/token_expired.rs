//! The token's `exp` has passed by the server's clock
//!
//! ## Why the server refuses
//!
//! A JSON Web Token says until when it holds. After that every check must refuse it, by the clock of the
//! machine that checks. Long-running jobs, tabs that slept, and caches that keep a token longer than it lives,
//! send expired ones. The same happens when the server's clock is fast.
//!
//! ## How to mend it
//!
//! - Get a new token: refresh before `exp` (a minute early), and once more when the answer is `invalid_token`.
//! - Take the lifetime from `expires_in` of the token's answer, not from a constant.
//! - Check both clocks (`date -u`, NTP); allow the check a leeway of a minute: Spring `JwtTimestampValidator`,
//!   .NET `ClockSkew`, PyJWT `leeway`, jsonwebtoken `clockTolerance`.
//!
//! ## What not to do
//!
//! Tokens that live for months, `ignoreExpiration: true`, `verify_exp: False`.
//!
//! ## References
//!
//! - RFC 7519, section 4.1.4; RFC 6750, section 3.1; RFC 9068, section 4

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{authorization, tokens};

/// `auth.token-expired`
pub static TOKEN_EXPIRED: Cause = Cause {
    id: "auth.token-expired",
    layer: Layer::Identity,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: tokens::expired_and_refused,
            because: "the answer finds the token invalid, and the only one sent has expired by the server's own clock",
        },
        Indicator {
            weight: Weight::Supports,
            seek: said_so,
            because: "the challenge describes the token as expired",
        },
        Indicator {
            weight: Weight::Hints,
            seek: tokens::expired,
            because: "a token of the request has expired; something else may have refused before it was looked at",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: tokens::unexpired,
            because: "every token of the request is within its time",
        },
    ],
    experiments: &[],
    roots: &[Root { cause: "auth.clock-skew", seek: tokens::skew, because: "the two clocks are far apart" }],
    fix: "get a new token, and refresh it before it expires",
    opens: "nothing: the new token carries the same rights",
    decided_by: "the answer's `WWW-Authenticate` and `Date`, or the log of the service that checks tokens",
    page: page!("auth/token_expired"),
};

fn said_so(evidence: &Evidence) -> Option<Sighting> {
    authorization::invalid_token_about(evidence, &["expired", "lifetime", "exp claim"])
}
