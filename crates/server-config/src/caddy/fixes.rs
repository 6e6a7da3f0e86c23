//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::{Config, Directive, load};
use crate::fix::{Edit, Fix};
use crate::request::Request;
use crate::source::{FileTree, Source};
use crate::walk::{Answer, Walk};

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
    let refusal = Refusal { config, source, rule, request, walk: &walk };
    let fixes = [refusal.except_target(), refusal.except_client()];
    fixes.into_iter().flatten().filter(|fix| passes(config, request, files, fix)).collect()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let Some(main) = config.sources.iter().next() else { return false };
    let mut patched = files.clone();
    for patch in &fix.patches {
        patched = patched.with_file(&patch.file, patch.after.as_bytes());
    }
    let walk = load(&patched, &main.name).simulate(request, &patched);
    !walk.refuses() && !matches!(walk.outcome.answer, Answer::Unknown(_))
}

fn find<'a>(directives: &'a [Directive], is_it: &dyn Fn(&Directive) -> bool) -> Option<&'a Directive> {
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
    request: &'a Request,
    walk: &'a Walk,
}

impl Refusal<'_> {
    /// The method and path of the request are taken out of the directive.
    fn except_target(&self) -> Option<Fix> {
        let path = self.request.target.split('?').next().unwrap_or("");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
        let method = &self.request.method;
        if !path.starts_with('/')
            || !path.bytes().all(is_plain)
            || !method.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            return None;
        }
        let text = format!("take {method} {path} out of `{}`", self.rule.text());
        let opens = format!(
            "{method} {path} for everyone, as far as this directive goes; those behind it still apply"
        );
        self.fix(&[&format!("method {method}"), &format!("path {path}")], text, opens)
    }

    /// The client's address is taken out of the directive.
    fn except_client(&self) -> Option<Fix> {
        let client = self.walk.client.address?.to_canonical();
        let text = format!("take {client} out of `{}`", self.rule.text());
        let opens = format!("everything that `{}` refuses, for {client} alone", self.rule.text());
        self.fix(&[&format!("remote_ip {client}")], text, opens)
    }

    /// The directive gets a matcher of its own: what it had, without what meets all these matchers.
    fn fix(&self, exception: &[&str], text: String, opens: String) -> Option<Fix> {
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
