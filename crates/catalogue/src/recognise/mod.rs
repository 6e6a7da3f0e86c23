//! Finds the signatures of all emitters in the evidence, in one pass over each text.

mod condition;
mod fold;
mod haystack;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use model::{Emitter, Evidence, Place, Recognition, Signature};
use regex::bytes::RegexBuilder;

use crate::emitters;
use haystack::{Haystack, Kind};

/// How much of a text around a found literal a signature's pattern may look at, in bytes.
const PATTERN_WINDOW: usize = 4096;

/// Every signature that the evidence holds, in the order of the emitters; each signature at most once a text.
#[must_use]
pub fn recognise(evidence: &Evidence) -> Vec<Recognition> {
    let mut found = Vec::new();
    for haystack in haystack::all(evidence) {
        search_text(evidence, &haystack, &mut found);
    }
    for (kind, name, value, span) in haystack::fields(evidence) {
        search_field(evidence, kind, name, value, span, &mut found);
    }
    found
}

/// The literals of all signatures that stand in running text, and whose they are.
struct Index {
    automaton: AhoCorasick,
    entries: Vec<(&'static Emitter, &'static Signature)>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let entries: Vec<_> =
        signatures().filter(|(_, signature)| in_text(signature) && !signature.text.is_empty()).collect();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .build(entries.iter().map(|(_, signature)| signature.text))
        .unwrap_or_else(|_| unreachable!("the literals are far smaller than the automaton's limit"));
    Index { automaton, entries }
});

fn signatures() -> impl Iterator<Item = (&'static Emitter, &'static Signature)> {
    emitters::all()
        .iter()
        .flat_map(|emitter| emitter.signatures.iter().map(move |signature| (emitter, signature)))
}

fn in_text(signature: &Signature) -> bool {
    matches!(signature.place, Place::Body | Place::Log | Place::BodyOrLog | Place::ClientMessage)
}

fn search_text(evidence: &Evidence, haystack: &Haystack, found: &mut Vec<Recognition>) {
    let mut seen = vec![false; INDEX.entries.len()];
    for hit in INDEX.automaton.find_overlapping_iter(&haystack.folded.bytes) {
        let number = hit.pattern().as_usize();
        let (emitter, signature) = INDEX.entries[number];
        if seen[number] || !haystack.kind.admits(signature.place) {
            continue;
        }
        if !condition::hold(evidence, haystack, signature) {
            continue;
        }
        let Some((start, end, captures)) = held(haystack, signature, hit.start(), hit.end()) else {
            continue;
        };
        seen[number] = true;
        let (start, end) = haystack.folded.original(start, end);
        let span = haystack.span.part(start, end);
        found.push(Recognition { emitter, signature, span, captures, relevance: haystack.relevance });
    }
}

type Held = (usize, usize, Vec<(String, String)>);

/// Holds a signature's pattern against the text around its literal. The captures keep the original's case.
fn held(haystack: &Haystack, signature: &Signature, start: usize, end: usize) -> Option<Held> {
    if signature.pattern.is_empty() {
        return Some((start, end, Vec::new()));
    }
    let from = start.saturating_sub(PATTERN_WINDOW);
    let to = (end + PATTERN_WINDOW).min(haystack.folded.bytes.len());
    let regex = RegexBuilder::new(signature.pattern).case_insensitive(true).unicode(false).build().ok()?;
    let captures = regex.captures(&haystack.folded.bytes[from..to])?;
    let whole = captures.get(0)?;
    let named = regex.capture_names().flatten().filter_map(|name| {
        let group = captures.name(name)?;
        let (start, end) = haystack.folded.original(from + group.start(), from + group.end());
        Some((name.to_owned(), haystack.original_text(start, end)))
    });
    Some((from + whole.start(), from + whole.end(), named.collect()))
}

fn search_field(
    evidence: &Evidence,
    kind: Kind,
    name: &str,
    value: &str,
    span: model::Span,
    found: &mut Vec<Recognition>,
) {
    for (emitter, signature) in signatures() {
        let named = match (kind, signature.place) {
            (Kind::ResponseField, Place::Header(header))
            | (Kind::RequestField, Place::RequestHeader(header)) => header.eq_ignore_ascii_case(name),
            (Kind::SetCookie, Place::SetCookie) => true,
            _ => false,
        };
        if !named {
            continue;
        }
        let haystack = Haystack::field(kind, name, value, span);
        let text = signature.text.as_bytes();
        let bytes = &haystack.folded.bytes;
        let Some(start) = (text.is_empty().then_some(0)).or_else(|| find(bytes, text)) else { continue };
        if !condition::hold(evidence, &haystack, signature) {
            continue;
        }
        if let Some((_, _, captures)) = held(&haystack, signature, start, start + text.len()) {
            found.push(Recognition { emitter, signature, span, captures, relevance: 1.0 });
        }
    }
}

fn find(text: &[u8], literal: &[u8]) -> Option<usize> {
    text.windows(literal.len()).position(|window| window == literal)
}
