//! An anti-forgery token was read, and it does not match the cookie or session it is held against
//!
//! ## Why the server refuses
//!
//! The token belongs to another session or key, or is not a token at all: truncated, encoded twice, a
//! placeholder that the template did not fill. Several servers that each make their own key reject one
//! another's tokens.
//!
//! ## How to mend it
//!
//! - One key for all servers: Django and Flask `SECRET_KEY`, Rails `secret_key_base`, Laravel `APP_KEY`,
//!   ASP.NET Core `PersistKeysToFileSystem` (or another shared store) with `SetApplicationName`, Symfony
//!   `framework.secret`.
//! - One session store for all servers, or sticky sessions; Jenkins: the crumb counts only with the session
//!   cookie it was given with.
//! - Take token and cookie from the same page, the newest one. Some products give a new cookie with each answer
//!   (APISIX csrf).
//! - Send the value as it was given: no quotes, no second encoding, no line break. Laravel and Angular:
//!   `XSRF-TOKEN` is URL-encoded in the cookie and must be decoded once for `X-XSRF-TOKEN`.
//! - Spring Security 6: `XorCsrfTokenRequestHandler` masks tokens; for a single-page application use its SPA
//!   handler (`csrf.spa()` from 7.0), because the cookie holds the plain token.
//!
//! ## What not to do
//!
//! Switching the check off for the route, or giving all visitors one fixed token.
//!
//! ## References
//!
//! - Django, CSRF; ASP.NET Core, data protection and antiforgery; Spring Security, CSRF; Jenkins, CSRF
//!   protection

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::anti_forgery;

/// `csrf.token-invalid`
pub static TOKEN_INVALID: Cause = Cause {
    id: "csrf.token-invalid",
    layer: Layer::Application,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: not_a_token,
            because: "what stands in the token's place is a placeholder or far too short for a token",
        },
        Indicator {
            weight: Weight::Hints,
            seek: both_halves_sent,
            because: "token and cookie are both sent, so a refusal by this check means that they do not match",
        },
        Indicator {
            weight: Weight::Hints,
            seek: anti_forgery::logged_with_token,
            because: "the log shows that a token came as a parameter, so it did not match the session's",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::logged_without_token,
            because: "the log shows the parameters of the request, and the token is none of them",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::no_token,
            because: "no token is seen anywhere in the request",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::named_caller,
            because: "a caller that names itself in a header cannot be forged, and APIs exempt it from the check",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[],
    fix: "take token and cookie from the same page and session, and give all servers the same key",
    opens: "nothing: the check stays",
    decided_by: "the application's log from the second of the refusal",
    page: page!("csrf/token_invalid"),
};

/// The least bytes of a real token: 8 hexadecimal digits are 32 bits, less than any framework or nonce uses (WordPress: 10).
const LEAST: usize = 8;

fn not_a_token(evidence: &Evidence) -> Option<Sighting> {
    if !evidence.request()?.is_unsafe() {
        return None;
    }
    let tokens = anti_forgery::tokens(evidence);
    let short = |length: usize| (1..LEAST).contains(&length);
    if let Some(token) = tokens.iter().find(|token| token.length.is_some_and(short)) {
        return Some(Sighting::with(
            token.span,
            format!("{}: {} bytes", token.name, token.length.unwrap_or(0)),
        ));
    }
    tokens.iter().find_map(|token| {
        let text = evidence.sources.text(token.span);
        let odd = ["{{", "{%", "%7B%7B", "<%=", "undefined"].into_iter().find(|mark| text.contains(mark))?;
        (token.carrier == anti_forgery::Carrier::Header).then(|| Sighting::with(token.span, odd))
    })
}

fn both_halves_sent(evidence: &Evidence) -> Option<Sighting> {
    if !anti_forgery::is_checked(evidence)
        || anti_forgery::session_cookie(evidence).is_none() && anti_forgery::cookies(evidence).is_empty()
    {
        return None;
    }
    let token = anti_forgery::tokens(evidence)
        .into_iter()
        .find(|token| token.length.is_none_or(|length| length >= LEAST))?;
    Some(Sighting::with(token.span, token.name))
}
