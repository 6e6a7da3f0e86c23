//! The list of addresses is right, but the address that it saw is a proxy's
//!
//! ## Why the server refuses
//!
//! A server behind a load balancer or CDN sees the connection of that proxy. It learns the client's address
//! from `X-Forwarded-For`, `Forwarded`, a header of the CDN or the PROXY protocol, and only if it is told to
//! trust the proxy. Where it is not, everybody comes from one address: all are refused, or all are let in, or
//! all are banned for one.
//!
//! ## How to mend it
//!
//! - nginx: `set_real_ip_from PROXY; real_ip_header X-Forwarded-For; real_ip_recursive on;`. Apache:
//!   mod_remoteip, `RemoteIPHeader`, `RemoteIPTrustedProxy`.
//! - HAProxy: `option forwardfor` where it sends, `http-request set-src` where it receives; PROXY protocol:
//!   `send-proxy` and `accept-proxy`.
//! - Traefik: `forwardedHeaders.trustedIPs`, `ipStrategy.depth`. Envoy and Istio: `xff_num_trusted_hops`,
//!   `numTrustedProxies`. Kubernetes: `externalTrafficPolicy: Local`.
//! - Express `trust proxy`, Django behind gunicorn `--forwarded-allow-ips`, Rails `trusted_proxies`, Spring
//!   `server.forward-headers-strategy`, Laravel `TrustProxies`.
//!
//! ## What not to do
//!
//! Trusting `X-Forwarded-For` from everybody: any client can then name any address. Adding the proxy's address
//! to the allow list: everybody is then let in.
//!
//! ## References
//!
//! - RFC 7239; nginx, ngx_http_realip_module; Apache httpd, mod_remoteip; HAProxy, PROXY protocol

use model::{Cause, Indicator, Layer, Prevalence, Root, Weight};

use crate::causes::{addresses, every_request};

/// `acl.ip-behind-proxy`
pub static IP_BEHIND_PROXY: Cause = Cause {
    id: "acl.ip-behind-proxy",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: addresses::hop_was_refused,
            because: "by the configurations the list compares the address of the server in front, and a second witness agrees that it refused",
        },
        Indicator {
            weight: Weight::Supports,
            seek: addresses::hop_was_judged,
            because: "by the configurations, the list compares the address of the server in front instead of the client's",
        },
        Indicator {
            weight: Weight::Supports,
            seek: addresses::proxy_refused,
            because: "the address that was refused is a proxy's, and the client's stands in a header that was not used",
        },
        Indicator {
            weight: Weight::Supports,
            seek: addresses::private_refused,
            because: "a public site refused an address that is private",
        },
        Indicator {
            weight: Weight::Hints,
            seek: addresses::something_in_front,
            because: "the list stands in a server that the request did not reach directly, so it compares the address of what is in front",
        },
        Indicator {
            weight: Weight::Hints,
            seek: addresses::list_without_trust,
            because: "a server behind a proxy compares addresses, and trusts no header that names the client",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: addresses::trust_configured,
            because: "the configuration takes the client's address from a header of a trusted proxy",
        },
    ],
    experiments: &[every_request::ANY_PATH_REFUSED],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: addresses::forwarded_dropped,
        because: "the field that names the client is not passed on",
    }],
    fix: "let the proxy pass the client's address on, and let the server trust it from this proxy only",
    opens: "nothing: the list then sees the right address",
    decided_by: "the log of the server that holds the list: the address it saw, and the forwarded field",
    page: page!("acl/ip_behind_proxy"),
};
