//! Holds why403's answer against the scenario's truth.

use serde_json::Value;

use crate::scenario::{Isolate, Place, Refusal};

/// How the worst fault begins: a cause that was called proven and is wrong.
pub(crate) const WRONG_PROOF: &str = "WRONG PROOF: ";

/// What is wrong with the verdict; empty if nothing is.
pub(crate) fn judge(truth: &Refusal, verdict: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let confidence = text(verdict, "confidence");
    let cause = text(verdict, "cause");
    let right = cause == truth.cause || truth.accept.iter().any(|accepted| accepted == cause);
    if !right {
        let proven = if confidence == "proven" { WRONG_PROOF } else { "" };
        faults.push(format!(
            "{proven}cause is `{}`, true is `{}`{}",
            cause,
            truth.cause,
            rank(truth, verdict)
        ));
    } else if truth.root.as_deref().unwrap_or_default() != text(verdict, "root") {
        let root = truth.root.as_deref().unwrap_or("none");
        faults.push(format!("root is `{}`, true is `{root}`", text(verdict, "root")));
    }
    if cause == truth.cause && text(verdict, "layer") != truth.layer {
        faults.push(format!("layer is `{}`, true is `{}`", text(verdict, "layer"), truth.layer));
    }
    if let Some(least) = &truth.confidence
        && strength(confidence) < strength(least)
    {
        faults.push(format!("confidence is `{confidence}`, should be `{least}`"));
    }
    let quoted = quotations(verdict);
    for place in truth.place.iter().filter(|place| !names(&quoted, place)) {
        let document = place.document.as_deref().unwrap_or("any document");
        faults.push(format!("does not quote `{}` in {document}", place.text));
    }
    faults
}

/// What is wrong with the isolated part.
pub(crate) fn judge_isolated(truth: &Isolate, verdict: &Value) -> Vec<String> {
    let isolated = verdict.get("isolated").unwrap_or(&Value::Null);
    let mut faults = Vec::new();
    if text(isolated, "part") != truth.part {
        faults.push(format!("isolated `{}`, true is `{}`", text(isolated, "part"), truth.part));
    }
    if let Some(wanted) = &truth.text
        && !text(isolated, "text").contains(wanted)
    {
        faults.push(format!("isolated text `{}`, should contain `{wanted}`", text(isolated, "text")));
    }
    faults
}

/// Cause, root and confidence in one word, for the table.
pub(crate) fn headline(verdict: &Value) -> String {
    let cause = match text(verdict, "cause") {
        "" => text(verdict, "outcome"),
        cause => cause,
    };
    let root = text(verdict, "root");
    let arrow = if root.is_empty() { "" } else { " < " };
    format!("{cause}{arrow}{root} ({})", text(verdict, "confidence"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Where the true cause stands among the hypotheses.
fn rank(truth: &Refusal, verdict: &Value) -> String {
    let empty = Vec::new();
    let hypotheses = verdict.get("hypotheses").and_then(Value::as_array).unwrap_or(&empty);
    match hypotheses.iter().position(|hypothesis| text(hypothesis, "cause") == truth.cause) {
        Some(index) => {
            let share = hypotheses[index].get("probability").and_then(Value::as_f64).unwrap_or_default();
            format!(", ranked {} with {share:.2}", index + 1)
        }
        None => ", not among the hypotheses".into(),
    }
}

/// What the verdict makes of the scenario's logs; `None` where it has none, or none was written to.
pub(crate) fn logged(logs: &[&str], verdict: &Value) -> Option<Logged> {
    let of_log = |document: &&str| logs.iter().any(|log| document.ends_with(log));
    let line = quotations(verdict).into_iter().find(|(document, _)| of_log(document));
    (!logs.is_empty()).then(|| Logged {
        proven: text(verdict, "confidence") == "proven",
        line: line.map(|(document, line)| format!("{document}: {}", line.trim())),
    })
}

/// What a verdict makes of the logs.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) proven: bool,
    /// The first line of a log that it quotes for its leading cause.
    pub(crate) line: Option<String>,
}

/// All lines that the verdict quotes for its leading cause: the locations, then the findings.
fn quotations(verdict: &Value) -> Vec<(&str, &str)> {
    let findings = verdict.pointer("/hypotheses/0/findings").and_then(Value::as_array);
    let locations = verdict.get("locations").and_then(Value::as_array);
    [locations, findings]
        .into_iter()
        .flatten()
        .flatten()
        .map(|quoted| (text(quoted, "document"), text(quoted, "text")))
        .collect()
}

fn names(quoted: &[(&str, &str)], place: &Place) -> bool {
    quoted.iter().any(|(document, line)| {
        place.document.as_ref().is_none_or(|wanted| document.ends_with(wanted.as_str()))
            && line.contains(&place.text)
    })
}

fn strength(confidence: &str) -> u8 {
    match confidence {
        "proven" => 3,
        "probable" => 2,
        "possible" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth() -> Refusal {
        toml::from_str(
            "layer = 'waf'\ncause = 'waf.rule'\nconfidence = 'probable'\nplace = [{ document = 'error.log', text = '942100' }]",
        )
        .expect("a refusal")
    }

    #[test]
    fn right_answer_has_no_faults() {
        let verdict = serde_json::json!({"cause": "waf.rule", "layer": "waf", "confidence": "proven",
            "locations": [{"document": "nginx/error.log", "line": 1, "text": "[id \"942100\"]"}]});
        assert_eq!(judge(&truth(), &verdict), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_named() {
        let verdict = serde_json::json!({"cause": "waf.rule", "root": "gateway.header-stripped", "layer": "gateway",
            "confidence": "possible", "locations": []});
        assert_eq!(judge(&truth(), &verdict).len(), 4);
    }

    #[test]
    fn a_quoted_line_of_a_log_is_told_from_one_of_a_configuration() {
        let verdict = serde_json::json!({"cause": "waf.rule", "confidence": "proven",
            "locations": [{"document": "nginx/nginx.conf", "line": 1, "text": "deny all;"}],
            "hypotheses": [{"findings": [{"document": "nginx/error.log", "text": "access forbidden by rule "}]}]});
        let found = logged(&["nginx/access.log", "nginx/error.log"], &verdict).expect("it has logs");
        assert!(found.proven);
        assert_eq!(found.line.as_deref(), Some("nginx/error.log: access forbidden by rule"));
        assert!(logged(&["nginx/access.log"], &verdict).expect("it has logs").line.is_none());
        assert!(logged(&[], &verdict).is_none());
    }

    #[test]
    fn wrong_proof_is_called_so() {
        let verdict = serde_json::json!({"cause": "app.policy", "confidence": "proven",
            "hypotheses": [{"cause": "app.policy"}, {"cause": "waf.rule", "probability": 0.2}]});
        let faults = judge(&truth(), &verdict);
        assert_eq!(faults[0], "WRONG PROOF: cause is `app.policy`, true is `waf.rule`, ranked 2 with 0.20");
    }
}
