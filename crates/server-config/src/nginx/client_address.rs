//! `set_real_ip_from`: which header the client's address is taken from (`ngx_http_realip_module.c`).

use std::net::IpAddr;

use super::addresses::Network;
use super::run::Run;
use super::scope::Scope;
use crate::walk::{Belief, BelievedFrom, Verdict};

impl<'a> Run<'a> {
    /// Believes a header when the connection comes from a trusted proxy.
    pub(super) fn take_client_address(&mut self, scope: &Scope<'a>) {
        let trusted = scope.inherited(&["set_real_ip_from"]);
        if trusted.is_empty() || self.client.from != BelievedFrom::Connection {
            return;
        }
        let networks: Vec<Network> = trusted.iter().filter_map(|rule| Network::parse(rule.arg(0))).collect();
        let is_trusted = |address: IpAddr| networks.iter().any(|network| network.contains(address));
        let rule = trusted[0];
        let Some(connection) = self.request.client else {
            return;
        };
        if !is_trusted(connection) {
            let because = format!("the connection comes from {connection}, which is no trusted proxy");
            self.step("real-ip", Some(rule), Verdict::Miss, because);
            return;
        }
        let header = scope.one("real_ip_header").map_or("X-Real-IP", |rule| rule.arg(0)).to_owned();
        if header == "proxy_protocol" {
            return;
        }
        let Ok(text) = self.header_text(&header.to_ascii_lowercase()) else { return };
        let addresses: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let recursive = scope.is_on("real_ip_recursive", "off");
        let mut believed: Option<IpAddr> = None;
        for word in addresses.iter().rev() {
            let Some(address) = parse(word) else { break };
            believed = Some(address);
            if !recursive || !is_trusted(address) {
                break;
            }
        }
        let Some(address) = believed else {
            let because = format!("the connection is trusted, but `{header}` holds no address");
            self.step("real-ip", Some(rule), Verdict::Miss, because);
            return;
        };
        let because = format!("`{header}` from the trusted proxy {connection} names {address}");
        self.step("real-ip", Some(rule), Verdict::Hit, because);
        let place = Some(self.config.place(rule));
        self.client = Belief { address: Some(address), from: BelievedFrom::Header(header), place };
    }
}

/// An address with or without a port (`ngx_parse_addr_port()`).
fn parse(word: &str) -> Option<IpAddr> {
    if let Ok(address) = word.parse() {
        return Some(address);
    }
    if let Some(rest) = word.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    word.rsplit_once(':').and_then(|(address, _)| address.parse().ok())
}
