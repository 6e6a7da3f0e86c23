//! A secure POST came with neither `Origin` nor `Referer`, and the check needs one of them
//!
//! ## Why the server refuses
//!
//! Over https a framework demands to know the page that a POST comes from: `Origin`, else `Referer`. Both are
//! absent when a `Referrer-Policy: no-referrer` of the site itself, a privacy extension, a proxy or an embedded
//! browser removes them, or when a program sends the request with a session cookie and without either.
//!
//! ## How to mend it
//!
//! - Let the site send `Referrer-Policy: same-origin` or `strict-origin-when-cross-origin`. Django:
//!   `SECURE_REFERRER_POLICY = "same-origin"` (the default); a `<meta name="referrer">` in a template counts as
//!   well.
//! - Remove `rel="noreferrer"` from the form's link, and let the proxy pass `Referer` and `Origin` on.
//! - A program: send `Referer` with the site's own URL beside cookie and token, or authenticate with a token
//!   instead of a cookie.
//!
//! ## What not to do
//!
//! `@csrf_exempt` for the view; making the program forge a browser's header set for a login that has an API.
//!
//! ## References
//!
//! - Django, CSRF, How it works (the Referer check over https)
//! - Referrer Policy (W3C), section 3
//! - Fetch standard, `Origin` header

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Relation, Root, Sighting, Weight};

use crate::causes::{anti_forgery, configuration, isolated};

/// `csrf.referer-missing`
pub static REFERER_MISSING: Cause = Cause {
    id: "csrf.referer-missing",
    layer: Layer::Application,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: isolated_missing,
            because: "a neutral copy of the request is refused, and passes when this is added",
        },
        Indicator {
            weight: Weight::Supports,
            seek: policy_removes_it,
            because: "the site's own Referrer-Policy keeps the browser from sending `Referer`, and no `Origin` was sent",
        },
        Indicator {
            weight: Weight::Hints,
            seek: neither_sent,
            because: "a secure request with cookies has neither `Origin` nor `Referer`",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: one_sent,
            because: "the request names the site it comes from",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::safe_method,
            because: "anti-forgery checks let safe methods pass",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: referer_dropped,
        because: "a proxy does not pass the field on",
    }],
    fix: "set `Referrer-Policy: same-origin` on the site, so that its own pages send `Referer`",
    opens: "the site itself sees which of its pages a request comes from",
    decided_by: "the request with all its headers, and the `Referrer-Policy` of the page it was sent from",
    page: page!("csrf/referer_missing"),
};

fn absent(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|_| anti_forgery::is_checked(evidence))?;
    let fields = &request.message.fields;
    (!fields.has("origin") && !fields.has("referer")).then(|| Sighting::at(request.message.start_line))
}

fn neither_sent(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let secure = request.url.value.is_secure() && request.message.fields.has("cookie");
    secure.then(|| absent(evidence)).flatten()
}

fn policy_removes_it(evidence: &Evidence) -> Option<Sighting> {
    absent(evidence)?;
    let pages = evidence.related(Relation::Before).filter_map(|exchange| exchange.response.as_ref());
    let fields =
        pages.chain(evidence.response()).filter_map(|page| page.message.fields.get("referrer-policy"));
    let mut removing = fields.filter(|field| field.value.trim().eq_ignore_ascii_case("no-referrer"));
    removing.next().map(|field| Sighting::with(field.span, field.value.clone()))
}

fn one_sent(evidence: &Evidence) -> Option<Sighting> {
    let field = evidence.request_header("origin").or_else(|| evidence.request_header("referer"))?;
    Some(Sighting::with(field.1, field.0))
}

fn referer_dropped(evidence: &Evidence) -> Option<Sighting> {
    configuration::dropped(evidence, "referer").or_else(|| configuration::dropped(evidence, "origin"))
}

fn isolated_missing(evidence: &Evidence) -> Option<Sighting> {
    isolated::missing(evidence, |name| name == "referer")
}
