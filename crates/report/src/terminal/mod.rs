//! For people, at a terminal: the answer first, then why, what was ruled out, the fix, and what would decide.

mod quote;
mod style;
mod waterfall;

use model::{Hypothesis, LayerState, Outcome, Weight};

use crate::View;
use style::{Paint, Tone};

/// How many rivals and excluded causes are shown.
const SHOWN: usize = 4;

/// The verdict, at most `context.width` columns wide where words can be broken.
pub(crate) fn write(view: &View) -> String {
    let mut out = Paint::new(view.context.colour, view.context.width);
    headline(view, &mut out);
    trace(view, &mut out);
    findings(view, &mut out);
    isolated(view, &mut out);
    rivals(view, &mut out);
    fixes(view, &mut out);
    next(view, &mut out);
    requests(view, &mut out);
    waterfall::write(view, &mut out);
    warnings(view, &mut out);
    out.finish()
}

fn headline(view: &View, out: &mut Paint) {
    let verdict = view.verdict;
    let tone = match verdict.outcome {
        Outcome::Explained => Tone::Bad,
        Outcome::Unexplained => Tone::Care,
        Outcome::NotRefused => Tone::Good,
    };
    out.paragraph(tone, "", &view.safe(&verdict.summary));
    let Some(leading) = verdict.hypotheses.first() else { return };
    let cause = format!(
        "{} · {} · {:.0} %",
        leading.cause.id,
        leading.confidence.name(),
        leading.probability * 100.0
    );
    out.labelled("cause", &cause);
    if let Some((root, finding)) = &verdict.root {
        out.labelled("root", &format!("{root} · {}", view.safe(&finding.because)));
    }
    if let Some(emitter) = verdict.emitter {
        let through: Vec<&str> = verdict.wrappers.iter().map(|wrapper| wrapper.name).collect();
        let through =
            if through.is_empty() { String::new() } else { format!(" (through {})", through.join(", ")) };
        out.labelled("written by", &format!("{}{through}", emitter.name));
    }
    if let Some((name, value, owner)) = &verdict.reference {
        out.labelled("quote", &format!("{name}: {} (the owner finds it in {owner})", view.safe(value)));
    }
}

fn trace(view: &View, out: &mut Paint) {
    if view.verdict.outcome == Outcome::NotRefused {
        return;
    }
    out.heading("The way of the request");
    for layer in &view.verdict.layers {
        let (mark, tone) = match layer.state {
            LayerState::Pass => ("✓", Tone::Good),
            LayerState::Deny => ("✗", Tone::Bad),
            LayerState::NotReached => ("·", Tone::Faint),
            LayerState::Unknown => ("?", Tone::Faint),
        };
        let line =
            format!("{:<11} {:<11} {}", layer.layer.name(), layer.state.name(), view.safe(&layer.because));
        out.paragraph(tone, &format!("  {mark} "), &line);
    }
}

fn findings(view: &View, out: &mut Paint) {
    let Some(leading) = view.verdict.hypotheses.first() else { return };
    out.heading(if view.verdict.outcome == Outcome::Explained { "Why" } else { "What speaks for it" });
    for finding in leading.findings.iter().chain(&view.verdict.witnesses) {
        quote::write(view, finding, out);
    }
    if let Some((_, finding)) = &view.verdict.root {
        out.heading("Root");
        quote::write(view, finding, out);
    }
}

fn isolated(view: &View, out: &mut Paint) {
    let Some(isolated) = &view.evidence.isolated else { return };
    out.heading("The refused part");
    out.labelled("part", &view.safe(&isolated.part));
    if !isolated.text.is_empty() {
        out.labelled("text", &view.safe(&isolated.text));
    }
    out.paragraph(Tone::Plain, "  ", &view.safe(&isolated.because));
    if !isolated.minimal_curl.is_empty() {
        out.paragraph(Tone::Plain, "  ", "the least request that is refused in the same way:");
    }
    out.verbatim(Tone::Strong, &format!("  {}", view.safe(&isolated.minimal_curl)));
}

fn rivals(view: &View, out: &mut Paint) {
    let verdict = view.verdict;
    if verdict.hypotheses.len() > 1 {
        out.heading("Less likely");
        for hypothesis in verdict.hypotheses.iter().skip(1).take(SHOWN) {
            let share = format!("{:>3.0} %  {}", hypothesis.probability * 100.0, hypothesis.cause.id);
            out.paragraph(Tone::Plain, "  ", &format!("{share}: {}", reason(view, hypothesis)));
        }
    }
    if verdict.ruled_out.is_empty() {
        return;
    }
    out.heading("Ruled out");
    for hypothesis in verdict.ruled_out.iter().take(SHOWN) {
        out.paragraph(Tone::Faint, "  ✗ ", &format!("{}: {}", hypothesis.cause.id, reason(view, hypothesis)));
    }
    if verdict.ruled_out.len() > SHOWN {
        out.paragraph(
            Tone::Faint,
            "  ",
            &format!("and {} more (--format json lists all)", verdict.ruled_out.len() - SHOWN),
        );
    }
}

/// The heaviest reason, with its place.
fn reason(view: &View, hypothesis: &Hypothesis) -> String {
    let excluding = hypothesis.findings.iter().find(|finding| finding.weight == Weight::Excludes);
    let Some(finding) = excluding.or_else(|| hypothesis.findings.first()) else { return String::new() };
    let quote = view.quote(finding.span);
    format!("{} ({}:{})", view.safe(&finding.because), quote.document, quote.line)
}

fn fixes(view: &View, out: &mut Paint) {
    if view.verdict.fixes.is_empty() {
        return;
    }
    out.heading("The fix");
    for fix in &view.verdict.fixes {
        out.paragraph(Tone::Strong, "  • ", &view.safe(&fix.text));
        for line in fix.patch.iter().flat_map(|patch| patch.lines()) {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                _ => Tone::Faint,
            };
            out.verbatim(tone, &format!("    {}", view.safe(line)));
        }
        out.paragraph(Tone::Plain, "    opens: ", &view.safe(&fix.opens));
    }
    if !view.verdict.later_checks.is_empty() {
        let later = view.verdict.later_checks.join(", ");
        out.paragraph(Tone::Faint, "  ", &format!("checks that come after it, not yet met: {later}"));
    }
}

fn next(view: &View, out: &mut Paint) {
    let Some(next) = &view.verdict.next else { return };
    out.heading("What would decide");
    if let Some(document) = &next.document {
        out.paragraph(Tone::Strong, "  • ", &view.safe(document));
    }
    if let Some(experiment) = next.experiment {
        out.paragraph(Tone::Strong, "  • ", &format!("a request: {}", experiment.purpose()));
    }
    out.paragraph(Tone::Faint, "    ", &view.safe(&next.because));
}

/// Methods whose requests change nothing, so that an answer to one is nothing that was accepted.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

fn requests(view: &View, out: &mut Paint) {
    if view.context.requests.is_empty() {
        return;
    }
    out.heading("What was sent");
    for request in view.context.requests {
        let status = request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let does_something = request.accepted && !SAFE.contains(&request.method.as_str());
        let accepted = if does_something { "  accepted" } else { "" };
        let line = format!(
            "{:<7} {} → {status}{accepted}  ({})",
            request.method,
            view.safe(&request.url),
            request.purpose
        );
        out.paragraph(Tone::Plain, "  ", &line);
    }
}

fn warnings(view: &View, out: &mut Paint) {
    if view.evidence.warnings.is_empty() {
        return;
    }
    out.heading("Could not be read or honoured");
    for warning in &view.evidence.warnings {
        let place = match &warning.place {
            Some((document, Some(line))) => format!("{}:{line}: ", view.safe(document)),
            Some((document, None)) => format!("{}: ", view.safe(document)),
            None => String::new(),
        };
        out.paragraph(Tone::Care, "  ! ", &format!("{place}{}", view.safe(&warning.text)));
    }
}
