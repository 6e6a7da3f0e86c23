//! The answer: ranked hypotheses, the layer trace, fixes, and what would decide if nothing does yet.

use crate::catalogue::{Cause, Emitter, Layer, Weight};
use crate::source::Span;
use crate::trial::Change;

/// A place in the evidence, with the values that make it telling.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The place.
    pub span: Span,
    /// The values found, such as the two that differ; `None` if the place says it all.
    pub detail: Option<String>,
    /// The header field that it is about, where a proxy drops or changes one.
    pub field: Option<String>,
}

/// What the evidence amounts to.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether there was a refusal, and whether it is explained.
    pub outcome: Outcome,
    /// The hypotheses, likeliest first. Causes that nothing speaks for are left out.
    pub hypotheses: Vec<Hypothesis>,
    /// Causes that the evidence excludes, each with the finding that does.
    pub ruled_out: Vec<Hypothesis>,
    /// The cause behind the cause, with the finding that shows it.
    pub root: Option<(&'static str, Finding)>,
    /// The product that wrote the refusal.
    pub emitter: Option<&'static Emitter>,
    /// Products that the refusal passed through.
    pub wrappers: Vec<&'static Emitter>,
    /// The id to quote to the owner: header or name, value, and where the owner looks it up.
    pub reference: Option<(String, String, String)>,
    /// Log lines of this request that say what the leading hypothesis' findings say: quoted, not counted again.
    pub witnesses: Vec<Finding>,
    /// The trace, one entry a layer.
    pub layers: Vec<LayerVerdict>,
    /// Fixes, smallest first.
    pub fixes: Vec<Fix>,
    /// One sentence.
    pub summary: String,
    /// What would decide, if the evidence does not.
    pub next: Option<Next>,
    /// Checks that come after the one that refused, not yet met.
    pub later_checks: Vec<&'static str>,
}

/// Whether there was a refusal, and whether it is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The leading hypothesis is proven or probable.
    Explained,
    /// No hypothesis is probable.
    Unexplained,
    /// The answer is no refusal.
    NotRefused,
}

/// How sure a hypothesis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nothing speaks for it but its prevalence.
    Unexplained,
    /// It may be.
    Possible,
    /// It most likely is.
    Probable,
    /// A proof was found, and the odds agree.
    Proven,
}

/// A cause held against the evidence.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    /// The cause.
    pub cause: &'static Cause,
    /// Posterior probability, 0 to 1.
    pub probability: f64,
    /// How sure.
    pub confidence: Confidence,
    /// What speaks for and against it, heaviest first.
    pub findings: Vec<Finding>,
}

/// An indicator or signature that fired.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it means for the cause.
    pub weight: Weight,
    /// Why, a sentence without its full stop.
    pub because: String,
    /// Where.
    pub span: Span,
}

/// One layer of the trace.
#[derive(Clone, Debug)]
pub struct LayerVerdict {
    /// The layer.
    pub layer: Layer,
    /// What it did.
    pub state: LayerState,
    /// Why we say so.
    pub because: String,
}

/// What a layer did with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerState {
    /// It let the request through.
    Pass,
    /// It refused.
    Deny,
    /// The request never came to it.
    NotReached,
    /// The evidence does not tell.
    Unknown,
}

/// A way to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to do.
    pub text: String,
    /// A unified diff, where a file is known.
    pub patch: Option<String>,
    /// What it newly allows.
    pub opens: String,
}

/// What would decide.
#[derive(Clone, Debug)]
pub struct Next {
    /// A document to give, in words.
    pub document: Option<String>,
    /// An experiment to run.
    pub experiment: Option<Change>,
    /// Why it would decide.
    pub because: String,
}

/// The part of the request that is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Isolated {
    /// Which part: `body $.comment`, `header User-Agent`, `cookie a`, `query q`, `size`.
    pub part: String,
    /// The refused text, or the threshold in bytes for a size limit.
    pub text: String,
    /// How it was found.
    pub because: String,
    /// The least command that is refused for the same reason.
    pub minimal_curl: String,
    /// Probability that this is the part.
    pub probability: f64,
}

impl Sighting {
    /// A place that says it all.
    #[must_use]
    pub fn at(span: Span) -> Sighting {
        Sighting { span, detail: None, field: None }
    }

    /// A place with the values that make it telling.
    #[must_use]
    pub fn with(span: Span, detail: impl Into<String>) -> Sighting {
        Sighting { span, detail: Some(detail.into()), field: None }
    }

    /// The same about a header field.
    #[must_use]
    pub fn of_field(self, name: &str) -> Sighting {
        Sighting { field: Some(name.to_owned()), ..self }
    }
}

impl Verdict {
    /// The leading hypothesis, if the refusal is explained.
    #[must_use]
    pub fn explained(&self) -> Option<&Hypothesis> {
        self.hypotheses.first().filter(|_| self.outcome == Outcome::Explained)
    }
}

impl Outcome {
    /// The word for it in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Explained => "explained",
            Outcome::Unexplained => "unexplained",
            Outcome::NotRefused => "not-refused",
        }
    }
}

impl Confidence {
    /// The word for it in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Unexplained => "unexplained",
            Confidence::Possible => "possible",
            Confidence::Probable => "probable",
            Confidence::Proven => "proven",
        }
    }
}

impl LayerState {
    /// The word for it in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LayerState::Pass => "pass",
            LayerState::Deny => "deny",
            LayerState::NotReached => "not reached",
            LayerState::Unknown => "unknown",
        }
    }
}
