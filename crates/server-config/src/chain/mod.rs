//! A chain of servers: which configuration takes the connection that another one opens, and what comes of the request
//! hop by hop.

mod check;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::configuration::Configuration;
use crate::request::Request;
use crate::source::FileTree;
use crate::walk::{Answer, Needs, Walk};

pub use check::check;

/// Hops walked; a longer chain is a loop.
const MAX_HOPS: usize = 16;

/// One server: its configuration, its files, and whom it sees at the other end of the connection.
#[derive(Debug, Clone)]
pub struct Server {
    /// The configuration.
    pub configuration: Configuration,
    /// The server's file tree.
    pub files: FileTree,
    /// The address that connects to this server, where a log of it shows one.
    pub peer: Option<IpAddr>,
}

/// The request at one server.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The server, by its number among those given.
    pub server: usize,
    /// The request as it arrives.
    pub request: Request,
    /// What the server does with it.
    pub walk: Walk,
    /// What was taken for granted about the way to this server.
    pub assuming: Vec<Needs>,
}

/// A socket that a server listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// The address; `None` for all of the machine's.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Whether connections to it are encrypted.
    pub is_tls: bool,
}

/// Walks a request through all servers that it reaches, the first one found by the sockets: a server that listens
/// where the request goes, else the one from which most others are reached.
pub fn walk(servers: &[Server], request: &Request) -> Vec<Hop> {
    let takes = |server: &Server| {
        server.configuration.listeners().iter().any(|listener| listener.is_reached_by(request))
    };
    let candidates: Vec<usize> = (0..servers.len()).filter(|&server| takes(&servers[server])).collect();
    let direct = |entry: usize| match servers[entry].configuration.is_forward_proxy() {
        true => through_proxy(request),
        false => (request.clone(), Vec::new()),
    };
    let chain = longest(&candidates, |entry| {
        let (request, assumed) = direct(entry);
        follow(servers, entry, request, assumed)
    });
    if let Some(chain) = chain {
        return chain;
    }
    let all: Vec<usize> = (0..servers.len()).collect();
    longest(&all, |entry| {
        let (request, assumed) = at_own_port(&servers[entry].configuration, request);
        follow(servers, entry, request, assumed)
    })
    .unwrap_or_default()
}

/// The first of the longest chains.
fn longest(entries: &[usize], chain: impl Fn(usize) -> Vec<Hop>) -> Option<Vec<Hop>> {
    let chains = entries.iter().map(|&entry| chain(entry));
    chains.reduce(|best, other| if other.len() > best.len() { other } else { best })
}

/// The request as it would arrive at a port that the server does listen on, where something in front maps ports.
fn at_own_port(configuration: &Configuration, request: &Request) -> (Request, Vec<Needs>) {
    if configuration.is_forward_proxy() {
        return through_proxy(request);
    }
    let listeners = configuration.listeners();
    let wanted = request.port();
    let same = listeners.iter().find(|listener| listener.is_tls == (request.scheme.name() == "https"));
    let Some(listener) = same.or(listeners.first()) else { return (request.clone(), Vec::new()) };
    let address = listener.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut moved = request.clone();
    moved.listener = Some(SocketAddr::new(address, listener.port));
    let assumed = Needs(format!("that what comes to port {wanted} arrives at port {}", listener.port));
    (moved, vec![assumed])
}

/// The request as a client sends it to a forward proxy: it names the whole URL, whatever port that has.
fn through_proxy(request: &Request) -> (Request, Vec<Needs>) {
    if !request.target.starts_with('/') {
        return (request.clone(), Vec::new());
    }
    let assumed = Needs("that the client sends its requests through this proxy".to_owned());
    (Request { listener: None, ..request.clone() }, vec![assumed])
}

/// From one server on, as long as another one takes what the last one passes on.
fn follow(servers: &[Server], entry: usize, request: Request, assuming: Vec<Needs>) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut next = Some((entry, request, assuming));
    while let Some((server, mut request, assuming)) = next.take().filter(|_| hops.len() < MAX_HOPS) {
        if hops.iter().any(|hop| hop.server == server) {
            break;
        }
        let Server { configuration, files, peer } = &servers[server];
        request.client =
            request.client.filter(|_| hops.is_empty()).or(*peer).or_else(|| own_machine(&request));
        let walk = configuration.simulate(&request, files);
        if let Answer::Upstream(forwarded) = &walk.outcome.answer {
            next = successor(servers, configuration, &forwarded.destination)
                .map(|(server, address)| (server, forwarded.arrives_at(Some(address), None), Vec::new()));
        }
        hops.push(Hop { server, request, walk, assuming });
    }
    hops
}

/// What connects to a loopback address comes from the same machine (ip(7)).
fn own_machine(request: &Request) -> Option<IpAddr> {
    let listener = request.listener?.ip();
    listener.is_loopback().then(|| if listener.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { listener })
}

/// The server that listens at a destination, and the address it is reached at.
fn successor(servers: &[Server], from: &Configuration, destination: &str) -> Option<(usize, SocketAddr)> {
    let authority = destination.split_once("://").map_or(destination, |(_, rest)| rest);
    let usual = if destination.starts_with("https") { 443 } else { 80 };
    from.members(authority).iter().find_map(|member| {
        let address = socket(member, usual)?;
        let takes =
            |server: &Server| server.configuration.listeners().iter().any(|listener| listener.takes(address));
        servers.iter().position(takes).map(|server| (server, address))
    })
}

/// An address with its port; a name is known only if it is the machine's own.
fn socket(authority: &str, usual: u16) -> Option<SocketAddr> {
    let authority = authority.split(['/', ' ']).next()?;
    if let Ok(address) = authority.parse::<SocketAddr>() {
        return Some(address);
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()?),
        _ => (authority, usual),
    };
    let address = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.trim_matches(['[', ']']).parse().ok()?,
    };
    Some(SocketAddr::new(address, port))
}

impl Listener {
    /// A listener from an address as configurations write it: the unspecified one means all.
    pub fn new(address: IpAddr, port: u16, is_tls: bool) -> Self {
        Self { address: Some(address).filter(|address| !address.is_unspecified()), port, is_tls }
    }

    /// Whether a connection to this address comes here.
    pub fn takes(&self, address: SocketAddr) -> bool {
        self.port == address.port() && self.address.is_none_or(|own| own == address.ip())
    }

    /// Whether the connection of a request may come here.
    pub fn is_reached_by(&self, request: &Request) -> bool {
        match request.listener {
            Some(address) => self.takes(address),
            None => self.port == request.port(),
        }
    }
}
