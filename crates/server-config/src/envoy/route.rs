//! The virtual host and the route of a request.

use super::listener::name;
use super::route_match::described;
use super::run::{Answered, Run};
use crate::document::Node;
use crate::walk::{Answer, Loser, Needs, Step, Verdict};

/// Where a request was routed.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) config: &'a Node,
    pub(super) host: Option<&'a Node>,
    pub(super) route: Option<&'a Node>,
}

impl<'a> Run<'a> {
    /// Chooses the virtual host and the route; having none is refused only behind the HTTP filters.
    pub(super) fn choose_route(&mut self, manager: &'a Node) -> Result<(), Answered> {
        let Some(config) = manager.field("route_config") else {
            let source = ["rds", "scoped_routes"].into_iter().find(|name| manager.field(name).is_some());
            let needs = Needs(format!("the routes that `{}` brings", source.unwrap_or("route_config")));
            return Err(self.unknown_at("route", manager, needs));
        };
        self.chosen = Some(Chosen { config, host: None, route: None });
        if config.field("vhds").is_some() {
            return Err(self.unknown_at(
                "route",
                config,
                Needs("the virtual hosts that `vhds` brings".to_owned()),
            ));
        }
        let Some(host) = self.virtual_host(config) else { return Ok(()) };
        self.chosen = Some(Chosen { config, host: Some(host), route: None });
        if host.field("matcher").is_some() {
            return Err(self.unknown_at("route", host, Needs("the tree of `matcher`".to_owned())));
        }
        match host.text_of("require_tls") {
            None | Some("NONE") => {}
            Some("ALL") => {
                let proto = self.forwarded_proto().map_err(|needs| self.unknown(needs.0))?;
                if proto != "https" {
                    return Err(self.unknown_at(
                        "route",
                        host,
                        Needs("the redirect of `require_tls`".to_owned()),
                    ));
                }
            }
            Some(_) => {
                return Err(self.unknown_at(
                    "route",
                    host,
                    Needs("whether the client is internal".to_owned()),
                ));
            }
        }
        self.route(config, host)
    }

    /// By domain: the exact name, the longest `*.suffix`, the longest `prefix.*`, then `*`.
    fn virtual_host(&mut self, config: &'a Node) -> Option<&'a Node> {
        let mut host = self.authority.to_ascii_lowercase();
        if config.is_on("ignore_port_in_host_matching") {
            let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
            host.truncate(port.unwrap_or(host.len()));
        }
        let hosts = config.list("virtual_hosts");
        let mut best: Option<((u8, usize), &Node, String)> = None;
        for candidate in hosts {
            for domain in candidate.list("domains").iter().filter_map(Node::text) {
                let Some(rank) = domain_rank(&domain.to_ascii_lowercase(), &host) else { continue };
                if best.as_ref().is_none_or(|(known, ..)| rank > *known) {
                    best = Some((rank, candidate, domain.to_owned()));
                }
            }
        }
        let losers: Vec<Loser> = hosts
            .iter()
            .filter(|candidate| best.as_ref().is_none_or(|(_, chosen, _)| !std::ptr::eq(*candidate, *chosen)))
            .map(|candidate| {
                let domains: Vec<&str> = candidate.list("domains").iter().filter_map(Node::text).collect();
                let fits =
                    domains.iter().any(|domain| domain_rank(&domain.to_ascii_lowercase(), &host).is_some());
                let because =
                    if fits { "another's domain is more specific" } else { "no domain of it matches" };
                Loser {
                    place: Some(self.config.place(candidate)),
                    text: format!("{} ({})", name(candidate), domains.join(", ")),
                    because: because.to_owned(),
                }
            })
            .collect();
        let (place, text, because) = match &best {
            Some((_, chosen, domain)) => (
                self.config.place(chosen),
                name(chosen),
                format!("its domain `{domain}` matches the host `{host}`"),
            ),
            None => (
                self.config.place(config),
                "virtual_hosts".to_owned(),
                format!("no domain matches the host `{host}`"),
            ),
        };
        let verdict = if best.is_some() { Verdict::Hit } else { Verdict::Miss };
        self.steps.push(Step { losers, ..Step::new("virtual-host", Some(place), text, verdict, because) });
        best.map(|(_, chosen, _)| chosen)
    }

    fn route(&mut self, config: &'a Node, host: &'a Node) -> Result<(), Answered> {
        let mut losers = Vec::new();
        for route in host.list("routes") {
            let empty = Node::default();
            let matcher = route.field("match").unwrap_or(&empty);
            let text = text(route);
            match self.route_matches(matcher) {
                Err(needs) => return Err(self.unknown_at("route", route, needs)),
                Ok(Err(because)) => {
                    losers.push(Loser { place: Some(self.config.place(route)), text, because })
                }
                Ok(Ok(())) => {
                    let place = Some(self.config.place(route));
                    let because = format!("its {} is the first that matches", described(matcher));
                    self.steps
                        .push(Step { losers, ..Step::new("route", place, text, Verdict::Hit, because) });
                    self.chosen = Some(Chosen { config, host: Some(host), route: Some(route) });
                    return Ok(());
                }
            }
        }
        let place = Some(self.config.place(host));
        let step =
            Step::new("route", place, name(host), Verdict::Miss, "no route of the virtual host matches");
        self.steps.push(Step { losers, ..step });
        Ok(())
    }

    /// The router, behind all filters: a redirect, an answer of the route's own, or the upstream.
    pub(super) fn router(&mut self) -> Answered {
        let chosen = self.chosen;
        let Some(route) = chosen.and_then(|chosen| chosen.route) else {
            let node = chosen.map(|chosen| chosen.host.unwrap_or(chosen.config));
            let place = node.map(|node| self.config.place(node));
            return self.local_reply("router", place, "router", 404, "no route was found", "route_not_found");
        };
        if let Some((key, own)) = route.entry("direct_response") {
            let status = own.number("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
            let place = Some(self.config.key_place(key));
            let because = "the route answers by itself";
            return self.local_reply(
                "router",
                place,
                format!("direct_response: {status}"),
                status,
                because,
                "direct_response",
            );
        }
        if let Some((key, redirect)) = route.entry("redirect") {
            let status = match redirect.text_of("response_code") {
                Some("FOUND") => 302,
                Some("SEE_OTHER") => 303,
                Some("TEMPORARY_REDIRECT") => 307,
                Some("PERMANENT_REDIRECT") => 308,
                _ => 301,
            };
            let place = Some(self.config.key_place(key));
            return self.local_reply(
                "router",
                place,
                format!("redirect: {status}"),
                status,
                "the route redirects",
                "direct_response",
            );
        }
        let Some((key, action)) = route.entry("route") else {
            return self.unknown_at("router", route, Needs("the action of the route".to_owned()));
        };
        let place = self.config.key_place(key);
        let destination = match self.destination(action) {
            Ok(destination) => destination,
            Err(Some(needs)) => return self.unknown_at("router", action, needs),
            Err(None) => {
                let because = "the cluster that the route names does not exist";
                let status = match action.text_of("cluster_not_found_response_code") {
                    Some("NOT_FOUND") => 404,
                    Some("INTERNAL_SERVER_ERROR") => 500,
                    _ => 503,
                };
                let text = format!("cluster: {}", action.text_of("cluster").unwrap_or(""));
                return self.local_reply("router", Some(place), text, status, because, "cluster_not_found");
            }
        };
        let forwarded = self.forwarded(route, action, destination);
        let because = "the route passes the request on (`via_upstream`)";
        self.steps.push(Step::new("router", Some(place.clone()), text(route), Verdict::Hit, because));
        self.answer(Answer::Upstream(Box::new(forwarded)), Some(place))
    }
}

/// How specific a domain is for a host; `None` where it does not match.
fn domain_rank(domain: &str, host: &str) -> Option<(u8, usize)> {
    if domain == "*" {
        return Some((0, 0));
    }
    if domain == host {
        return Some((3, domain.len()));
    }
    // A wildcard stands for at least one character.
    if let Some(suffix) = domain.strip_prefix('*') {
        return (host.len() > suffix.len() && host.ends_with(suffix)).then_some((2, suffix.len()));
    }
    let prefix = domain.strip_suffix('*')?;
    (host.len() > prefix.len() && host.starts_with(prefix)).then_some((1, prefix.len()))
}

/// A route as a reader calls it.
fn text(route: &Node) -> String {
    let matcher = route.field("match").map_or_else(|| "match".to_owned(), described);
    match route.text_of("name") {
        Some(name) => format!("{name} ({matcher})"),
        None => matcher,
    }
}
