//! Static checks of rewrite rules.

use super::check::Findings;
use super::layers::Layer;
use super::rewrite_rules::{self, RewriteRule};
use super::tree::Directive;

/// Patterns that match every path.
const EVERYTHING: &[&str] =
    &["^", "", ".*", "^.*", "^.*$", "(.*)", "^(.*)$", "^(.*)", ".?", "^/", "^/(.*)$", "^/.*$"];

impl Findings {
    /// Rules that never run: the engine is off, or an earlier rule ends the list for every request.
    pub(super) fn rewriting(&mut self, layer: &Layer<'_>, is_on: bool) {
        let rules = rewrite_rules::of_layer(layer);
        if let Some(first) = rules.first().filter(|_| !is_on) {
            let because = "`RewriteEngine On` is missing here".to_owned();
            self.add("rewrite-engine-off", first.directive, because, None);
        }
        let mut ended: Option<&Directive> = None;
        for rule in &rules {
            match ended {
                Some(end) => {
                    let because =
                        format!("`{}` comes first and ends the rules for every request", end.text());
                    self.add("unreachable-rewrite", rule.directive, because, Some(end));
                }
                None if ends(rule) => ended = Some(rule.directive),
                None => {}
            }
        }
    }
}

/// Without a condition, for every path, and nothing comes after.
fn ends(rule: &RewriteRule<'_>) -> bool {
    let is_last = rule.flags.has(&["l", "last", "end", "p", "proxy"]) || rule.flags.forced_status().is_some();
    let is_every = EVERYTHING.contains(&rule.pattern.as_str()) && !rule.is_negated;
    rule.conditions.is_empty() && is_every && is_last
}
