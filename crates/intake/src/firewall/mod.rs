//! A WAF's rules, held against the refused request: which of them trip, on which text, and the exclusion with which
//! the request would pass.
//!
//! This is simulation: it says what these rules do with this request, not that the server ran them. What a log line
//! or a served page says is read elsewhere; the catalogue holds the two against each other.

mod like;
mod request;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use model::{Evidence, Fix, SourceId, SourceKind, Span, WafMatch};
use waf::{EXCLUSIONS_FILE, Exclusion, Match, RuleSet, Verdict};

pub use like::like;
pub use request::request;

use request::Places;

/// Reads a rule's file, so that the rule can be quoted.
pub type Files<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Holds rules against the refused request and adds what they say to the evidence. Without a request nothing happens.
pub fn add_matches(evidence: &mut Evidence, rules: &RuleSet, files: Files<'_>) {
    let Some(request) = request(evidence) else { return };
    let places = Places::of(evidence);
    request.with(|request| {
        let verdict = rules.inspect(request);
        evidence.waf_rules = rules.report().rules;
        let mut sources = HashMap::new();
        for found in &verdict.matches {
            let span = found.bytes.as_ref().and_then(|bytes| places.span(evidence, &request.place(bytes)?));
            let rule_span = rule_span(evidence, &mut sources, found, files);
            let text =
                found.bytes.clone().and_then(|bytes| request.to_bytes().get(bytes).map(<[u8]>::to_vec));
            let text = String::from_utf8_lossy(text.as_deref().unwrap_or(&found.text)).into_owned();
            let known = WafMatch {
                rule: u64::from(found.rule),
                message: found.message.clone(),
                variable: found.variable.clone(),
                text,
                span,
                rule_span,
                score: u32::try_from(found.score).unwrap_or(0),
                blocked: verdict.blocked,
            };
            evidence.waf_matches.push(known);
        }
        evidence.waf_matches.extend(server_refusal(evidence, &verdict));
        if let Some(exclusion) = waf::exclusion(rules, request, &verdict).filter(|_| verdict.blocked) {
            let fix = fix(&exclusion, rules, files);
            evidence.exclusions.push(fix);
        }
    });
    for line in &rules.report().unloaded {
        let place = line.file.display().to_string();
        evidence.warn(Some((&place, Some(line.line as usize))), format!("not simulated: {}", line.reason));
    }
}

/// A refusal by the engine's own limits counts as a match without a rule.
fn server_refusal(evidence: &Evidence, verdict: &Verdict) -> Option<WafMatch> {
    let reason = verdict.server_refusal.clone()?;
    Some(WafMatch {
        rule: 0,
        message: reason,
        variable: "REQUEST_BODY_LENGTH".to_owned(),
        text: String::new(),
        span: evidence.request()?.message.body.as_ref().map(|body| body.span),
        rule_span: None,
        score: 0,
        blocked: verdict.blocked,
    })
}

/// The rule's first line in its file, which becomes a source.
fn rule_span(
    evidence: &mut Evidence,
    sources: &mut HashMap<String, Option<SourceId>>,
    found: &Match,
    files: Files<'_>,
) -> Option<Span> {
    let name = found.file.display().to_string();
    let id = *sources.entry(name.clone()).or_insert_with(|| {
        let known = evidence.sources.iter().find(|(_, source)| source.name == name).map(|(id, _)| id);
        known.or_else(|| Some(evidence.sources.add(name, SourceKind::Config, files(&found.file).ok()?)))
    });
    let whole = evidence.sources.whole(id?);
    let bytes = evidence.sources.bytes(whole);
    let mut at = 0;
    for _ in 1..found.first_line {
        at += memchr::memchr(b'\n', &bytes[at..])? + 1;
    }
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
    Some(whole.part(at, end))
}

/// The exclusion as a fix, with a patch where the rule set has the file for it.
fn fix(exclusion: &Exclusion, rules: &RuleSet, files: Files<'_>) -> Fix {
    let opened: Vec<String> = exclusion
        .opens
        .iter()
        .map(|(rule, targets)| match targets.as_slice() {
            [] => format!("rule {rule}"),
            targets => format!("rule {rule} on {}", targets.join(", ")),
        })
        .collect();
    let path = String::from_utf8_lossy(&exclusion.path);
    let list = opened.join("; ");
    let file = rules.report().files.iter().find(|file| file.ends_with(EXCLUSIONS_FILE));
    let before =
        file.and_then(|file| files(file).ok()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let name = file.map_or_else(|| EXCLUSIONS_FILE.to_owned(), |file| file.display().to_string());
    let before = before.unwrap_or_default();
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let patch =
        server_config::fix::Patch::new(&name, &before, &format!("{before}{gap}{}", exclusion.seclang));
    Fix {
        text: format!(
            "exclude for the path {path} alone: {list} (before the Core Rule Set is read, in {EXCLUSIONS_FILE})"
        ),
        patch: Some(patch.diff),
        opens: format!(
            "on {path}, what these would have found: {list}; every other rule, value and path stays checked"
        ),
    }
}
