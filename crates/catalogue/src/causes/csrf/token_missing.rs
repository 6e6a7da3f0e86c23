//! The request carries no anti-forgery token in any place that the framework reads
//!
//! ## Why the server refuses
//!
//! A request that changes state and is known by its cookies must prove that it comes from the site's own page:
//! by a token in the form, or in a header that only its own scripts can set. The form was written without the
//! token, the script does not send it, or a program posts like a browser without having fetched a page first.
//! An old session cookie beside a token login has the same effect: the cookie is recognised first and brings
//! the check with it.
//!
//! ## How to mend it
//!
//! - Django: `{% csrf_token %}` in the form; from scripts `X-CSRFToken` with the cookie's value. DRF:
//!   `SessionAuthentication` brings the check; an API with tokens should list only `TokenAuthentication`.
//! - Rails: `form_with`, or `X-CSRF-Token` from `csrf_meta_tags`. Laravel: `@csrf`, or `X-CSRF-TOKEN`,
//!   `X-XSRF-TOKEN`.
//! - Spring Security: `_csrf` in the form; from scripts `CookieCsrfTokenRepository.withHttpOnlyFalse()` and
//!   `X-XSRF-TOKEN`.
//! - Flask-WTF: `form.hidden_tag()`, or `X-CSRFToken`. Express csurf, csrf-csrf: `_csrf`, or `x-csrf-token`.
//!   ASP.NET: `RequestVerificationToken`. WordPress REST: `X-WP-Nonce`. TeamCity: `X-TC-CSRF-Token`.
//! - A program: use the API's own credentials and send no session cookie.
//!
//! ## What not to do
//!
//! `@csrf_exempt`, `skip_before_action :verify_authenticity_token`, `csrf().disable()` on routes that browsers
//! use with cookies.
//!
//! ## References
//!
//! - OWASP, Cross-Site Request Forgery Prevention Cheat Sheet
//! - Django, CSRF; Rails, Securing applications; Spring Security, CSRF; Laravel, CSRF protection

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use super::cookie_missing::set_by_refusal;
use crate::causes::{anti_forgery, isolated, written};

/// `csrf.token-missing`
pub static TOKEN_MISSING: Cause = Cause {
    id: "csrf.token-missing",
    layer: Layer::Application,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: isolated_missing,
            because: "a neutral copy of the request is refused, and passes when this is added",
        },
        Indicator {
            weight: Weight::Supports,
            seek: cookie_without_token,
            because: "a CSRF cookie is sent, and no token to compare with it in a header, the form or the query",
        },
        Indicator {
            weight: Weight::Supports,
            seek: told_and_none_sent,
            because: "the answer speaks of an anti-forgery token, and the request, shown with its body, carries none",
        },
        Indicator {
            weight: Weight::Supports,
            seek: first_given_by_refusal,
            because: "the refusal itself gives the first CSRF cookie, and the request, shown with its body, carries no token",
        },
        Indicator {
            weight: Weight::Hints,
            seek: session_without_token,
            because: "a session cookie is sent with a request that changes state, and no anti-forgery token",
        },
        Indicator {
            weight: Weight::Hints,
            seek: anti_forgery::logged_without_token,
            because: "the log shows the parameters of the request, and the token is none of them",
        },
        Indicator {
            weight: Weight::Hints,
            seek: checked_by_default,
            because: "Spring Security checks for forgery unless it is told not to, and this configuration does not speak of it",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::logged_with_token,
            because: "the log shows that the token came as a parameter",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: token_sent,
            because: "the request carries an anti-forgery token",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::safe_method,
            because: "anti-forgery checks let safe methods pass",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::named_caller,
            because: "a caller that names itself in a header cannot be forged, and APIs exempt it from the check",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[],
    fix: "send the token in the field or header that the framework reads",
    opens: "nothing: the check stays, and this client passes it",
    decided_by: "the application's log from the second of the refusal, or the page with the form",
    page: page!("csrf/token_missing"),
};

fn token_sent(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::sent(evidence).map(|token| Sighting::with(token.span, token.name))
}

fn cookie_without_token(evidence: &Evidence) -> Option<Sighting> {
    if !anti_forgery::is_checked(evidence) || token_sent(evidence).is_some() {
        return None;
    }
    if anti_forgery::body_left_out(&evidence.request()?.message) {
        return None;
    }
    let (name, _, span) = anti_forgery::cookies(evidence).into_iter().next()?;
    Some(Sighting::with(span, name))
}

/// Short answers that speak of a token; a whole page may name one for its own scripts.
const SENTENCE: usize = 2048;

/// What frameworks call the token. Many say "invalid" of one that did not come as well.
static NAMES: [&str; 5] = ["csrf", "xsrf", "anti-forgery", "antiforgery", "authenticity token"];

fn told_and_none_sent(evidence: &Evidence) -> Option<Sighting> {
    let body = evidence.response()?.message.body.as_ref()?;
    let sentence = &body.value[..body.value.len().min(SENTENCE)];
    let told = String::from_utf8_lossy(sentence).to_ascii_lowercase();
    let named = body.value.len() <= SENTENCE && NAMES.iter().any(|name| told.contains(name));
    named.then(|| anti_forgery::shown_without_token(evidence)).flatten()
}

/// HttpSecurity has the check on from the start (Spring Security, CSRF): only `csrf` in the configuration changes it.
fn checked_by_default(evidence: &Evidence) -> Option<Sighting> {
    if evidence.status().is_some_and(|status| status != 403) || anti_forgery::safe_method(evidence).is_some()
    {
        return None;
    }
    written::by_hand(evidence).find_map(|(whole, text)| {
        let at = text.find("HttpSecurity http")?;
        let cookies_are_used = !text.contains("STATELESS") && !text.to_ascii_lowercase().contains("csrf");
        cookies_are_used.then(|| Sighting::with(whole.part(at, at + "HttpSecurity".len()), "HttpSecurity"))
    })
}

/// Frameworks that give the cookie with the first answer (Spring's `CookieCsrfTokenRepository`) check the same request.
fn first_given_by_refusal(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::shown_without_token(evidence)?;
    set_by_refusal(evidence)
}

fn session_without_token(evidence: &Evidence) -> Option<Sighting> {
    if !anti_forgery::is_checked(evidence) || token_sent(evidence).is_some() {
        return None;
    }
    anti_forgery::session_cookie(evidence).map(Sighting::at)
}

/// With a cookie the token alone was missing; without one, both were.
fn isolated_missing(evidence: &Evidence) -> Option<Sighting> {
    let has_cookie = !anti_forgery::cookies(evidence).is_empty();
    isolated::missing(evidence, anti_forgery::is_header).filter(|_| has_cookie)
}
