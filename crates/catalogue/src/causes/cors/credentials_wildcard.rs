//! A request with credentials met `Access-Control-Allow-Origin: *`, or no `Access-Control-Allow-Credentials: true`
//!
//! ## Why the server refuses
//!
//! For a request with cookies (`credentials: "include"`, `withCredentials`) a browser demands more than for
//! others: `Access-Control-Allow-Origin` must be the page's origin, not `*`; `Access-Control-Allow-Credentials`
//! must be exactly `true`, in lower case; and `*` in the lists of methods and headers means a method or header
//! of that name.
//!
//! ## How to mend it
//!
//! - If the API needs no cookies, do not send them: `credentials: "omit"` or `same-origin`, no
//!   `withCredentials`.
//! - Otherwise name the origins one by one and allow credentials: Spring `setAllowCredentials(true)` with
//!   `setAllowedOriginPatterns`; Django `CORS_ALLOW_CREDENTIALS = True`; Express `cors({ origin: [...],
//!   credentials: true })`; FastAPI `allow_credentials=True`; Laravel `supports_credentials`; ASP.NET Core
//!   `AllowCredentials`; rack-cors `credentials: true`. Answer with `Vary: Origin`, so that caches keep origins
//!   apart.
//!
//! ## What not to do
//!
//! Reflecting any `Origin` together with `Access-Control-Allow-Credentials: true`: every site can then read
//! what the visitor's login shows.
//!
//! ## References
//!
//! - Fetch standard, CORS check, and *CORS protocol and credentials*

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::cross_origin;
use crate::cors::{self, Fault};

const FAULTS: [Fault; 2] = [Fault::Wildcard, Fault::Credentials];

/// `cors.credentials-wildcard`
pub static CREDENTIALS_WILDCARD: Cause = Cause {
    id: "cors.credentials-wildcard",
    layer: Layer::Client,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: stopped,
            because: "the preflight does not allow credentials",
        },
        Indicator {
            weight: Weight::Proves,
            seek: kept,
            because: "the server answered, and the browser keeps an answer to a request with credentials from the page",
        },
        Indicator {
            weight: Weight::Hints,
            seek: tried,
            because: "a preflight of this request does not allow credentials",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: cross_origin::same_site,
            because: "the request stays on its own site, so a browser applies no CORS check",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: cross_origin::no_origin,
            because: "the request names no origin",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: without_credentials,
            because: "the request was sent without cookies, so the rules for credentials do not apply",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: cross_origin::refused_by_server,
            because: "the real request was sent and refused by the server",
        },
    ],
    experiments: &[Experiment {
        change: Change::Preflight,
        predicts: model::Answer::Accepted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "the preflight is answered, and its fields tell whether credentials are allowed",
    }],
    roots: &[],
    fix: "answer with the page's own origin and `Access-Control-Allow-Credentials: true`, or send no cookies",
    opens: "scripts of the named origin can read answers with the visitor's rights",
    decided_by: "the answer with its header, and whether the page asked with credentials",
    page: page!("cors/credentials_wildcard"),
};

fn stopped(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::stopped_by_preflight(evidence, &FAULTS)
}

fn kept(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::kept_from_page(evidence, &FAULTS)
}

fn tried(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::tried(evidence, &FAULTS)
}

fn without_credentials(evidence: &Evidence) -> Option<Sighting> {
    let asked = cors::cross_origin(evidence)?;
    (!asked.credentialed).then(|| Sighting::at(asked.span))
}
