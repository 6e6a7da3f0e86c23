//! The trace from the client to the operating system: which layer let the request through, which refused.

use model::{Evidence, Hypothesis, Layer, LayerState, LayerVerdict, Relation};

use crate::emitter::Writer;

/// One entry a layer. Only what the evidence shows is called passed.
pub(crate) fn trace(evidence: &Evidence, leading: Option<&Hypothesis>, writer: &Writer) -> Vec<LayerVerdict> {
    let denied = leading.map(|hypothesis| hypothesis.cause.layer);
    Layer::ALL.iter().map(|&layer| verdict(evidence, leading, writer, denied, layer)).collect()
}

fn verdict(
    evidence: &Evidence,
    leading: Option<&Hypothesis>,
    writer: &Writer,
    denied: Option<Layer>,
    layer: Layer,
) -> LayerVerdict {
    let entry = |state, because: String| LayerVerdict { layer, state, because };
    if denied == Some(layer) {
        let because = leading.map_or_else(String::new, |hypothesis| hypothesis.cause.title().to_owned());
        return entry(LayerState::Deny, because);
    }
    if let Some(wrapper) = writer.wrappers.iter().find(|wrapper| wrapper.layer == layer) {
        let behind = denied.is_none_or(|denied| denied > layer)
            && writer.emitter.is_some_and(|emitter| emitter.layer > layer);
        if behind {
            return entry(LayerState::Pass, format!("{} passed it on", wrapper.name));
        }
    }
    let answered = evidence.status().is_some_and(|status| status != 0);
    match denied {
        Some(Layer::Client) if answered || evidence.related(Relation::Preflight).next().is_none() => {
            // The client spoiled the request, or hid the answer: what it sent may have gone all the way.
            entry(LayerState::Unknown, "the documents do not show it".to_owned())
        }
        Some(denied) if layer > denied && !runs_inside(denied, layer) => {
            entry(LayerState::NotReached, "refused before it".to_owned())
        }
        Some(denied) if layer <= Layer::Network && layer < denied && answered => {
            entry(LayerState::Pass, "an answer came".to_owned())
        }
        _ => entry(LayerState::Unknown, "the documents do not show it".to_owned()),
    }
}

/// An application asks the identity, data and operating-system layers before it answers: a refusal there was
/// reached through it, and one in front of them says nothing about whether they were asked.
fn runs_inside(denied: Layer, layer: Layer) -> bool {
    denied >= Layer::Application && layer >= Layer::Application
}
