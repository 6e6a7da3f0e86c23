//! The anti-forgery token was right once: it has expired, was rotated at login, or came from a cached page
//!
//! ## Why the server refuses
//!
//! Tokens live as long as the session or a fixed time: WordPress nonces 12 to 24 hours, Flask-WTF 3600 seconds,
//! Laravel as long as the session (then the status is 419). A page that stayed open over night, that a
//! full-page cache served, or that was loaded before a login in another tab, holds a token that is no longer
//! the current one.
//!
//! ## How to mend it
//!
//! - Load the page again, and take the token from it. In scripts, fetch a new token when the first attempt is
//!   refused, once.
//! - Keep pages with forms out of the cache (`Cache-Control: private, no-store`), or let a script fetch the
//!   token from a route that is not cached. WordPress: exclude pages with `wp_rest` nonces, or cache them for
//!   less than 12 hours.
//! - Flask-WTF: `WTF_CSRF_TIME_LIMIT` (None: as long as the session). Laravel: `SESSION_LIFETIME`. Django
//!   rotates the token at login: open forms in other tabs must be loaded again. Rails: do not cache the form's
//!   `authenticity_token` in fragments.
//! - Do not end the session on the page that shows the form (`Session::flush()`).
//!
//! ## What not to do
//!
//! Tokens that never expire for a site that hands them out to strangers; caching one token for everybody.
//!
//! ## References
//!
//! - WordPress, Nonces; Flask-WTF, configuration; Laravel, CSRF protection and session; RFC 9111, section 5.2.2

use model::{Cause, Evidence, Exchange, Indicator, Layer, Prevalence, Relation, Sighting, Weight};

use crate::causes::anti_forgery;

/// `csrf.token-stale`
pub static TOKEN_STALE: Cause = Cause {
    id: "csrf.token-stale",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: page_from_cache,
            because: "the page before the request came from a cache, and with it the token",
        },
        Indicator {
            weight: Weight::Hints,
            seek: status_419,
            because: "419 is the status that Laravel gives a token that the session no longer knows",
        },
        Indicator {
            weight: Weight::Hints,
            seek: accepted_before,
            because: "an earlier request with a token to the same path was not refused",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::no_token,
            because: "no token is seen anywhere in the request",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[],
    fix: "load the page again for a new token, and keep pages with tokens out of caches",
    opens: "nothing: the check stays",
    decided_by: "the page that gave the token, with its `Age`, `Date` and cache fields",
    page: page!("csrf/token_stale"),
};

fn page_from_cache(evidence: &Evidence) -> Option<Sighting> {
    if anti_forgery::tokens(evidence).is_empty() {
        return None;
    }
    let cached = |exchange: &Exchange| {
        let fields = &exchange.response.as_ref()?.message.fields;
        let html = fields.value("content-type").is_some_and(|value| value.contains("html"));
        let age =
            fields.get("age").filter(|field| field.value.trim().parse::<u64>().is_ok_and(|age| age > 0));
        let hit = ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache", "x-varnish-cache"].iter();
        let hit = hit.filter_map(|name| fields.get(name)).find(|field| {
            let value = field.value.to_ascii_lowercase();
            value.starts_with("hit") || value.contains(" hit")
        });
        age.or(hit)
            .filter(|_| html)
            .map(|field| Sighting::with(field.span, format!("{}: {}", field.name, field.value)))
    };
    evidence.related(Relation::Before).find_map(cached)
}

fn status_419(evidence: &Evidence) -> Option<Sighting> {
    (evidence.status()? == 419).then(|| evidence.status_line().map(Sighting::at)).flatten()
}

fn accepted_before(evidence: &Evidence) -> Option<Sighting> {
    if !anti_forgery::is_checked(evidence) || anti_forgery::tokens(evidence).is_empty() {
        return None;
    }
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let request = exchange.request.as_ref().filter(|request| request.is_unsafe())?;
        Some(Sighting::at(request.message.start_line))
    })
}
