//! SARIF 2.1.0: one run, one result for the leading hypothesis, related places for its findings.

use model::{Confidence, Finding, Hypothesis, Outcome, Quote};
use serde_json::{Value, json};

use crate::View;

/// The verdict as a SARIF log.
pub(crate) fn write(view: &View) -> String {
    let verdict = view.verdict;
    let shown: Vec<&Hypothesis> = match verdict.outcome {
        Outcome::Explained => verdict.hypotheses.iter().take(1).collect(),
        _ => verdict.hypotheses.iter().take(3).collect(),
    };
    let rules: Vec<Value> = shown.iter().map(|hypothesis| rule(hypothesis)).collect();
    let results: Vec<Value> =
        shown.iter().enumerate().map(|(index, hypothesis)| result(view, index, hypothesis)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "why403",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(hypothesis: &Hypothesis) -> Value {
    let page = hypothesis.cause.page;
    json!({
        "id": hypothesis.cause.id,
        "name": hypothesis.cause.id,
        "shortDescription": {"text": hypothesis.cause.title()},
        "fullDescription": {"text": hypothesis.cause.title()},
        "help": {"text": page, "markdown": page},
        "properties": {"layer": hypothesis.cause.layer.name()},
    })
}

fn result(view: &View, index: usize, hypothesis: &Hypothesis) -> Value {
    let places: Vec<Value> = hypothesis
        .findings
        .iter()
        .chain(&view.verdict.witnesses)
        .map(|finding| place(view, finding))
        .collect();
    let main: Vec<Value> = places.first().cloned().into_iter().collect();
    let text =
        if index == 0 { view.safe(&view.verdict.summary) } else { hypothesis.cause.title().to_owned() };
    json!({
        "ruleId": hypothesis.cause.id,
        "ruleIndex": index,
        "level": level(hypothesis.confidence),
        "message": {"text": text},
        "locations": main,
        "relatedLocations": places.into_iter().skip(1).collect::<Vec<_>>(),
        "properties": {"confidence": hypothesis.confidence.name(), "probability": hypothesis.probability},
    })
}

fn level(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Proven => "error",
        Confidence::Probable => "warning",
        Confidence::Possible | Confidence::Unexplained => "note",
    }
}

fn place(view: &View, finding: &Finding) -> Value {
    let Quote { document, line, column, width, text } = view.quote(finding.span);
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&document)},
            "region": {"startLine": line, "startColumn": column, "endColumn": column + width, "snippet": {"text": text}},
        },
        "message": {"text": format!("{}: {}", finding.weight.name(), view.safe(&finding.because))},
    })
}

/// A document's name as a relative URI reference (RFC 3986).
#[must_use]
pub fn uri(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
