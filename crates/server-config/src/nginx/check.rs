//! Static checks of a configuration, for CI: rules that cannot do what they seem to.

use super::addresses::Network;
use super::location::{self, Kind};
use super::scope::{Level, Scope};
use super::tree::Directive;
use super::{Config, server};
use crate::check::Finding;

impl Config {
    /// All findings, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings { config: self, found: Vec::new() };
        let http = self.http();
        findings.duplicate_names(http);
        for server in http.iter().filter(|directive| directive.name() == "server") {
            findings.block(&Scope::server(http, server));
        }
        findings.found.sort_by(|left, right| left.place.cmp(&right.place));
        findings.found.dedup();
        findings.found
    }
}

struct Findings<'a> {
    config: &'a Config,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    fn add(&mut self, check: &'static str, rule: &Directive, because: String, other: Option<&Directive>) {
        let (place, other) = (self.config.place(rule), other.map(|other| self.config.place(other)));
        self.found.push(Finding { check, place, text: rule.text(), because, other });
    }

    /// One block of a server, and those inside it.
    fn block(&mut self, scope: &Scope<'a>) {
        let level = scope.innermost();
        self.shadowed_addresses(level);
        self.behind_return(level);
        self.shadowed_locations(scope);
        self.method_lists(scope);
        self.dropped_headers(scope);
        self.proxy_addresses(scope);
        let inner = |directive: &&Directive| matches!(directive.name(), "location" | "if" | "limit_except");
        for directive in level.directives.iter().filter(inner) {
            self.block(&scope.inside(directive));
        }
    }

    /// The first rule that holds an address decides, so one behind a wider rule never does.
    fn shadowed_addresses(&mut self, level: Level<'a>) {
        let rules = level.directives.iter().filter(|rule| matches!(rule.name(), "allow" | "deny"));
        let mut before: Vec<(&'a Directive, Network)> = Vec::new();
        for rule in rules {
            let Some(network) = Network::parse(rule.arg(0)) else { continue };
            if let Some((wider, _)) = before.iter().find(|(_, other)| covers(other, &network)) {
                let because = format!("`{}` comes first and holds all its addresses", wider.text());
                self.add("shadowed-address-rule", rule, because, Some(wider));
            }
            before.push((rule, network));
        }
    }

    /// Rewrite directives behind an unconditional `return` of the same block.
    fn behind_return(&mut self, level: Level<'a>) {
        let mut ended: Option<&'a Directive> = None;
        for directive in level.directives {
            let is_rewrite = matches!(directive.name(), "return" | "rewrite" | "set" | "if" | "break");
            match ended {
                Some(end) if is_rewrite => {
                    self.add(
                        "unreachable-rewrite",
                        directive,
                        format!("`{}` ends the block", end.text()),
                        Some(end),
                    );
                }
                None if directive.name() == "return" => ended = Some(directive),
                _ => {}
            }
        }
        // A location's own `return` also goes before its access rules.
        let is_location = level.header.is_some_and(|header| header.name() == "location");
        let Some(end) = ended.filter(|_| is_location) else { return };
        let guards = ["allow", "deny", "auth_basic", "auth_request"];
        for rule in level.directives.iter().filter(|rule| guards.contains(&rule.name())) {
            let because = format!("`{}` answers before the access phase", end.text());
            self.add("bypassed-access-rule", rule, because, Some(end));
        }
    }

    /// A prefix whose every path an earlier regular expression takes, and a regular expression that stands twice.
    fn shadowed_locations(&mut self, scope: &Scope<'a>) {
        let mut regexes: Vec<(&str, crate::pattern::Case, &'a Directive)> = Vec::new();
        for location in location::locations(scope) {
            let Kind::Regex(regex, case) = location::kind(location) else { continue };
            let earlier = regexes.iter().find(|(other, other_case, _)| {
                (*other == regex && *other_case == case) || matches!(*other, "." | ".*" | "^" | "^/" | "/")
            });
            if let Some((.., earlier)) = earlier {
                let because = format!("`{}` comes first and matches whatever it does", earlier.text());
                self.add("shadowed-location", location, because, Some(earlier));
            }
            regexes.push((regex, case, location));
        }
        let Some((.., all)) =
            regexes.iter().find(|(regex, ..)| matches!(*regex, "." | ".*" | "^" | "^/" | "/"))
        else {
            return;
        };
        for location in location::locations(scope) {
            if matches!(location::kind(location), Kind::Prefix(_)) {
                let because = format!("`{}` matches every path and goes before a prefix", all.text());
                self.add("shadowed-location", location, because, Some(all));
            }
        }
    }

    /// `limit_except` that lets GET through and refuses POST, where a program would take one.
    fn method_lists(&mut self, scope: &Scope<'a>) {
        let level = scope.innermost();
        let Some(header) = level.header else { return };
        let has = |method: &str| header.args().iter().any(|word| **word == *method);
        let denies = level.directives.iter().find(|rule| rule.name() == "deny" && rule.arg(0) == "all");
        if let Some(deny) = denies.filter(|_| header.name() == "limit_except" && has("GET") && !has("POST")) {
            let because = "GET passes here, and POST is refused".to_owned();
            self.add("post-refused", header, because, Some(deny));
        }
    }

    /// An own `proxy_set_header` ends the inheritance of all outer ones.
    fn dropped_headers(&mut self, scope: &Scope<'a>) {
        let level = scope.innermost();
        let own: Vec<&Directive> = named(level, "proxy_set_header");
        let Some((outer_levels, first)) = scope.levels.split_last().map(|(_, outer)| outer).zip(own.first())
        else {
            return;
        };
        let outer = Scope { levels: outer_levels.to_vec() };
        for lost in outer.inherited(&["proxy_set_header"]) {
            if !own.iter().any(|rule| rule.arg(0).eq_ignore_ascii_case(lost.arg(0))) {
                let because = format!("it sets another header, so `{}` is not inherited", lost.text());
                self.add("header-not-inherited", first, because, Some(lost));
            }
        }
    }

    /// An allow-list of private addresses behind `X-Forwarded-For` that nothing makes nginx believe.
    fn proxy_addresses(&mut self, scope: &Scope<'a>) {
        let level = scope.innermost();
        let reads = scope.one("set_real_ip_from").is_some();
        let passes_on = scope.inherited(&["proxy_set_header"]).into_iter().find(|rule| {
            rule.arg(0).eq_ignore_ascii_case("x-forwarded-for")
                && rule.arg(1).contains("http_x_forwarded_for")
        });
        let Some(trusting) = passes_on.filter(|_| !reads) else { return };
        for rule in named(level, "allow") {
            if rule.arg(0) != "all" {
                let because = format!(
                    "`{}` shows a proxy in front, and without `set_real_ip_from` this rule sees the proxy's address",
                    trusting.text()
                );
                self.add("allow-list-sees-proxy", rule, because, Some(trusting));
            }
        }
    }

    /// A name that an earlier server on the same socket has already; nginx warns and ignores it.
    fn duplicate_names(&mut self, http: &'a [Directive]) {
        let mut taken: std::collections::HashMap<(std::net::IpAddr, u16, String), &'a Directive> =
            Default::default();
        for listen in super::listen::listens(http) {
            for name in server::names(listen.server) {
                let key = (listen.address, listen.port, name.clone());
                match taken.get(&key) {
                    Some(first) if !std::ptr::eq(*first, listen.server) => {
                        let named = listen.server.named("server_name").next().unwrap_or(listen.server);
                        let because = format!("an earlier server on the same socket has the name `{name}`");
                        self.add("duplicate-server-name", named, because, Some(first));
                    }
                    _ => {
                        taken.insert(key, listen.server);
                    }
                }
            }
        }
    }
}

fn named<'a>(level: Level<'a>, name: &str) -> Vec<&'a Directive> {
    level.directives.iter().filter(|rule| rule.name() == name).collect()
}

fn covers(wider: &Network, narrower: &Network) -> bool {
    match (wider, narrower) {
        (Network::All, _) => true,
        (Network::Range(wider), Network::Range(narrower)) => wider.contains(narrower),
        (Network::Unix, Network::Unix) => true,
        _ => false,
    }
}
