//! Changes that let a refused request pass, as diffs, each tried in the simulator.

use super::acl::{condition_of, suites};
use super::tree::Line;
use super::{Config, load};
use crate::fix::{Edit, Fix};
use crate::request::Request;
use crate::source::{FileTree, Source};
use crate::walk::{Answer, Walk};

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
    let refusal = Refusal { source, rule, request, walk: &walk };
    let fixes = [refusal.except_target(), refusal.except_client()];
    fixes.into_iter().flatten().filter(|fix| passes(config, request, files, fix)).collect()
}

/// Whether the request passes once the fix is made.
fn passes(config: &Config, request: &Request, files: &FileTree, fix: &Fix) -> bool {
    let mut patched = files.clone();
    for patch in &fix.patches {
        patched = patched.with_file(&patch.file, patch.after.as_bytes());
    }
    let walk = load(&patched, &config.main).simulate(request, &patched);
    !walk.refuses() && !matches!(walk.outcome.answer, Answer::Unknown(_))
}

/// A refusing rule and all that a fix of it needs.
struct Refusal<'a> {
    source: &'a Source,
    rule: &'a Line,
    request: &'a Request,
    walk: &'a Walk,
}

impl Refusal<'_> {
    /// The method and path of the request are taken out of the rule.
    fn except_target(&self) -> Option<Fix> {
        let path = self.request.target.split('?').next().unwrap_or("");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~%-".contains(&byte);
        let method = &self.request.method;
        if !path.starts_with('/')
            || !path.bytes().all(is_plain)
            || !method.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            return None;
        }
        let text = format!("take {method} {path} out of `{}`", self.rule.text());
        let opens = format!(
            "{method} {path} for everyone, as far as this rule goes; the rules behind it still apply"
        );
        self.fix(&[&format!("{{ method {method} }}"), &format!("{{ path {path} }}")], text, opens)
    }

    /// The client's address is taken out of the rule.
    fn except_client(&self) -> Option<Fix> {
        let client = self.walk.client.address?.to_canonical();
        let text = format!("take {client} out of `{}`", self.rule.text());
        let opens = format!("everything that `{}` refuses, for {client} alone", self.rule.text());
        self.fix(&[&format!("{{ src {client} }}")], text, opens)
    }

    fn fix(&self, exception: &[&str], text: String, opens: String) -> Option<Fix> {
        let line = self.source.line(self.rule.line)?.into_owned();
        let changed = with_exception(&line, self.rule, exception)?;
        let edit = Edit { first: self.rule.line, last: self.rule.line, lines: vec![changed] };
        Fix::edit(self.source, &[edit], text, opens).ok()
    }
}

/// The line with a condition that leaves out what meets all terms of the exception.
fn with_exception(line: &str, rule: &Line, exception: &[&str]) -> Option<String> {
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
