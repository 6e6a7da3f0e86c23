//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::acl::{condition_of, suites};
use super::tree::Line;
use super::{Config, load};
use crate::fix::{self, Edit, Exception, Fix};
use crate::request::Request;
use crate::source::{FileTree, Source};

pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    let (true, Some(place)) = (walk.refuses(), &walk.outcome.decided_by) else { return Vec::new() };
    let mut lines = config.sections.iter().flat_map(|section| section.active());
    let Some(rule) = lines.find(|line| config.place(line) == *place) else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let at = match (rule.word(0), rule.word(1)) {
        ("http-request", action) => action,
        ("tcp-request", _) => rule.word(2),
        _ => return Vec::new(),
    };
    if !matches!(at, "deny" | "tarpit" | "reject" | "silent-drop" | "return") {
        return Vec::new();
    }
    let refusal = Refusal { source, rule };
    let exceptions = fix::exceptions(request, &walk, &rule.text());
    let fixes = exceptions.iter().filter_map(|exception| refusal.except(exception));
    fixes.filter(|fix| passes(config, request, files, fix)).collect()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let patched = fix::patched(files, fix);
    fix::passes(&load(&patched, &config.main).simulate(request, &patched))
}

/// A refusing rule and all that a fix of it needs.
struct Refusal<'a> {
    source: &'a Source,
    rule: &'a Line,
}

impl Refusal<'_> {
    /// The rule leaves out what this names.
    fn except(&self, exception: &Exception) -> Option<Fix> {
        let terms = match exception {
            Exception::Target { method, path } => {
                vec![format!("{{ method {method} }}"), format!("{{ path {path} }}")]
            }
            Exception::Client(address) => vec![format!("{{ src {address} }}")],
            Exception::Host(name) => vec![format!("{{ req.hdr(host),field(1,:) -i {name} }}")],
        };
        let rule = self.rule.text();
        let line = self.source.line(self.rule.line)?.into_owned();
        let changed = with_exception(&line, self.rule, &terms)?;
        let edit = Edit { first: self.rule.line, last: self.rule.line, lines: vec![changed] };
        Fix::edit(self.source, &[edit], exception.text(&rule), exception.opens(&rule)).ok()
    }
}

/// The line with a condition that leaves out what meets all terms of the exception.
fn with_exception(line: &str, rule: &Line, exception: &[String]) -> Option<String> {
    let (code, comment) = match line.find(" #") {
        Some(at) if !rule.words.iter().any(|word| word.contains('#')) => line.split_at(at),
        _ => (line, ""),
    };
    let code = code.trim_end();
    let changed = match condition_of(&rule.words) {
        None => format!("{code} unless {}", exception.join(" ")),
        // A term more is an exception of `unless` already.
        Some(("unless", _)) => format!("{code} or {}", exception.join(" ")),
        // A and not (m and p) is: A and not m, or A and not p.
        Some((_, terms)) => {
            let at = code.find(" if ")? + 4;
            let suites: Vec<String> = suites(terms)
                .iter()
                .map(|suite| suite.iter().map(|term| term.quoted()).collect::<Vec<_>>().join(" "))
                .collect();
            let without =
                |suite: &String| exception.iter().map(|term| format!("{suite} !{term}")).collect::<Vec<_>>();
            let alternatives: Vec<String> = suites.iter().flat_map(without).collect();
            format!("{}{}", &code[..at], alternatives.join(" or "))
        }
    };
    (!line.contains('$')).then(|| format!("{changed}{comment}"))
}
