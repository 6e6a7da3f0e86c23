//! The wire format, version 1: one object. Fields are added, never renamed.

use model::{Finding, Hypothesis, SentRequest};
use serde_json::{Value, json};

use crate::View;

/// The verdict as one JSON object, indented, with a final line break.
pub(crate) fn write(view: &View) -> String {
    let verdict = view.verdict;
    let leading = verdict.explained();
    let first = verdict.hypotheses.first();
    let mut object = json!({
        "why403": 1,
        "outcome": verdict.outcome.name(),
        "confidence": first.map_or("unexplained", |hypothesis| hypothesis.confidence.name()),
        "cause": leading.map(|hypothesis| hypothesis.cause.id),
        "root": verdict.root.as_ref().map(|(cause, _)| *cause),
        "layer": leading.map(|hypothesis| hypothesis.cause.layer.name()),
        "emitter": verdict.emitter.map(|emitter| emitter.name),
        "wrappers": verdict.wrappers.iter().map(|emitter| emitter.name).collect::<Vec<_>>(),
        "summary": view.safe(&verdict.summary),
        "locations": locations(view, leading.or(first)),
        "hypotheses": verdict.hypotheses.iter().map(|hypothesis| self::hypothesis(view, hypothesis)).collect::<Vec<_>>(),
        "ruled_out": verdict.ruled_out.iter().map(|hypothesis| self::hypothesis(view, hypothesis)).collect::<Vec<_>>(),
        "layers": verdict.layers.iter().map(|layer| json!({
            "layer": layer.layer.name(), "verdict": layer.state.name(), "because": view.safe(&layer.because),
        })).collect::<Vec<_>>(),
        "fixes": verdict.fixes.iter().map(|fix| json!({
            "text": view.safe(&fix.text), "patch": fix.patch.as_deref().map(|patch| view.safe_lines(patch)), "opens": view.safe(&fix.opens),
        })).collect::<Vec<_>>(),
        "later_checks": verdict.later_checks,
        "reference": verdict.reference.as_ref().map(|(name, value, owner)| json!({
            "name": name, "value": view.safe(value), "where": owner,
        })),
        "requests": view.context.requests.iter().map(|request| self::request(view, request)).collect::<Vec<_>>(),
        "timing": timing(view),
        "next": verdict.next.as_ref().map(|next| json!({
            "document": next.document, "experiment": next.experiment.map(model::Change::purpose), "because": view.safe(&next.because),
        })),
        "warnings": view.evidence.warnings.iter().map(|warning| json!({
            "document": warning.place.as_ref().map(|(document, _)| view.safe(document)),
            "line": warning.place.as_ref().and_then(|(_, line)| *line),
            "text": view.safe(&warning.text),
        })).collect::<Vec<_>>(),
        "elapsed_ms": view.context.elapsed_ms,
    });
    if let Some((_, finding)) = &verdict.root {
        object["root_finding"] = self::finding(view, finding);
    }
    if let Some(isolated) = &view.evidence.isolated {
        object["isolated"] = json!({
            "part": view.safe(&isolated.part), "text": view.safe(&isolated.text), "because": view.safe(&isolated.because),
            "minimal_curl": view.safe(&isolated.minimal_curl), "probability": rounded(isolated.probability),
        });
    }
    let mut text = serde_json::to_string_pretty(&object).unwrap_or_default();
    text.push('\n');
    text
}

fn locations(view: &View, hypothesis: Option<&Hypothesis>) -> Vec<Value> {
    let telling = hypothesis.into_iter().flat_map(|hypothesis| &hypothesis.findings);
    let telling = telling.filter(|finding| finding.weight.tells());
    let root = view.verdict.root.as_ref().map(|(_, finding)| finding);
    let mut locations: Vec<Value> = Vec::new();
    for finding in telling.chain(&view.verdict.witnesses).chain(root) {
        let quote = view.quote(finding.span);
        let location = json!({"document": quote.document, "line": quote.line, "text": quote.text});
        if !locations.contains(&location) {
            locations.push(location);
        }
    }
    locations
}

fn hypothesis(view: &View, hypothesis: &Hypothesis) -> Value {
    json!({
        "cause": hypothesis.cause.id,
        "probability": rounded(hypothesis.probability),
        "confidence": hypothesis.confidence.name(),
        "findings": hypothesis.findings.iter().map(|finding| self::finding(view, finding)).collect::<Vec<_>>(),
    })
}

fn finding(view: &View, finding: &Finding) -> Value {
    let quote = view.quote(finding.span);
    json!({
        "weight": finding.weight.name(), "because": view.safe(&finding.because),
        "document": quote.document, "line": quote.line, "text": quote.text,
    })
}

fn request(view: &View, request: &SentRequest) -> Value {
    json!({
        "method": request.method, "url": view.safe(&request.url), "status": request.status,
        "purpose": request.purpose, "accepted": request.accepted, "curl": view.safe(&request.curl),
    })
}

fn timing(view: &View) -> Value {
    let timing = &view.evidence.refused.timing;
    json!({
        "dns_ms": timing.dns, "connect_ms": timing.connect, "tls_ms": timing.tls, "send_ms": timing.send,
        "wait_ms": timing.wait, "receive_ms": timing.receive, "peer": view.evidence.refused.peer,
    })
}

/// Four digits: more would claim a precision that the odds do not have.
fn rounded(probability: f64) -> f64 {
    (probability * 10_000.0).round() / 10_000.0
}
