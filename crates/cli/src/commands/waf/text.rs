//! The finding for people.

use std::fmt::Write as _;

use waf::{EXCLUSIONS_FILE, Exclusion, Match};

use super::Finding;
use super::json::text as matched_text;

/// The finding as text. Writing to a string cannot fail, so that the results of `writeln!` are let go.
pub(super) fn render(finding: &Finding<'_>) -> String {
    let mut text = String::new();
    headline(&mut text, finding);
    let verdict = &finding.verdict;
    for found in verdict.matches.iter().filter(|found| found.score > 0 || found.disruptive) {
        matched(&mut text, finding, found);
    }
    way_out(&mut text, finding);
    let unloaded = &finding.rules.report().unloaded;
    if !unloaded.is_empty() {
        let _ = writeln!(text, "\n{} lines of the rule set are not in force here:", unloaded.len());
        for line in unloaded.iter().take(5) {
            let _ = writeln!(text, "  {}", finding.shown(&line.to_string()));
        }
    }
    text
}

fn headline(text: &mut String, finding: &Finding<'_>) {
    let verdict = &finding.verdict;
    let what = match (verdict.blocked, verdict.would_block) {
        (true, _) => "refused",
        (false, true) => "passed, in detection mode only",
        (false, false) => "passed",
    };
    let threshold = verdict.threshold.map_or_else(String::new, |threshold| format!(" of {threshold}"));
    let _ = write!(text, "{what}: score {}{threshold}", verdict.score);
    let kinds: Vec<String> = verdict
        .categories
        .iter()
        .map(|(name, sum)| format!("{} {sum}", name.trim_end_matches("_score").replace('_', " ")))
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let _ =
        writeln!(text, "{kinds}, as {} reads {} rules", finding.rules.like(), finding.rules.report().rules);
    if verdict.matches.iter().all(|found| found.score == 0 && !found.disruptive) && !verdict.blocked {
        text.push_str("no rule gave points\n");
    }
    if let Some(reason) = &verdict.server_refusal {
        let status = verdict.status.unwrap_or(403);
        let _ = writeln!(text, "{reason}: status {status}, before any rule");
    }
}

fn matched(text: &mut String, finding: &Finding<'_>, found: &Match) {
    let points = if found.score > 0 { format!("+{}", found.score) } else { "refuses by itself".to_owned() };
    let _ = writeln!(text, "\nrule {} ({points}): {}", found.rule, finding.shown(&found.message));
    let at =
        found.bytes.as_ref().map(|range| format!(" (bytes {} to {} of the request)", range.start, range.end));
    let variable = finding.shown(&found.variable);
    let _ = writeln!(text, "  on {variable}: {}{}", matched_text(finding, found), at.unwrap_or_default());
    if !found.transformations.is_empty() {
        let _ = writeln!(text, "  after {}", found.transformations.join(", "));
    }
    if let Some(fingerprint) = &found.fingerprint {
        let _ = writeln!(text, "  libinjection's fingerprint {fingerprint}");
    }
    let _ = write!(text, "  --> {}:{}", found.file.display(), found.first_line);
    let logged = Some(found.line).filter(|line| *line != found.first_line);
    let _ =
        writeln!(text, "{}", logged.map_or_else(String::new, |line| format!(" (the log says line {line})")));
}

/// The smallest edit and the narrowest exclusion.
fn way_out(text: &mut String, finding: &Finding<'_>) {
    if let Some(edit) = &finding.edit {
        let parts: Vec<String> =
            edit.ranges.iter().map(|range| format!("`{}`", finding.part(range))).collect();
        let _ = writeln!(
            text,
            "\nThe smallest edit: without {} the score is {} and the request passes",
            parts.join(" and "),
            edit.score
        );
    }
    if let Some(exclusion) = &finding.exclusion {
        excluded(text, finding, exclusion);
    }
    if let Some(width) = &finding.width {
        let _ = writeln!(
            text,
            "\nOf {} attacks put into that place {} are refused, and {} of them pass with the exclusion{}",
            width.tried,
            width.refused,
            width.passing.len(),
            first(&width.passing)
        );
    }
    if let Some(logged) = &finding.logged {
        let passing: Vec<String> = logged.passing.iter().map(|target| finding.shown(target)).collect();
        let _ = writeln!(
            text,
            "\nOf {} logged requests to that path these rules refuse {} for their target, and {} of them pass with the exclusion{}",
            logged.requests,
            logged.refused,
            passing.len(),
            first(&passing)
        );
    }
}

/// The exclusion, and what it takes away.
fn excluded(text: &mut String, finding: &Finding<'_>, exclusion: &Exclusion) {
    let _ = writeln!(
        text,
        "\nIf the request is legitimate: the narrowest exclusion, to be read before the rules ({EXCLUSIONS_FILE}):\n"
    );
    for line in exclusion.seclang.lines() {
        let _ = writeln!(text, "{}", finding.shown(line));
    }
    let path = finding.shown(&String::from_utf8_lossy(&exclusion.path));
    let _ = writeln!(text, "\nWith it, at {path} alone,");
    for (rule, targets) in &exclusion.opens {
        let what = if targets.is_empty() {
            "is off".to_owned()
        } else {
            format!("no longer looks at {}", finding.shown(&targets.join(", ")))
        };
        let _ = writeln!(text, "  rule {rule} {what}");
    }
    if finding.width.is_none() {
        let _ = writeln!(
            text,
            "`--attacks DIR` with a checkout of the Core Rule Set tells which of its attacks would pass"
        );
    }
}

/// The first few of a list, behind a colon.
fn first(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => {
            let more = if names.len() > 8 { " ..." } else { "" };
            format!(": {}{more}", names[..names.len().min(8)].join(", "))
        }
    }
}
