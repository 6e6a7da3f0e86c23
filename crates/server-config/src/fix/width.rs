//! How wide a fix is, measured by simulating it over requests that were refused.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::request::Request;
use crate::walk::{Answer, Walk};

/// What a fix would have let through of the refused requests in a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Width {
    /// Requests that the configuration refuses as it is.
    pub refused: usize,
    /// How many of those would pass with the fix.
    pub let_through: usize,
    /// How many of those cannot be told.
    pub unknown: usize,
    /// The methods and paths that would pass, at most [`Width::KINDS`].
    pub kinds: BTreeSet<String>,
    /// The smallest network that all clients that would pass come from.
    pub clients: Option<IpNet>,
}

impl Width {
    /// How many different methods and paths are named.
    pub const KINDS: usize = 8;

    /// Simulates each request before and after the fix.
    pub fn measure<'a>(
        requests: impl IntoIterator<Item = &'a Request>,
        before: impl Fn(&Request) -> Walk,
        after: impl Fn(&Request) -> Walk,
    ) -> Self {
        let mut width = Self::default();
        for request in requests {
            if !before(request).refuses() {
                continue;
            }
            width.refused += 1;
            let walk = after(request);
            if matches!(walk.outcome.answer, Answer::Unknown(_)) {
                width.unknown += 1;
            } else if !walk.refuses() {
                width.count(request);
            }
        }
        width
    }

    fn count(&mut self, request: &Request) {
        // Once clients of both families, or an unknown one, pass, no network holds them all.
        self.clients = match (self.let_through, self.clients, request.client) {
            (0, _, Some(client)) => Some(client.into()),
            (_, Some(network), Some(client)) => holding(network, client),
            _ => None,
        };
        self.let_through += 1;
        if self.kinds.len() < Self::KINDS {
            let path = request.target.split('?').next().unwrap_or("/");
            self.kinds.insert(format!("{} {path}", request.method));
        }
    }
}

/// The smallest network that holds another one and an address; none holds all of a family.
fn holding(network: IpNet, address: IpAddr) -> Option<IpNet> {
    let mut wider = network;
    while !wider.contains(&address) {
        wider = wider.supernet().filter(|wider| wider.prefix_len() > 0)?;
    }
    Some(wider)
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lets through {} of the last {} refused requests", self.let_through, self.refused)?;
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        match (self.let_through, kinds.as_slice()) {
            (0, _) | (_, []) => {}
            (_, [kind]) => write!(f, ", all {kind}")?,
            (_, kinds) => write!(f, ": {}", kinds.join(", "))?,
        }
        if let Some(clients) = self.clients {
            write!(f, " from {}", clients.trunc())?;
        }
        match self.unknown {
            0 => Ok(()),
            unknown => write!(f, "; {unknown} cannot be told"),
        }
    }
}
