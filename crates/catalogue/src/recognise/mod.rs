//! Finds the signatures of all emitters in the evidence, in one pass over each text.

mod condition;
mod fold;
pub(crate) mod haystack;
mod literals;
mod witness;

use std::sync::{LazyLock, OnceLock};

use model::{Emitter, Evidence, Place, Recognition, Signature};
use regex::bytes::{Regex, RegexBuilder};

use crate::emitters;
use haystack::{FieldText, Haystack, Kind};
use literals::Literals;
use witness::Said;

/// How much of a text around a found literal a signature's pattern may look at, in bytes.
const PATTERN_WINDOW: usize = 4096;

/// Words that many use are heard in the answer and in log lines that are most likely about the request, such as those of a
/// log that somebody cut out; a whole log is full of them. What a line proves needs more (inference asks for that).
pub(crate) const HEARD: f64 = 0.85;

/// How many times a signature's pattern is held against one text: its words may stand there many times over.
const TRIES: u8 = 16;

/// Every signature of the catalogue that the evidence holds; each signature at most once a text.
#[must_use]
pub fn recognise(evidence: &Evidence) -> Vec<Recognition> {
    static ALL: LazyLock<Recogniser> = LazyLock::new(|| Recogniser::new(emitters::all()));
    ALL.recognise(evidence)
}

impl Recogniser {
    /// A recogniser of these emitters.
    #[must_use]
    pub fn new(emitters: &'static [Emitter]) -> Recogniser {
        let entries: Vec<Entry> = signatures(emitters)
            .filter(|(_, signature)| in_text(signature) && !signature.texts.is_empty())
            .map(|(emitter, signature)| Entry { emitter, signature, regex: OnceLock::new() })
            .collect();
        let texts = entries.iter().enumerate().flat_map(|(number, entry)| {
            entry.signature.texts.iter().map(move |text| (text.as_bytes(), number))
        });
        let literals = Literals::new(texts.collect());
        Recogniser { emitters, literals, entries }
    }

    /// Every signature that the evidence holds; each signature at most once a text.
    #[must_use]
    pub fn recognise(&self, evidence: &Evidence) -> Vec<Recognition> {
        let mut found = Vec::new();
        let said = Said::new(evidence);
        let haystacks = haystack::all(evidence);
        for haystack in &haystacks {
            self.search_text(&said, haystack, Emitter::is_named, &mut found);
        }
        for field in haystack::fields(evidence) {
            self.search_field(evidence, field, &mut found);
        }
        // Words that many use say what a product's own words do not: where those are found, only they are heard.
        if found.iter().any(is_told_by_a_product) {
            found.retain(|found| found.emitter.is_named());
            return found;
        }
        for haystack in haystacks.iter().filter(|haystack| haystack.relevance >= HEARD) {
            self.search_text(&said, haystack, |emitter| !emitter.is_named(), &mut found);
        }
        found
    }
}

/// Finds the signatures of a list of emitters, in one pass over each text.
pub struct Recogniser {
    emitters: &'static [Emitter],
    /// The texts of all signatures, with the number of the signature's entry.
    literals: Literals,
    entries: Vec<Entry>,
}

/// A signature, and its pattern once it was needed.
struct Entry {
    emitter: &'static Emitter,
    signature: &'static Signature,
    regex: OnceLock<Option<Regex>>,
}

fn signatures(emitters: &'static [Emitter]) -> impl Iterator<Item = (&'static Emitter, &'static Signature)> {
    emitters.iter().flat_map(|emitter| emitter.signatures.iter().map(move |signature| (emitter, signature)))
}

fn in_text(signature: &Signature) -> bool {
    matches!(signature.place, Place::Body | Place::Log | Place::BodyOrLog | Place::ClientMessage)
}

impl Recogniser {
    /// Searches one text for the signatures of some emitters.
    fn search_text(
        &self,
        said: &Said,
        haystack: &Haystack,
        whose: fn(&Emitter) -> bool,
        found: &mut Vec<Recognition>,
    ) {
        let evidence = said.evidence();
        let mut tries = vec![TRIES; self.entries.len()];
        for hit in self.literals.find(&haystack.folded.bytes) {
            let number = hit.number;
            let entry = &self.entries[number];
            if tries[number] == 0 || !whose(entry.emitter) || !haystack.admits(entry.emitter, entry.signature)
            {
                continue;
            }
            tries[number] -= 1;
            if !condition::hold(evidence, haystack, entry.signature) {
                tries[number] = 0;
                continue;
            }
            let regex = entry.regex.get_or_init(|| compile(entry.signature));
            let Some((start, end, captures)) = held(haystack, regex.as_ref(), hit.start, hit.end) else {
                continue;
            };
            tries[number] = 0;
            let (start, end) = haystack.folded.original(start, end);
            let span = haystack.span.part(start, end);
            let (emitter, signature) = (entry.emitter, entry.signature);
            let proof = !haystack.quotes(signature)
                && condition::prove(evidence, haystack, signature)
                && said.leaves(haystack, signature, span);
            found.push(Recognition {
                emitter,
                signature,
                span,
                captures,
                relevance: haystack.relevance,
                proof,
            });
        }
    }

    fn search_field(&self, evidence: &Evidence, field: FieldText<'_>, found: &mut Vec<Recognition>) {
        let (kind, name, value, span) = field;
        for (emitter, signature) in signatures(self.emitters) {
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
            let Some((start, end)) = place(&haystack, signature) else { continue };
            if !condition::hold(evidence, &haystack, signature) {
                continue;
            }
            if let Some((_, _, captures)) = held(&haystack, compile(signature).as_ref(), start, end) {
                let proof = condition::prove(evidence, &haystack, signature);
                found.push(Recognition { emitter, signature, span, captures, relevance: 1.0, proof });
            }
        }
    }
}

/// Whether a product's own words, surely about the request, speak for a cause.
fn is_told_by_a_product(found: &Recognition) -> bool {
    found.emitter.is_named() && found.relevance >= HEARD && found.signature.tells()
}

/// The signature's pattern; `None` where the text is enough.
fn compile(signature: &Signature) -> Option<Regex> {
    if signature.pattern.is_empty() {
        return None;
    }
    let regex = RegexBuilder::new(signature.pattern).case_insensitive(true).unicode(false).build();
    Some(regex.unwrap_or_else(|_| unreachable!("a test holds every pattern against its example")))
}

type Held = (usize, usize, Vec<(String, String)>);

/// Holds a signature's pattern against the text around its literal. The captures keep the original's case.
fn held(haystack: &Haystack, regex: Option<&Regex>, start: usize, end: usize) -> Option<Held> {
    let Some(regex) = regex else {
        return whole_numbers(&haystack.folded.bytes, start, end).then(|| (start, end, Vec::new()));
    };
    let from = start.saturating_sub(PATTERN_WINDOW);
    let to = (end + PATTERN_WINDOW).min(haystack.folded.bytes.len());
    let captures = regex.captures(&haystack.folded.bytes[from..to])?;
    let whole = captures.get(0)?;
    let named = regex.capture_names().flatten().filter_map(|name| {
        let group = captures.name(name)?;
        let (start, end) = haystack.folded.original(from + group.start(), from + group.end());
        Some((name.to_owned(), haystack.original_text(start, end)))
    });
    Some((from + whole.start(), from + whole.end(), named.collect()))
}

/// Whether a literal's numbers are not parts of longer ones: `403.1` does not stand in `403.14`.
fn whole_numbers(text: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    let inside = start < end;
    let cut_before = inside && digit(Some(start)) && digit(start.checked_sub(1));
    let cut_behind = inside && digit(end.checked_sub(1)) && digit(Some(end));
    !cut_before && !cut_behind
}

/// Where one of a signature's texts stands; one without a text is everywhere.
fn place(haystack: &Haystack, signature: &Signature) -> Option<(usize, usize)> {
    if signature.texts.is_empty() {
        return Some((0, 0));
    }
    let bytes = &haystack.folded.bytes;
    signature.texts.iter().find_map(|text| find(bytes, text.as_bytes()).map(|at| (at, at + text.len())))
}

fn find(text: &[u8], literal: &[u8]) -> Option<usize> {
    text.windows(literal.len()).position(|window| window == literal)
}
