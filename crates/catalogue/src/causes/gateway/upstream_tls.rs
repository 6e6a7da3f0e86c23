//! The gateway could not make a trusted connection to the service behind it, and answers 403
//!
//! ## Why the server refuses
//!
//! Between gateway and service there is TLS as well. If the service's certificate has expired, is for another
//! name, or is signed by an authority that the gateway does not know, or if the service wants a certificate of
//! the gateway, the connection fails. Most gateways answer 502; where the TLS identity decides on rights,
//! as in a service mesh, or where errors are shown as 403, it looks like a refusal.
//!
//! ## How to mend it
//!
//! - Try it from the gateway: `openssl s_client -connect service:443 -servername name -verify_return_error`.
//! - nginx: `proxy_ssl_trusted_certificate`, `proxy_ssl_server_name on`, `proxy_ssl_name`,
//!   `proxy_ssl_certificate` for mutual TLS. Traefik: `serversTransport` with `rootCAs` and `serverName`.
//! - Istio: `DestinationRule` with the right `tls.mode`; `PeerAuthentication` STRICT needs sidecars on both
//!   sides.
//! - Azure Application Gateway: trusted root of the backend setting, and the right host name.
//!
//! ## What not to do
//!
//! `proxy_ssl_verify off`, `insecureSkipVerify: true`.
//!
//! ## References
//!
//! - RFC 9209, section 2.3 (Proxy-Status error types for TLS); nginx, proxy_ssl_verify; Istio, mutual TLS

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::configuration;

/// `gateway.upstream-tls`
pub static UPSTREAM_TLS: Cause = Cause {
    id: "gateway.upstream-tls",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: proxy_status,
            because: "the answer's Proxy-Status names a TLS error towards the next hop (RFC 9209)",
        },
        Indicator {
            weight: Weight::Hints,
            seek: verification_configured,
            because: "the gateway verifies the certificate of the service behind it",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "make the service show a certificate that the gateway trusts, for the name that it asks",
    opens: "nothing: the connection is verified as before",
    decided_by: "the gateway's error log, which names the TLS error",
    page: page!("gateway/upstream_tls"),
};

/// The error types of RFC 9209, section 2.3, that are about TLS with the next hop.
const ERRORS: [&str; 3] = ["tls_protocol_error", "tls_certificate_error", "tls_alert_received"];

fn proxy_status(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.response()?.message.fields;
    fields.all("proxy-status").find_map(|field| {
        let mut parameters = field.value.split([';', ',']).filter_map(|part| part.trim().split_once('='));
        let (_, error) =
            parameters.find(|(name, error)| *name == "error" && ERRORS.contains(&error.trim()))?;
        Some(Sighting::with(field.span, error.trim()))
    })
}

fn verification_configured(evidence: &Evidence) -> Option<Sighting> {
    let on = |value: &str| value.trim_end_matches(';').eq_ignore_ascii_case("on");
    configuration::setting(evidence, "proxy_ssl_verify", on).or_else(|| {
        configuration::setting(evidence, "sslproxyverify", |value| value.eq_ignore_ascii_case("require"))
    })
}
