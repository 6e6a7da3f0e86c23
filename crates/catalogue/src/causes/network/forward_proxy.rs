//! The client's own forward proxy refused the target, or wants credentials of its own
//!
//! ## Why the server refuses
//!
//! Companies, build machines and some shells (`http_proxy`) send requests through a proxy. It has rules about
//! targets, ports and users: Squid's `http_access`, an allow list of a CI network, port 443 only for CONNECT.
//! Its 403 or 407 looks like the server's, which was never asked. For https the refusal comes as answer to
//! CONNECT.
//!
//! ## How to mend it
//!
//! - See whether a proxy is used: `env | grep -i proxy`, `curl -v` (*CONNECT*), the answer's `Via` and
//!   `Proxy-*` fields.
//! - Internal targets: `NO_PROXY=.internal,10.0.0.0/8`, `curl --noproxy`. Docker, systemd units and package
//!   managers have proxy settings of their own.
//! - 407: the proxy's credentials (`--proxy-user`), Kerberos or NTLM (`--proxy-negotiate`).
//! - Squid: `acl shop dstdomain .shop.example` and `http_access allow shop` above the final `deny all`;
//!   `SSL_ports` and `Safe_ports` for other ports.
//!
//! ## What not to do
//!
//! `http_access allow all`; tunnels past a proxy that one's employer runs.
//!
//! ## References
//!
//! - RFC 9110, sections 9.3.6 (CONNECT) and 15.5.8 (407); Squid, http_access; curl(1), environment

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, configuration};

/// `network.forward-proxy`
pub static FORWARD_PROXY: Cause = Cause {
    id: "network.forward-proxy",
    layer: Layer::Network,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: asks_for_credentials,
            because: "407 with a challenge is the answer of a forward proxy that wants credentials",
        },
        Indicator {
            weight: Weight::Supports,
            seek: status_407,
            because: "407 means that a proxy on the client's side wants credentials",
        },
        Indicator {
            weight: Weight::Supports,
            seek: tunnel_refused,
            because: "the request that was refused is CONNECT, which only a proxy answers",
        },
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the proxy's configuration its access rules refuse this target, and its log agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the proxy's configuration, its access rules refuse this target",
        },
        Indicator {
            weight: Weight::Hints,
            seek: proxy_fields,
            because: "the answer carries a field that only proxies send to their clients",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: accelerates,
            because: "this Squid is an accelerator: it stands before the service, not before the client",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "except the target from the proxy, or have the proxy allow it",
    opens: "this one target through the proxy",
    decided_by: "`curl -v`, which shows CONNECT and its answer, or the proxy's access log",
    page: page!("network/forward_proxy"),
};

fn asks_for_credentials(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[407])?;
    answer::field(evidence, "proxy-authenticate")
}

fn status_407(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[407])
}

fn tunnel_refused(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    (request.method.value == "CONNECT").then(|| Sighting::at(request.message.start_line))
}

const RULES: [&str; 3] = ["http_access", "adapted_http_access", "http_reply_access"];

/// Whether the configuration is not one of an accelerator, which stands before a service.
fn forwards(evidence: &Evidence) -> bool {
    accelerates(evidence).is_none()
}

fn accelerates(evidence: &Evidence) -> Option<Sighting> {
    configuration::setting(evidence, "http_port", |value| {
        value.split_whitespace().any(|option| matches!(option, "accel" | "vhost"))
    })
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    if !forwards(evidence) {
        return None;
    }
    configuration::refused_by(evidence, &RULES)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    if !forwards(evidence) {
        return None;
    }
    configuration::denial_by(evidence, &RULES)?.confirmed(evidence)
}

fn proxy_fields(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 407])?;
    ["proxy-authenticate", "proxy-connection", "x-squid-error"]
        .iter()
        .find_map(|name| answer::field(evidence, name))
}
