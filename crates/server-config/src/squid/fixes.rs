//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::tree::Line;
use super::{Config, load};
use crate::fix::{self, Edit, Fix};
use crate::request::Request;
use crate::source::{FileTree, Source};
use crate::walk::{Answer, Walk};

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    let (true, Some(place)) = (walk.refuses(), &walk.outcome.decided_by) else { return Vec::new() };
    let Some(rule) = config.lines.iter().find(|line| config.place(line) == *place) else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    if rule.name() != "http_access" || matches!(walk.outcome.answer, Answer::Status(401 | 407)) {
        return Vec::new();
    }
    let refusal = Refusal { config, source, rule, request, walk: &walk };
    let fixes = [refusal.allow_destination(), refusal.allow_client()];
    fixes.into_iter().flatten().filter(|fix| passes(config, request, files, fix)).collect()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let Some(main) = config.sources.iter().next() else { return false };
    let patched = fix::patched(files, fix);
    fix::passes(&load(&patched, &main.name).simulate(request, &patched))
}

/// A refusing rule and all that a fix of it needs.
struct Refusal<'a> {
    config: &'a Config,
    source: &'a Source,
    rule: &'a Line,
    request: &'a Request,
    walk: &'a Walk,
}

impl Refusal<'_> {
    /// The client may reach this host and port with this method.
    fn allow_destination(&self) -> Option<Fix> {
        let client = self.walk.client.address?.to_canonical();
        let url = self.config.url_of(self.request)?;
        let method = &self.request.method;
        let method = if url.scheme.is_empty() { "CONNECT" } else { method };
        let names = ["src", "to", "port", "method"].map(|part| format!("unless{}_{part}", self.rule.line));
        let host = match url.address() {
            Some(address) => format!("dst {address}"),
            None => format!("dstdomain {}", url.host),
        };
        let values =
            [format!("src {client}"), host, format!("port {}", url.port), format!("method {method}")];
        let text = format!(
            "allow {client} {method} to {}:{} in front of `{}`",
            url.host,
            url.port,
            self.rule.text()
        );
        let opens = format!("{method} to {}:{}, any path, for {client} alone", url.host, url.port);
        self.fix(&names, &values, text, opens)
    }

    /// The client may reach everything.
    fn allow_client(&self) -> Option<Fix> {
        let client = self.walk.client.address?.to_canonical();
        let text = format!("allow {client} in front of `{}`", self.rule.text());
        let opens = format!(
            "everything that `{}` and the rules behind it refuse, for {client} alone",
            self.rule.text()
        );
        self.fix(&[format!("unless{}_src", self.rule.line)], &[format!("src {client}")], text, opens)
    }

    /// ACLs and one rule; a refusal because no rule matches is mended behind the last rule.
    fn fix(&self, names: &[String], values: &[String], text: String, opens: String) -> Option<Fix> {
        let is_implicit = self.rule.word(1) == "allow";
        let first = if is_implicit { self.rule.line + 1 } else { self.rule.line };
        let mut lines: Vec<String> =
            names.iter().zip(values).map(|(name, value)| format!("acl {name} {value}")).collect();
        lines.push(format!("http_access allow {}", names.join(" ")));
        let edit = Edit { first, last: first - 1, lines };
        Fix::edit(self.source, &[edit], text, opens).ok()
    }
}
