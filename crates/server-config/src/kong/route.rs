//! The route of a request: conditions and rank (`kong/router/transform.lua`, `kong/router/compat.lua`).

use super::run::Run;
use crate::document::Node;
use crate::pattern::{Case, Pattern};
use crate::request::Scheme;
use crate::walk::{Loser, Needs, Step, Verdict};

/// A route that fits, with the paths that stand for it and its rank.
#[derive(Clone, Copy)]
pub(super) struct Fitting<'a> {
    pub(super) route: &'a Node,
    pub(super) service: Option<&'a Node>,
    rank: Rank,
    /// The length of the prefix that matched.
    pub(super) prefix: Option<usize>,
}

/// More of an earlier part wins: how many kinds of rule, only plain hosts, headers, a regular expression, its priority,
/// the length of the prefix.
type Rank = (u32, bool, usize, bool, u64, usize);

/// Whether a route asks for nothing.
pub(super) fn is_empty(route: &Node) -> bool {
    let kinds = ["hosts", "paths", "methods", "headers", "snis", "expression"];
    let is_set = |name: &&str| {
        route.get(name).is_some_and(|node| {
            !node.items().is_empty() || node.entries().next().is_some() || node.text().is_some()
        })
    };
    !kinds.iter().any(is_set)
}

impl<'a> Run<'a> {
    /// The best of the routes that fit; `Ok(None)` where none does.
    pub(super) fn choose_route(&mut self) -> Result<Option<Fitting<'a>>, Needs> {
        let mut fitting: Vec<Fitting<'a>> = Vec::new();
        let mut losers = Vec::new();
        for (route, service) in self.config.routes() {
            match self.fits(route, service)? {
                Ok(found) => fitting.push(found),
                Err(because) => losers.push(self.loser(route, because)),
            }
        }
        let Some(best) = fitting.iter().max_by_key(|found| found.rank).copied() else {
            let because = "no route matches".to_owned();
            self.steps.push(Step { losers, ..Step::new("route", None, "routes", Verdict::Miss, because) });
            return Ok(None);
        };
        let equal =
            fitting.iter().filter(|found| found.rank == best.rank && !std::ptr::eq(found.route, best.route));
        if equal.count() > 0 {
            return Err(Needs("which of several routes of equal rank was created first".to_owned()));
        }
        for other in fitting.iter().filter(|found| !std::ptr::eq(found.route, best.route)) {
            losers.push(self.loser(other.route, "another route has more or longer rules".to_owned()));
        }
        let place = Some(self.config.place(best.route));
        let because = "it matches, and no route with more or longer rules does".to_owned();
        self.steps
            .push(Step { losers, ..Step::new("route", place, name(best.route), Verdict::Hit, because) });
        Ok(Some(best))
    }

    fn loser(&self, route: &Node, because: String) -> Loser {
        Loser { place: Some(self.config.place(route)), text: name(route), because }
    }

    /// `Ok(Err(reason))` where a route does not fit.
    fn fits(&self, route: &'a Node, service: Option<&'a Node>) -> Result<Result<Fitting<'a>, String>, Needs> {
        if route.get("expression").is_some() {
            return Err(Needs("the expression of a route".to_owned()));
        }
        if is_empty(route) {
            return Ok(Err("it has no rules".to_owned()));
        }
        let unseen = ["sources", "destinations"]
            .iter()
            .find(|name| route.get(name).is_some_and(|node| !node.items().is_empty()));
        if let Some(name) = unseen {
            return Err(Needs(format!("the connection, for the `{name}` of a route")));
        }
        let methods = texts(route, "methods");
        if !methods.is_empty() && !methods.contains(&self.request.method.as_str()) {
            return Ok(Err(format!("it takes {} only", methods.join(", "))));
        }
        let hosts = texts(route, "hosts");
        if !hosts.is_empty() && !hosts.iter().any(|host| self.host_fits(host)) {
            return Ok(Err("none of its hosts matches".to_owned()));
        }
        if let Err(because) = self.headers_fit(route)? {
            return Ok(Err(because));
        }
        let snis = texts(route, "snis");
        if !snis.is_empty() && self.request.scheme == Scheme::Https {
            let sni = self.request.server_name.clone().or_else(|| Some(self.host().0)).unwrap_or_default();
            if !snis.iter().any(|known| known.trim_end_matches('.') == sni) {
                return Ok(Err("none of its snis matches".to_owned()));
            }
        }
        let paths = texts(route, "paths");
        let (mut prefix, mut is_regex) = (None, false);
        if !paths.is_empty() {
            for path in &paths {
                match path.strip_prefix('~') {
                    Some(regex) => is_regex |= self.regex_fits(regex)?,
                    None if self.path().starts_with(path) => prefix = prefix.max(Some(path.len())),
                    None => {}
                }
            }
            if prefix.is_none() && !is_regex {
                return Ok(Err("none of its paths matches".to_owned()));
            }
        }
        let header_names = route.get("headers").map_or(0, |headers| headers.entries().count());
        let kinds =
            [methods.is_empty(), hosts.is_empty(), header_names == 0, snis.is_empty(), paths.is_empty()];
        let weight = kinds.iter().filter(|is_empty| !**is_empty).count() as u32;
        let plain_hosts = !hosts.is_empty() && !hosts.iter().any(|host| host.contains('*'));
        let priority = if is_regex { route.number("regex_priority").unwrap_or(0) } else { 0 };
        let length = if is_regex { 0 } else { prefix.unwrap_or(0) };
        let rank = (weight, plain_hosts, header_names, is_regex, priority, length);
        Ok(Ok(Fitting { route, service, rank, prefix: prefix.filter(|_| !is_regex) }))
    }

    /// `example.com`, `*.example.com`, `example.*`, each with a port or without.
    fn host_fits(&self, wanted: &str) -> bool {
        let (host, port) = self.host();
        let (wanted, wanted_port) =
            match wanted.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?))) {
                Some((name, port)) => (name, Some(port)),
                None => (wanted, None),
            };
        if wanted_port.is_some_and(|wanted| wanted != port) {
            return false;
        }
        let wanted = wanted.to_ascii_lowercase();
        match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
            (Some(suffix), _) => host.ends_with(suffix),
            (_, Some(prefix)) => host.starts_with(prefix),
            _ => host == wanted,
        }
    }

    /// Every header that is named has to have one of its values.
    fn headers_fit(&self, route: &Node) -> Result<Result<(), String>, Needs> {
        let Some(headers) = route.get("headers") else { return Ok(Ok(())) };
        for (key, values) in headers.entries() {
            let own = self.values(&key.text)?;
            let wanted: Vec<String> =
                values.items().iter().filter_map(Node::text).map(str::to_ascii_lowercase).collect();
            let mut fits = false;
            for value in own.iter().map(|value| value.to_ascii_lowercase()) {
                for wanted in &wanted {
                    fits |= match wanted.strip_prefix("~*") {
                        Some(regex) => Pattern::new(regex, Case::Sensitive)?.find(&value)?.is_some(),
                        None => *wanted == value,
                    };
                }
            }
            if !fits {
                return Ok(Err(format!("its header `{}` does not match", key.text)));
            }
        }
        Ok(Ok(()))
    }

    /// A regular expression is bound to the start of the path, and to its end only where it says so.
    fn regex_fits(&self, regex: &str) -> Result<bool, Needs> {
        Ok(Pattern::new(&format!("^(?:{regex})"), Case::Sensitive)?.find(&self.path())?.is_some())
    }
}

/// A route as a reader calls it.
pub(super) fn name(route: &Node) -> String {
    match route.text_of("name").or_else(|| route.text_of("id")) {
        Some(name) => name.to_owned(),
        None => {
            let rules = ["methods", "hosts", "paths"].iter().flat_map(|name| texts(route, name));
            rules.collect::<Vec<_>>().join(" ")
        }
    }
}

fn texts<'a>(node: &'a Node, name: &str) -> Vec<&'a str> {
    node.get(name).map_or(Vec::new(), |list| list.items().iter().filter_map(Node::text).collect())
}
