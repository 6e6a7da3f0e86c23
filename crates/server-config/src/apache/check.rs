//! Static checks of a configuration, for CI: rules that cannot do what they seem to.

use std::rc::Rc;

use super::Config;
use super::addresses::Network;
use super::alias::alias_matches;
use super::layers::{self, Layer, Rule};
use super::tree::Directive;
use super::vhost;
use crate::check::Finding;

impl Config {
    /// All findings, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings { found: Vec::new() };
        let main = Layer::new(None, &self.directives, None);
        let believes = main.has_any(&["RemoteIPHeader"]);
        findings.names(&main);
        findings.server(&main, believes, false);
        for host in main.sections.iter().filter(|section| section.is("VirtualHost")) {
            let layer = Layer::new(Some(host), host.children(), None);
            let is_rewriting = is_on(&main, "RewriteEngine");
            findings.server(&layer, believes || layer.has_any(&["RemoteIPHeader"]), is_rewriting);
        }
        findings.found.sort_by(|left, right| left.place.cmp(&right.place));
        findings.found.dedup();
        findings.found
    }
}

pub(super) struct Findings {
    found: Vec<Finding>,
}

fn is_on(layer: &Layer<'_>, name: &str) -> bool {
    layer.last(name).is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("on"))
}

impl Findings {
    pub(super) fn add(
        &mut self,
        check: &'static str,
        rule: &Directive,
        because: String,
        other: Option<&Directive>,
    ) {
        let other = other.map(|other| other.place.clone());
        self.found.push(Finding { check, place: rule.place.clone(), text: rule.text(), because, other });
    }

    /// A server and the sections in it.
    fn server(&mut self, layer: &Rc<Layer<'_>>, believes: bool, is_rewriting: bool) {
        self.mappings(layer, &["Alias", "ScriptAlias"]);
        self.mappings(layer, &["ProxyPass"]);
        self.section(layer, believes, is_rewriting || is_on(layer, "RewriteEngine"));
    }

    /// One section, and those inside it; virtual hosts are looked at by themselves.
    fn section(&mut self, layer: &Rc<Layer<'_>>, believes: bool, is_rewriting: bool) {
        self.rewriting(layer, is_rewriting);
        self.methods(layer);
        self.two_kinds(layer);
        self.requires(&layer.rules, true);
        self.nobody_allowed(layer);
        self.late_variables(layer);
        if !believes {
            self.proxy_addresses(layer);
        }
        for inner in layer.sections.iter().filter(|section| !section.is("VirtualHost")) {
            let inner = Layer::new(Some(inner), inner.children(), Some(inner.arg(0)));
            self.section(&inner, believes, is_rewriting || is_on(&inner, "RewriteEngine"));
        }
    }

    /// A name that an earlier virtual host of the same addresses has already.
    fn names(&mut self, main: &Layer<'_>) {
        let hosts: Vec<&Directive> =
            main.sections.iter().copied().filter(|section| section.is("VirtualHost")).collect();
        for (index, host) in hosts.iter().enumerate() {
            for name in vhost::names(host) {
                let earlier = hosts[..index].iter().find(|other| {
                    other.words == host.words && vhost::names(other).any(|own| own.eq_ignore_ascii_case(name))
                });
                if let Some(earlier) = earlier {
                    let because =
                        format!("an earlier virtual host of the same address has the name `{name}`");
                    self.add("duplicate-server-name", host, because, Some(earlier));
                }
            }
        }
    }

    /// The first mapping that matches wins, so a longer path behind a shorter one never does.
    fn mappings(&mut self, layer: &Layer<'_>, names: &[&str]) {
        let mut before: Vec<&Directive> = Vec::new();
        for rule in layer.rules.iter().map(|rule| rule.directive).filter(|rule| rule.is_any(names)) {
            let wider = before.iter().find(|other| alias_matches(rule.arg(0), other.arg(0)).is_some());
            if let Some(wider) = wider {
                let because = format!("`{}` comes first and matches all its paths", wider.text());
                self.add("shadowed-mapping", rule, because, Some(wider));
            }
            before.push(rule);
        }
    }

    /// GET passes and POST does not; and methods that a `<Limit>` leaves open.
    fn methods(&mut self, layer: &Layer<'_>) {
        let mut limits: Vec<&Directive> = Vec::new();
        for Rule { directive, limit } in &layer.rules {
            let has = |words: &[Box<str>], method: &str| words.iter().any(|word| **word == *method);
            if directive.is("AllowMethods") && has(&directive.words, "GET") && !has(&directive.words, "POST")
            {
                self.add("post-refused", directive, "GET passes here, and POST is refused".to_owned(), None);
            }
            let is_method = directive.is("Require") && directive.arg(0).eq_ignore_ascii_case("method");
            if is_method && has(&directive.words, "GET") && !has(&directive.words, "POST") {
                let because = "GET passes here, and POST does not by this rule".to_owned();
                self.add("post-refused", directive, because, None);
            }
            let Some(limit) = limit.filter(|limit| !limits.iter().any(|own| std::ptr::eq(*own, *limit)))
            else {
                continue;
            };
            limits.push(limit);
            let refuses = (directive.is("Require") && !directive.arg(1).eq_ignore_ascii_case("granted"))
                || directive.is("Deny")
                || layers::is_container(directive);
            if refuses && limit.is("LimitExcept") && has(&limit.words, "GET") && !has(&limit.words, "POST") {
                self.add(
                    "post-refused",
                    limit,
                    "GET passes here, and POST is refused".to_owned(),
                    Some(directive),
                );
            }
            if refuses && limit.is("Limit") {
                let because = "the rules in it hold for no other method, so all others pass".to_owned();
                self.add("methods-left-open", limit, because, Some(directive));
            }
        }
    }

    /// `Order` and `Require` in one section: both must let a request in.
    fn two_kinds(&mut self, layer: &Layer<'_>) {
        let old = layer
            .rules
            .iter()
            .map(|rule| rule.directive)
            .find(|rule| rule.is_any(&["Order", "Allow", "Deny"]));
        let new = layer.rules.iter().map(|rule| rule.directive).find(|rule| rule.is("Require"));
        let is_any = layer.last("Satisfy").is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("any"));
        if let (Some(old), Some(new), false) = (old, new, is_any) {
            let because = format!("`{}` holds here, too, and both must let a request in", new.text());
            self.add("mixed-access-rules", old, because, Some(new));
        }
    }

    /// One rule that decides for everyone takes the sense from those beside it.
    fn requires(&mut self, rules: &[Rule<'_>], is_any: bool) {
        let word = if is_any { "granted" } else { "denied" };
        let decides = |rule: &&Rule<'_>| {
            let own = rule.directive;
            let is_all = own.is("Require") && own.arg(0).eq_ignore_ascii_case("all");
            is_all && own.arg(1).eq_ignore_ascii_case(word) && rule.limit.is_none()
        };
        let decider = rules.iter().find(decides).map(|rule| rule.directive);
        for rule in rules {
            let own = rule.directive;
            let is_rule = own.is("Require") || layers::is_container(own);
            if let Some(decider) = decider.filter(|decider| is_rule && !std::ptr::eq(*decider, own)) {
                let because = format!("`{}` beside it decides for everyone", decider.text());
                self.add("shadowed-require", own, because, Some(decider));
            }
            if layers::is_container(own) {
                let inner = Layer::new(Some(own), own.children(), None);
                self.requires(&inner.rules, !own.is("RequireAll"));
            }
        }
    }

    /// `Order allow,deny` lets in only whom an `Allow` names.
    fn nobody_allowed(&mut self, layer: &Layer<'_>) {
        let order = layer.last("Order").filter(|rule| rule.arg(0).eq_ignore_ascii_case("allow,deny"));
        if let Some(order) = order.filter(|_| !layer.has_any(&["Allow"])) {
            self.add("nobody-allowed", order, "no `Allow` is here, so everyone is refused".to_owned(), None);
        }
    }

    /// `SetEnv` comes after the checks of access.
    fn late_variables(&mut self, layer: &Layer<'_>) {
        let rules = || layer.rules.iter().map(|rule| rule.directive);
        for set in rules().filter(|rule| rule.is("SetEnv")) {
            let asks = |rule: &&Directive| {
                let words = || rule.words.iter().skip(1);
                let by_require = rule.is("Require") && rule.arg(0).eq_ignore_ascii_case("env");
                (by_require && words().any(|word| word.eq_ignore_ascii_case(set.arg(0))))
                    || (rule.is_any(&["Allow", "Deny"])
                        && words().any(|word| word.eq_ignore_ascii_case(&format!("env={}", set.arg(0)))))
            };
            if let Some(rule) = rules().find(asks) {
                let because = format!(
                    "`{}` is set after the checks of access; `SetEnvIf` would be in time",
                    set.text()
                );
                self.add("variable-set-too-late", rule, because, Some(set));
            }
        }
    }

    /// An allow-list beside a rule that reads `X-Forwarded-For`, which nothing makes the server believe.
    fn proxy_addresses(&mut self, layer: &Layer<'_>) {
        let reads = layer.rules.iter().map(|rule| rule.directive).find(|rule| {
            let names = ["SetEnvIf", "SetEnvIfNoCase", "LogFormat", "RewriteCond", "RequestHeader"];
            rule.is_any(&names) && rule.args().to_ascii_lowercase().contains("x-forwarded-for")
        });
        let Some(reads) = reads else { return };
        for rule in layer.rules.iter().map(|rule| rule.directive) {
            let is_list = (rule.is("Require") && rule.arg(0).eq_ignore_ascii_case("ip")) || rule.is("Allow");
            if is_list && rule.words.iter().skip(1).any(|word| Network::parse(word).is_some()) {
                let because = format!(
                    "`{}` shows a proxy in front, and without `RemoteIPHeader` this rule sees the proxy's address",
                    reads.text()
                );
                self.add("allow-list-sees-proxy", rule, because, Some(reads));
            }
        }
    }
}
