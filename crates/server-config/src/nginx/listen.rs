//! `listen`: which servers share the socket that a connection reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::tree::Directive;
use crate::walk::Needs;

/// One `listen` of one server.
#[derive(Debug, Clone)]
pub(super) struct Listen<'a> {
    pub(super) server: &'a Directive,
    /// The directive; `None` for the default `*:80`.
    pub(super) directive: Option<&'a Directive>,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) is_default: bool,
    pub(super) is_tls: bool,
    accepts_ipv4: bool,
}

/// All TCP sockets of all servers, in the order of the configuration.
pub(super) fn listens(http: &[Directive]) -> Vec<Listen<'_>> {
    let mut found = Vec::new();
    for server in http.iter().filter(|directive| directive.name() == "server" && directive.block.is_some()) {
        let before = found.len();
        let mut any = false;
        for directive in server.named("listen") {
            any = true;
            found.extend(parse(server, directive));
        }
        if !any && found.len() == before {
            // Without `listen`, `*:80` for the superuser (ngx_http_core_module.c, ngx_http_core_server()).
            let address = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            let (is_default, is_tls) = (false, false);
            found.push(Listen {
                server,
                directive: None,
                address,
                port: 80,
                is_default,
                is_tls,
                accepts_ipv4: true,
            });
        }
    }
    found
}

fn parse<'a>(server: &'a Directive, directive: &'a Directive) -> Option<Listen<'a>> {
    let (address, port) = socket(directive.arg(0))?;
    let has = |word: &str| directive.args().iter().skip(1).any(|arg| **arg == *word);
    let accepts_ipv4 = address.is_ipv4() || has("ipv6only=off");
    let is_default = has("default_server") || has("default");
    let is_tls = has("ssl") || server.named("ssl").any(|flag| flag.arg(0) == "on");
    Some(Listen { server, directive: Some(directive), address, port, is_default, is_tls, accepts_ipv4 })
}

/// `80`, `*:80`, `127.0.0.1`, `127.0.0.1:80`, `[::1]`, `[::]:80`, `localhost:80`; sockets of files are left out.
fn socket(text: &str) -> Option<(IpAddr, u16)> {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    if text.starts_with("unix:") {
        return None;
    }
    if let Ok(port) = text.parse::<u16>() {
        return Some((any, port));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port = if port.is_empty() { 80 } else { port.strip_prefix(':')?.parse().ok()? };
        return Some((IpAddr::V6(address), port));
    }
    let (host, port) = text.rsplit_once(':').unwrap_or((text, "80"));
    let address = match host {
        "*" => any,
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().ok()?,
    };
    Some((address, port.parse().ok()?))
}

/// The sockets that may have taken the connection: one, or several when its address is not known.
pub(super) fn reached<'a, 'b>(
    listens: &'b [Listen<'a>],
    address: Option<SocketAddr>,
    port: u16,
) -> Result<Vec<Vec<&'b Listen<'a>>>, Needs> {
    let on_port: Vec<&Listen<'_>> = listens.iter().filter(|listen| listen.port == port).collect();
    if on_port.is_empty() {
        return Err(Needs(format!("a `listen` on port {port}, which no server of this configuration has")));
    }
    let group = |ip: IpAddr| -> Vec<&'b Listen<'a>> {
        on_port.iter().copied().filter(|listen| listen.address == ip).collect()
    };
    if let Some(address) = address {
        let ip = address.ip();
        // A socket on the very address is preferred by the kernel and by ngx_http_init_connection().
        let mut best = group(ip);
        if best.is_empty() && ip.is_ipv4() {
            best = group(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        }
        if best.is_empty() {
            best = group(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
            if ip.is_ipv4() && !best.iter().any(|listen| listen.accepts_ipv4) {
                best.clear();
            }
        }
        if best.is_empty() {
            return Err(Needs(format!("a `listen` that takes connections to {address}")));
        }
        return Ok(vec![best]);
    }
    let mut addresses: Vec<IpAddr> = on_port.iter().map(|listen| listen.address).collect();
    addresses.sort();
    addresses.dedup();
    Ok(addresses.into_iter().map(group).collect())
}
