//! Where the search looks first: by place and characters, and by the rules of a WAF that match.

use std::ops::Range;

use isolation::{Parts, Place, Region, Suspicion};
use model::{Evidence, Span};

/// The suspicion on each part.
#[must_use]
pub fn suspicion(evidence: &Evidence, parts: &Parts) -> Suspicion {
    let mut suspicion = Suspicion::of(parts);
    let matched: Vec<(usize, Option<Range<usize>>)> = evidence
        .waf_matches
        .iter()
        .filter(|found| found.score > 0 || found.blocked)
        .filter_map(|found| {
            let place = place(evidence, parts, found.span?)?;
            let (part, range) = parts.at(&place)?;
            // A range that is the whole value narrows nothing.
            Some((part, Some(range).filter(|range| range.len() < parts.raw(part).len())))
        })
        .collect();
    if !matched.is_empty() {
        suspicion.add_rules(&matched);
    }
    suspicion
}

/// The region of the request that a place of the evidence lies in.
fn place(evidence: &Evidence, parts: &Parts, span: Span) -> Option<Place> {
    let request = evidence.request()?;
    let message = &request.message;
    let within = |outer: Span| {
        let inside = outer.source == span.source && outer.start <= span.start && span.end <= outer.end;
        inside.then(|| span.start - outer.start..span.end - outer.start)
    };
    if let Some(range) = message.body.as_ref().and_then(|body| within(body.span)) {
        return Some(Place { region: Region::Body, range });
    }
    if let Some(range) = within(message.start_line) {
        let before = request.method.value.len() + 1;
        let range = range.start.checked_sub(before)?..range.end - before;
        return Some(Place { region: Region::Target, range });
    }
    let (field, range) = message.fields.0.iter().find_map(|field| Some((field, within(field.span)?)))?;
    let line =
        parts.request().fields().position(|(name, value)| name == field.name && value == field.value)?;
    Some(Place { region: Region::Line(line), range })
}
