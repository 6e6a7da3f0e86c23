//! A redirect changed the request: POST became GET, or the body or `Authorization` did not follow
//!
//! ## Why the server refuses
//!
//! Clients may turn POST into GET after 301 and 302, and must after 303; only 307 and 308 keep method and body.
//! When a redirect leads to another host, clients drop `Authorization`. What arrives at the end is another
//! request than the one that was written, and it is refused for lacking what was lost. Redirects from `http` to
//! `https`, to the name with `www`, and to the path with a final slash do this.
//!
//! ## How to mend it
//!
//! - Send the request straight to the redirect's target: the final scheme, host and path.
//! - On the server, redirect with 308 (or 307) where methods other than GET are meant to follow.
//! - FastAPI and Starlette: `redirect_slashes=False`, or declare the path as clients write it. Flask:
//!   `strict_slashes=False`. Django: write the final slash. nginx: `return 308`, not `rewrite ... permanent`.
//! - Behind a proxy, make the application know its scheme, so that it does not redirect to `http` and back
//!   (`--forwarded-allow-ips` of Uvicorn and Gunicorn, `SECURE_PROXY_SSL_HEADER` of Django).
//!
//! ## What not to do
//!
//! `curl --location-trusted` and its kin in other clients send the password to whatever host the redirect
//! names.
//!
//! ## References
//!
//! - RFC 9110, sections 15.4.2 to 15.4.9
//! - Fetch standard, HTTP-redirect fetch (steps on method, body and `Authorization`)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Request, Sighting, Weight};

use crate::causes::{answer, authorization, redirects};

/// `request.lost-in-redirect`
pub static LOST_IN_REDIRECT: Cause = Cause {
    id: "request.lost-in-redirect",
    layer: Layer::Client,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: credentials_lost_and_missed,
            because: "the redirect lost `Authorization`, and the last server asks for credentials as it does of those who send none",
        },
        Indicator {
            weight: Weight::Proves,
            seek: method_lost_and_missed,
            because: "the redirect changed the method, and the last server takes the one that was lost and not the new one",
        },
        Indicator {
            weight: Weight::Proves,
            seek: redirects::method_lost_to_rule,
            because: "a redirect changed the method, and the rule that refuses is one on methods",
        },
        Indicator {
            weight: Weight::Supports,
            seek: redirects::method_changed,
            because: "a redirect turned the method into another one",
        },
        Indicator {
            weight: Weight::Supports,
            seek: redirects::method_changed_in_log,
            because: "the log shows a redirect that does not keep the method, and then GET of the same path, which is refused",
        },
        Indicator {
            weight: Weight::Supports,
            seek: credentials_lost,
            because: "the request before the redirect carried `Authorization`, the one after it does not",
        },
        Indicator {
            weight: Weight::Supports,
            seek: body_lost,
            because: "the request before the redirect carried a body, the one after it does not",
        },
        Indicator {
            weight: Weight::Supports,
            seek: redirects::other_method_refused,
            because: "the answer refuses another method than the one that was asked for, so the method changed on the way",
        },
        Indicator {
            weight: Weight::Supports,
            seek: refused_though_allowed,
            because: "405 says that the target takes the method that was sent, so another one arrived",
        },
        Indicator {
            weight: Weight::Hints,
            seek: nothing_allowed,
            because: "405 without `Allow`: a redirect to https or to the final slash, not shown here, makes GET of POST",
        },
        Indicator {
            weight: Weight::Supports,
            seek: sent_to_itself,
            because: "an unsafe request is sent on to the same page, with https or a final slash, by a redirect that does not keep the method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: still_redirected,
            because: "the answer is a redirect that does not keep the method",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: no_redirect,
            because: "the whole exchange is shown, the refused request was the first one, and its answer is no redirect",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "send the request straight to the URL that the redirect leads to",
    opens: "nothing: no rule is changed",
    decided_by: "the exchange hop by hop (`curl -v -L`, or a HAR file with redirects)",
    page: page!("request/lost_in_redirect"),
};

fn credentials_lost(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    let had = redirects::hops(evidence).find_map(|request| request.message.fields.get("authorization"))?;
    (!last.message.fields.has("authorization")).then(|| Sighting::at(had.span))
}

fn credentials_lost_and_missed(evidence: &Evidence) -> Option<Sighting> {
    authorization::bare_challenge(evidence)?;
    authorization::nothing_presented(evidence)?;
    credentials_lost(evidence)
}

fn method_lost_and_missed(evidence: &Evidence) -> Option<Sighting> {
    answer::method_not_allowed(evidence)?;
    let (allowed, _) = answer::allowed_methods(evidence)?;
    let lost = redirects::hops(evidence).find(|request| allowed.contains(&request.method.value))?;
    (lost.method.value != evidence.request()?.method.value)
        .then(|| redirects::method_changed(evidence))
        .flatten()
}

fn body_lost(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    let body = |request: &Request| {
        request.message.body.as_ref().filter(|body| !body.value.is_empty()).map(|b| b.span)
    };
    let had = redirects::hops(evidence).find_map(body)?;
    body(last).is_none().then(|| Sighting::at(had))
}

/// RFC 9110, section 15.5.6: a 405 lists in `Allow` what the target takes.
fn refused_though_allowed(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[405])?;
    evidence.request().filter(|request| request.is_unsafe())?;
    answer::method_allowed(evidence)
}

fn nothing_allowed(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|request| request.is_unsafe())?;
    let told = evidence.response()?.message.fields.has("allow") || redirects::hops(evidence).next().is_some();
    (evidence.status() == Some(405) && !told).then(|| Sighting::at(request.method.span))
}

fn still_redirected(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|request| request.is_unsafe())?;
    let response = evidence.response()?;
    let location = response.message.fields.get("location")?;
    let to_itself = location.value.contains(request.url.value.path.trim_end_matches('/'));
    (matches!(response.status.value, 301..=303) && to_itself).then(|| Sighting::at(location.span))
}

/// The redirect leads to the same path and query, and only the scheme or the final slash differs: what answers
/// there would have answered the request itself.
fn sent_to_itself(evidence: &Evidence) -> Option<Sighting> {
    let place = still_redirected(evidence)?;
    let url = &evidence.request()?.url.value;
    let location = evidence.response()?.message.fields.value("location")?.trim();
    let (scheme, rest) = location.split_once("://").unwrap_or(("", location));
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let page = path.split(['?', '#']).next().unwrap_or("");
    let same = page.trim_end_matches('/') == url.path.trim_end_matches('/');
    // Who is sent to the very address that he wrote down came by http: documents of a request often leave the scheme out.
    let secured = scheme.eq_ignore_ascii_case("https");
    let slashed = page.ends_with('/') != url.path.ends_with('/');
    (same && (secured || slashed)).then_some(place)
}

/// Documents made by a browser or by us list the hops of a redirect; others may leave them out.
fn no_redirect(evidence: &Evidence) -> Option<Sighting> {
    let listed = evidence.refused.timing.wait.is_some() && evidence.refused.peer.is_some();
    let redirected =
        redirects::hops(evidence).next().is_some() || matches!(evidence.status(), Some(300..=399));
    (listed && !redirected).then(|| evidence.status_line().map(Sighting::at)).flatten()
}
