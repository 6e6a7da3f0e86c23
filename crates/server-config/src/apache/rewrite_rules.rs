//! `RewriteCond` and `RewriteRule` as they are written (`parseargline()`, `cmd_rewritecond()`,
//! `cmd_rewriterule()` in `modules/mappers/mod_rewrite.c`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::layers::{Layer, Scope};
use super::tree::Directive;
use super::words::is_space;
use crate::pattern::{Case, Pattern};
use crate::walk::Needs;

/// The patterns of a request's rules, compiled once.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns(Rc<RefCell<Compiled>>);

type Compiled = HashMap<(String, Case), Rc<Pattern>>;

impl Patterns {
    pub(super) fn get(&self, text: &str, case: Case) -> Result<Rc<Pattern>, Needs> {
        let key = (text.to_owned(), case);
        if let Some(pattern) = self.0.borrow().get(&key) {
            return Ok(pattern.clone());
        }
        let pattern = Rc::new(Pattern::new(text, case)?);
        self.0.borrow_mut().insert(key, pattern.clone());
        Ok(pattern)
    }
}

/// A rule with the conditions in front of it.
#[derive(Debug, Clone)]
pub(super) struct RewriteRule<'a> {
    pub(super) directive: &'a Directive,
    pub(super) conditions: Vec<Condition<'a>>,
    pub(super) pattern: String,
    pub(super) is_negated: bool,
    pub(super) output: String,
    pub(super) flags: Flags,
}

#[derive(Debug, Clone)]
pub(super) struct Condition<'a> {
    pub(super) directive: &'a Directive,
    pub(super) input: String,
    pub(super) pattern: String,
    pub(super) flags: Flags,
}

/// `[name=value,...]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Flags(Vec<(String, String)>);

impl Flags {
    fn parse(text: &str) -> Self {
        let inner = text.strip_prefix('[').unwrap_or(text);
        let inner = inner.strip_suffix(']').unwrap_or(inner);
        let flag = |part: &str| {
            let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
        };
        Self(inner.split(',').map(flag).filter(|(name, _)| !name.is_empty()).collect())
    }

    /// Whether one of these names is there.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.value(names).is_some()
    }

    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        self.0.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may stand several times.
    pub(super) fn values<'b>(&'b self, names: &'b [&str]) -> impl Iterator<Item = &'b str> {
        self.0.iter().filter(move |(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    /// The status of `[F]`, `[G]` or `[R=...]` that is no redirect.
    pub(super) fn forced_status(&self) -> Option<u16> {
        if self.has(&["f", "forbidden"]) {
            return Some(403);
        }
        if self.has(&["g", "gone"]) {
            return Some(410);
        }
        self.redirect().filter(|status| !(300..400).contains(status))
    }

    /// The status of `[R]`.
    pub(super) fn redirect(&self) -> Option<u16> {
        let value = self.value(&["r", "redirect"])?;
        Some(match value.to_ascii_lowercase().as_str() {
            "" | "temp" => 302,
            "permanent" => 301,
            "seeother" => 303,
            number => number.parse().unwrap_or(302),
        })
    }
}

/// The arguments: words in quotes or up to white space that has no backslash before it.
fn arguments(text: &str) -> [Option<String>; 3] {
    let mut out = [None, None, None];
    let mut rest = text.trim_start_matches(is_space);
    for argument in &mut out {
        let Some(first) = rest.chars().next() else { break };
        let quote = Some(first).filter(|c| matches!(c, '"' | '\''));
        let body = if quote.is_some() { &rest[1..] } else { rest };
        let mut end = body.len();
        let mut chars = body.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if Some(c) == quote || (quote.is_none() && is_space(c)) {
                end = at;
                break;
            }
            if c == '\\' && chars.peek().is_some_and(|&(_, next)| is_space(next)) {
                chars.next();
            }
        }
        *argument = Some(body[..end].to_owned());
        rest = body.get(end + 1..).unwrap_or("").trim_start_matches(is_space);
    }
    out
}

/// The status that a rule answers by itself.
pub(super) fn forced_status(rule: &Directive) -> Option<u16> {
    let [_, _, flags] = arguments(rule.args());
    Flags::parse(&flags.unwrap_or_default()).forced_status()
}

/// The rules of one section. Conditions belong to the next rule.
pub(super) fn of_layer<'a>(layer: &Layer<'a>) -> Vec<RewriteRule<'a>> {
    let mut conditions = Vec::new();
    let mut rules = Vec::new();
    for directive in layer.rules.iter().map(|rule| rule.directive) {
        if directive.is("RewriteCond") {
            let [input, pattern, flags] = arguments(directive.args());
            conditions.push(Condition {
                directive,
                input: input.unwrap_or_default(),
                pattern: pattern.unwrap_or_default(),
                flags: Flags::parse(&flags.unwrap_or_default()),
            });
        } else if directive.is("RewriteRule") {
            let [pattern, output, flags] = arguments(directive.args());
            let pattern = pattern.unwrap_or_default();
            let is_negated = pattern.starts_with('!');
            rules.push(RewriteRule {
                directive,
                conditions: std::mem::take(&mut conditions),
                pattern: if is_negated { pattern[1..].to_owned() } else { pattern },
                is_negated,
                output: output.unwrap_or_default(),
                flags: Flags::parse(&flags.unwrap_or_default()),
            });
        }
    }
    rules
}

/// The rules that hold, and what else `mod_rewrite` knows of them.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleSet<'a> {
    pub(super) engine: Option<&'a Directive>,
    pub(super) rules: Vec<RewriteRule<'a>>,
    /// `RewriteBase` of the innermost section.
    pub(super) base: Option<String>,
    /// The directory of the innermost section with a directive of the module.
    pub(super) directory: Option<String>,
    options: Vec<String>,
}

const DIRECTIVES: &[&str] = &["RewriteEngine", "RewriteOptions", "RewriteBase", "RewriteCond", "RewriteRule"];

impl<'a> RuleSet<'a> {
    /// `config_server_merge()` and `config_perdir_merge()`: rules of inner sections replace those of outer ones,
    /// unless `RewriteOptions Inherit` says otherwise.
    pub(super) fn merged(scope: &Scope<'a>) -> Self {
        let mut set = Self::default();
        let is_section = scope.layers.iter().any(|layer| layer.directory.is_some());
        for layer in scope.layers.iter().filter(|layer| layer.has_any(DIRECTIVES)) {
            // Rules of the server itself are not among those of sections.
            let rules = if is_section && layer.directory.is_none() { Vec::new() } else { of_layer(layer) };
            let outer = set.options.clone();
            set.engine = layer.last("RewriteEngine").or(set.engine);
            let words = layer.named("RewriteOptions").flat_map(|rule| rule.words.iter());
            let own: Vec<String> = words.map(|word| word.to_ascii_lowercase()).collect();
            if !own.is_empty() {
                set.options = own;
            }
            let own_base = layer.last("RewriteBase").map(|rule| rule.arg(0).to_owned());
            set.base = if set.has("mergebase") { own_base.or(set.base.take()) } else { own_base };
            set.directory.clone_from(&layer.directory);
            let from_outer =
                |option: &str| outer.iter().any(|own| own == option) && !set.has("ignoreinherit");
            let behind = set.has("inherit") || from_outer("inheritdown");
            let before = set.has("inheritbefore") || from_outer("inheritdownbefore");
            set.rules = match (behind, before) {
                (true, _) => rules.into_iter().chain(std::mem::take(&mut set.rules)).collect(),
                (_, true) => std::mem::take(&mut set.rules).into_iter().chain(rules).collect(),
                _ => rules,
            };
        }
        set
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_as_mod_rewrite_takes_them() {
        let [one, two, three] = arguments(r#"  "^a b$"  c\ d   [NC,R=301,E=x:y]"#);
        assert_eq!((one.as_deref(), two.as_deref()), (Some("^a b$"), Some("c\\ d")));
        let flags = Flags::parse(&three.unwrap());
        assert!(flags.has(&["nc"]) && flags.redirect() == Some(301));
        assert_eq!(flags.values(&["e", "env"]).collect::<Vec<_>>(), ["x:y"]);
        assert_eq!(Flags::parse("[F]").forced_status(), Some(403));
        assert_eq!(Flags::parse("[R=404,L]").forced_status(), Some(404));
    }
}
