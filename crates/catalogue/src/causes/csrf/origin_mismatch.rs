//! The `Origin` or `Referer` of the request is not the site that the server believes it is
//!
//! ## Why the server refuses
//!
//! To keep other sites from posting in a visitor's name, the framework compares `Origin` (or `Referer`) with
//! its own scheme, host and port, which it learns from the connection and from `Host`. A proxy that ends TLS,
//! replaces `Host` or hides the port makes the two differ although the visitor is on the right site. `Origin:
//! null` matches no site.
//!
//! ## How to mend it
//!
//! Mend what the application believes about itself first; add origins only for sites that are truly others:
//!
//! - nginx in front: `proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme;` (with a port
//!   that is not the scheme's own: `$http_host`). Apache: `ProxyPreserveHost On`, `RequestHeader set
//!   X-Forwarded-Proto https`.
//! - Django 4.0 and later: `SECURE_PROXY_SSL_HEADER`, `USE_X_FORWARDED_HOST`; other sites in
//!   `CSRF_TRUSTED_ORIGINS`, with scheme.
//! - Rails: `X-Forwarded-Proto`, `X-Forwarded-Host` and `-Port` from the proxy, `config.assume_ssl`, so that
//!   `request.base_url` is right (`forgery_protection_origin_check` compares with it).
//! - SvelteKit, adapter-node: `ORIGIN`, or `PROTOCOL_HEADER` and `HOST_HEADER`; others in
//!   `csrf.trustedOrigins`. Next.js server actions: `serverActions.allowedOrigins`. TeamCity:
//!   `rest.cors.origins` for other sites.
//! - `Origin: null`: change the page's `Referrer-Policy: no-referrer` to `same-origin`, or take the form out of
//!   the sandboxed frame.
//!
//! ## What not to do
//!
//! `@csrf_exempt`, `csrf: { checkOrigin: false }`, `forgery_protection_origin_check = false`; a wildcard among
//! the trusted origins.
//!
//! ## References
//!
//! - RFC 6454; Fetch standard, `Origin` header
//! - Django, CSRF, CSRF_TRUSTED_ORIGINS; Rails, Securing applications, CSRF; SvelteKit, configuration, csrf

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{anti_forgery, configuration, origin};

/// `csrf.origin-mismatch`
pub static ORIGIN_MISMATCH: Cause = Cause {
    id: "csrf.origin-mismatch",
    layer: Layer::Application,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: site_rewritten,
            because: "a proxy passes another host on than the one the request's `Origin` names",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_site,
            because: "the request says that it comes from another site than it goes to",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: none_named,
            because: "the request, as it is shown, names neither `Origin` nor `Referer`",
        },
        Indicator { weight: Weight::Hints, seek: null, because: "`Origin: null` is no site's origin" },
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
    roots: &[
        Root {
            cause: "gateway.header-rewritten",
            seek: origin::site_rewritten,
            because: "the proxy sends another `Host` to the application than the browser asked for",
        },
        Root {
            cause: "gateway.header-rewritten",
            seek: scheme_not_passed,
            because: "TLS ends at the proxy, and nothing tells the application that the visitor came over https",
        },
    ],
    fix: "make the proxy pass the host and scheme that the browser used, and the application trust them",
    opens: "nothing: the check then compares the right values",
    decided_by: "the application's log, which names both values, or the proxy's configuration",
    page: page!("csrf/origin_mismatch"),
};

/// Fewer header fields than these are an excerpt, in which the two may have been left out.
const IN_FULL: usize = 5;

fn none_named(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let fields = &request.message.fields;
    let named = fields.has("origin") || fields.has("referer");
    (!named && fields.0.len() >= IN_FULL).then(|| Sighting::at(request.message.start_line))
}

fn other_site(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::is_checked(evidence).then(|| origin::differs(evidence)).flatten()
}

fn null(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::is_checked(evidence).then(|| origin::null(evidence)).flatten()
}

/// The browser's origin agrees with the URL, and a proxy then changes the host: only the application sees a difference.
fn site_rewritten(evidence: &Evidence) -> Option<Sighting> {
    origin::agrees(evidence)?;
    anti_forgery::is_checked(evidence).then(|| origin::site_rewritten(evidence)).flatten()
}

/// The URL is https, a proxy's configuration is given, and it sets no `X-Forwarded-Proto`.
fn scheme_not_passed(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request().filter(|request| request.url.value.is_secure())?;
    let told = |text: &str| text.to_ascii_lowercase().contains("x-forwarded-proto");
    if evidence.settings.iter().any(|setting| told(&setting.value) || told(&setting.name)) {
        return None;
    }
    configuration::any_setting(evidence, &["proxy_pass", "proxypass"])
        .map(|sighting| Sighting::with(sighting.span, request.url.value.origin()))
}
