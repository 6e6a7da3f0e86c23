//! The plugins of a request in the order of their priority, each in its most specific setting.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::route::Fitting;
use super::run::{Answered, Run};
use super::{is_named, reference};
use crate::document::Node;
use crate::pattern::{Case, Pattern};
use crate::walk::{Needs, Step, Verdict};

/// `PRIORITY` in `kong/plugins/*/handler.lua`: the greater runs first.
const PRIORITIES: &[(&str, i32)] = &[
    ("bot-detection", 2500),
    ("cors", 2000),
    ("jwt", 1450),
    ("key-auth", 1250),
    ("basic-auth", 1100),
    ("ip-restriction", 990),
    ("request-size-limiting", 951),
    ("acl", 950),
    ("rate-limiting", 910),
    ("request-termination", 2),
];

/// Plugins that refuse nothing.
const HARMLESS: &[&str] = &[
    "correlation-id",
    "request-id",
    "prometheus",
    "zipkin",
    "opentelemetry",
    "http-log",
    "file-log",
    "tcp-log",
    "udp-log",
    "syslog",
    "statsd",
    "datadog",
    "loggly",
    "request-transformer",
    "response-transformer",
    "proxy-cache",
    "response-ratelimiting",
];

impl<'a> Run<'a> {
    /// Runs the plugins; without a route only the global ones.
    pub(super) fn plugins(&mut self, chosen: Option<Fitting<'a>>) -> Result<(), Answered> {
        let mut set = self.plugins_of(chosen);
        // One that is not known here may refuse, and nobody knows when it runs.
        let unknown = set.iter().find(|plugin| {
            let name = plugin.text_of("name").unwrap_or("");
            priority(name).is_none() && !HARMLESS.contains(&name)
        });
        let unknown = unknown.copied();
        set.retain(|plugin| priority(plugin.text_of("name").unwrap_or("")).is_some());
        set.sort_by_key(|plugin| std::cmp::Reverse(priority(plugin.text_of("name").unwrap_or(""))));
        for plugin in set {
            self.plugin(plugin)?;
        }
        match unknown {
            Some(plugin) => {
                let name = plugin.text_of("name").unwrap_or("").to_owned();
                Err(self.unknown_at(plugin, Needs(format!("what the plugin `{name}` does"))))
            }
            None => Ok(()),
        }
    }

    /// One of each name: of the route before the service before all (`kong/runloop/plugins_iterator.lua`).
    fn plugins_of(&self, chosen: Option<Fitting<'a>>) -> Vec<&'a Node> {
        let route = chosen.map(|chosen| chosen.route);
        let service = chosen.and_then(|chosen| chosen.service);
        let mut found: Vec<(u32, &'a Node)> = Vec::new();
        let nested = |node: Option<&'a Node>| node.map_or(&[][..], |node| node.list("plugins"));
        found.extend(nested(route).iter().map(|plugin| (2, plugin)));
        found.extend(nested(service).iter().map(|plugin| (1, plugin)));
        for plugin in self.config.entities("plugins") {
            if plugin.get("consumer").is_some_and(|node| reference(node).is_some()) {
                continue;
            }
            let of = |kind: &str, node: Option<&Node>| {
                let name = plugin.get(kind).and_then(reference);
                name.map(|name| node.is_some_and(|node| is_named(node, Some(name))))
            };
            match (of("route", route), of("service", service)) {
                (Some(false), _) | (_, Some(false)) => {}
                (Some(true), _) => found.push((2, plugin)),
                (None, Some(true)) => found.push((1, plugin)),
                (None, None) => found.push((0, plugin)),
            }
        }
        found.retain(|(_, plugin)| plugin.text_of("enabled") != Some("false"));
        let mut best: Vec<(u32, &'a Node)> = Vec::new();
        for (level, plugin) in found {
            match best.iter_mut().find(|(_, known)| known.text_of("name") == plugin.text_of("name")) {
                Some(known) if known.0 < level => *known = (level, plugin),
                Some(_) => {}
                None => best.push((level, plugin)),
            }
        }
        best.into_iter().map(|(_, plugin)| plugin).collect()
    }

    fn plugin(&mut self, plugin: &'a Node) -> Result<(), Answered> {
        let empty = &EMPTY;
        let config = plugin.get("config").unwrap_or(empty);
        match plugin.text_of("name").unwrap_or("") {
            "bot-detection" => self.bot_detection(plugin, config),
            "cors" => self.cors(plugin, config),
            "jwt" => self.jwt(plugin, config),
            "key-auth" => self.key_auth(plugin, config),
            "basic-auth" => self.basic_auth(plugin, config),
            "ip-restriction" => self.ip_restriction(plugin, config),
            "request-size-limiting" => self.size(plugin, config),
            "acl" => self.acl(plugin, config),
            "rate-limiting" => {
                let needs = Needs("the counters of `rate-limiting`".to_owned());
                let because = format!("it depends on {needs}");
                self.note(plugin, Verdict::Unknown(needs.clone()), &because);
                self.assuming.push(needs);
                Ok(())
            }
            _ => self.termination(plugin, config),
        }
    }

    pub(super) fn note(&mut self, plugin: &Node, verdict: Verdict, because: &str) {
        let place = Some(self.config.place(plugin));
        let name = plugin.text_of("name").unwrap_or("").to_owned();
        self.steps.push(Step::new("plugin", place, name, verdict, because));
    }

    pub(super) fn pass(&mut self, plugin: &Node, because: &str) -> Result<(), Answered> {
        self.note(plugin, Verdict::Miss, because);
        Ok(())
    }

    pub(super) fn unknown_at(&mut self, plugin: &Node, needs: Needs) -> Answered {
        let because = format!("it depends on {needs}");
        self.note(plugin, Verdict::Unknown(needs.clone()), &because);
        self.unknown(needs.0)
    }

    /// Refuses with this plugin; a setting that decides is quoted instead of the plugin.
    pub(super) fn deny(
        &mut self,
        plugin: &Node,
        at: Option<&Node>,
        status: u16,
        because: &str,
    ) -> Result<(), Answered> {
        let place = Some(self.config.place(at.unwrap_or(plugin)));
        let name = plugin.text_of("name").unwrap_or("").to_owned();
        Err(self.refuse("plugin", place, &name, status, because))
    }

    fn ip_restriction(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        let Some(client) = self.request.client else {
            return Err(self.unknown_at(plugin, Needs("the client's address".to_owned())));
        };
        let status = config.number("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(403);
        let holds = |names: [&str; 2]| -> Option<(&'a Node, Result<bool, Needs>)> {
            let list =
                names.iter().find_map(|name| config.get(name)).filter(|list| !list.items().is_empty())?;
            Some((list, contains(list, client)))
        };
        for (names, denies) in [(["deny", "blacklist"], true), (["allow", "whitelist"], false)] {
            let Some((list, held)) = holds(names) else { continue };
            let held = held.map_err(|needs| self.unknown_at(plugin, needs))?;
            if held == denies {
                let word = if denies { "is on the list" } else { "is not on the list" };
                let because = format!(
                    "{client} {word} `{}`, and Kong believes no header unless kong.conf's `trusted_ips` says so",
                    names[0]
                );
                return self.deny(plugin, Some(list), status, &because);
            }
        }
        self.pass(plugin, "the client's address is allowed")
    }

    fn bot_detection(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        let agents = self.values("User-Agent").map_err(|needs| self.unknown_at(plugin, needs))?;
        let agent = match agents.as_slice() {
            [] => return self.pass(plugin, "the request has no User-Agent"),
            [agent] => agent.clone(),
            _ => return self.deny(plugin, None, 400, "the request has several User-Agents"),
        };
        for (names, denies) in [(["allow", "whitelist"], false), (["deny", "blacklist"], true)] {
            let rules = names.iter().find_map(|name| config.get(name));
            for rule in rules.map_or(&[][..], Node::items) {
                let pattern = Pattern::new(rule.text().unwrap_or(""), Case::Sensitive);
                let found = pattern.and_then(|pattern| pattern.find(&agent));
                let found = found.map_err(|needs| self.unknown_at(plugin, needs))?;
                match (found.is_some(), denies) {
                    (true, true) => {
                        return self.deny(plugin, Some(rule), 403, "the User-Agent is on the list `deny`");
                    }
                    (true, false) => return self.pass(plugin, "the User-Agent is on the list `allow`"),
                    (false, _) => {}
                }
            }
        }
        let is_usual = ["Mozilla/5.0 (Windows", "Mozilla/5.0 (Macintosh", "Mozilla/5.0 (X11"]
            .iter()
            .any(|start| agent.starts_with(start));
        if is_usual && !agent.to_ascii_lowercase().contains("bot") {
            return self.pass(plugin, "the User-Agent is that of a browser");
        }
        Err(self.unknown_at(plugin, Needs("the list of bots that Kong brings along".to_owned())))
    }

    /// Preflights are answered, not refused.
    fn cors(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        let has = |name: &str| self.request.header(name).is_some();
        let is_preflight =
            self.request.method == "OPTIONS" && has("Origin") && has("Access-Control-Request-Method");
        if is_preflight && config.text_of("preflight_continue") != Some("true") {
            return self.deny(plugin, None, 200, "the plugin answers the preflight");
        }
        self.pass(plugin, "it only adds headers to the answer")
    }

    fn size(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        let allowed = config.number("allowed_payload_size").unwrap_or(128);
        let unit = match config.text_of("size_unit") {
            Some("bytes") => 1,
            Some("kilobytes") => 1 << 10,
            _ => 1 << 20,
        };
        let has_length = self.request.header("Content-Length").is_some();
        if config.text_of("require_content_length") == Some("true") && !has_length {
            return self.deny(
                plugin,
                config.get("require_content_length"),
                411,
                "the request has no Content-Length",
            );
        }
        let most = allowed.saturating_mul(unit);
        if self.request.body_length > most {
            let waits = self.values("Expect").map_err(|needs| self.unknown_at(plugin, needs))?;
            let status =
                if waits.iter().any(|value| value.eq_ignore_ascii_case("100-continue")) { 417 } else { 413 };
            let because = format!("the body has {} bytes, and {most} are allowed", self.request.body_length);
            return self.deny(plugin, config.get("allowed_payload_size"), status, &because);
        }
        self.pass(plugin, "the body is not larger than allowed")
    }

    fn termination(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        if let Some(trigger) = config.text_of("trigger") {
            let query = self.request.target.split_once('?').map_or("", |(_, query)| query);
            let named = query.split('&').any(|pair| pair.split('=').next() == Some(trigger));
            if self.request.header(trigger).is_none() && !named {
                return self.pass(plugin, "the request does not carry its trigger");
            }
        }
        let status =
            config.number("status_code").and_then(|status| u16::try_from(status).ok()).unwrap_or(503);
        self.deny(plugin, config.get("status_code"), status, "it answers every request itself")
    }
}

static EMPTY: Node = Node { shape: crate::document::Shape::Null, line: 0, column: 0 };

fn priority(name: &str) -> Option<i32> {
    PRIORITIES.iter().find(|(known, _)| *known == name).map(|(_, priority)| *priority)
}

fn contains(list: &Node, client: IpAddr) -> Result<bool, Needs> {
    let mut held = false;
    for text in list.items().iter().filter_map(Node::text) {
        let network = IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from));
        held |= network.map_err(|_| Needs(format!("the address `{text}`")))?.contains(&client);
    }
    Ok(held)
}
