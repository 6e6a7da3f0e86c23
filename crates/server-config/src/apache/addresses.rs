//! Addresses and networks as `Require ip`, `Allow from` and `RemoteIPTrustedProxy` write them
//! (`apr_ipsubnet_create()` in APR).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(IpNet);

impl Network {
    /// `10`, `10.1`, `10.1.0.0/16`, `10.1.0.0/255.255.0.0`, `2001:db8::/32`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, mask) = text.split_once('/').map_or((text, None), |(left, right)| (left, Some(right)));
        match (address.parse::<IpAddr>(), mask) {
            (Ok(address), None) => Some(Self(IpNet::from(address))),
            (Ok(IpAddr::V4(address)), Some(mask)) if mask.contains('.') => {
                let net = Ipv4Net::with_netmask(address, mask.parse::<Ipv4Addr>().ok()?).ok()?;
                Some(Self(IpNet::V4(net.trunc())))
            }
            (Ok(address), Some(mask)) => {
                IpNet::new(address, mask.parse().ok()?).ok().map(|net| Self(net.trunc()))
            }
            (Err(_), None) => partial(address).map(Self),
            (Err(_), Some(mask)) => {
                let IpNet::V4(part) = partial(address)? else { return None };
                Ipv4Net::new(part.addr(), mask.parse().ok()?).ok().map(|net| Self(IpNet::V4(net.trunc())))
            }
        }
    }

    pub(super) fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address) || self.0.contains(&address.to_canonical())
    }
}

/// The first one to three bytes of an address.
fn partial(text: &str) -> Option<IpNet> {
    let parts: Vec<u8> =
        text.trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if parts.is_empty() || parts.len() > 3 {
        return None;
    }
    let byte = |index: usize| parts.get(index).copied().unwrap_or(0);
    let address = Ipv4Addr::new(byte(0), byte(1), byte(2), 0);
    Ipv4Net::new(address, parts.len() as u8 * 8).ok().map(IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_several_forms() {
        let holds = |network: &str, address: &str| {
            Network::parse(network).unwrap().contains(address.parse().unwrap())
        };
        assert!(holds("10", "10.9.9.9") && !holds("10.1", "10.2.0.1"));
        assert!(holds("10.1.0.0/255.255.0.0", "10.1.2.3") && holds("192.168.1.77/24", "192.168.1.1"));
        assert!(holds("2001:db8::/32", "2001:db8::1") && holds("127.0.0.1", "::ffff:127.0.0.1"));
        assert_eq!(Network::parse("example.com"), None);
    }
}
