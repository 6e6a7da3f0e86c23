//! The cookie that the anti-forgery token is bound to was not sent
//!
//! ## Why the server refuses
//!
//! The token in the form is one half; the other is a cookie of its own (Django's `csrftoken`, csurf's `_csrf`)
//! or the session. Without it nothing can match. A browser leaves it out across sites (`SameSite`), over http
//! when it is `Secure`, on another host than its `Domain`, and when it never got it because the page came from
//! a cache. A program leaves it out when each request starts with an empty jar.
//!
//! ## How to mend it
//!
//! - Keep the cookies of the page that gave the token and send them along: `curl -c jar -b jar`,
//!   `requests.Session()`, `fetch(..., { credentials: "include" })`, axios `withCredentials`.
//! - Site on http: a `Secure` cookie is never stored; use https. (`CSRF_COOKIE_SECURE`,
//!   `SESSION_COOKIE_SECURE`, Spring `server.servlet.session.cookie.secure`, Laravel `SESSION_SECURE_COOKIE`,
//!   Express `cookie.secure` with `trust proxy`.)
//! - In a frame of another site: `SameSite=None; Secure` (`CSRF_COOKIE_SAMESITE`, `SESSION_COOKIE_SAMESITE`,
//!   Laravel `SESSION_SAME_SITE`).
//! - Subdomains: `CSRF_COOKIE_DOMAIN`, Laravel `SESSION_DOMAIN`. Django views without a form:
//!   `@ensure_csrf_cookie`.
//! - A cache in front must not drop `Set-Cookie` from pages with forms, nor store them.
//!
//! ## What not to do
//!
//! `SameSite=None` for a site that nobody frames; exempting the view.
//!
//! ## References
//!
//! - RFC 6265bis, sections 5.5 to 5.7 (Secure, SameSite, Domain)
//! - Django, CSRF; Spring Security, CSRF; Laravel, session configuration

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Relation, Root, Sighting, Weight};

use super::script;
use crate::causes::{anti_forgery, configuration, isolated};

/// `csrf.cookie-missing`
pub static COOKIE_MISSING: Cause = Cause {
    id: "csrf.cookie-missing",
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
            seek: token_without_cookie_in_full,
            because: "an anti-forgery token is sent, and no cookie at all that it could be bound to",
        },
        Indicator {
            weight: Weight::Hints,
            seek: token_without_cookie,
            because: "an anti-forgery token is sent, and no cookie is shown that it could be bound to",
        },
        Indicator {
            weight: Weight::Supports,
            seek: secure_over_http,
            because: "the site gives its cookie as `Secure` over plain http, where browsers do not store it",
        },
        Indicator {
            weight: Weight::Supports,
            seek: given_and_not_sent,
            because: "a page before gave the cookie, and the request does not send it back",
        },
        Indicator {
            weight: Weight::Supports,
            seek: script::without_cookies,
            because: "the script sends the token and does not say `credentials`: fetch then sends no cookie to another origin, and in browsers before 2018 none at all",
        },
        Indicator {
            weight: Weight::Supports,
            seek: script::shown_in_frame,
            because: "the site is set up to be shown in a frame of another site over http, where browsers do not send its cookies",
        },
        Indicator {
            weight: Weight::Hints,
            seek: anti_forgery::logged_with_token,
            because: "the log shows that a token came as a parameter: the session it belongs to may not have come",
        },
        Indicator {
            weight: Weight::Hints,
            seek: set_by_refusal,
            because: "the refusal gives a new CSRF cookie, as it does to a visitor without one",
        },
        Indicator { weight: Weight::Weakens, seek: cookie_sent, because: "a CSRF cookie is sent" },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::safe_method,
            because: "anti-forgery checks let safe methods pass",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: cookie_dropped,
        because: "a proxy does not pass cookies on",
    }],
    fix: "send the cookie of the page that gave the token along with the token",
    opens: "nothing: the check then has both halves",
    decided_by: "the page that gave the token, with its `Set-Cookie`, and the request with its `Cookie`",
    page: page!("csrf/cookie_missing"),
};

fn token_without_cookie(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|request| request.is_unsafe())?;
    if request.message.fields.has("cookie") {
        return None;
    }
    let token = anti_forgery::tokens(evidence).into_iter().next()?;
    Some(Sighting::with(token.span, token.name))
}

/// As many header fields as this are no excerpt: browsers send more, and what somebody picks for a report is fewer.
const IN_FULL: usize = 6;

/// The same in a request that was seen as it was sent, or is shown with all that a browser adds. Reports often quote the
/// one header in question and leave the cookies out.
fn token_without_cookie_in_full(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.request()?.message.fields;
    let in_full = evidence.refused.sent_at.is_some() || fields.0.len() >= IN_FULL;
    in_full.then(|| token_without_cookie(evidence)).flatten()
}

fn cookie_sent(evidence: &Evidence) -> Option<Sighting> {
    let (name, _, span) = anti_forgery::cookies(evidence).into_iter().next()?;
    Some(Sighting::with(span, name))
}

/// Sessions are named after themselves, or, with Plug.Session, `_APP_key`.
fn is_bound(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plug = name.starts_with('_') && name.ends_with("_key");
    plug || ["csrf", "xsrf", "sess", "sid"].iter().any(|part| name.contains(part))
}

fn secure_over_http(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url.value;
    // Browsers treat loopback names as trustworthy and may store the cookie there.
    let loopback =
        url.host == "localhost" || url.host.ends_with(".localhost") || url.host.starts_with("127.");
    if url.is_secure() || loopback || cookie_sent(evidence).is_some() {
        return None;
    }
    let pages = evidence.related(Relation::Before).filter_map(|exchange| exchange.response.as_ref());
    pages.chain(evidence.response()).flat_map(|page| page.message.fields.all("set-cookie")).find_map(
        |field| {
            let (name, attributes) = field.value.split_once('=')?;
            let secure = attributes.split(';').skip(1).any(|part| part.trim().eq_ignore_ascii_case("secure"));
            (secure && is_bound(name)).then(|| Sighting::with(field.span, name))
        },
    )
}

fn given_and_not_sent(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|request| request.is_unsafe())?;
    evidence.related(Relation::Before).find_map(|exchange| {
        let fields = &exchange.response.as_ref()?.message.fields;
        fields.all("set-cookie").find_map(|field| {
            let (name, value) = field.value.split_once('=')?;
            let kept = !value.is_empty() && !value.starts_with(';');
            let sent = request.cookies().any(|(own, _, _)| own == name.trim());
            (kept && !sent && is_bound(name)).then(|| Sighting::with(field.span, name))
        })
    })
}

/// The refusal gives a CSRF cookie to a request that had none.
pub(super) fn set_by_refusal(evidence: &Evidence) -> Option<Sighting> {
    if !anti_forgery::is_checked(evidence) || cookie_sent(evidence).is_some() {
        return None;
    }
    evidence.response()?.message.fields.all("set-cookie").find_map(|field| {
        let name = field.value.split('=').next()?;
        let csrf = name.to_ascii_lowercase().contains("csrf") || name.to_ascii_lowercase().contains("xsrf");
        csrf.then(|| Sighting::with(field.span, name))
    })
}

fn cookie_dropped(evidence: &Evidence) -> Option<Sighting> {
    configuration::dropped(evidence, "cookie")
}

/// A token together with its cookie made a copy pass, and the request sends no such cookie.
fn isolated_missing(evidence: &Evidence) -> Option<Sighting> {
    let has_cookie = !anti_forgery::cookies(evidence).is_empty();
    isolated::missing(evidence, anti_forgery::is_header).filter(|_| !has_cookie)
}
