//! The page's origin is not allowed: by the browser, which found no matching `Access-Control-Allow-Origin`, or by the server
//!
//! ## Why the server refuses
//!
//! A browser shows a cross-origin answer to the page only if `Access-Control-Allow-Origin` names the page's
//! origin, scheme, host and port alike. Some servers also refuse such a request themselves: Spring, Tomcat and
//! Play answer 403 when the `Origin` is not on their list. A proxy that changes `Host` or ends TLS can make the
//! site's own origin look foreign.
//!
//! ## How to mend it
//!
//! Add the exact origin (no path, no final slash, port only if it is not the scheme's own) to the list:
//!
//! - Spring: `CorsConfiguration.setAllowedOrigins` or `setAllowedOriginPatterns`; for one's own site behind a
//!   proxy, `server.forward-headers-strategy=framework`. Tomcat: `cors.allowed.origins`.
//! - Django: `CORS_ALLOWED_ORIGINS` (django-cors-headers). Laravel: `config/cors.php`, `allowed_origins`.
//!   Rails: rack-cors, `origins`. FastAPI: `CORSMiddleware(allow_origins=[...])`. ASP.NET Core: `WithOrigins`.
//!   Express: `cors({ origin })`.
//! - Play: `play.filters.cors.allowedOrigins`. Ollama: `OLLAMA_ORIGINS`. Jolokia: `jolokia-access.xml`.
//!
//! ## What not to do
//!
//! `Access-Control-Allow-Origin: *`, or reflecting whatever `Origin` comes: every site may then read the
//! answers.
//!
//! ## References
//!
//! - Fetch standard, CORS check; RFC 6454
//! - Spring Framework, CORS; Apache Tomcat, CORS filter

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{answer, cross_origin, origin};
use crate::cors::{self, Fault};

/// `cors.origin-not-allowed`
pub static ORIGIN_NOT_ALLOWED: Cause = Cause {
    id: "cors.origin-not-allowed",
    layer: Layer::Client,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: stopped,
            because: "the preflight does not allow this origin",
        },
        Indicator {
            weight: Weight::Proves,
            seek: kept,
            because: "the server answered, and the browser keeps the answer from a page of this origin",
        },
        Indicator {
            weight: Weight::Hints,
            seek: refused_foreign,
            because: "the request comes from another origin, and the refusal grants it nothing",
        },
        Indicator {
            weight: Weight::Hints,
            seek: refused_without_words,
            because: "the refusal has no body, as those of filters on Origin (Tomcat's CorsFilter, gin-contrib/cors)",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: method_refused,
            because: "the method was refused, so that no CORS header was added: their absence follows from it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: no_web_origin,
            because: "the origin is none of the web, so lists of sites rarely hold it",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: cross_origin::no_origin,
            because: "the request names no origin",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: granted,
            because: "the refusal itself allows this origin, so the check on it was passed",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutOrigin,
        predicts: model::Answer::Lifted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without `Origin` the same target is not refused",
    }],
    roots: &[Root {
        cause: "gateway.header-rewritten",
        seek: origin::site_rewritten,
        because: "a proxy changes the host, so the application takes its own site for a foreign one",
    }],
    fix: "add the page's exact origin to the server's list of allowed origins",
    opens: "scripts of that one origin can read the answers, with the visitor's rights if credentials are allowed",
    decided_by: "the server's CORS configuration, or the answer to the preflight",
    page: page!("cors/origin_not_allowed"),
};

fn stopped(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::stopped_by_preflight(evidence, &[Fault::Origin])
}

fn kept(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::kept_from_page(evidence, &[Fault::Origin])
}

fn refused_foreign(evidence: &Evidence) -> Option<Sighting> {
    cross_origin::refused_by_server(evidence)?;
    let objection = cors::check(&cors::cross_origin(evidence)?, evidence.response()?)?;
    let (_, span) = evidence.request_header("origin")?;
    (objection.fault == Fault::Origin).then(|| Sighting::with(span, objection.wanted))
}

fn refused_without_words(evidence: &Evidence) -> Option<Sighting> {
    refused_foreign(evidence)?;
    let response = evidence.response().filter(|response| response.status.value == 403)?;
    let empty = response.message.body.as_ref().is_none_or(|body| body.value.trim_ascii().is_empty());
    empty.then_some(Sighting::at(response.message.start_line))
}

fn method_refused(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[405])
}

fn no_web_origin(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.request_header("origin")?;
    (!value.starts_with("http") && value != "null").then(|| Sighting::with(span, value))
}

fn granted(evidence: &Evidence) -> Option<Sighting> {
    let asked = cors::cross_origin(evidence)?;
    let (value, span) = evidence.response_header("access-control-allow-origin")?;
    (value == "*" || value == asked.origin).then(|| Sighting::with(span, value))
}
