//! `bind`: which frontend takes a connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Config;
use super::proxy::{Proxy, proxies};
use super::tree::{Line, State};
use crate::chain::Listener;
use crate::request::Request;
use crate::walk::{Loser, Needs, Step, Verdict};

/// A socket of a frontend.
#[derive(Debug, Clone)]
pub(super) struct Bind<'a> {
    pub(super) proxy: Proxy<'a>,
    pub(super) line: &'a Line,
    /// `None` for a name that has to be looked up.
    address: Option<IpAddr>,
    /// The first and the last port.
    ports: (u16, u16),
    pub(super) is_tls: bool,
    /// The client's address comes with the connection (PROXY protocol, NetScaler CIP).
    pub(super) takes_proxy_protocol: bool,
    pub(super) asks_certificate: bool,
    accepts_ipv4: bool,
}

/// All TCP sockets of all frontends, in the order of the configuration.
pub(super) fn binds(config: &Config) -> Vec<Bind<'_>> {
    let frontends = proxies(config).into_iter().filter(|proxy| proxy.is_frontend() && !proxy.is_disabled());
    let mut found = Vec::new();
    for proxy in frontends {
        let header = &proxy.section.header;
        // `listen NAME ADDRESS:PORT`, before HAProxy 1.6.
        if header.word(2).contains(':') {
            found.extend(header.word(2).split(',').filter_map(|word| parse(proxy, header, word)));
        }
        for line in proxy.own("bind") {
            found.extend(line.word(1).split(',').filter_map(|word| parse(proxy, line, word)));
        }
    }
    found
}

/// `:80`, `*:80`, `[::]:443`, `ipv4@10.0.0.1:80`, `name:80-90`; sockets of files are left out (`str2sa_range()`).
fn parse<'a>(proxy: Proxy<'a>, line: &'a Line, word: &str) -> Option<Bind<'a>> {
    let (family, rest) = match word.split_once('@') {
        Some((family, rest)) if matches!(family, "ipv4" | "ipv6" | "tcp4" | "tcp6" | "tcp") => (family, rest),
        Some(_) => return None,
        None => ("", word),
    };
    if rest.starts_with('/') {
        return None;
    }
    let (host, port) = rest.rsplit_once(':')?;
    let (first, last) = port.split_once('-').unwrap_or((port, port));
    let ports = (first.parse().ok()?, last.parse().ok()?);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = match host {
        "" | "*" if family.ends_with('6') => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        "" | "*" => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        host => host.parse().ok(),
    };
    let has = |name: &str| line.words.iter().skip(2).any(|word| **word == *name);
    let verify = line.words.iter().position(|word| &**word == "verify").map(|at| line.word(at + 1));
    Some(Bind {
        proxy,
        line,
        address,
        ports,
        is_tls: has("ssl"),
        takes_proxy_protocol: has("accept-proxy") || has("accept-netscaler-cip"),
        asks_certificate: verify.is_some_and(|verify| verify != "none"),
        accepts_ipv4: !has("v6only"),
    })
}

impl Bind<'_> {
    fn has_port(&self, port: u16) -> bool {
        (self.ports.0..=self.ports.1).contains(&port)
    }

    /// How closely the socket fits: its own address goes before all addresses.
    fn rank(&self, address: IpAddr) -> Option<u8> {
        match self.address {
            Some(own) if own.to_canonical() == address.to_canonical() => Some(2),
            Some(IpAddr::V4(any)) if any.is_unspecified() && address.to_canonical().is_ipv4() => Some(1),
            Some(IpAddr::V6(any)) if any.is_unspecified() => {
                (address.is_ipv6() || self.accepts_ipv4).then_some(u8::from(address.is_ipv6()))
            }
            _ => None,
        }
    }
}

/// The socket that takes the connection, and the step that says so.
pub(super) fn choose<'a>(config: &'a Config, request: &Request) -> Result<(Bind<'a>, Step), Needs> {
    let binds = binds(config);
    let port = request.port();
    let on_port: Vec<&Bind<'a>> = binds.iter().filter(|bind| bind.has_port(port)).collect();
    let unsure = binds_unsure(config);
    let best: Vec<&Bind<'a>> = match request.listener {
        Some(listener) => {
            let ranked = |bind: &&Bind<'a>| bind.rank(listener.ip()).unwrap_or(0);
            let fits = on_port.iter().copied().filter(|bind| bind.rank(listener.ip()).is_some());
            let best = fits.clone().map(|bind| ranked(&bind)).max();
            fits.filter(|bind| Some(ranked(bind)) == best).collect()
        }
        None => on_port.clone(),
    };
    let Some(first) = best.first() else {
        return Err(unsure.unwrap_or_else(|| {
            Needs(format!("a `bind` on port {port}, which no frontend of this configuration has"))
        }));
    };
    if best.iter().any(|bind| !bind.proxy.is_same(&first.proxy)) {
        return Err(Needs("the server's address that the connection reached".to_owned()));
    }
    if let (Some(needs), None) = (unsure, request.listener) {
        return Err(needs);
    }
    let because = format!("`{}` takes the connection to port {port}", first.line.text());
    let place = Some(config.place(&first.proxy.section.header));
    let mut step = Step::new("frontend", place, first.proxy.text(), Verdict::Hit, because);
    step.losers = losers(config, &binds, first, port);
    Ok(((*first).clone(), step))
}

/// A `bind` whose address depends on what the configuration does not tell.
fn binds_unsure(config: &Config) -> Option<Needs> {
    let frontends = proxies(config).into_iter().filter(|proxy| proxy.is_frontend() && !proxy.is_disabled());
    frontends.flat_map(|proxy| proxy.own("bind")).find_map(|line| match &line.state {
        State::Unsure(needs) => Some(Needs(format!("{needs}, for `{}`", line.text()))),
        _ => None,
    })
}

fn losers(config: &Config, binds: &[Bind<'_>], winner: &Bind<'_>, port: u16) -> Vec<Loser> {
    let mut losers: Vec<Loser> = Vec::new();
    for bind in binds.iter().filter(|bind| !bind.proxy.is_same(&winner.proxy)) {
        let place = Some(config.place(&bind.proxy.section.header));
        if losers.iter().any(|loser| loser.place == place) {
            continue;
        }
        let because = if bind.has_port(port) {
            format!("`{}` is for another address", bind.line.text())
        } else {
            format!("it has no `bind` on port {port}")
        };
        losers.push(Loser { place, text: bind.proxy.text(), because });
    }
    losers
}

impl Config {
    /// The sockets that HAProxy listens on.
    pub fn listeners(&self) -> Vec<Listener> {
        let listener = |bind: Bind<'_>| Some(Listener::new(bind.address?, bind.ports.0, bind.is_tls));
        binds(self).into_iter().filter_map(listener).collect()
    }
}
