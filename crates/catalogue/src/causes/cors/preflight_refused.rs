//! The preflight itself was refused, so the browser never sent the real request
//!
//! ## Why the server refuses
//!
//! Before a request that is not *simple* (JSON, PUT, `Authorization` ...) a browser asks with OPTIONS whether
//! it may. By the Fetch standard this preflight carries no cookie and no `Authorization`, and its answer must
//! have a status from 200 to 299. A server that demands a login for every request, has no route for OPTIONS,
//! limits methods, or redirects, answers 401, 403, 404, 405 or 3xx, and the browser stops there.
//!
//! ## How to mend it
//!
//! Let OPTIONS be answered before authentication and routing:
//!
//! - Spring Security: `http.cors(withDefaults())` with a `CorsConfigurationSource`, which puts the CORS filter
//!   first.
//! - Django: `corsheaders.middleware.CorsMiddleware` above the middleware that may answer. ASP.NET Core:
//!   `UseCors` between `UseRouting` and `UseAuthentication`. Express: `app.use(cors())` before the
//!   authentication.
//! - API Gateway: add an OPTIONS method without authorizer. CloudFront: allow OPTIONS in the behaviour.
//! - nginx: `if ($request_method = OPTIONS) { return 204; }` with the CORS fields; `limit_except` must name
//!   OPTIONS.
//!
//! ## What not to do
//!
//! Taking authentication off the route instead of off OPTIONS; switching the browser's web security off.
//!
//! ## References
//!
//! - Fetch standard, CORS-preflight fetch
//! - Spring Security, CORS; ASP.NET Core, middleware order; AWS API Gateway, enable CORS

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::cross_origin;
use crate::cors::Fault;

/// `cors.preflight-refused`
pub static PREFLIGHT_REFUSED: Cause = Cause {
    id: "cors.preflight-refused",
    layer: Layer::Client,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: refused,
            because: "the preflight was not answered with an ok status",
        },
        Indicator {
            weight: Weight::Hints,
            seek: refused_when_tried,
            because: "a preflight of this request is refused",
        },
        Indicator {
            weight: Weight::Supports,
            seek: bare_options_refused,
            because: "OPTIONS without a credential was refused: so would a browser's preflight be",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: cross_origin::preflight_passes,
            because: "the preflight was answered as it should be",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: cross_origin::same_site,
            because: "the request stays on its own site, so a browser applies no CORS check",
        },
        Indicator { weight: Weight::Weakens, seek: no_origin, because: "the request names no origin" },
        Indicator {
            weight: Weight::Weakens,
            seek: real_request_refused,
            because: "the real request was sent and answered",
        },
    ],
    experiments: &[Experiment {
        change: Change::Preflight,
        predicts: model::Answer::Accepted,
        if_so: Weight::Weakens,
        if_not: Weight::Hints,
        because: "the preflight that a browser would send is answered",
    }],
    roots: &[],
    fix: "answer OPTIONS with 204 and the CORS fields before authentication and routing",
    opens: "strangers can learn which methods and headers the route takes; OPTIONS does nothing else",
    decided_by: "the OPTIONS request and its answer (a HAR file holds it, or `curl -i -X OPTIONS`)",
    page: page!("cors/preflight_refused"),
};

fn refused(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::stopped_by_preflight(evidence, &[Fault::PreflightStatus])
}

fn refused_when_tried(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::tried(evidence, &[Fault::PreflightStatus])
}

/// An OPTIONS request of a program, as somebody sends who looks for the preflight by hand: without the fields that a
/// browser adds, or of which only the method is told. With a credential, or a field of WebDAV, it is a request of its own.
fn bare_options_refused(evidence: &Evidence) -> Option<Sighting> {
    let refused = evidence.status().is_some_and(|status| (400..500).contains(&status));
    let Some(request) = evidence.request() else {
        let told = evidence.refused.told.method.as_ref().filter(|method| method.value == "OPTIONS");
        return told.filter(|_| refused).map(|method| Sighting::at(method.span));
    };
    let fields = &request.message.fields;
    let own = ["authorization", "cookie", "depth", "translate"].iter().any(|name| fields.has(name));
    let asks = request.method.value == "OPTIONS" && !own && !crate::cors::is_preflight(request);
    (asks && refused).then(|| Sighting::at(request.message.start_line))
}

fn no_origin(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::no_origin(evidence).filter(|_| bare_options_refused(evidence).is_none())
}

fn real_request_refused(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::refused_by_server(evidence).filter(|_| bare_options_refused(evidence).is_none())
}
