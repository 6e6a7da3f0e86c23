//! The client's address is on a deny list, or not on the allow list
//!
//! ## Why the server refuses
//!
//! Addresses are compared before anything else is looked at: by the cloud firewall of the service, the proxy,
//! the web server or the application. The client came from an address that is not listed: another network, a
//! VPN that is off, a CI machine, IPv6 where the list holds IPv4 only, an egress address that changed.
//!
//! ## How to mend it
//!
//! - Find the address that the server saw: its log, or an echo service; then come from the right network (VPN,
//!   private endpoint).
//! - nginx `allow`, Apache `Require ip`, HAProxy `acl ... src`, Caddy `remote_ip`, Traefik
//!   `ipAllowList.sourceRange`: add the one address or the smallest network, IPv6 as well.
//! - Azure: the resource's *Networking* (Key Vault `network_acls`, Storage, Cosmos DB, OpenAI), or a private
//!   endpoint. AWS: `aws:SourceIp` conditions, WAF IP sets.
//! - Tomcat Manager: `RemoteAddrValve` (now `RemoteCIDRValve`) in `context.xml`. CI: a fixed egress address.
//!
//! ## What not to do
//!
//! `allow all`, `0.0.0.0/0`; sending a forged `X-Forwarded-For`.
//!
//! ## References
//!
//! - nginx, ngx_http_access_module; Apache httpd, mod_authz_host; Traefik, IPAllowList; Azure Key Vault,
//!   network security

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Subject, Weight};

use crate::causes::server::access_rule;
use crate::causes::{addresses, answer, configuration, every_request, open_rules, written};

/// `acl.ip-denied`
pub static IP_DENIED: Cause = Cause {
    id: "acl.ip-denied",
    layer: Layer::Gateway,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: addresses::list_refused,
            because: "by the configuration a list of addresses refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: addresses::list_refuses,
            because: "by the configuration, a list of addresses refuses this request",
        },
        open_rules::when_refused(|evidence| open_rules::refused_by_itself(evidence, Subject::Address, &[])),
        open_rules::when_written(|evidence| open_rules::written_by_itself(evidence, Subject::Address, &[])),
        open_rules::when_open(|evidence| open_rules::left_open(evidence, Subject::Address, &[])),
        Indicator {
            weight: Weight::Supports,
            seek: valve,
            because: "a valve of Tomcat lets in certain addresses only, compared as text (this machine may come as ::1)",
        },
        Indicator {
            weight: Weight::Hints,
            seek: condition_on_address,
            because: "the rule that refuses stands behind a condition on the client's address",
        },
        Indicator {
            weight: Weight::Hints,
            seek: addresses::list_configured,
            because: "the configuration holds a list of addresses",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: access_rule::nothing_grants,
            because: "no section of the configuration covers the directory that the log names, and so none compares addresses",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: addresses::accepted_before,
            because: "another request of the same client was accepted on the same path",
        },
    ],
    experiments: &[every_request::ANY_PATH_REFUSED, every_request::GET_REFUSED],
    roots: &[Root {
        cause: "acl.ip-behind-proxy",
        seek: addresses::proxy_was_judged,
        because: "the address that was compared is a proxy's",
    }],
    fix: "come from a listed network, or add this one address to the list",
    opens: "the service to whoever uses that address, which may be many behind one router",
    decided_by: "the log of the layer that holds the list, which names the address it saw",
    page: page!("acl/ip_denied"),
};

/// Tomcat's valves for addresses, in a context.xml or server.xml that was given. The Manager has one as it is shipped.
fn valve(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    let names = ["org.apache.catalina.valves.RemoteAddrValve", "org.apache.catalina.valves.RemoteCIDRValve"];
    written::by_hand(evidence).find_map(|(whole, text)| {
        let (start, name) = names.iter().find_map(|name| Some((text.find(name)?, name)))?;
        let open = text[..start].rfind('<')?;
        let element = text[open..].split('>').next()?;
        let commented = text[..open].rfind("<!--").is_some_and(|at| !text[at..open].contains("-->"));
        let limits = element.contains("allow=") || element.contains("deny=");
        (limits && !commented).then(|| Sighting::at(whole.part(start, start + name.len())))
    })
}

fn condition_on_address(evidence: &Evidence) -> Option<Sighting> {
    configuration::hangs_on(evidence, Subject::Address)
}
