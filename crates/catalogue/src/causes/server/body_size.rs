//! The web server's limit on bodies was met
//!
//! ## Why the server refuses
//!
//! Web servers and interfaces limit bodies: nginx `client_max_body_size` (1 MB by default), Apache
//! `LimitRequestBody` (1 GB from 2.4.54), IIS `maxAllowedContentLength` (30 MB), PHP `post_max_size` and
//! `upload_max_filesize`. The honest answer is 413; error pages, gateways and old modules turn it into 403, 404
//! or a reset connection, because the server answers before it has read the body.
//!
//! ## How to mend it
//!
//! - nginx: `client_max_body_size 20m;` in the one location; the smallest limit on the way decides (ingress:
//!   `nginx.ingress.kubernetes.io/proxy-body-size`).
//! - Apache: `LimitRequestBody`; with mod_fcgid `FcgidMaxRequestLen`. IIS: `requestLimits`, and
//!   `maxRequestLength` of ASP.NET.
//! - PHP: `post_max_size` larger than `upload_max_filesize`. Express: `express.json({ limit })`. Spring:
//!   `spring.servlet.multipart.max-file-size`. Django: `DATA_UPLOAD_MAX_MEMORY_SIZE`.
//! - Client: send in parts, or compress where the server takes `Content-Encoding`.
//!
//! ## What not to do
//!
//! `client_max_body_size 0` for the whole server.
//!
//! ## References
//!
//! - nginx, client_max_body_size; Apache httpd, LimitRequestBody; RFC 9110, section 15.5.14 (413); PHP,
//!   post_max_size

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{answer, body_length, configuration, firewall};

/// `server.body-size`
pub static BODY_SIZE: Cause = Cause {
    id: "server.body-size",
    layer: Layer::WebServer,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: status_413,
            because: "413 means that the body is too large",
        },
        Indicator {
            weight: Weight::Supports,
            seek: over_limit,
            because: "the body is longer than the configured limit",
        },
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, the limit on bodies refuses this request",
        },
        Indicator {
            weight: Weight::Supports,
            seek: body_length::isolated,
            because: "the same request is accepted when its body is shorter",
        },
        Indicator {
            weight: Weight::Hints,
            seek: over_default,
            because: "the body is longer than nginx's default limit, 1 MB",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: body_length::short,
            because: "the body is shorter than any limit in use",
        },
    ],
    experiments: &[firewall::BODYLESS_PASSES],
    roots: &[],
    fix: "raise the limit for this one path, or send less at a time",
    opens: "larger bodies on that path, which cost memory and disk",
    decided_by: "the web server's error log, or its configured limit for this path",
    page: page!("server/body_size"),
};

const LIMITS: [&str; 6] = [
    "client_max_body_size",
    "limitrequestbody",
    "max_size",
    "maxallowedcontentlength",
    "fcgidmaxrequestlen",
    "post_max_size",
];

fn status_413(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[413])
}

fn over_limit(evidence: &Evidence) -> Option<Sighting> {
    body_length::over(evidence, &LIMITS)
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::BodySize)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::BodySize)
}

fn over_default(evidence: &Evidence) -> Option<Sighting> {
    let (size, span) = answer::request_size(evidence)?;
    (size > 1 << 20).then(|| Sighting::with(span, format!("{size} bytes")))
}
