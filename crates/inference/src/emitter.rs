//! Who wrote the refusal: the innermost product whose own words it holds, and the ones it passed through.

use model::{Emitter, Evidence, Finding, Hypothesis, Place, Recognition};

use crate::findings;

/// The product that wrote the refusal, and the ones it passed through.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) emitter: Option<&'static Emitter>,
    pub(crate) wrappers: Vec<&'static Emitter>,
}

/// Names the writer. Words in the body or a log win over headers; among them those that speak for the leading
/// hypothesis; then the layer furthest from the client; among equals the longer text, which fewer share.
pub(crate) fn writer(recognitions: &[Recognition], leading: Option<&Hypothesis>) -> Writer {
    let best = recognitions
        .iter()
        .filter(|found| found.emitter.is_named() && (found.signature.presence || tells(found)))
        .filter(|found| found.signature.place != Place::ClientMessage || !found.signature.presence);
    let best = best.max_by(|a, b| {
        let rank =
            |found: &Recognition| (speaks(found, leading), !found.signature.presence, found.emitter.layer);
        let length = |found: &Recognition| found.signature.texts.iter().map(|text| text.len()).max();
        rank(a)
            .cmp(&rank(b))
            .then_with(|| a.relevance.total_cmp(&b.relevance))
            .then_with(|| length(a).cmp(&length(b)))
    });
    let Some(best) = best else { return Writer::default() };
    let mut wrappers: Vec<&'static Emitter> = Vec::new();
    for found in recognitions {
        let own = std::ptr::eq(found.emitter, best.emitter);
        let known = wrappers.iter().any(|wrapper| std::ptr::eq(*wrapper, found.emitter));
        if !own && !known && found.signature.presence && found.emitter.layer <= best.emitter.layer {
            wrappers.push(found.emitter);
        }
    }
    wrappers.sort_by_key(|wrapper| wrapper.layer);
    Writer { emitter: Some(best.emitter), wrappers }
}

/// Whether the words say more than that they could be this emitter's.
fn tells(found: &Recognition) -> bool {
    let heavy = |weight: &model::Weight| !matches!(weight, model::Weight::Hints | model::Weight::Weakens);
    found.signature.causes.iter().any(|(_, weight)| heavy(weight))
}

/// Whether a signature speaks for the leading hypothesis.
fn speaks(found: &Recognition, leading: Option<&Hypothesis>) -> bool {
    let Some(leading) = leading else { return false };
    found.signature.causes.iter().any(|(id, weight)| *id == leading.cause.id && findings::speaks_for(*weight))
}

/// The signatures that speak for a hypothesis, heaviest first.
pub(crate) fn telling<'a>(leading: &Hypothesis, recognitions: &'a [Recognition]) -> Vec<&'a Recognition> {
    let mut telling: Vec<(&model::Weight, &Recognition)> = recognitions
        .iter()
        .filter_map(|found| {
            let (_, weight) = found.signature.causes.iter().find(|(id, _)| *id == leading.cause.id)?;
            findings::speaks_for(*weight).then_some((weight, found))
        })
        .collect();
    telling.sort_by(|a, b| b.0.cmp(a.0));
    telling.into_iter().map(|(_, found)| found).collect()
}

/// The most log lines that are quoted beside the findings.
const WITNESSES: usize = 3;

/// Log lines of this request that say the same as the leading hypothesis and are quoted by none of its findings, since one
/// emitter is one observation.
pub(crate) fn witnesses(
    leading: &Hypothesis,
    evidence: &Evidence,
    recognitions: &[Recognition],
) -> Vec<Finding> {
    let place = |span: model::Span| {
        let quote = evidence.sources.quote(span);
        (quote.document, quote.line)
    };
    let mut quoted: Vec<_> = leading.findings.iter().map(|finding| place(finding.span)).collect();
    let mut witnesses = Vec::new();
    for found in telling(leading, recognitions) {
        let logged = found.relevance >= findings::RELEVANT && findings::is_logged(evidence, found);
        if !logged || found.signature.presence || witnesses.len() == WITNESSES {
            continue;
        }
        let place = place(found.span);
        if quoted.contains(&place) {
            continue;
        }
        quoted.push(place);
        witnesses.push(Finding {
            weight: model::Weight::Supports,
            because: found.fill(found.signature.meaning),
            span: found.span,
        });
    }
    witnesses
}

/// The checks of the emitter that come after the one that refused.
pub(crate) fn later_checks(leading: &Hypothesis, recognitions: &[Recognition]) -> Vec<&'static str> {
    for found in telling(leading, recognitions) {
        let checks = found.emitter.checks;
        if let Some(at) = checks.iter().position(|check| *check == found.signature.check) {
            return checks[at + 1..].to_vec();
        }
    }
    Vec::new()
}

/// The capture of a signature that holds the id of a refusal, where the page shows it.
const REFERENCE: &str = "reference";

/// The id that names this refusal to its owner: the writer's, else that of a product it passed through. It stands in a
/// header field, or in the words of the page.
pub(crate) fn reference(
    evidence: &Evidence,
    writer: &Writer,
    recognitions: &[Recognition],
) -> Option<(String, String, String)> {
    let fields = evidence.response().map(|response| &response.message.fields);
    writer.emitter.iter().chain(&writer.wrappers).find_map(|emitter| {
        let (name, owner) = emitter.reference?;
        let value = fields.and_then(|fields| fields.value(name)).or_else(|| shown(emitter, recognitions))?;
        Some((name.to_owned(), value.to_owned(), owner.to_owned()))
    })
}

/// The id that the emitter's own words show.
fn shown<'a>(emitter: &Emitter, recognitions: &'a [Recognition]) -> Option<&'a str> {
    let own = recognitions.iter().filter(|found| std::ptr::eq(found.emitter, emitter));
    let mut captures = own.flat_map(|found| &found.captures);
    captures.find_map(|(name, value)| (name == REFERENCE).then_some(value.as_str()))
}
