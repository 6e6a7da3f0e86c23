//! Addresses and networks as `allow`, `deny`, `geo` and `set_real_ip_from` write them.

use std::net::IpAddr;

use ipnet::IpNet;

/// A network, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    All,
    /// Connections over a UNIX socket.
    Unix,
    Range(IpNet),
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "unix:" => Some(Self::Unix),
            _ => range(text).map(Self::Range),
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match self {
            Self::All => true,
            Self::Unix => false,
            Self::Range(range) => contains(range, address),
        }
    }
}

/// A network or a single address; bits behind the prefix are cut off, as nginx does with a warning.
pub(super) fn range(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(range) => Some(range.trunc()),
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// An IPv4 client on an IPv6 socket (`::ffff:a.b.c.d`) is matched by IPv4 rules too
/// (`ngx_http_access_handler()`).
pub(super) fn contains(range: &IpNet, address: IpAddr) -> bool {
    range.contains(&address) || range.contains(&address.to_canonical())
}
