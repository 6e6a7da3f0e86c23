//! One self-contained page: no script, no font, no request to anywhere.

use std::fmt::Write as _;

use model::{Finding, LayerState};

use crate::View;

const STYLE: &str = "\
:root{color-scheme:light dark;--bad:#b3261e;--good:#1b7f3b;--faint:#777;--box:#8882}\
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7bd88f;--faint:#999}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
pre,code{font:13px/1.4 ui-monospace,monospace}pre{background:var(--box);padding:.6rem;overflow-x:auto;border-radius:4px}\
.deny{color:var(--bad);font-weight:600}.pass{color:var(--good)}.faint{color:var(--faint)}\
mark{background:none;color:var(--bad);font-weight:700}table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}";

/// The verdict as an HTML page.
pub(crate) fn write(view: &View) -> String {
    let verdict = view.verdict;
    let mut out = String::new();
    let title = escape(&view.safe(&verdict.summary));
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>why403</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
    );
    if let Some(leading) = verdict.hypotheses.first() {
        let _ = write!(
            out,
            "<p><code>{}</code> · {} · {:.0} % · layer {}</p>",
            leading.cause.id,
            leading.confidence.name(),
            leading.probability * 100.0,
            leading.cause.layer
        );
        if let Some((root, finding)) = &verdict.root {
            let _ = write!(out, "<p>Root: <code>{root}</code>, {}</p>", escape(&view.safe(&finding.because)));
        }
    }
    layers(view, &mut out);
    findings(view, &mut out);
    fixes(view, &mut out);
    rest(view, &mut out);
    waterfall(view, &mut out);
    out.push_str("</body></html>\n");
    out
}

fn layers(view: &View, out: &mut String) {
    out.push_str("<h2>The way of the request</h2><table>");
    for layer in &view.verdict.layers {
        let class = match layer.state {
            LayerState::Pass => "pass",
            LayerState::Deny => "deny",
            LayerState::NotReached | LayerState::Unknown => "faint",
        };
        let because = escape(&view.safe(&layer.because));
        let _ = write!(
            out,
            "<tr class=\"{class}\"><td>{}</td><td>{}</td><td>{because}</td></tr>",
            layer.layer,
            layer.state.name()
        );
    }
    out.push_str("</table>");
}

fn findings(view: &View, out: &mut String) {
    let Some(leading) = view.verdict.hypotheses.first() else { return };
    out.push_str("<h2>Why</h2>");
    let told = leading.findings.iter().chain(&view.verdict.witnesses);
    told.for_each(|finding| self::finding(view, finding, out));
    if view.verdict.hypotheses.len() > 1 {
        out.push_str("<h2>Less likely</h2><ul>");
        for hypothesis in view.verdict.hypotheses.iter().skip(1) {
            let _ = write!(
                out,
                "<li><code>{}</code> {:.0} %</li>",
                hypothesis.cause.id,
                hypothesis.probability * 100.0
            );
        }
        out.push_str("</ul>");
    }
    if !view.verdict.ruled_out.is_empty() {
        out.push_str("<h2>Ruled out</h2><ul>");
        for hypothesis in &view.verdict.ruled_out {
            let because = hypothesis
                .findings
                .first()
                .map_or_else(String::new, |finding| escape(&view.safe(&finding.because)));
            let _ = write!(out, "<li><code>{}</code> {because}</li>", hypothesis.cause.id);
        }
        out.push_str("</ul>");
    }
}

fn finding(view: &View, finding: &Finding, out: &mut String) {
    let quote = view.quote(finding.span);
    let _ = write!(
        out,
        "<p>{}: {}</p><pre><span class=\"faint\">{}:{}</span>\n{}</pre>",
        finding.weight.name(),
        escape(&view.safe(&finding.because)),
        escape(&quote.document),
        quote.line,
        escape(&quote.text)
    );
}

fn fixes(view: &View, out: &mut String) {
    if view.verdict.fixes.is_empty() {
        return;
    }
    out.push_str("<h2>The fix</h2><ul>");
    for fix in &view.verdict.fixes {
        let _ = write!(
            out,
            "<li>{}<br><span class=\"faint\">opens: {}</span>",
            escape(&view.safe(&fix.text)),
            escape(&view.safe(&fix.opens))
        );
        if let Some(patch) = &fix.patch {
            let _ = write!(out, "<pre>{}</pre>", escape(&view.safe_lines(patch)));
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}

fn rest(view: &View, out: &mut String) {
    if let Some(isolated) = &view.evidence.isolated {
        let (part, text) = (escape(&view.safe(&isolated.part)), escape(&view.safe(&isolated.text)));
        let curl = escape(&view.safe(&isolated.minimal_curl));
        let _ = write!(
            out,
            "<h2>The refused part</h2><p>{part}</p><pre><mark>{text}</mark></pre><pre>{curl}</pre>"
        );
    }
    if let Some(next) = &view.verdict.next {
        let what =
            next.document.clone().or_else(|| next.experiment.map(|change| change.purpose().to_owned()));
        let _ = write!(
            out,
            "<h2>What would decide</h2><p>{}<br><span class=\"faint\">{}</span></p>",
            escape(&what.unwrap_or_default()),
            escape(&view.safe(&next.because))
        );
    }
    if !view.context.requests.is_empty() {
        out.push_str("<h2>What was sent</h2><table>");
        for request in view.context.requests {
            let status = request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{status}</td><td>{}</td></tr>",
                escape(&request.method),
                escape(&view.safe(&request.url)),
                escape(&request.purpose)
            );
        }
        out.push_str("</table>");
    }
    for warning in &view.evidence.warnings {
        let _ = write!(out, "<p class=\"faint\">{}</p>", escape(&view.safe(&warning.text)));
    }
}

/// The phases of the exchange as bars, to scale.
fn waterfall(view: &View, out: &mut String) {
    let timing = &view.evidence.refused.timing;
    let phases = [
        ("name", timing.dns),
        ("connect", timing.connect),
        ("TLS", timing.tls),
        ("send", timing.send),
        ("wait", timing.wait),
        ("receive", timing.receive),
    ];
    let total: f64 = phases.iter().filter_map(|(_, time)| *time).sum();
    if total <= 0.0 {
        return;
    }
    let measured: Vec<(&str, f64)> =
        phases.iter().filter_map(|(name, time)| Some((*name, (*time)?))).collect();
    let _ = write!(
        out,
        "<h2>The exchange</h2><svg viewBox=\"0 0 640 {}\" role=\"img\" aria-label=\"phases of the exchange\">",
        measured.len() * 22
    );
    let mut start = 0.0;
    for (row, (name, time)) in measured.iter().enumerate() {
        let (x, width, y) = (80.0 + start / total * 440.0, (time / total * 440.0).max(1.0), row * 22);
        let _ = write!(
            out,
            "<text x=\"0\" y=\"{}\" font-size=\"13\" fill=\"currentColor\">{name}</text><rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\" fill=\"#4c78a8\"/><text x=\"{:.1}\" y=\"{}\" font-size=\"12\" fill=\"currentColor\">{time:.1} ms</text>",
            y + 13,
            (x + width + 6.0).min(570.0),
            y + 13
        );
        start += time;
    }
    out.push_str("</svg>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
