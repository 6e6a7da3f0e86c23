//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::methods;
use super::tree::Directive;
use super::{Config, load, parse};
use crate::fix::{self, Edit, Fix, OverGrant};
use crate::request::Request;
use crate::source::{FileTree, Place, Source};
use crate::walk::Walk;

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    let (true, Some(place)) = (walk.refuses(), &walk.outcome.decided_by) else { return Vec::new() };
    let Some((directives, source)) = file_of(config, files, place) else { return Vec::new() };
    let mut around = Vec::new();
    let Some(rule) = find(&directives, place, &mut around) else { return Vec::new() };
    let at = At { source: &source, rule, around, request, walk: &walk };
    if at.guards_secrets() {
        return Vec::new();
    }
    let fixes = match rule.name.to_ascii_lowercase().as_str() {
        "require" => at.require(),
        "order" | "allow" | "deny" => at.order(),
        "allowmethods" => vec![at.more_words(rule, "AllowMethods")],
        "rewriterule" => at.rewrite(),
        // Where no rule sets the options, the one that makes a program of the file decides.
        "options" | "addhandler" | "sethandler" | "scriptalias" => at.options(files),
        "limitrequestbody" => vec![at.limit(request.body_length.div_ceil(1 << 20) << 20)],
        "limitrequestfields" => vec![at.limit(request.headers.len() as u64)],
        "limitrequestfieldsize" => vec![at.limit(at.longest_field())],
        "limitrequestline" => vec![at.limit(at.request_line())],
        _ => Vec::new(),
    };
    let mut passing: Vec<Fix> = Vec::new();
    for fix in fixes.into_iter().flatten() {
        if passes(config, request, files, &fix) && !passing.iter().any(|own| own.patches == fix.patches) {
            passing.push(fix);
        }
    }
    passing
}

/// The tree and the text that a place is in: of the configuration, or of a `.htaccess`.
fn file_of(config: &Config, files: &FileTree, place: &Place) -> Option<(Vec<Directive>, Source)> {
    if let Some(source) = config.sources.get(&place.file) {
        return Some((config.directives.to_vec(), source.clone()));
    }
    let parsed = parse::parse(files, &place.file, config.known.clone(), &config.server_root);
    let source = parsed.sources.get(&place.file)?.clone();
    Some((parsed.directives, source))
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let Some(main) = config.sources.iter().next() else { return false };
    let patched = fix::patched(files, fix);
    fix::passes(&load(&patched, &main.name).simulate(request, &patched))
}

/// The directive at a place, and the sections around it, the outermost first.
pub(super) fn find<'a>(
    directives: &'a [Directive],
    place: &Place,
    around: &mut Vec<&'a Directive>,
) -> Option<&'a Directive> {
    for directive in directives {
        if directive.place == *place {
            return Some(directive);
        }
        around.push(directive);
        if let Some(found) = find(directive.children(), place, around) {
            return Some(found);
        }
        around.pop();
    }
    None
}

/// A refusing rule and all that a fix of it needs.
pub(super) struct At<'a> {
    pub(super) source: &'a Source,
    pub(super) rule: &'a Directive,
    pub(super) around: Vec<&'a Directive>,
    pub(super) request: &'a Request,
    pub(super) walk: &'a Walk,
}

impl At<'_> {
    /// Passwords, keys and version control are hidden for everyone, and stay so.
    fn guards_secrets(&self) -> bool {
        let path = self.path();
        path.split('/')
            .any(|part| [".ht", ".git", ".svn", ".env"].iter().any(|start| part.starts_with(start)))
    }

    pub(super) fn path(&self) -> &str {
        self.request.target.split('?').next().unwrap_or("/")
    }

    /// Another number for a limit.
    fn limit(&self, number: u64) -> Option<Fix> {
        let text = format!("raise `{}` from {} to {number}", self.rule.name, self.rule.arg(0));
        let opens = format!("requests up to that limit, for {}", self.scope());
        let line = format!("{} {number}", self.rule.name);
        self.edit(vec![self.replace(self.rule, &line)?], text, opens)
    }

    fn longest_field(&self) -> u64 {
        let length = |header: &crate::request::Header| {
            header.name.len() + 2 + header.value.known().map_or(0, str::len)
        };
        self.request.headers.iter().map(length).max().unwrap_or(0) as u64
    }

    fn request_line(&self) -> u64 {
        (self.request.method.len() + self.request.target.len() + self.request.version.name().len() + 2) as u64
    }

    /// The method behind the words of a directive.
    pub(super) fn more_words(&self, rule: &Directive, name: &str) -> Option<Fix> {
        let method = self.plain_method()?;
        let text = format!("add {method} to `{}`", rule.text());
        let opens = format!("{method} for everyone, for {}", self.scope());
        self.edit(vec![self.replace(rule, &format!("{name} {} {method}", rule.raw))?], text, opens)
    }

    /// A method that the server knows; it would refuse to start with another.
    pub(super) fn plain_method(&self) -> Option<&str> {
        let method = if self.request.method == "HEAD" { "GET" } else { &self.request.method };
        methods::is_registered(method).then_some(method)
    }

    /// What the innermost section around the rule is for.
    pub(super) fn scope(&self) -> String {
        let names = [
            "Directory",
            "DirectoryMatch",
            "Files",
            "FilesMatch",
            "Location",
            "LocationMatch",
            "If",
            "ElseIf",
            "Else",
            "Proxy",
            "ProxyMatch",
            "VirtualHost",
        ];
        let section = self.around.iter().rfind(|section| section.is_any(&names));
        match section {
            Some(section) => format!("everything in `{}`", section.text()),
            None if self.is_htaccess() => format!("everything below the directory of `{}`", self.source.name),
            None => "the whole server".to_owned(),
        }
    }

    pub(super) fn is_htaccess(&self) -> bool {
        self.source.included_from.is_none()
            && self.source.name.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
    }

    pub(super) fn edit(&self, edits: Vec<Edit>, text: String, opens: String) -> Option<Fix> {
        let made: Result<Fix, &'static OverGrant> = Fix::edit(self.source, &edits, text, opens);
        made.ok()
    }

    /// The lines of a directive become one other, indented as before.
    pub(super) fn replace(&self, rule: &Directive, text: &str) -> Option<Edit> {
        let lines = vec![format!("{}{text}", self.indent(rule)?)];
        Some(Edit { first: rule.place.line, last: last_line(rule), lines })
    }

    pub(super) fn insert_before(&self, rule: &Directive, text: &str) -> Option<Edit> {
        let line = rule.place.line;
        Some(Edit { first: line, last: line - 1, lines: vec![format!("{}{text}", self.indent(rule)?)] })
    }

    pub(super) fn insert_after(&self, rule: &Directive, lines: &[String]) -> Option<Edit> {
        let indent = self.indent(rule)?;
        let last = rule.end_line;
        let lines = lines.iter().map(|line| format!("{indent}{line}")).collect();
        Some(Edit { first: last + 1, last, lines })
    }

    /// The white space in front of a directive; `None` for one of another file.
    fn indent(&self, rule: &Directive) -> Option<String> {
        if rule.place.file != self.source.name {
            return None;
        }
        let line = self.source.line(rule.place.line)?;
        line.get(..rule.place.column as usize - 1).map(str::to_owned)
    }
}

/// A section's first line is its tag alone.
fn last_line(rule: &Directive) -> u32 {
    if rule.is_section() { rule.place.line } else { rule.end_line }
}
