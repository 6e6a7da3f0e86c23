//! `why403 waf --rules DIR curl ...`: which rules this request trips, and on what text. Nothing is sent.

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::{Context, Result, bail};
use model::Transfer;
use serde_json::{Value, json};
use waf::{Exclusion, Like, Request, RuleSet, Verdict};

use crate::args::{Engine, Format, Options};
use crate::{EXPLAINED, UNEXPLAINED, output};

/// Runs the rules over the request of a curl command line. Exit status 0 if they refuse it, 1 if they let it pass.
///
/// # Errors
/// Rules or command line that cannot be read.
pub(crate) fn run(
    options: &Options,
    rules: &Path,
    paranoia: Option<u8>,
    like: Engine,
    args: &[String],
) -> Result<u8> {
    let [program, args @ ..] = args else { bail!("`curl` and its arguments are missing behind the options") };
    if program != "curl" {
        bail!("expected `curl` and its arguments, found `{}`", report::neutral(program));
    }
    let command =
        intake::curl::parse(args, &|path| fs::read(path)).context("the curl command cannot be read")?;
    let Some(transfer) = command.transfers.first() else { bail!("the curl command names no URL") };
    let loading = waf::Options { like: like.into(), paranoia, ..waf::Options::default() };
    let rules = RuleSet::load_with(rules, &loading, "")
        .with_context(|| format!("the rules of {} cannot be loaded", rules.display()))?;
    let headers: Vec<(&[u8], &[u8])> =
        transfer.fields.iter().map(|line| (line.name().as_bytes(), line.value().as_bytes())).collect();
    let request = request(transfer, &headers);
    let verdict = rules.inspect(&request);
    let exclusion = waf::exclusion(&request, &verdict);
    match options.format {
        Some(Format::Json) => output::print(&as_json(&rules, &verdict, exclusion.as_ref()))?,
        _ => output::print(&as_text(&rules, &verdict, exclusion.as_ref()))?,
    }
    Ok(if verdict.blocked { EXPLAINED } else { UNEXPLAINED })
}

/// The request as the server gets it. The client's address is one of the documentation range (RFC 5737).
fn request<'a>(transfer: &'a Transfer, headers: &'a [(&'a [u8], &'a [u8])]) -> Request<'a> {
    Request {
        method: transfer.method.as_bytes(),
        target: transfer.target.as_bytes(),
        version: b"HTTP/1.1",
        headers,
        body: transfer.body.bytes(),
        client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    }
}

fn as_json(rules: &RuleSet, verdict: &Verdict, exclusion: Option<&Exclusion>) -> String {
    let matches: Vec<Value> = verdict
        .matches
        .iter()
        .map(|found| {
            json!({
                "rule": found.rule, "message": found.message, "variable": found.variable, "score": found.score,
                "bytes": found.bytes.as_ref().map(|range| [range.start, range.end]),
                "text": report::neutral(&String::from_utf8_lossy(&found.text)),
                "transformations": found.transformations, "file": found.file.display().to_string(), "line": found.line,
            })
        })
        .collect();
    let unloaded: Vec<String> = rules.report().unloaded.iter().map(ToString::to_string).collect();
    let object = json!({
        "why403": 1, "blocked": verdict.blocked, "status": verdict.status, "score": verdict.score,
        "threshold": verdict.threshold, "matches": matches, "unloaded": unloaded,
        "exclusion": exclusion.map(|exclusion| &exclusion.seclang),
    });
    format!("{object:#}\n")
}

fn as_text(rules: &RuleSet, verdict: &Verdict, exclusion: Option<&Exclusion>) -> String {
    let mut text = String::new();
    let threshold = verdict.threshold.map_or_else(String::new, |threshold| format!(" of {threshold}"));
    let what = if verdict.blocked { "refused" } else { "passed" };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{what}: score {}{threshold}", verdict.score);
    for found in verdict.matches.iter().filter(|found| found.score > 0 || found.disruptive) {
        let matched = report::neutral(&String::from_utf8_lossy(&found.text));
        let _ = writeln!(text, "\nrule {} (+{}): {}", found.rule, found.score, found.message);
        let _ = writeln!(text, "  on {}: {matched}", report::neutral(&found.variable));
        let _ = writeln!(text, "  --> {}:{}", found.file.display(), found.line);
    }
    if let Some(exclusion) = exclusion.filter(|_| verdict.blocked) {
        let _ = writeln!(
            text,
            "\nThe narrowest exclusion, to be read before the rules:\n\n{}",
            exclusion.seclang
        );
    }
    if !rules.report().unloaded.is_empty() {
        let _ = writeln!(
            text,
            "\n{} lines of the rule set are not in force here:",
            rules.report().unloaded.len()
        );
        for line in rules.report().unloaded.iter().take(5) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

impl From<Engine> for Like {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Modsecurity2 => Like::ModSecurity2,
            Engine::Modsecurity3 => Like::ModSecurity3,
            Engine::Coraza => Like::Coraza,
        }
    }
}
