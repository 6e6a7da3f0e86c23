//! The host that the request names is not on the application's list of its own names
//!
//! ## Why the server refuses
//!
//! Against forged links and DNS rebinding, applications accept requests for their own names only. A new domain,
//! a tunnel (ngrok), an address instead of a name, a container's name, or an `X-Forwarded-Host` from a proxy,
//! is not among them. Rails, webpack-dev-server, Vite, MLflow, MCP servers and others answer 403; Django
//! answers 400.
//!
//! ## How to mend it
//!
//! - Rails: `config.hosts << "shop.example"`. Django: `ALLOWED_HOSTS` (then the status is 400, not 403).
//!   Symfony: `trusted_hosts`.
//! - webpack-dev-server: `allowedHosts: ["shop.example"]`, each name an entry of its own. Vite:
//!   `server.allowedHosts`. Angular: `allowedHosts`.
//! - MLflow: `--allowed-hosts`. MCP servers: the allowed hosts of the transport's rebinding protection.
//!   Jolokia, Ollama: their origin lists.
//! - A proxy should pass the public name (`proxy_set_header Host $host`), and only one `X-Forwarded-Host`.
//!
//! ## What not to do
//!
//! `config.hosts.clear`, `ALLOWED_HOSTS = ["*"]`, `allowedHosts: "all"` on anything that strangers or web pages
//! can reach.
//!
//! ## References
//!
//! - Rails, ActionDispatch::HostAuthorization; webpack, devServer.allowedHosts; Vite, server.allowedHosts;
//!   Django, ALLOWED_HOSTS

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Subject, Weight};

use crate::causes::{configuration, origin};

/// `acl.host-denied`
pub static HOST_DENIED: Cause = Cause {
    id: "acl.host-denied",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, the rule that refuses this request looks at the host",
        },
        Indicator {
            weight: Weight::Supports,
            seek: list_lacks_host,
            because: "the application's list of its names does not hold the host that was asked",
        },
        Indicator {
            weight: Weight::Hints,
            seek: forwarded_host_differs,
            because: "X-Forwarded-Host names another host than Host, and applications that trust it check it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: address_or_tunnel,
            because: "the host is an address or a tunnel's name, which lists of names rarely hold",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: list_holds_host,
            because: "the application's list of its names holds the host",
        },
    ],
    experiments: &[],
    roots: &[Root {
        cause: "gateway.header-rewritten",
        seek: origin::site_rewritten,
        because: "a proxy passes another host on than the one that was asked",
    }],
    fix: "add this one host name to the application's list",
    opens: "requests that name this host are answered",
    decided_by: "the application's configuration of its host names, and its log",
    page: page!("acl/host_denied"),
};

const LISTS: [&str; 6] = [
    "config.hosts",
    "allowed_hosts",
    "allowedhosts",
    "server.allowedhosts",
    "trusted_hosts",
    "allowed-hosts",
];

/// The host as the application sees it.
fn seen(evidence: &Evidence) -> Option<String> {
    let fields = &evidence.request()?.message.fields;
    let forwarded = fields.value("x-forwarded-host").or_else(|| fields.value("host"));
    let host = forwarded.map_or_else(
        || evidence.request().map(|request| request.url.value.host.clone()),
        |host| Some(host.to_owned()),
    )?;
    Some(host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).to_ascii_lowercase())
}

fn listed(evidence: &Evidence) -> Option<(model::Span, bool)> {
    let host = seen(evidence)?;
    let mut lists = LISTS
        .iter()
        .flat_map(|name| evidence.settings(name))
        .filter(|list| list.value.contains('.') || list.value.contains('*'))
        .peekable();
    let first = lists.peek()?.span;
    let parent = host.split_once('.').map_or("", |(_, parent)| parent).to_owned();
    let holds = |value: &str| {
        let value = value.to_ascii_lowercase();
        value.contains(&host)
            || value.contains('*')
            || value.contains('/')
            || (!parent.is_empty() && value.contains(&format!(".{parent}")))
    };
    Some((first, lists.any(|list| holds(&list.value))))
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Host)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Host)
}

fn list_lacks_host(evidence: &Evidence) -> Option<Sighting> {
    let (span, holds) = listed(evidence)?;
    (!holds).then(|| Sighting::with(span, seen(evidence).unwrap_or_default()))
}

fn list_holds_host(evidence: &Evidence) -> Option<Sighting> {
    listed(evidence).and_then(|(span, holds)| holds.then(|| Sighting::at(span)))
}

fn forwarded_host_differs(evidence: &Evidence) -> Option<Sighting> {
    let (forwarded, span) = evidence.request_header("x-forwarded-host")?;
    let (host, _) = evidence.request_header("host")?;
    (forwarded != host).then(|| Sighting::with(span, forwarded))
}

fn address_or_tunnel(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    let host = url.value.host.as_str();
    let tunnel = ["ngrok", "trycloudflare.com", "loca.lt", "gitpod", "github.dev", "localtunnel", "serveo"];
    let address = host.parse::<std::net::IpAddr>().is_ok_and(|address| !address.is_loopback());
    (address || tunnel.iter().any(|name| host.contains(name))).then(|| Sighting::with(url.span, host))
}
