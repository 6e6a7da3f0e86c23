//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::{Config, Directive, load};
use crate::fix::{self, Edit, Exception, Fix};
use crate::request::Request;
use crate::source::{FileTree, Source};

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    let (true, Some(place)) = (walk.refuses(), &walk.outcome.decided_by) else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let Some(rule) =
        find(&config.blocks, &|directive| config.place(directive) == *place && !directive.name().is_empty())
    else {
        return Vec::new();
    };
    if !matches!(rule.name(), "respond" | "error" | "abort") {
        return Vec::new();
    }
    let refusal = Refusal { config, source, rule };
    let exceptions = fix::exceptions(request, &walk, &rule.text());
    let fixes = exceptions.iter().filter_map(|exception| refusal.except(exception));
    fixes.filter(|fix| passes(config, request, files, fix)).collect()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let Some(main) = config.sources.iter().next() else { return false };
    let patched = fix::patched(files, fix);
    fix::passes(&load(&patched, &main.name).simulate(request, &patched))
}

pub(super) fn find<'a>(
    directives: &'a [Directive],
    is_it: &dyn Fn(&Directive) -> bool,
) -> Option<&'a Directive> {
    directives.iter().find_map(|directive| {
        if is_it(directive) && !directive.name().contains("://") {
            Some(directive)
        } else {
            find(directive.children(), is_it)
        }
    })
}

/// A refusing directive and all that a fix of it needs.
struct Refusal<'a> {
    config: &'a Config,
    source: &'a Source,
    rule: &'a Directive,
}

impl Refusal<'_> {
    /// The directive leaves out what this names.
    fn except(&self, exception: &Exception) -> Option<Fix> {
        let matchers = match exception {
            Exception::Target { method, path } => vec![format!("method {method}"), format!("path {path}")],
            Exception::Client(address) => vec![format!("remote_ip {address}")],
            Exception::Host(name) => vec![format!("host {name}")],
        };
        let rule = self.rule.text();
        self.fix(&matchers, exception.text(&rule), exception.opens(&rule))
    }

    /// The directive gets a matcher of its own: what it had, without what meets all these matchers.
    fn fix(&self, exception: &[String], text: String, opens: String) -> Option<Fix> {
        let line = self.source.line(self.rule.line)?.into_owned();
        let indent = &line[..line.len() - line.trim_start().len()];
        let after_name = line.trim_start().strip_prefix(self.rule.name())?;
        if line.contains("{$")
            || self.rule.block.is_some()
            || self.rule.quoted.get(1) == Some(&true) && !self.rule.arg(0).starts_with('/')
        {
            return None;
        }
        let first = self.rule.arg(0);
        let (own, rest) = match first.chars().next() {
            Some('*') if first == "*" => (Vec::new(), after_name.trim_start().strip_prefix('*')?),
            Some('/') => (vec![format!("path {first}")], after_name.trim_start().strip_prefix(first)?),
            Some('@') => (self.definition(first)?, after_name.trim_start().strip_prefix(first)?),
            _ => (Vec::new(), after_name),
        };
        let name = format!("@unless{}", self.rule.line);
        let mut lines = vec![format!("{indent}{name} {{")];
        lines.extend(own.iter().map(|matcher| format!("{indent}\t{matcher}")));
        lines.push(format!("{indent}\tnot {{"));
        lines.extend(exception.iter().map(|matcher| format!("{indent}\t\t{matcher}")));
        lines.push(format!("{indent}\t}}"));
        lines.push(format!("{indent}}}"));
        lines
            .push(format!("{indent}{} {name} {}", self.rule.name(), rest.trim_start()).trim_end().to_owned());
        let edit = Edit { first: self.rule.line, last: self.rule.line, lines };
        Fix::edit(self.source, &[edit], text, opens).ok()
    }

    /// The lines of a named matcher's block; one line for one that has none.
    fn definition(&self, name: &str) -> Option<Vec<String>> {
        let definition = find(&self.config.blocks, &|directive| directive.name() == name)?;
        if definition.words.len() > 1 {
            if definition.quoted.get(1) == Some(&true) || definition.block.is_some() {
                return None;
            }
            let text = definition.text();
            return Some(vec![text.strip_prefix(name)?.trim_start().to_owned()]);
        }
        let is_simple = definition.children().iter().all(|line| line.block.is_none());
        is_simple.then(|| definition.children().iter().map(Directive::text).collect())
    }
}
