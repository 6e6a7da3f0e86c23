//! A chain of servers: which configuration takes the connection that another one opens.

use std::net::{IpAddr, SocketAddr};

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

impl Listener {
    /// A listener from an address as configurations write it: the unspecified one means all.
    pub fn new(address: IpAddr, port: u16, is_tls: bool) -> Self {
        Self { address: Some(address).filter(|address| !address.is_unspecified()), port, is_tls }
    }

    /// Whether a connection to this address comes here.
    pub fn takes(&self, address: SocketAddr) -> bool {
        self.port == address.port() && self.address.is_none_or(|own| own == address.ip())
    }
}
