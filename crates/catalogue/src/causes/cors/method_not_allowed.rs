//! The preflight was answered, but `Access-Control-Allow-Methods` lacks the method
//!
//! ## Why the server refuses
//!
//! The browser asks in `Access-Control-Request-Method` for a method, and sends the request only if the answer's
//! `Access-Control-Allow-Methods` lists it, in the same case. GET, HEAD and POST need no listing; PUT, PATCH
//! and DELETE do. `*` counts only for requests without credentials.
//!
//! ## How to mend it
//!
//! List the methods that the route takes, in upper case:
//!
//! - Spring: `CorsConfiguration.setAllowedMethods` (the default is GET, HEAD and POST). Tomcat:
//!   `cors.allowed.methods`.
//! - Express `cors`: `methods`. FastAPI: `allow_methods` (the default is GET). ASP.NET Core: `WithMethods`.
//!   rack-cors: `methods:`.
//! - Laravel: `allowed_methods`. Django: `CORS_ALLOW_METHODS`. S3: `AllowedMethods` of the bucket's CORS rules.
//!
//! In the page, write `PATCH` in capitals: `fetch` corrects the case of GET, POST, PUT, DELETE, HEAD and
//! OPTIONS only.
//!
//! ## What not to do
//!
//! Listing every method for every route: a page of an allowed origin can then delete what it should only read.
//!
//! ## References
//!
//! - Fetch standard, CORS-preflight fetch, and *normalize* a method
//! - Spring Framework, CORS; Amazon S3, CORS configuration

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::cross_origin;
use crate::cors::{self, Fault};

/// `cors.method-not-allowed`
pub static METHOD_NOT_ALLOWED: Cause = Cause {
    id: "cors.method-not-allowed",
    layer: Layer::Client,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: stopped,
            because: "the preflight does not allow the method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: tried,
            because: "a preflight of this request does not allow the method",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: safelisted,
            because: "GET, HEAD and POST need no entry in `Access-Control-Allow-Methods`",
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
        because: "the preflight is answered, and its fields tell which methods it allows",
    }],
    roots: &[],
    fix: "add the method to `Access-Control-Allow-Methods` for this route",
    opens: "scripts of the allowed origins can use that method on the route",
    decided_by: "the answer to the preflight, with its header",
    page: page!("cors/method_not_allowed"),
};

fn stopped(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::stopped_by_preflight(evidence, &[Fault::Method])
}

fn tried(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::tried(evidence, &[Fault::Method])
}

fn safelisted(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method;
    cors::is_safelisted_method(&method.value).then(|| Sighting::with(method.span, method.value.clone()))
}
