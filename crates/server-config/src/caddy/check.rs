//! Static checks of a Caddyfile, for CI: directives that cannot do what they seem to.

use super::{Config, Directive};
use crate::check::Finding;

impl Config {
    /// All findings, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Findings { config: self, found: Vec::new() };
        for site in self.blocks.iter().filter(|block| !block.words.is_empty()) {
            findings.block(site.children(), &mut Vec::new(), true);
            findings.addresses(site);
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
    fn add(&mut self, check: &'static str, rule: &Directive, because: String, other: Option<&Directive>) {
        let (place, other) = (self.config.place(rule), other.map(|other| self.config.place(other)));
        self.found.push(Finding { check, place, text: rule.text(), because, other });
    }

    /// Names that are not defined, or not used, and directives behind one that always answers.
    fn block(&mut self, directives: &'a [Directive], names: &mut Vec<&'a Directive>, sorted: bool) {
        let outer = names.len();
        names.extend(directives.iter().filter(|directive| directive.name().starts_with('@')));
        for name in names[outer..].iter().copied() {
            if !uses(directives, name.name()) {
                self.add("unused-matcher", name, format!("no directive asks for `{}`", name.name()), None);
            }
        }
        for directive in directives.iter().filter(|directive| !directive.name().starts_with('@')) {
            let asked = Some(directive.arg(0))
                .filter(|word| word.starts_with('@') && takes_matcher(directive.name()));
            if let Some(asked) = asked.filter(|asked| !names.iter().any(|name| name.name() == *asked)) {
                self.add("undefined-matcher", directive, format!("there is no matcher `{asked}` here"), None);
            }
            if matches!(directive.name(), "handle" | "handle_path" | "route" | "handle_errors") {
                self.block(directive.children(), names, directive.name() != "route");
            }
        }
        self.behind_answer(directives, sorted);
        names.truncate(outer);
    }

    /// A `respond`, `error`, `abort` or `redir` for everything; in Caddy's own order, or in that of a `route`.
    fn behind_answer(&mut self, directives: &'a [Directive], sorted: bool) {
        let is_for_all = |directive: &&Directive| {
            let first = directive.arg(0);
            matches!(directive.name(), "respond" | "error" | "abort" | "redir")
                && !first.starts_with(['/', '@'])
        };
        let Some(at) = directives.iter().position(|directive| is_for_all(&directive)) else { return };
        let end = &directives[at];
        let rank = |directive: &Directive| super::directives::rank(directive.name());
        for (number, directive) in directives.iter().enumerate() {
            let is_behind = match sorted {
                true => rank(directive).zip(rank(end)).is_some_and(|(own, end)| own > end),
                false => number > at,
            };
            if is_behind && takes_matcher(directive.name()) {
                let because = format!("`{}` answers every request before it", end.text());
                self.add("unreachable-directive", directive, because, Some(end));
            }
        }
    }

    /// Networks in `remote_ip` where a header shows that a proxy stands in front.
    fn addresses(&mut self, site: &'a Directive) {
        let reads = |directive: &Directive| {
            directive.words.iter().any(|word| word.to_ascii_lowercase().contains("x-forwarded-for"))
        };
        let Some(reader) = any(site.children(), &reads) else { return };
        let mut rules = Vec::new();
        all(
            site.children(),
            &|directive| directive.words.iter().any(|word| &**word == "remote_ip"),
            &mut rules,
        );
        for rule in rules.into_iter().filter(|rule| !rule.words.iter().any(|word| &**word == "forwarded")) {
            let because = format!(
                "`{}` shows a proxy in front, and `remote_ip` is then the proxy's address",
                reader.text()
            );
            self.add("allow-list-sees-proxy", rule, because, Some(reader));
        }
    }
}

fn takes_matcher(name: &str) -> bool {
    super::directives::rank(name).is_some() && !matches!(name, "try_files" | "handle_path")
}

fn uses(directives: &[Directive], name: &str) -> bool {
    any(directives, &|directive| directive.args().iter().any(|word| &**word == name)).is_some()
}

fn any<'a>(directives: &'a [Directive], is_it: &dyn Fn(&Directive) -> bool) -> Option<&'a Directive> {
    directives.iter().find_map(|directive| {
        if is_it(directive) { Some(directive) } else { any(directive.children(), is_it) }
    })
}

fn all<'a>(directives: &'a [Directive], is_it: &dyn Fn(&Directive) -> bool, found: &mut Vec<&'a Directive>) {
    for directive in directives {
        if is_it(directive) {
            found.push(directive);
        }
        all(directive.children(), is_it, found);
    }
}
