//! Which virtual host takes a request: the address and port first, then the name (`server/vhost.c`).

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use super::Config;
use super::fnmatch;
use super::layers::Layer;
use super::tree::Directive;
use crate::chain::Listener;
use crate::source::Place;
use crate::walk::{Loser, Step, Verdict};

/// The server that was chosen.
#[derive(Debug, Clone)]
pub(super) struct Chosen<'a> {
    /// The main server's own directives.
    pub(super) main: Rc<Layer<'a>>,
    /// The virtual host, unless the main server itself answers.
    pub(super) host: Option<Rc<Layer<'a>>>,
    pub(super) is_named: bool,
}

impl Chosen<'_> {
    /// Whether the chosen server is the one of that name and port (`ap_matches_request_vhost()`): by the address it is
    /// written with, or by its port and one of its names.
    pub(super) fn is_called(&self, host: &str, port: u16) -> bool {
        let Some(section) = self.host.as_ref().and_then(|layer| layer.section) else {
            let name = self.main.last("ServerName").map_or("", |rule| server_name(rule.arg(0)));
            return name.eq_ignore_ascii_case(host);
        };
        let own = addresses(section);
        let is_address = |address: &Address| {
            address.port.is_none_or(|own| own == port)
                && address.ip.is_some_and(|ip| ip.to_string().eq_ignore_ascii_case(host))
        };
        if own.iter().any(is_address) {
            return true;
        }
        let named = section_port(section).or_else(|| own.first().and_then(|address| address.port));
        named == Some(port) && has_name(section, host)
    }
}

/// The port in `ServerName name:port`.
fn section_port(section: &Directive) -> Option<u16> {
    let layer = Layer::new(Some(section), section.children(), None);
    let name = layer.last("ServerName")?.arg(0);
    name.split_once("://").map_or(name, |(_, rest)| rest).rsplit_once(':')?.1.parse().ok()
}

/// One address of a `<VirtualHost>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    /// `None` for `*` and `_default_`.
    ip: Option<IpAddr>,
    /// `None` for every port.
    port: Option<u16>,
}

/// Chooses by the connection and, when there is one, the host name.
pub(super) fn choose<'a>(
    config: &'a Config,
    listener: Option<SocketAddr>,
    port: u16,
    name: Option<&str>,
    steps: &mut Vec<Step>,
) -> Chosen<'a> {
    let main = Layer::new(None, config.server_directives(), None);
    let hosts: Vec<&'a Directive> =
        main.sections.iter().copied().filter(|section| section.is("VirtualHost")).collect();
    let chain = chain(&hosts, listener.map(|address| address.ip()), port, name);
    let Some(&first) = chain.first() else {
        let place = hosts.first().map(|host| host.place.clone());
        let because = format!("no virtual host has port {port}, so the main server answers");
        let mut step = Step::new("server", place.filter(|_| false), "", Verdict::Hit, because);
        step.losers = losers(&hosts, None, &chain, port, name);
        steps.push(step);
        return Chosen { main, host: None, is_named: false };
    };
    let named = name.and_then(|name| chain.iter().copied().find(|host| has_name(host, name)));
    let winner = named.unwrap_or(first);
    let because = match (named, name) {
        (Some(_), Some(name)) => format!("it has the name `{name}`"),
        (_, Some(name)) => {
            format!("no virtual host on port {port} has the name `{name}`, and it comes first")
        }
        (_, None) => format!("the request names no host, and it comes first on port {port}"),
    };
    let mut step = Step::new("server", Some(winner.place.clone()), winner.text(), Verdict::Hit, because);
    step.losers = losers(&hosts, Some(winner), &chain, port, name);
    steps.push(step);
    let host = Layer::new(Some(winner), winner.children(), None);
    Chosen { main, host: Some(host), is_named: named.is_some() }
}

/// The virtual hosts that share the best address: an exact one before `*`, and of those one with the port before one for
/// every port (`ap_update_vhost_given_ip()`, `find_ipaddr()`, `find_default_server()`).
fn chain<'a>(
    hosts: &[&'a Directive],
    ip: Option<IpAddr>,
    port: u16,
    name: Option<&str>,
) -> Vec<&'a Directive> {
    let fits = |address: &Address| address.port.is_none_or(|wanted| wanted == port);
    let all: Vec<(&'a Directive, Address)> = hosts
        .iter()
        .flat_map(|host| addresses(host).into_iter().map(|address| (*host, address)))
        .filter(|(_, address)| fits(address))
        .collect();
    let of_ip = |wanted: &Address| match (wanted.ip, ip) {
        (Some(own), Some(ip)) => own.to_canonical() == ip.to_canonical(),
        // Without the server's address, any of its own may be meant.
        (own, None) => own.is_some(),
        (None, Some(_)) => false,
    };
    let mut keys: Vec<Address> = all.iter().map(|(_, address)| *address).filter(of_ip).collect();
    keys.extend(all.iter().map(|(_, address)| *address).filter(|address| address.ip.is_none()));
    keys.sort_by_key(|key| (key.ip.is_none(), key.port.is_none()));
    let of_key = |key: &Address| {
        let mut chain: Vec<&'a Directive> = Vec::new();
        for (host, address) in &all {
            if address == key && !chain.iter().any(|other| std::ptr::eq(*other, *host)) {
                chain.push(host);
            }
        }
        chain
    };
    let Some(first) = keys.first() else { return Vec::new() };
    if ip.is_none()
        && let Some(name) = name
        && let Some(key) = keys.iter().find(|key| of_key(key).iter().any(|host| has_name(host, name)))
    {
        return of_key(key);
    }
    of_key(first)
}

fn addresses(host: &Directive) -> Vec<Address> {
    let parse = |word: &str| {
        let (ip, port) = match word.rsplit_once(':') {
            Some((ip, port)) if port == "*" || port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (ip, port.parse().ok().filter(|port| *port != 0))
            }
            _ => (word, None),
        };
        if ip == "*" || ip.eq_ignore_ascii_case("_default_") {
            return Some(Address { ip: None, port });
        }
        let ip = ip.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        Some(Address { ip: Some(ip), port })
    };
    host.words.iter().filter_map(|word| parse(word)).collect()
}

/// `ServerName`, then `ServerAlias`, the exact ones and those with wildcards (`matches_aliases()`).
fn has_name(host: &Directive, name: &str) -> bool {
    names(host).any(|own| own.eq_ignore_ascii_case(name) || fnmatch::matches_host(own, name))
}

/// The names of a virtual host: without scheme and port.
pub(super) fn names(host: &Directive) -> impl Iterator<Item = &str> {
    let layer = Layer::new(Some(host), host.children(), None);
    let server_name = layer.last("ServerName").map(|rule| server_name(rule.arg(0)));
    let aliases: Vec<&Directive> = layer.named("ServerAlias").collect();
    server_name.into_iter().chain(aliases.into_iter().flat_map(|rule| rule.words.iter().map(|word| &**word)))
}

/// The name in `ServerName [scheme://]name[:port]`.
pub(super) fn server_name(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => text,
    }
}

fn losers(
    hosts: &[&Directive],
    winner: Option<&Directive>,
    chain: &[&Directive],
    port: u16,
    name: Option<&str>,
) -> Vec<Loser> {
    let is_winner = |host: &Directive| winner.is_some_and(|winner| std::ptr::eq(winner, host));
    let in_chain = |host: &Directive| chain.iter().any(|other| std::ptr::eq(*other, host));
    let because = |host: &Directive| match name {
        _ if !addresses(host).iter().any(|own| own.port.is_none_or(|own| own == port)) => {
            format!("it is not for port {port}")
        }
        _ if !in_chain(host) => "another virtual host names the address more exactly".to_owned(),
        Some(name) if has_name(host, name) => format!("an earlier one has the name `{name}`, too"),
        Some(name) => format!("it does not have the name `{name}`"),
        None => "it is not the first".to_owned(),
    };
    let place = |host: &Directive| -> Option<Place> { Some(host.place.clone()) };
    let loser = |host: &&Directive| Loser { place: place(host), text: title(host), because: because(host) };
    hosts.iter().filter(|host| !is_winner(host)).map(loser).collect()
}

/// The section and its first name, to tell one from another.
pub(super) fn title(host: &Directive) -> String {
    let name = names(host).next().map(|name| format!(" {name}")).unwrap_or_default();
    format!("{}{name}", host.text())
}

/// `Listen [address:]port [protocol]`. A socket is encrypted when a virtual host on it has `SSLEngine On`.
pub(super) fn listeners(config: &Config) -> Vec<Listener> {
    let main = Layer::new(None, &config.directives, None);
    let is_on = |layer: &Layer<'_>| {
        layer.last("SSLEngine").is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("on"))
    };
    let hosts = main.sections.iter().filter(|section| section.is("VirtualHost"));
    let encrypted: Vec<u16> = hosts
        .filter(|host| is_on(&Layer::new(Some(host), host.children(), None)))
        .flat_map(|host| addresses(host).into_iter().filter_map(|address| address.port))
        .collect();
    let listener = |rule: &Directive| {
        let (ip, port) = rule.arg(0).rsplit_once(':').unwrap_or(("", rule.arg(0)));
        let port = port.parse().ok()?;
        let address =
            ip.trim_start_matches('[').trim_end_matches(']').parse().unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let is_tls = encrypted.contains(&port) || rule.arg(1).eq_ignore_ascii_case("https") || is_on(&main);
        Some(Listener::new(address, port, is_tls))
    };
    main.named("Listen").filter_map(listener).collect()
}
