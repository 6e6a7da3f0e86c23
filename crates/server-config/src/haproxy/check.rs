//! Static checks of a configuration, for CI: rules that cannot do what they seem to.

use super::Config;
use super::acl::{PREDEFINED, condition_of, suites};
use super::proxy::{Mode, Proxy, proxies};
use super::tree::{Line, Section};
use crate::check::Finding;

impl Config {
    /// All findings, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings { config: self, found: Vec::new() };
        for proxy in proxies(self) {
            findings.behind_unconditional(proxy.section);
            findings.in_tcp_mode(proxy);
            findings.names(proxy);
            findings.methods(proxy.section);
            findings.proxy_addresses(proxy);
        }
        findings.found.sort_by(|left, right| left.place.cmp(&right.place));
        findings.found
    }
}

struct Findings<'a> {
    config: &'a Config,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    fn add(&mut self, check: &'static str, rule: &Line, because: String, other: Option<&Line>) {
        let (place, other) = (self.config.place(rule), other.map(|other| self.config.place(other)));
        self.found.push(Finding { check, place, text: rule.text(), because, other });
    }

    /// A rule behind one that ends its list for every request.
    fn behind_unconditional(&mut self, section: &'a Section) {
        for keyword in
            ["http-request", "tcp-request connection", "tcp-request content", "use_backend", "redirect"]
        {
            let (first, level) = keyword.split_once(' ').unwrap_or((keyword, ""));
            let rules = section.all(first).filter(|line| level.is_empty() || line.word(1) == level);
            let mut ended: Option<&'a Line> = None;
            for rule in rules {
                match ended {
                    Some(end) => {
                        let because = format!("`{}` comes first and holds for every request", end.text());
                        self.add("unreachable-rule", rule, because, Some(end));
                    }
                    None if ends_list(rule) && condition_of(&rule.words).is_none() => ended = Some(rule),
                    None => {}
                }
            }
        }
    }

    /// HTTP rules of a proxy in mode `tcp`: HAProxy ignores them.
    fn in_tcp_mode(&mut self, proxy: Proxy<'a>) {
        if proxy.mode() != Mode::Tcp {
            return;
        }
        let mode = proxy.setting("mode");
        for rule in proxy.own("http-request").chain(proxy.own("http-response")).chain(proxy.own("redirect")) {
            let because = match mode {
                Some(_) => "the proxy is in mode `tcp`, which ignores it".to_owned(),
                None => "the proxy has no `mode http`, and mode `tcp` ignores it".to_owned(),
            };
            self.add("http-rule-in-tcp-mode", rule, because, mode);
        }
    }

    /// ACLs and backends that are named and not there, and ACLs that nothing names.
    fn names(&mut self, proxy: Proxy<'a>) {
        let mut used: Vec<&str> = Vec::new();
        for rule in proxy.section.active().filter(|line| line.word(0) != "acl") {
            let Some((_, terms)) = condition_of(&rule.words) else { continue };
            for term in suites(terms).into_iter().flatten().filter(|term| term.anonymous.is_none()) {
                used.push(term.name);
                let is_defined = proxy.own("acl").any(|line| line.word(1) == term.name);
                if !is_defined && !PREDEFINED.iter().any(|(name, _)| *name == term.name) {
                    self.add(
                        "undefined-acl",
                        rule,
                        format!("no `acl` of this proxy has the name `{}`", term.name),
                        None,
                    );
                }
            }
        }
        for line in proxy.own("acl").filter(|line| !used.contains(&line.word(1))) {
            self.add("unused-acl", line, format!("no rule of this proxy asks for `{}`", line.word(1)), None);
        }
        for line in proxy.own("use_backend").chain(proxy.own("default_backend")) {
            let name = line.word(1);
            let exists =
                proxies(self.config).iter().any(|other| other.is_backend() && other.section.name() == name);
            if !exists && !name.contains('%') {
                self.add("undefined-backend", line, format!("there is no backend `{name}`"), None);
            }
        }
    }

    /// A rule that refuses POST and lets GET through, on every path.
    fn methods(&mut self, section: &'a Section) {
        for rule in
            section.all("http-request").filter(|rule| matches!(rule.word(1), "deny" | "reject" | "tarpit"))
        {
            let Some((policy, terms)) = condition_of(&rule.words) else { continue };
            let refuses_post = match (policy, terms) {
                ("if", [only]) => matches!(&**only, "METH_POST" | "!METH_GET"),
                ("unless", [only]) => &**only == "METH_GET",
                ("if", [open, fetch, methods @ .., _]) => {
                    &**open == "{" && &**fetch == "method" && methods.iter().any(|word| &**word == "POST")
                }
                _ => false,
            };
            if refuses_post {
                self.add(
                    "post-refused",
                    rule,
                    "POST is refused on every path where GET passes".to_owned(),
                    None,
                );
            }
        }
    }

    /// Rules on `src` where a header shows that a proxy stands in front.
    fn proxy_addresses(&mut self, proxy: Proxy<'a>) {
        let reads = |line: &&Line| {
            line.words.iter().any(|word| word.to_ascii_lowercase().contains("(x-forwarded-for"))
        };
        let Some(reader) = proxy.section.active().find(reads) else { return };
        let mut lines = proxy.section.active();
        let is_told =
            lines.any(|line| line.words.iter().any(|word| matches!(&**word, "accept-proxy" | "set-src")));
        if is_told {
            return;
        }
        for rule in proxy.section.active() {
            let words = match rule.word(0) {
                "acl" => rule.words.get(2..).unwrap_or(&[]),
                _ => condition_of(&rule.words).map_or(&[][..], |(_, terms)| terms),
            };
            if words.iter().any(|word| &**word == "src") {
                let because = format!(
                    "`{}` shows a proxy in front, and `src` is then the proxy's address",
                    reader.text()
                );
                self.add("allow-list-sees-proxy", rule, because, Some(reader));
            }
        }
    }
}

fn ends_list(rule: &Line) -> bool {
    let action = match rule.word(0) {
        "http-request" => rule.word(1),
        "tcp-request" => rule.word(2),
        "use_backend" | "redirect" => return true,
        _ => return false,
    };
    let ends = ["accept", "allow", "auth", "deny", "redirect", "reject", "return", "silent-drop", "tarpit"];
    ends.contains(&action) && !rule.words.iter().any(|word| &**word == "ignore-empty")
}
