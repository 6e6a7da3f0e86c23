//! A verdict for a ticket.

use std::fmt::Write as _;

use model::{Finding, LayerState, Outcome};

use crate::View;

/// The verdict in Markdown (CommonMark with tables).
pub(crate) fn write(view: &View) -> String {
    let mut out = String::new();
    let verdict = view.verdict;
    let _ = writeln!(out, "## {}\n", escape(&view.safe(&verdict.summary)));
    if let Some(leading) = verdict.hypotheses.first() {
        let _ = writeln!(
            out,
            "**Cause** `{}` ({}, {:.0} %)  \n**Layer** {}  ",
            leading.cause.id,
            leading.confidence.name(),
            leading.probability * 100.0,
            leading.cause.layer
        );
        if let Some((root, finding)) = &verdict.root {
            let _ = writeln!(out, "**Root** `{root}`: {}", escape(&view.safe(&finding.because)));
        }
        let explained = verdict.outcome == Outcome::Explained;
        out.push_str(if explained { "\n### Why we are sure\n\n" } else { "\n### What speaks for it\n\n" });
        let told = leading.findings.iter().chain(&verdict.witnesses);
        told.for_each(|finding| write_finding(view, finding, &mut out));
    }
    if let Some(isolated) = &view.evidence.isolated {
        let _ = writeln!(
            out,
            "### The refused part\n\n{}: {}\n",
            escape(&view.safe(&isolated.part)),
            if isolated.text.is_empty() {
                escape(&view.safe(&isolated.because))
            } else {
                code(&view.safe(&isolated.text))
            }
        );
    }
    out.push_str("\n### The way of the request\n\n| layer | verdict | because |\n|---|---|---|\n");
    for layer in verdict.layers.iter().filter(|layer| layer.state != LayerState::Unknown) {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            layer.layer,
            layer.state.name(),
            escape(&view.safe(&layer.because))
        );
    }
    if !verdict.fixes.is_empty() {
        out.push_str("\n### The fix\n\n");
    }
    for fix in &verdict.fixes {
        let _ = writeln!(
            out,
            "- {}  \n  *Opens:* {}",
            escape(&view.safe(&fix.text)),
            escape(&view.safe(&fix.opens))
        );
        if let Some(patch) = &fix.patch {
            let _ = writeln!(out, "\n{}", fence(&view.safe_lines(patch), "diff"));
        }
    }
    if let Some(next) = &verdict.next {
        let what =
            next.document.clone().or_else(|| next.experiment.map(|change| change.purpose().to_owned()));
        let _ = writeln!(
            out,
            "\n### What would decide\n\n{}: {}",
            escape(&what.unwrap_or_default()),
            escape(&view.safe(&next.because))
        );
    }
    if let Some((name, value, owner)) = &verdict.reference {
        let _ = writeln!(
            out,
            "\nQuote `{name}: {}` to the owner, who finds it in {owner}.",
            view.safe(value).replace('`', "'")
        );
    }
    out
}

fn write_finding(view: &View, finding: &Finding, out: &mut String) {
    let quote = view.quote(finding.span);
    let _ = writeln!(out, "- *{}*: {}", finding.weight.name(), escape(&view.safe(&finding.because)));
    let _ =
        writeln!(out, "  `{}:{}` {}", quote.document.replace('`', "'"), quote.line, code(quote.text.trim()));
}

/// A code span that no back-tick inside can end.
fn code(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    format!("{ticks} {text} {ticks}")
}

fn fence(text: &str, language: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0).max(2);
    let ticks = "`".repeat(longest + 1);
    format!("{ticks}{language}\n{}\n{ticks}", text.trim_end_matches('\n'))
}

/// Escapes what Markdown or HTML would read as markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '#' | '!' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}
