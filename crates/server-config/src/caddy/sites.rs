//! Sites to servers: which addresses share a socket, and in which order sites are tried
//! (`serversFromPairings()` in `caddyconfig/httpcaddyfile/httptype.go`).

use std::net::IpAddr;

use super::Config;
use super::directives::Adapter;
use super::matcher_sets::Named;
use super::route::{Handler, Kind, Matcher, Route, Server};
use super::tree::Directive;

/// A site's address: `https://shop.example:8443/path`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Address {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
}

/// What the global options say.
struct Options {
    http_port: u16,
    https_port: u16,
    auto_https: String,
    trusted: Vec<String>,
}

struct Site<'a> {
    directive: &'a Directive,
    addresses: Vec<Address>,
}

/// The servers of a Caddyfile.
pub(super) fn servers(config: &Config) -> Vec<Server> {
    let options = options(&config.blocks);
    let order = super::directives::order(&config.blocks);
    let mut grouped: Vec<(Server, Vec<Site<'_>>)> = Vec::new();
    for block in config.blocks.iter().filter(|block| !block.words.is_empty()) {
        for (port, addresses) in by_port(block, &options) {
            let bound = bound(block);
            let at = grouped.iter().position(|(server, _)| server.port == port && server.addresses == bound);
            let at = at.unwrap_or_else(|| {
                let server = Server { addresses: bound, port, ..Server::default() };
                grouped.push((server, Vec::new()));
                grouped.len() - 1
            });
            grouped[at].1.push(Site { directive: block, addresses });
        }
    }
    let mut servers = Vec::new();
    let mut groups = 0;
    for (mut server, mut sites) in grouped {
        insertion_sort(&mut sites, goes_before);
        server.is_tls = sites.iter().any(|site| is_tls(site, &options));
        server.trusted.clone_from(&options.trusted);
        for site in &sites {
            add_site(&mut Adapter::new(config, &order, &mut groups), &mut server, site);
            if server.is_tls
                && matches!(options.auto_https.as_str(), "" | "ignore_loaded_certs" | "disable_certs")
            {
                let hosts = site
                    .addresses
                    .iter()
                    .filter(|address| !address.host.is_empty() && address.scheme != "http");
                let place = config.place(site.directive);
                server.redirected.extend(hosts.map(|address| (address.host.clone(), place.clone())));
            }
        }
        servers.push(server);
    }
    servers
}

impl Config {
    /// The port of plain HTTP: where automatic redirects listen.
    pub(super) fn http_port(&self) -> u16 {
        options(&self.blocks).http_port
    }
}

fn options(blocks: &[Directive]) -> Options {
    let global = blocks.first().filter(|block| block.words.is_empty()).map_or(&[][..], Directive::children);
    let value = |name: &str| {
        global.iter().rev().find(|option| option.name() == name).map_or("", |option| option.arg(0))
    };
    let port = |name: &str, default| value(name).parse().unwrap_or(default);
    let servers = global.iter().filter(|option| option.name() == "servers").flat_map(Directive::children);
    let trusted = servers.filter(|option| option.name() == "trusted_proxies" && option.arg(0) == "static");
    Options {
        http_port: port("http_port", 80),
        https_port: port("https_port", 443),
        auto_https: value("auto_https").to_owned(),
        trusted: trusted
            .flat_map(|option| super::route::ranges(option.args().get(1..).unwrap_or(&[])))
            .collect(),
    }
}

fn by_port(site: &Directive, options: &Options) -> Vec<(u16, Vec<Address>)> {
    let mut ports: Vec<(u16, Vec<Address>)> = Vec::new();
    for key in &site.words {
        let address = address(key);
        let default = if address.scheme == "http" { options.http_port } else { options.https_port };
        let port = address.port.unwrap_or(default);
        match ports.iter_mut().find(|(other, _)| *other == port) {
            Some((_, addresses)) => addresses.push(address),
            None => ports.push((port, vec![address])),
        }
    }
    ports
}

fn address(key: &str) -> Address {
    let (scheme, rest) = key.split_once("://").unwrap_or(("", key));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host == "*" && port.is_some() && scheme.is_empty() { "*" } else { host };
    Address { scheme: scheme.to_owned(), host: host.to_ascii_lowercase(), port, path: path.to_owned() }
}

fn bound(site: &Directive) -> Vec<IpAddr> {
    let binds = site.children().iter().filter(|directive| directive.name() == "bind");
    binds.flat_map(Directive::args).filter_map(|word| word.parse().ok()).collect()
}

/// Whether connections are encrypted: by the address, or by a `tls` directive.
fn is_tls(site: &Site<'_>, options: &Options) -> bool {
    let has_tls = site.directive.children().iter().any(|directive| directive.name() == "tls");
    site.addresses.iter().any(|address| {
        let port = address.port.unwrap_or(options.https_port);
        match address.scheme.as_str() {
            "http" => false,
            "https" => true,
            _ if port == options.http_port => false,
            _ if port == options.https_port && address.port.is_none() && address.host.is_empty() => false,
            _ => {
                has_tls
                    || port == options.https_port
                    || (!address.host.is_empty() && options.auto_https != "off")
            }
        }
    })
}

/// Go's `sort.SliceStable()` for short lists: the order need not be a total one, so that the way counts.
pub(super) fn insertion_sort<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && before(&items[at], &items[at - 1]) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// More specific sites go first: long hosts, hosts without wildcards, long paths.
fn goes_before(left: &Site<'_>, right: &Site<'_>) -> bool {
    let specificity = |text: &str| text.len() - text.matches('*').count();
    let longest = |site: &Site<'_>, part: fn(&Address) -> &str| {
        let parts = site.addresses.iter().map(part);
        parts
            .max_by(|left, right| {
                specificity(left).cmp(&specificity(right)).then(std::cmp::Ordering::Greater)
            })
            .unwrap_or("")
            .to_owned()
    };
    let wild = |site: &Site<'_>| {
        site.addresses.iter().any(|address| address.host.is_empty() || address.host.contains('*'))
    };
    let (left_host, right_host) = (longest(left, |a| &a.host), longest(right, |a| &a.host));
    if specificity(&left_host) == 0 {
        return false;
    }
    if specificity(&right_host) == 0 {
        return true;
    }
    if wild(left) != wild(right) {
        return wild(right);
    }
    if specificity(&left_host) == specificity(&right_host) {
        return longest(left, |a| &a.path).len() > longest(right, |a| &a.path).len();
    }
    specificity(&left_host) > specificity(&right_host)
}

fn add_site(adapter: &mut Adapter<'_>, server: &mut Server, site: &Site<'_>) {
    let matchers = site_matchers(&site.addresses);
    let config = adapter.config;
    let body = adapter.site(site.directive.children());
    let handler = |routes: Vec<Route>| {
        let kind = Kind::Subroute { routes, errors: Vec::new() };
        vec![Handler::new(kind, site.directive, config.place(site.directive))]
    };
    let route =
        |routes| Route { matchers: matchers.clone(), handlers: handler(routes), group: None, terminal: true };
    server.routes.push(route(body.routes));
    for errors in body.errors {
        server.errors.push(route(errors));
    }
}

/// Hosts with a common path share a set; a host of its own is dropped when another address has none
/// (`compileEncodedMatcherSets()`).
fn site_matchers(addresses: &[Address]) -> Vec<Vec<Matcher>> {
    let mut pairs: Vec<(Vec<String>, String)> = Vec::new();
    let mut catches_all = false;
    for address in addresses {
        let at = pairs.iter().position(|(_, path)| *path == address.path).unwrap_or_else(|| {
            pairs.push((Vec::new(), address.path.clone()));
            pairs.len() - 1
        });
        if address.host.is_empty() {
            pairs[at].0.clear();
            catches_all = true;
        }
        if !catches_all && !pairs[at].0.contains(&address.host) {
            pairs[at].0.push(address.host.clone());
        }
    }
    let mut sets = Vec::new();
    for (hosts, path) in pairs {
        let mut set = Vec::new();
        if !hosts.is_empty() {
            set.push(Matcher::Host(hosts));
        }
        if !path.is_empty() {
            set.push(Matcher::Path(vec![path]));
        }
        if !set.is_empty() {
            sets.push(set);
        }
    }
    sets
}

/// The matchers that a block names with `@`, on top of those around it.
pub(super) fn named(outer: &Named, directives: &[Directive]) -> Named {
    let mut all = outer.clone();
    for directive in directives.iter().filter(|directive| directive.name().starts_with('@')) {
        all.insert(directive.name().to_owned(), super::matcher_sets::definition(directive));
    }
    all
}
