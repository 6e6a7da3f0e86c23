//! `--format json`: one object, for programs.

use serde_json::{Value, json};
use waf::{Match, Verdict};

use super::Finding;

/// The finding as one JSON object.
pub(super) fn render(finding: &Finding<'_>) -> String {
    let Verdict { blocked, status, score, threshold, .. } = finding.verdict;
    let verdict = &finding.verdict;
    let matches: Vec<Value> = verdict.matches.iter().map(|found| found_match(finding, found)).collect();
    let unloaded: Vec<String> = finding.rules.report().unloaded.iter().map(ToString::to_string).collect();
    let object = json!({
        "why403": 1,
        "blocked": blocked,
        "status": status,
        "score": score,
        "threshold": threshold,
        "categories": verdict.categories,
        "like": finding.rules.like().name(),
        "decided_by": verdict.decided_by,
        "server_refusal": verdict.server_refusal,
        "matches": matches,
        "edit": finding.edit.as_ref().map(|edit| json!({
            "bytes": edit.ranges.iter().map(|range| [range.start, range.end]).collect::<Vec<_>>(),
            "texts": edit.ranges.iter().map(|range| finding.part(range)).collect::<Vec<_>>(),
            "score": edit.score,
        })),
        "exclusion": finding.exclusion.as_ref().map(|exclusion| json!({
            "seclang": finding.mask.apply(&exclusion.seclang),
            "path": finding.shown(&String::from_utf8_lossy(&exclusion.path)),
            "opens": exclusion.opens.iter().map(|(rule, targets)| json!({
                "rule": rule, "variables": targets.iter().map(|target| finding.shown(target)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })),
        "width": finding.width.as_ref().map(|width| json!({
            "tried": width.tried, "refused": width.refused, "passing": width.passing,
        })),
        "logged": finding.logged.as_ref().map(|logged| json!({
            "requests": logged.requests, "refused": logged.refused,
            "passing": logged.passing.iter().map(|target| finding.shown(target)).collect::<Vec<_>>(),
        })),
        "rules": finding.rules.report().rules,
        "unloaded": unloaded,
    });
    format!("{object:#}\n")
}

fn found_match(finding: &Finding<'_>, found: &Match) -> Value {
    let ranges = |ranges: &[std::ops::Range<usize>]| -> Vec<[usize; 2]> {
        ranges.iter().map(|range| [range.start, range.end]).collect()
    };
    json!({
        "rule": found.rule,
        "message": finding.shown(&found.message),
        "variable": finding.shown(&found.variable),
        "score": found.score,
        "bytes": found.bytes.as_ref().map(|range| [range.start, range.end]),
        "text": text(finding, found),
        "places": ranges(&found.places),
        "transformations": found.transformations,
        "operator": found.operator,
        "matched": finding.shown(&String::from_utf8_lossy(&found.text)),
        "fingerprint": found.fingerprint,
        "phase": found.phase,
        "severity": found.severity,
        "tags": found.tags,
        "refuses": found.disruptive,
        "file": found.file.display().to_string(),
        "line": found.line,
    })
}

/// The matched text as it stands in the request; what the operator saw where it stands nowhere.
pub(super) fn text(finding: &Finding<'_>, found: &Match) -> String {
    match &found.bytes {
        Some(range) => finding.part(range),
        None => finding.shown(&String::from_utf8_lossy(&found.text)),
    }
}
