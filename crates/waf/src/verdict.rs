//! What the rules say about a request.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The outcome of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request is refused.
    pub blocked: bool,
    /// Status of the refusal.
    pub status: Option<u16>,
    /// The rule that ended the transaction; in anomaly mode this is a bookkeeping rule, never the cause.
    pub decided_by: Option<u32>,
    /// The refusal came from the server around the rules (a body over the limit), not from a rule.
    pub server_refusal: Option<String>,
    /// Whether the rules would have refused if the engine were not in detection mode.
    pub would_block: bool,
    /// Sum of the points of the request's matches that count towards blocking.
    pub score: i64,
    /// The sums by kind of attack that the rule set keeps: `sql_injection_score`, `xss_score` ...
    pub categories: BTreeMap<String, i64>,
    /// The sum at which the request is refused, where the rule set keeps a score.
    pub threshold: Option<i64>,
    /// What matched, in the order of evaluation, without bookkeeping rules.
    pub matches: Vec<Match>,
    /// Rules that only compare scores and matched: named for the log join, never as a cause.
    pub bookkeeping: Vec<u32>,
}

/// One rule that matched one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The rule's id.
    pub rule: u32,
    /// The rule's message, expanded.
    pub message: String,
    /// The rule's log data, expanded: what the engine would write behind `[data`.
    pub data: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// The rule's severity, 0 (emergency) to 7 (debug).
    pub severity: Option<u8>,
    /// The file of the rule.
    pub file: Arc<Path>,
    /// The rule's line as this engine logs it.
    pub line: u32,
    /// The line on which the rule begins.
    pub first_line: u32,
    /// The phase, 1 to 5.
    pub phase: u8,
    /// Points added to the anomaly score by this match.
    pub score: i64,
    /// Whether the engine writes a log line for it.
    pub logged: bool,
    /// Whether the rule refuses by itself.
    pub disruptive: bool,
    /// The value that matched: `ARGS:q`.
    pub variable: String,
    /// The transformations between the request and the operator.
    pub transformations: Vec<&'static str>,
    /// The operator: `@rx`, `!@within`.
    pub operator: String,
    /// The bytes that the operator matched, after transformation; for libinjection, the whole value.
    pub text: Vec<u8>,
    /// The whole value before any transformation, and where it stands in the request.
    pub value: Vec<u8>,
    /// The place of the whole value in [`crate::Request::to_bytes`].
    pub whole: Option<Range<usize>>,
    /// Where they come from, as a byte range of [`crate::Request::to_bytes`]; absent where the request lacks something
    /// (a missing header), or the value was computed (a count, a length), or it is the response's.
    pub bytes: Option<Range<usize>>,
    /// All the places that match, in order, so that nothing else in this value would trip the rule again.
    pub places: Vec<Range<usize>>,
    /// The fingerprint, where libinjection's SQL detection matched.
    pub fingerprint: Option<String>,
}

impl Verdict {
    /// Rules that matched and would be logged, each once, in ascending order.
    #[must_use]
    pub fn logged_rules(&self) -> Vec<u32> {
        let mut rules: Vec<u32> = self.matches.iter().filter(|m| m.logged).map(|m| m.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}
