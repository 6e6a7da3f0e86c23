//! One request through Traefik: entry point, router, middlewares, service.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::forwarded::canonical;
use super::rule;
use super::{Config, Named, port};
use crate::document::Node;
use crate::request::{Header, Request, Scheme, Value, Version};
use crate::source::Place;
use crate::walk::{
    Answer, Belief, Forwarded, HeaderChange, HowChanged, Loser, Needs, Outcome, Step, Verdict, Walk,
};

/// The walk is over: the answer is noted in the run.
pub(super) struct Answered;

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) request: &'a Request,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
    /// The fields as middlewares leave them for the service.
    pub(super) headers: Vec<Header>,
    pub(super) changes: Vec<HeaderChange>,
    /// The path as middlewares leave it; `None` once it is not known.
    pub(super) path: Option<String>,
    /// Whether the entry point keeps the `X-Forwarded-*` that came; `None` where that is not known.
    pub(super) trusts_forwarded: Option<bool>,
    pub(super) outcome: Option<Outcome>,
}

struct Router<'a> {
    file: &'a Arc<str>,
    name: &'a str,
    node: &'a Node,
    priority: u64,
}

/// Walks a request.
pub(super) fn simulate(config: &Config, request: &Request) -> Walk {
    let mut run = Run {
        config,
        request,
        steps: Vec::new(),
        assuming: Vec::new(),
        headers: request.headers.clone(),
        changes: Vec::new(),
        path: Some(request.target.split('?').next().unwrap_or("/").to_owned()),
        trusts_forwarded: None,
        outcome: None,
    };
    let Answered = match run.walk() {
        Ok(answered) | Err(answered) => answered,
    };
    let nothing = || Outcome::new(Answer::Unknown(Needs("a router".to_owned())), None);
    let mut outcome = run.outcome.take().unwrap_or_else(nothing);
    outcome.assuming = run.assuming;
    Walk { steps: run.steps, client: Belief::connection(request.client), outcome }
}

impl<'a> Run<'a> {
    fn walk(&mut self) -> Result<Answered, Answered> {
        let target = &self.request.target;
        if !target.starts_with('/') || target.contains('%') || target.contains("//") || target.contains("/.")
        {
            return Err(self.unknown("Traefik's normal form of such a path"));
        }
        let entry = self.entry_point()?;
        self.trusts_forwarded = match entry {
            Some((_, _, node)) => self.trusts(node).map_err(|needs| self.unknown(needs.0))?,
            None => None,
        };
        self.enter();
        let router = self.router(entry.map(|(_, name, _)| name))?;
        let Some(router) = router else {
            return Ok(self.answer(
                None,
                "router",
                "routers",
                404,
                "no router's rule matches: `404 page not found`",
            ));
        };
        let of_entry = entry
            .map_or(&[][..], |(_, _, node)| node.path(&["http", "middlewares"]).map_or(&[][..], Node::items));
        for name in of_entry.iter().chain(router.node.list("middlewares")) {
            self.middleware(name.text().unwrap_or(""), 0)?;
        }
        Ok(self.service(&router))
    }

    /// The entry point of the port; `None` where no static configuration is given.
    fn entry_point(&mut self) -> Result<Option<Named<'a>>, Answered> {
        let entries = self.config.entry_points();
        let wanted = self.request.port();
        let found = entries
            .iter()
            .find(|(_, _, node)| node.text_of("address").and_then(port) == Some(wanted))
            .copied();
        match found {
            Some((file, name, node)) => {
                let place = Some(node.place(file));
                self.steps.push(Step::new(
                    "entry-point",
                    place,
                    name,
                    Verdict::Hit,
                    format!("it listens on port {wanted}"),
                ));
                Ok(Some((file, name, node)))
            }
            None if entries.is_empty() => Ok(None),
            None => Err(self.unknown(format!("the entry point on port {wanted}"))),
        }
    }

    /// `forwardedHeaders`: without it the fields of clients are dropped.
    fn trusts(&self, entry: &Node) -> Result<Option<bool>, Needs> {
        let Some(settings) = entry.get("forwardedHeaders") else { return Ok(Some(false)) };
        if settings.text_of("insecure") == Some("true") {
            return Ok(Some(true));
        }
        let Some(client) = self.request.client else { return Ok(None) };
        Ok(Some(in_list(settings.list("trustedIPs"), client)?))
    }

    /// The router of the greatest priority whose rule matches.
    fn router(&mut self, entry: Option<&str>) -> Result<Option<Router<'a>>, Answered> {
        let mut routers: Vec<Router<'a>> = Vec::new();
        let mut losers = Vec::new();
        let is_tls = self.request.scheme == Scheme::Https;
        for (file, name, node) in self.config.section("routers") {
            let lost = |because: &str| Loser {
                place: Some(node.place(file)),
                text: name.to_owned(),
                because: because.to_owned(),
            };
            let entries: Vec<&str> = node.list("entryPoints").iter().filter_map(Node::text).collect();
            if entry.is_some_and(|entry| !entries.is_empty() && !entries.contains(&entry)) {
                losers.push(lost("it is for other entry points"));
                continue;
            }
            let has_tls = node.get("tls").is_some();
            if has_tls != is_tls && entry.is_some() {
                losers.push(lost(if has_tls { "it takes TLS only" } else { "it takes no TLS" }));
                continue;
            }
            let rule = node.text_of("rule").unwrap_or("");
            let priority =
                node.number("priority").filter(|priority| *priority > 0).unwrap_or(rule.len() as u64);
            routers.push(Router { file, name, node, priority });
        }
        routers.sort_by_key(|router| std::cmp::Reverse(router.priority));
        let mut chosen: Option<Router<'a>> = None;
        for router in routers {
            if let Some(best) = &chosen {
                if router.priority == best.priority && self.fits(&router)? == Some(true) {
                    return Err(self.unknown("which of several routers of equal priority was added first"));
                }
                losers.push(self.lost(&router, "a router of greater priority matches"));
                continue;
            }
            match self.fits(&router)? {
                Some(true) => chosen = Some(router),
                Some(false) => losers.push(self.lost(&router, "its rule does not match")),
                None => {
                    losers.push(self.lost(&router, "its rule cannot be read, so that Traefik leaves it out"))
                }
            }
        }
        let (place, text, verdict, because) = match &chosen {
            Some(router) => {
                let node = router.node.get("rule").unwrap_or(router.node);
                let text = format!("{}: {}", router.name, node.text().unwrap_or(""));
                let because = format!(
                    "its rule matches, and its priority {} is the greatest of those",
                    router.priority
                );
                (Some(node.place(router.file)), text, Verdict::Hit, because)
            }
            None => (None, "routers".to_owned(), Verdict::Miss, "no rule matches".to_owned()),
        };
        self.steps.push(Step { losers, ..Step::new("router", place, text, verdict, because) });
        Ok(chosen)
    }

    fn lost(&self, router: &Router<'a>, because: &str) -> Loser {
        Loser {
            place: Some(router.node.place(router.file)),
            text: router.name.to_owned(),
            because: because.to_owned(),
        }
    }

    /// Whether a router's rule matches; `None` where it cannot be read.
    fn fits(&mut self, router: &Router<'a>) -> Result<Option<bool>, Answered> {
        let text = router.node.text_of("rule").unwrap_or("");
        let Ok(rule) = rule::parse(text) else { return Ok(None) };
        let is_old =
            router.node.text_of("ruleSyntax").map_or(self.config.uses_old_syntax(), |syntax| syntax == "v2");
        self.matches(&rule, is_old)
            .map(Some)
            .map_err(|needs| self.unknown(format!("{needs} (router `{}`)", router.name)))
    }

    /// Ends the walk with what would have to be known.
    pub(super) fn unknown(&mut self, needs: impl Into<String>) -> Answered {
        self.outcome = Some(Outcome::new(Answer::Unknown(Needs(needs.into())), None));
        Answered
    }

    /// Ends the walk with an answer of Traefik's own.
    pub(super) fn answer(
        &mut self,
        place: Option<Place>,
        phase: &'static str,
        text: &str,
        status: u16,
        because: &str,
    ) -> Answered {
        self.steps.push(Step::new(phase, place.clone(), text, Verdict::Hit, because));
        self.outcome = Some(Outcome::new(Answer::Status(status), place));
        Answered
    }

    fn service(&mut self, router: &Router<'a>) -> Answered {
        let name = router.node.text_of("service").unwrap_or("").split('@').next().unwrap_or("");
        let Some((file, _, node)) =
            self.config.section("services").into_iter().find(|(_, known, _)| *known == name)
        else {
            return self.unknown(format!("the service `{name}`"));
        };
        let servers = node.path(&["loadBalancer", "servers"]).map_or(&[][..], Node::items);
        let urls: Vec<&str> = servers.iter().filter_map(|server| server.text_of("url")).collect();
        let Some(first) = urls.first() else { return self.unknown(format!("the servers of `{name}`")) };
        let keeps_host = node.path(&["loadBalancer", "passHostHeader"]).and_then(Node::text) != Some("false");
        let (scheme, rest) = first.split_once("://").unwrap_or(("http", first));
        let authority = rest.split('/').next().unwrap_or(rest).to_owned();
        let place = Some(node.place(file));
        if !keeps_host {
            let value = if urls.len() == 1 {
                Value::Known(authority)
            } else {
                Value::Unknown(Needs("the chosen server".to_owned()))
            };
            self.set_header(
                "Host",
                value,
                place.clone(),
                "`passHostHeader` is off, so the server's own host is sent",
            );
        }
        self.leave();
        let query = self.request.target.find('?').map_or("", |at| &self.request.target[at..]);
        let target = match &self.path {
            Some(path) if path.is_empty() => Value::Known(format!("/{query}")),
            Some(path) => Value::Known(format!("{path}{query}")),
            None => Value::Unknown(Needs("the path that a middleware makes".to_owned())),
        };
        let forwarded = Forwarded {
            destination: if urls.len() == 1 { (*first).to_owned() } else { format!("service {name}") },
            scheme: if scheme == "https" { Scheme::Https } else { Scheme::Http },
            method: self.request.method.clone(),
            target,
            version: Version::Http11,
            headers: std::mem::take(&mut self.headers),
            changes: std::mem::take(&mut self.changes),
            body_length: self.request.body_length,
            client: Belief::connection(self.request.client),
        };
        self.steps.push(Step::new("service", place.clone(), name, Verdict::Hit, "the request is passed on"));
        self.outcome = Some(Outcome::new(Answer::Upstream(Box::new(forwarded)), place));
        Answered
    }

    /// Sets a field for the service, in place of all of its name; an empty value takes it away.
    pub(super) fn set_header(&mut self, name: &str, value: Value, place: Option<Place>, because: &str) {
        let name = &canonical(name);
        let is_same = |header: &Header| header.name == *name && header.value == value;
        if self.headers.iter().filter(|header| header.name == *name).count() == 1
            && self.headers.iter().any(is_same)
        {
            return;
        }
        let before = self.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        self.headers.retain(|header| !header.name.eq_ignore_ascii_case(name));
        let is_gone = value.known() == Some("");
        let how = match (before, is_gone) {
            (false, true) => return,
            (true, true) => HowChanged::Dropped,
            (true, false) => HowChanged::Rewritten,
            (false, false) => HowChanged::Added,
        };
        if !is_gone {
            self.headers.push(Header { name: name.to_owned(), value });
        }
        self.changes.push(HeaderChange { name: name.to_owned(), how, place, because: because.to_owned() });
    }
}

/// Whether an address is in a list of addresses and ranges.
pub(super) fn in_list(list: &[Node], address: IpAddr) -> Result<bool, Needs> {
    contains(list.iter().filter_map(Node::text), address)
}

pub(super) fn contains<'t>(list: impl Iterator<Item = &'t str>, address: IpAddr) -> Result<bool, Needs> {
    let mut held = false;
    for text in list {
        let network = IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from));
        held |= network.map_err(|_| Needs(format!("the address `{text}`")))?.contains(&address);
    }
    Ok(held)
}
