//! The smallest edit of a request that brings it below the threshold.

use std::ops::Range;

use crate::{Request, RuleSet, Verdict, transaction};

/// Bytes of the request which, blanked out, let it pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Ranges of [`Request::to_bytes`], in order, without overlap.
    pub ranges: Vec<Range<usize>>,
    /// The score that is left.
    pub score: i64,
}

/// More rules than this are not tried one by one.
const MAX_TRIALS: usize = 64;

/// Finds which of the matched places have to go: all of them are blanked first, then each rule's are put back while
/// the request still passes. Each step is an inspection, so the answer is checked, not guessed. `None` where the
/// request is not refused, or where blanking does not help (something is missing, not too much).
#[must_use]
pub fn smallest_edit(rules: &RuleSet, request: &Request<'_>, verdict: &Verdict) -> Option<Edit> {
    if !verdict.would_block {
        return None;
    }
    let scoring = verdict.matches.iter().filter(|found| found.score > 0 || found.disruptive);
    let mut kept: Vec<Range<usize>> = scoring.flat_map(|found| found.places.iter().cloned()).collect();
    kept.retain(|range| request.place(range).is_some());
    kept.sort_by_key(|range| (range.start, range.end));
    kept.dedup();
    if kept.is_empty() || !passes(rules, request, &kept) {
        return None;
    }
    // The longest first: what is put back early is what costs the writer most.
    let mut order = kept.clone();
    order.sort_by_key(|range| std::cmp::Reverse(range.len()));
    for range in order.into_iter().take(MAX_TRIALS) {
        let without: Vec<_> = kept.iter().filter(|known| **known != range).cloned().collect();
        if !without.is_empty() && passes(rules, request, &without) {
            kept = without;
        }
    }
    let edited = request.to_owned_request().blanked(&kept);
    let score = edited.with(|edited| rules.inspect(edited)).score;
    Some(Edit { ranges: merged(kept), score })
}

fn merged(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Whether the request passes with these bytes blanked out.
fn passes(rules: &RuleSet, request: &Request<'_>, ranges: &[Range<usize>]) -> bool {
    let edited = request.to_owned_request().blanked(ranges);
    !edited.with(|edited| transaction::refuses(rules, edited, &[]))
}
