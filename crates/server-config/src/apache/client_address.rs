//! `mod_remoteip`: which header the client's address is taken from (`remoteip_modify_request()`).

use std::net::IpAddr;

use super::addresses::Network;
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::request::Value;
use crate::walk::{Belief, BelievedFrom, Needs, Verdict};

const PROXIES: &[&str] = &["RemoteIPInternalProxy", "RemoteIPTrustedProxy"];

/// A proxy that is believed, and whether it may name a private address.
struct Trusted {
    network: Network,
    is_internal: bool,
}

impl<'a> Run<'a> {
    pub(super) fn take_client_address(&mut self) -> Phase<'a> {
        if !self.config.known.has_module("remoteip") {
            return Ok(());
        }
        if let Some(rule) = self.defaults.last("RemoteIPProxyProtocol").filter(|rule| is_on(rule)) {
            let place = Some(rule.place.clone());
            self.step("client", Some(rule), Verdict::Hit, "the PROXY protocol names the client".to_owned());
            self.client = Belief { address: None, from: BelievedFrom::ProxyProtocol, place };
            return Ok(());
        }
        let Some(rule) = self.defaults.last("RemoteIPHeader") else { return Ok(()) };
        let name = rule.arg(0).to_owned();
        let trusted = match self.trusted_proxies() {
            Ok(trusted) => trusted,
            Err((rule, needs)) => return self.unknown(rule, needs),
        };
        let Some(connection) = self.client.address else {
            return match self.header(&name) {
                Some(_) => self.unknown(rule, Needs("the client's address".to_owned())),
                None => Ok(()),
            };
        };
        let text = match self.header(&name) {
            None => return Ok(()),
            Some(Value::Known(text)) => text.clone(),
            Some(Value::Unknown(needs)) => {
                let needs = needs.clone();
                return self.unknown(rule, needs);
            }
        };
        match believe(&text, connection, &trusted) {
            Ok(believed) => self.take_belief(rule, &name, believed, connection),
            Err(needs) => return self.unknown(rule, needs),
        }
        Ok(())
    }

    fn take_belief(&mut self, rule: &'a Directive, name: &str, believed: Believed, connection: IpAddr) {
        let Some(address) = believed.address else {
            let because = format!("`{name}` from {connection} is not believed");
            self.step("client", Some(rule), Verdict::Miss, because);
            return;
        };
        let because = format!("`{name}` from {connection} names {address}");
        self.step("client", Some(rule), Verdict::Hit, because);
        let place = Some(rule.place.clone());
        self.client = Belief { address: Some(address), from: BelievedFrom::Header(name.to_owned()), place };
        self.headers.retain(|header| !header.name.eq_ignore_ascii_case(name) || believed.rest.is_some());
        if let Some(rest) = believed.rest {
            let own = self.headers.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name));
            if let Some(header) = own {
                header.value = Value::Known(rest);
            }
        }
        if let Some(rule) =
            self.defaults.last("RemoteIPProxiesHeader").filter(|_| !believed.proxies.is_empty())
        {
            let list = believed.proxies.join(", ");
            self.headers.retain(|header| !header.name.eq_ignore_ascii_case(rule.arg(0)));
            self.headers.push(crate::request::Header::new(rule.arg(0), &list));
        }
    }

    /// The lists of the virtual host, or those of the main server when it has none.
    fn trusted_proxies(&self) -> Result<Vec<Trusted>, (&'a Directive, Needs)> {
        let lists = ["RemoteIPInternalProxyList", "RemoteIPTrustedProxyList"];
        for name in lists {
            if let Some(rule) = self.defaults.last(name) {
                return Err((rule, Needs(format!("the proxies in `{}`", rule.arg(0)))));
            }
        }
        let Some(layer) = self.defaults.innermost_with(PROXIES) else { return Ok(Vec::new()) };
        let mut trusted = Vec::new();
        for rule in layer.rules.iter().map(|rule| rule.directive).filter(|rule| rule.is_any(PROXIES)) {
            for word in &rule.words {
                let Some(network) = Network::parse(word) else {
                    return Err((rule, Needs(format!("the address of `{word}`"))));
                };
                trusted.push(Trusted { network, is_internal: rule.is("RemoteIPInternalProxy") });
            }
        }
        Ok(trusted)
    }
}

fn is_on(rule: &Directive) -> bool {
    rule.arg(0).eq_ignore_ascii_case("on")
}

struct Believed {
    address: Option<IpAddr>,
    /// What stays in the header field.
    rest: Option<String>,
    proxies: Vec<String>,
}

/// From the last address back, as long as the one before it is trusted.
fn believe(text: &str, connection: IpAddr, trusted: &[Trusted]) -> Result<Believed, Needs> {
    let mut believed = Believed { address: None, rest: Some(text.to_owned()), proxies: Vec::new() };
    let mut current = connection;
    let mut is_internal = !trusted.is_empty();
    while let Some(rest) = believed.rest.clone() {
        if !trusted.is_empty() {
            let Some(found) = trusted.iter().find(|proxy| proxy.network.contains(current)) else { break };
            is_internal &= found.is_internal;
        }
        let (before, word) = match rest.rsplit_once(',') {
            Some((before, word)) => (Some(before.to_owned()), word),
            None => (None, rest.as_str()),
        };
        let word = word.trim_matches(' ');
        let Ok(address) = word.parse::<IpAddr>() else {
            if word.contains('.') && word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                return Err(Needs(format!("the address of the name `{word}` in the header")));
            }
            break;
        };
        let address = address.to_canonical();
        if !is_internal && is_private(address) {
            break;
        }
        if !is_internal {
            believed.proxies.push(current.to_canonical().to_string());
        }
        (believed.address, believed.rest) = (Some(address), before);
        current = address;
    }
    Ok(believed)
}

/// Addresses that only an internal proxy may name.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.octets()[0] & 0xe0 != 0x20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(list: &[(&str, bool)]) -> Vec<Trusted> {
        let one = |&(text, is_internal): &(&str, bool)| Trusted {
            network: Network::parse(text).unwrap(),
            is_internal,
        };
        list.iter().map(one).collect()
    }

    #[test]
    fn only_internal_proxies_name_private_addresses() {
        let proxy = "10.0.0.1".parse().unwrap();
        let internal = believe("192.0.2.1, 10.9.9.9", proxy, &trusted(&[("10.0.0.1", true)])).unwrap();
        assert_eq!(internal.address, Some("10.9.9.9".parse().unwrap()));
        assert_eq!(internal.rest.as_deref(), Some("192.0.2.1"));
        let external = believe("10.9.9.9", proxy, &trusted(&[("10.0.0.1", false)])).unwrap();
        assert_eq!(external.address, None);
        let stranger = believe("192.0.2.1", proxy, &trusted(&[("10.0.0.2", true)])).unwrap();
        assert_eq!(stranger.address, None);
    }
}
