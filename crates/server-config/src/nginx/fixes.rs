//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use std::net::IpAddr;

use super::tree::Directive;
use super::{Config, load};
use crate::fix::{Edit, Fix};
use crate::request::Request;
use crate::source::{FileTree, Place, Source};
use crate::walk::{Answer, Walk};

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    let (true, Some(place)) = (walk.refuses(), &walk.outcome.decided_by) else { return Vec::new() };
    let mut around = Vec::new();
    let Some(rule) = find(config, &config.directives, place, &mut around) else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let at = At { config, source, rule, around, request, walk: &walk };
    let fixes = match rule.name() {
        "deny" => vec![at.except_method(), at.allow_client()],
        "client_max_body_size" => vec![at.raise_body_limit()],
        "limit_except" => vec![at.except_method()],
        _ => Vec::new(),
    };
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

/// The directive at a place, and the blocks around it, the outermost first.
fn find<'a>(
    config: &Config,
    directives: &'a [Directive],
    place: &Place,
    around: &mut Vec<&'a Directive>,
) -> Option<&'a Directive> {
    for directive in directives {
        if config.place(directive) == *place {
            return Some(directive);
        }
        around.push(directive);
        if let Some(found) = find(config, directive.children(), place, around) {
            return Some(found);
        }
        around.pop();
    }
    None
}

/// A refusing rule and all that a fix of it needs.
struct At<'a> {
    config: &'a Config,
    source: &'a Source,
    rule: &'a Directive,
    around: Vec<&'a Directive>,
    request: &'a Request,
    walk: &'a Walk,
}

impl At<'_> {
    /// The method is added to the `limit_except` whose rules refused it.
    fn except_method(&self) -> Option<Fix> {
        let block =
            self.around.iter().copied().chain([self.rule]).rfind(|block| block.name() == "limit_except")?;
        if !self.request.method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let line = self.line(block.line)?;
        let start = block.column as usize - 1;
        let brace = start + line.get(start..)?.find('{')?;
        let (before, after) = (line.get(..brace)?.trim_end(), line.get(brace..)?);
        let method = &self.request.method;
        let edit = replace(block.line, format!("{before} {method} {after}"));
        let text = format!("add {method} to the methods of `{}`", block.text());
        let opens = format!("{method} for everyone, for every path of `{}`", self.scope_text(block));
        Fix::edit(self.file_of(block)?, &[edit], text, opens).ok()
    }

    /// The client's address is allowed in front of the rule that refuses it.
    fn allow_client(&self) -> Option<Fix> {
        let client = self.walk.client.address?;
        let opens = format!("everything that `{}` guards, for {client} alone", self.rule.text());
        let edit = self.insert_before(self.rule, &format!("allow {};", network(client)))?;
        Fix::edit(self.source, &[edit], format!("allow {client} in front of `{}`", self.rule.text()), opens)
            .ok()
    }

    /// The limit becomes the size of the body, rounded up to a whole megabyte.
    fn raise_body_limit(&self) -> Option<Fix> {
        let megabytes = self.request.body_length.div_ceil(1 << 20);
        let line = self.line(self.rule.line)?;
        let start = self.rule.column as usize - 1;
        let end = start + line.get(start..)?.find(';')?;
        let changed = format!("{}client_max_body_size {megabytes}m{}", line.get(..start)?, line.get(end..)?);
        let text = format!("raise the limit from {} to {megabytes}m", self.rule.arg(0));
        let opens =
            format!("bodies of up to {megabytes} MB for every path of `{}`", self.scope_text(self.rule));
        Fix::edit(self.source, &[replace(self.rule.line, changed)], text, opens).ok()
    }

    /// On a line of its own where the directive begins one, else in the same line.
    fn insert_before(&self, directive: &Directive, text: &str) -> Option<Edit> {
        let line = self.line(directive.line)?;
        let (before, after) = line.split_at_checked(directive.column as usize - 1)?;
        if before.trim().is_empty() {
            let lines = vec![format!("{before}{text}")];
            return Some(Edit { first: directive.line, last: directive.line - 1, lines });
        }
        Some(replace(directive.line, format!("{before}{text} {after}")))
    }

    fn line(&self, line: u32) -> Option<String> {
        self.source.line(line).map(|text| text.into_owned())
    }

    /// Both stand in one file, since a block does not leave its file.
    fn file_of(&self, directive: &Directive) -> Option<&Source> {
        let place = self.config.place(directive);
        (place.file == self.source.name).then_some(self.source)
    }

    /// The location or server that a directive holds for.
    fn scope_text(&self, directive: &Directive) -> String {
        let outer = self.around.iter().take_while(|block| !std::ptr::eq(**block, directive));
        let named = outer.filter(|block| matches!(block.name(), "location" | "server" | "http")).last();
        named.map_or("http".to_owned(), |block| match block.name() {
            "server" => format!("server {}", super::server::names(block).join(" ")).trim_end().to_owned(),
            _ => block.text(),
        })
    }
}

fn replace(line: u32, text: String) -> Edit {
    Edit { first: line, last: line, lines: vec![text] }
}

fn network(address: IpAddr) -> String {
    address.to_canonical().to_string()
}
