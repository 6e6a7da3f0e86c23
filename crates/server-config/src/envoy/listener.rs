//! The listener that a connection reaches, and its filter chain.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::run::{Answered, Run};
use crate::document::Node;
use crate::request::Scheme;
use crate::walk::{Answer, Loser, Needs, Step, Verdict};

/// The address and port of a listener.
pub(super) fn socket(listener: &Node) -> Option<(IpAddr, u16)> {
    let socket = listener.path(&["address", "socket_address"])?;
    let address = IpAddr::from_str(socket.text_of("address")?).ok()?;
    Some((address, u16::try_from(socket.number("port_value")?).ok()?))
}

impl<'a> Run<'a> {
    /// The listener for the connection: by address and port, the exact address before the wildcard.
    pub(super) fn listener(&mut self) -> Result<&'a Node, Answered> {
        let listeners = self.config.listeners_of();
        let port = self.request.port();
        let on_port: Vec<&Node> = listeners
            .iter()
            .filter(|listener| socket(listener).is_some_and(|(_, number)| number == port))
            .collect();
        let wanted = self.request.listener.map(|listener| listener.ip());
        let exact = on_port.iter().find(|listener| socket(listener).map(|(address, _)| address) == wanted);
        let any = on_port.iter().find(|listener| {
            socket(listener).is_some_and(|(address, _)| address.is_unspecified() || wanted.is_none())
        });
        let (chosen, because) = match (exact.or(any), listeners) {
            (Some(listener), _) => (*listener, format!("it listens on port {port}")),
            (None, [only]) if self.request.listener.is_none() => {
                (only, "it is the only listener of this file".to_owned())
            }
            _ => return Err(self.unknown(format!("the listener on port {port}"))),
        };
        let losers =
            listeners.iter().filter(|listener| !std::ptr::eq(*listener, chosen)).map(|listener| Loser {
                place: Some(self.config.place(listener)),
                text: name(listener),
                because: match socket(listener) {
                    Some((_, number)) if number != port => format!("it listens on port {number}"),
                    _ => "it has another address".to_owned(),
                },
            });
        let losers = losers.collect();
        let place = Some(self.config.place(chosen));
        let step = Step { losers, ..Step::new("listener", place, name(chosen), Verdict::Hit, because) };
        self.steps.push(step);
        if chosen.is_on("use_original_dst") {
            return Err(self.unknown("the original destination (`use_original_dst`)".to_owned()));
        }
        Ok(chosen)
    }

    /// The filter chain: each criterion in the documented order keeps those with the most specific match
    /// (config.listener.v3.FilterChainMatch), and no later criterion brings one back.
    pub(super) fn filter_chain(&mut self, listener: &'a Node) -> Result<&'a Node, Answered> {
        let chains = listener.list("filter_chains");
        let mut left: Vec<&Node> = chains.iter().collect();
        let mut losers: Vec<Loser> = Vec::new();
        for criterion in CRITERIA {
            let mut best = None;
            let mut ranks = Vec::new();
            for chain in &left {
                let rank = self.rank(chain, listener, criterion).map_err(|needs| self.unknown(needs.0))?;
                best = best.max(rank);
                ranks.push(rank);
            }
            if criterion.ends_with("prefix_ranges") && is_split(&left, &ranks, best, criterion) {
                return Err(self.unknown(EITHER));
            }
            let (kept, lost): (Vec<_>, Vec<_>) =
                left.into_iter().zip(ranks).partition(|(_, rank)| rank.is_some() && *rank == best);
            losers.extend(lost.into_iter().map(|(chain, rank)| Loser {
                place: Some(self.config.place(chain)),
                text: name(chain),
                because: match rank {
                    None => format!("its `{criterion}` does not match"),
                    Some(_) => format!("another chain's `{criterion}` is more specific"),
                },
            }));
            left = kept.into_iter().map(|(chain, _)| chain).collect();
        }
        if left.len() > 1 {
            return Err(self.unknown(EITHER));
        }
        let chosen = left.first().copied().or_else(|| listener.field("default_filter_chain"));
        let Some(chain) = chosen else {
            let place = Some(self.config.place(listener));
            let because = "no filter chain matches, and there is no default one: the connection is closed";
            let step = Step::new("filter-chain", place.clone(), name(listener), Verdict::Hit, because);
            self.steps.push(Step { losers, ..step });
            return Err(self.answer(Answer::Closed, place));
        };
        let because = if left.is_empty() { "no other matches" } else { "it matches best" };
        let place = Some(self.config.place(chain));
        self.steps
            .push(Step { losers, ..Step::new("filter-chain", place, name(chain), Verdict::Hit, because) });
        Ok(chain)
    }

    /// How well a chain matches one criterion: `None` not at all, 0 because it asks for nothing, more the more it asks.
    fn rank(&self, chain: &Node, listener: &Node, criterion: &str) -> Result<Option<u32>, Needs> {
        let Some(asked) = chain.field("filter_chain_match").and_then(|wanted| wanted.field(criterion)) else {
            return Ok(Some(0));
        };
        let client = || self.request.client.ok_or_else(|| Needs("the client's address".to_owned()));
        let is_tls = self.request.scheme == Scheme::Https;
        let inspects = listener.list("listener_filters").iter().any(|filter| {
            let kind = filter.path(&["typed_config", "@type"]).and_then(Node::text).unwrap_or("");
            kind.ends_with(".TlsInspector")
                || filter.text_of("name") == Some("envoy.filters.listener.tls_inspector")
        });
        let matched = |is_match: bool| Ok(is_match.then_some(1));
        match criterion {
            "destination_port" => matched(asked.text() == Some(&self.request.port().to_string())),
            "prefix_ranges" if asked.items().is_empty() => Ok(Some(0)),
            "prefix_ranges" => {
                let own = self.request.listener.map(|own| own.ip());
                longest(
                    asked,
                    own.ok_or_else(|| Needs("the address that the connection reached".to_owned()))?,
                )
            }
            "server_names" if asked.items().is_empty() => Ok(Some(0)),
            "server_names" => {
                let name = self.request.server_name.clone().or_else(|| self.host_name());
                Ok(name
                    .filter(|_| is_tls && inspects)
                    .and_then(|name| best_name(asked, &name.to_ascii_lowercase())))
            }
            "transport_protocol" => match asked.text() {
                None | Some("") => Ok(Some(0)),
                Some("tls") => matched(is_tls && inspects),
                // Without an inspector every connection is taken for raw bytes.
                Some("raw_buffer") => matched(!(is_tls && inspects)),
                Some(_) => Ok(None),
            },
            "application_protocols" if asked.items().is_empty() => Ok(Some(0)),
            "application_protocols" if !is_tls => Ok(None),
            "application_protocols" => Err(Needs("the ALPN names of the handshake".to_owned())),
            "direct_source_prefix_ranges" | "source_prefix_ranges" if asked.items().is_empty() => Ok(Some(0)),
            "direct_source_prefix_ranges" | "source_prefix_ranges" => longest(asked, client()?),
            "source_type" => match asked.text() {
                None | Some("ANY") => Ok(Some(0)),
                Some("SAME_IP_OR_LOOPBACK") => {
                    let address = client()?;
                    let own = self.request.listener.map(|own| own.ip());
                    matched(address.is_loopback() || Some(address) == own)
                }
                Some(_) => {
                    let address = client()?;
                    let own = self.request.listener.map(|own| own.ip());
                    matched(!(address.is_loopback() || Some(address) == own))
                }
            },
            _ if asked.items().is_empty() => Ok(Some(0)),
            _ => Err(Needs(format!("the connection's own `{criterion}`"))),
        }
    }
}

const EITHER: &str = "which of several filter chains with the same match Envoy takes";

/// Whether the best chains by a range ask for `/0` in part and in part for nothing: Envoy keeps both under the same range, and
/// which it finds is left to a hash table (`convertIPsToTries()` in `common/listener_manager/filter_chain_manager_impl.cc`).
fn is_split(left: &[&Node], ranks: &[Option<u32>], best: Option<u32>, criterion: &str) -> bool {
    let asks = |chain: &Node| {
        let asked = chain.field("filter_chain_match").and_then(|wanted| wanted.field(criterion));
        asked.is_some_and(|ranges| !ranges.items().is_empty())
    };
    let mut kept = left.iter().zip(ranks).filter(|(_, rank)| **rank == best && rank.is_some());
    let first = kept.next().map(|(chain, _)| asks(chain));
    kept.any(|(chain, _)| Some(asks(chain)) != first)
}

/// The criteria of a filter chain, in the order in which they are looked at.
const CRITERIA: [&str; 9] = [
    "destination_port",
    "prefix_ranges",
    "server_names",
    "transport_protocol",
    "application_protocols",
    "direct_source_prefix_ranges",
    "source_type",
    "source_prefix_ranges",
    "source_ports",
];

/// The length of the longest range that holds an address; `/0` asks for nothing.
fn longest(ranges: &Node, address: IpAddr) -> Result<Option<u32>, Needs> {
    let mut best = None;
    for range in ranges.items() {
        let network = network(range)?;
        if network.contains(&address) {
            best = best.max(Some(u32::from(network.prefix_len())));
        }
    }
    Ok(best)
}

/// `core.v3.CidrRange`; a length that is not set is 0.
pub(super) fn network(range: &Node) -> Result<IpNet, Needs> {
    let prefix = range.text_of("address_prefix").unwrap_or("");
    let address = IpAddr::from_str(prefix).map_err(|_| Needs(format!("the address `{prefix}`")))?;
    let length = range.number("prefix_len").unwrap_or(0);
    let length = u8::try_from(length).map_err(|_| Needs(format!("a range of {length} bits")))?;
    IpNet::new(address, length).map_err(|_| Needs(format!("the range `{prefix}/{length}`")))
}

/// Exact names before `*.` suffixes, the longer suffix first.
fn best_name(names: &Node, name: &str) -> Option<u32> {
    let rank = |asked: &str| match asked.strip_prefix("*.") {
        _ if asked == name => Some(u32::MAX),
        Some(suffix) => name
            .strip_suffix(suffix)
            .is_some_and(|rest| rest.ends_with('.'))
            .then_some(suffix.len() as u32 + 1),
        None => None,
    };
    names.items().iter().filter_map(|asked| rank(&asked.text()?.to_ascii_lowercase())).max()
}

/// What a listener, a chain, a route or a filter is called.
pub(super) fn name(node: &Node) -> String {
    match node.text_of("name") {
        Some(name) => name.to_owned(),
        None => "(without a name)".to_owned(),
    }
}
