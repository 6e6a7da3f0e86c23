//! Host, scheme, port, Origin or address was changed on the way, so the next hop compares the wrong value
//!
//! ## Why the server refuses
//!
//! A proxy speaks to the application in its own name: nginx sends `Host: $proxy_host`, TLS ends at the edge,
//! and the port inside is another than outside. An application that compares `Origin` with its own address,
//! checks its host list, builds redirects, or verifies a signature over `Host`, works with the changed values
//! and refuses.
//!
//! ## How to mend it
//!
//! - nginx: `proxy_set_header Host $host;` (`$http_host` to keep a port), `X-Forwarded-Proto $scheme`,
//!   `X-Forwarded-For $proxy_add_x_forwarded_for`. Apache: `ProxyPreserveHost On`.
//! - HAProxy: `http-request set-header X-Forwarded-Proto https if { ssl_fc }`. Caddy and Traefik pass them by
//!   themselves; Traefik trusts those of others only with `forwardedHeaders.trustedIPs`.
//! - Make the application believe them, from this proxy only: Django `SECURE_PROXY_SSL_HEADER`,
//!   `USE_X_FORWARDED_HOST`; Rails `config.assume_ssl`; Spring `server.forward-headers-strategy`; Express
//!   `trust proxy`; ASP.NET `UseForwardedHeaders`; SvelteKit `PROTOCOL_HEADER`, `HOST_HEADER`; uvicorn
//!   `--proxy-headers`.
//!
//! ## What not to do
//!
//! Fixing one value by hand (`proxy_set_header Origin ""`) so that the check sees nothing; trusting forwarded
//! headers from everybody.
//!
//! ## References
//!
//! - RFC 9110, section 7.2; RFC 7239; nginx, ngx_http_proxy_module; Apache httpd, mod_proxy, ProxyPreserveHost

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{configuration, origin, signatures};

/// `gateway.header-rewritten`
pub static HEADER_REWRITTEN: Cause = Cause {
    id: "gateway.header-rewritten",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: origin::site_rewritten,
            because: "by the configuration, the next hop sees another host than the one that was asked",
        },
        Indicator {
            weight: Weight::Hints,
            seek: signed_field_changed,
            because: "by the configuration, a header that the signature covers reaches the next hop with another value",
        },
        Indicator {
            weight: Weight::Hints,
            seek: origin_changed,
            because: "by the configuration, `Origin` reaches the next hop with another value",
        },
        Indicator {
            weight: Weight::Hints,
            seek: origin::host_differs,
            because: "`Host` names another host than the URL that was asked",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "pass host, scheme and address on as the client used them, and let the application trust this proxy",
    opens: "nothing: the next hop then sees the true values",
    decided_by: "the request as the application received it, against the one that the client sent",
    page: page!("gateway/header_rewritten"),
};

fn signed_field_changed(evidence: &Evidence) -> Option<Sighting> {
    let (signature, _) = signatures::first(evidence)?;
    signature.signed_headers.iter().find_map(|name| configuration::changed(evidence, name))
}

fn origin_changed(evidence: &Evidence) -> Option<Sighting> {
    configuration::changed(evidence, "origin").or_else(|| configuration::changed(evidence, "referer"))
}
