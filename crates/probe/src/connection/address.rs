//! Which addresses a name stands for: `--connect-to`, `--resolve`, then the system's resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::{Failure, FailureKind, Phase, Route, Transfer};

use super::Endpoint;
use crate::failure::failure;

/// Where the server is reached: the URL's own host and port, or what `--connect-to` puts in their place.
pub(crate) fn destination(transfer: &Transfer) -> Endpoint {
    let url = &transfer.url;
    let asked = Endpoint { host: url.host.clone(), port: url.effective_port() };
    let matching = transfer.route.connect_to.iter().find(|((host, port), _)| {
        (host.is_empty() || host.eq_ignore_ascii_case(&asked.host)) && (*port == 0 || *port == asked.port)
    });
    match matching {
        None => asked,
        Some((_, (host, port))) => Endpoint {
            host: if host.is_empty() { asked.host } else { host.clone() },
            port: if *port == 0 { asked.port } else { *port },
        },
    }
}

/// The addresses of an endpoint, in the resolver's order.
pub(crate) async fn resolve(endpoint: &Endpoint, route: &Route) -> Result<Vec<SocketAddr>, Failure> {
    let Endpoint { host, port } = endpoint;
    let addresses = match pinned(endpoint, route) {
        Some(addresses) => addresses,
        None => match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, *port)],
            Err(_) if is_loopback_name(host) => loopback(*port),
            Err(_) => lookup(endpoint).await?,
        },
    };
    let of_family = |address: &SocketAddr| match route.family {
        Some(4) => address.is_ipv4(),
        Some(6) => address.is_ipv6(),
        _ => true,
    };
    let addresses: Vec<_> = addresses.into_iter().filter(of_family).collect();
    if addresses.is_empty() {
        let words = format!("`{host}` has no address of the family asked for");
        return Err(failure(FailureKind::NameNotResolved, Phase::Resolve, words));
    }
    Ok(addresses)
}

async fn lookup(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Failure> {
    match tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => {
            let words = format!("the name `{}` cannot be resolved ({error})", endpoint.host);
            Err(failure(FailureKind::NameNotResolved, Phase::Resolve, words))
        }
    }
}

/// The addresses that `--resolve` gives; an entry for the very host wins over one for `*`, a later one over an earlier.
fn pinned(endpoint: &Endpoint, route: &Route) -> Option<Vec<SocketAddr>> {
    let entry = |wanted: &str| {
        let fits = |(host, port, _): &&(String, u16, Vec<String>)| {
            host.eq_ignore_ascii_case(wanted) && *port == endpoint.port
        };
        route.resolve.iter().rev().find(fits)
    };
    let (_, port, addresses) = entry(&endpoint.host).or_else(|| entry("*"))?;
    let parse = |text: &String| text.trim_matches(['[', ']']).parse().ok();
    Some(addresses.iter().filter_map(parse).map(|address: IpAddr| SocketAddr::new(address, *port)).collect())
}

/// `localhost` and names below it never leave the machine (RFC 6761, section 6.3); curl does so since 7.78.
fn is_loopback_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn loopback(port: u16) -> Vec<SocketAddr> {
    let addresses = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
    addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect()
}
