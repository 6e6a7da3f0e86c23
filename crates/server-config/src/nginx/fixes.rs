//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use std::net::IpAddr;

use super::tree::Directive;
use super::{Config, load};
use crate::fix::{self, Edit, Fix};
use crate::request::Request;
use crate::source::{FileTree, Place, Source};
use crate::walk::{Answer, Walk};

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    if !walk.refuses() {
        return Vec::new();
    }
    let fixes = match &walk.outcome.decided_by {
        Some(place) => at_rule(config, request, &walk, place),
        None => vec![set_body_limit(config, request, &walk)],
    };
    fixes.into_iter().flatten().filter(|fix| passes(config, request, files, fix)).collect()
}

fn at_rule(config: &Config, request: &Request, walk: &Walk, place: &Place) -> Vec<Option<Fix>> {
    let mut around = Vec::new();
    let Some(rule) = config.find(place, &mut around) else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let at = At { config, source, rule, around, request, walk };
    match rule.name() {
        "deny" => {
            vec![at.except_method(), at.own_location(), at.trust_proxy(), at.allow_client()]
        }
        "client_max_body_size" => vec![at.raise_body_limit()],
        "limit_except" => vec![at.except_method()],
        "return" => {
            let own = vec![at.except_method_in_pattern(), at.add_referer(), at.own_location()];
            match own.iter().any(Option::is_some) {
                true => own,
                false => vec![at.except_value(), at.except_target()],
            }
        }
        _ => Vec::new(),
    }
}

/// Where no limit is set, the default of 1 MB holds: the location gets one of its own.
fn set_body_limit(config: &Config, request: &Request, walk: &Walk) -> Option<Fix> {
    if walk.outcome.answer != Answer::Status(413) {
        return None;
    }
    let chosen = walk.steps.iter().rfind(|step| step.phase == "location" && step.place.is_some())?;
    let place = chosen.place.as_ref()?;
    let source = config.sources.get(&place.file)?;
    let line = source.line(place.line)?.into_owned();
    let indent = &line[..line.len() - line.trim_start().len()];
    if !line.trim_end().ends_with('{') {
        return None;
    }
    let megabytes = request.body_length.div_ceil(1 << 20);
    let lines = vec![format!("{indent}    client_max_body_size {megabytes}m;")];
    let edit = Edit { first: place.line + 1, last: place.line, lines };
    let text = format!("set the limit for `{}` to {megabytes}m; without one it is 1m", chosen.text);
    let opens = format!("bodies of up to {megabytes} MB for every path of `{}`", chosen.text);
    Fix::edit(source, &[edit], text, opens).ok()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let Some(main) = config.sources.iter().next() else { return false };
    let patched = fix::patched(files, fix);
    fix::passes(&load(&patched, &main.name).simulate(request, &patched))
}

/// A refusing rule and all that a fix of it needs.
pub(super) struct At<'a> {
    pub(super) config: &'a Config,
    source: &'a Source,
    rule: &'a Directive,
    pub(super) around: Vec<&'a Directive>,
    pub(super) request: &'a Request,
    pub(super) walk: &'a Walk,
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
        if self.proxy().is_some() {
            // The address is a proxy's: to allow it would let in everybody who comes through it.
            return None;
        }
        let opens = format!("everything that `{}` guards, for {client} alone", self.rule.text());
        let edit = self.insert_before(self.rule, &format!("allow {};", network(client)))?;
        Fix::edit(self.source, &[edit], format!("allow {client} in front of `{}`", self.rule.text()), opens)
            .ok()
    }

    /// The proxy in front that connects to this server, where the request came through one that names the client.
    fn proxy(&self) -> Option<IpAddr> {
        let names_client = self.request.header("X-Forwarded-For").is_some();
        let from_connection = self.walk.client.from == crate::walk::BelievedFrom::Connection;
        self.request.client.filter(|_| names_client && from_connection)
    }

    /// The client's address is taken from `X-Forwarded-For`, of this one proxy.
    fn trust_proxy(&self) -> Option<Fix> {
        let proxy = self.proxy()?;
        let block = self.around.last()?;
        let list = |rule: &&Directive| matches!(rule.name(), "allow" | "deny");
        let first = block.children().iter().find(list)?;
        let line = self.line(first.line)?;
        let (before, _) = line.split_at_checked(first.column as usize - 1)?;
        if !before.trim().is_empty() {
            return None;
        }
        let mut lines = vec![format!("{before}set_real_ip_from {};", network(proxy))];
        // nginx refuses a second one in the same block: `"real_ip_header" directive is duplicate`.
        match block.children().iter().find(|rule| rule.name() == "real_ip_header") {
            None => lines.push(format!("{before}real_ip_header X-Forwarded-For;")),
            Some(header) if header.arg(0).eq_ignore_ascii_case("X-Forwarded-For") => {}
            Some(_) => return None,
        }
        let edit = Edit { first: first.line, last: first.line - 1, lines };
        let text =
            format!("take the client's address from X-Forwarded-For of {proxy}, before the list compares it");
        let opens = "nothing: the list then compares the client's address, as that proxy names it";
        Fix::edit(self.source, &[edit], text, opens).ok()
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

    /// The method is added to the pattern of the `if` around the rule: `!~ ^(GET|HEAD)$`.
    fn except_method_in_pattern(&self) -> Option<Fix> {
        let block = self.around.last().filter(|block| block.name() == "if")?;
        let tests_method = block.arg(0).contains("$request_method") && block.arg(1).starts_with("!~");
        if !tests_method || !self.request.method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let line = self.line(block.line)?;
        let end = line.rfind(")$")?;
        let method = &self.request.method;
        let edit = replace(block.line, format!("{}|{method}{}", &line[..end], &line[end..]));
        let text = format!("add {method} to the methods of `{}`", block.text());
        let opens = format!("{method} for everyone, for every path of `{}`", self.scope_text(block));
        Fix::edit(self.file_of(block)?, &[edit], text, opens).ok()
    }

    /// The site that links here is added to `valid_referers`.
    fn add_referer(&self) -> Option<Fix> {
        let block = self.around.last().filter(|block| block.arg(0).contains("$invalid_referer"))?;
        let referer = self.request.header("Referer").and_then(crate::request::Value::known)?;
        let host = referer.split_once("://")?.1.split(['/', ':', '?', '#']).next()?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if host.is_empty() || !host.bytes().all(is_name) {
            return None;
        }
        let outer = self.around.iter().rev().skip(1);
        let list = outer.flat_map(|outer| outer.named("valid_referers")).next()?;
        let line = self.line(list.line)?;
        let end = line.find(';')?;
        let edit = replace(list.line, format!("{} {host}{}", line[..end].trim_end(), &line[end..]));
        let text = format!("add {host} to `{}`", list.text());
        let opens = format!("`{}` to pages of {host}", self.scope_text(block));
        Fix::edit(self.file_of(list)?, &[edit], text, opens).ok()
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

    pub(super) fn line(&self, line: u32) -> Option<String> {
        self.source.line(line).map(|text| text.into_owned())
    }

    /// Both stand in one file, since a block does not leave its file.
    pub(super) fn file_of(&self, directive: &Directive) -> Option<&Source> {
        let place = self.config.place(directive);
        (place.file == self.source.name).then_some(self.source)
    }

    /// The location or server that a directive holds for.
    pub(super) fn scope_text(&self, directive: &Directive) -> String {
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
