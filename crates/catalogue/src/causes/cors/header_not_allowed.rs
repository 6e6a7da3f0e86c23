//! The preflight was answered, but `Access-Control-Allow-Headers` lacks a header of the request
//!
//! ## Why the server refuses
//!
//! A page may set `Accept`, `Accept-Language`, `Content-Language` and `Content-Type` for forms and plain text
//! without asking. Every other header, `Content-Type: application/json` and `Authorization` among them, is
//! announced in the preflight, and the answer must list it in `Access-Control-Allow-Headers`. `*` counts only
//! without credentials, and never for `Authorization`.
//!
//! ## How to mend it
//!
//! List the headers that the page sends:
//!
//! - Django: `CORS_ALLOW_HEADERS = (*default_headers, "x-...")`. Spring: `setAllowedHeaders`. Tomcat:
//!   `cors.allowed.headers`.
//! - Express `cors`: `allowedHeaders`. FastAPI: `allow_headers`. ASP.NET Core: `WithHeaders`. rack-cors:
//!   `headers:`.
//! - Laravel: `allowed_headers`. API Gateway: the OPTIONS method's integration response.
//!
//! Often the better fix is in the page: do not send the header (tracing and debugging libraries add some) or
//! send it to one's own site only.
//!
//! ## What not to do
//!
//! Reflecting `Access-Control-Request-Headers` for every origin.
//!
//! ## References
//!
//! - Fetch standard, CORS-safelisted request-header, CORS non-wildcard request-header name, CORS-preflight
//!   fetch

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::cross_origin;
use crate::cors::{self, Fault};

/// `cors.header-not-allowed`
pub static HEADER_NOT_ALLOWED: Cause = Cause {
    id: "cors.header-not-allowed",
    layer: Layer::Client,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator { weight: Weight::Proves, seek: stopped, because: "the preflight does not allow a header" },
        Indicator {
            weight: Weight::Hints,
            seek: tried,
            because: "a preflight of this request does not allow a header",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: all_safelisted,
            because: "every header that the page set is CORS-safelisted",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: cross_origin::preflight_passes,
            because: "the preflight allows the request",
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
            seek: cross_origin::refused_by_server,
            because: "the real request was sent and answered",
        },
    ],
    experiments: &[Experiment {
        change: Change::Preflight,
        predicts: model::Answer::Accepted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "the preflight is answered, and its fields tell which headers it allows",
    }],
    roots: &[],
    fix: "add the named header to `Access-Control-Allow-Headers`, or do not send it",
    opens: "scripts of the allowed origins can send that one header",
    decided_by: "the answer to the preflight, with its header",
    page: page!("cors/header_not_allowed"),
};

fn stopped(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::stopped_by_preflight(evidence, &[Fault::Header])
}

fn tried(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::tried(evidence, &[Fault::Header])
}

fn all_safelisted(evidence: &Evidence) -> Option<Sighting> {
    let asked = cors::cross_origin(evidence)?;
    asked.unsafe_headers.is_empty().then(|| Sighting::at(asked.span))
}
