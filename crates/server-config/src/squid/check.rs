//! Static checks of a configuration, for CI: rules that cannot do what they seem to.

use super::tree::Line;
use super::{Config, PREDEFINED};
use crate::check::Finding;

/// Lists of rules, and the word behind which their ACLs begin.
const LISTS: &[(&str, usize)] = &[
    ("http_access", 2),
    ("miss_access", 2),
    ("never_direct", 2),
    ("always_direct", 2),
    ("cache_peer_access", 3),
];

impl Config {
    /// All findings, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut add = |check, rule: &Line, because: String, other: Option<&Line>| {
            let (place, other) = (self.place(rule), other.map(|other| self.place(other)));
            found.push(Finding { check, place, text: rule.text(), because, other });
        };
        let mut ended: Option<&Line> = None;
        for rule in self.named("http_access") {
            match ended {
                Some(end) => add(
                    "unreachable-rule",
                    rule,
                    format!("`{}` comes first and matches every request", end.text()),
                    Some(end),
                ),
                None if matches!(rule.rest(2), [only] if &**only == "all") => ended = Some(rule),
                None => {}
            }
        }
        for (name, from) in LISTS {
            for rule in self.named(name) {
                for acl in rule.rest(*from).iter().map(|word| word.trim_start_matches('!')) {
                    if self.acl_lines(acl).is_empty() && !PREDEFINED.contains(&acl) {
                        add("undefined-acl", rule, format!("there is no `acl {acl}`"), None);
                    }
                }
            }
        }
        for line in self.named("acl").filter(|line| line.word(2) == "src") {
            let proxy = self.named("follow_x_forwarded_for").next();
            let is_behind = self
                .lines
                .iter()
                .find(|line| line.words.iter().any(|word| word.eq_ignore_ascii_case("X-Forwarded-For")));
            if let (None, Some(reader)) = (proxy, is_behind.filter(|line| line.name() == "acl")) {
                let because = format!(
                    "`{}` shows a proxy in front, and `src` is then the proxy's address",
                    reader.text()
                );
                add("allow-list-sees-proxy", line, because, Some(reader));
            }
        }
        found.sort_by(|left, right| left.place.cmp(&right.place));
        found
    }
}
