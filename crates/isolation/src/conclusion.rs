//! What a search found.

use std::ops::Range;

use crate::parts::{Keep, Parts};
use crate::request::Request;
use crate::search::{Search, Stop};

/// The outcome of a search, finished or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// What was found.
    pub finding: Finding,
    /// How likely it is that this is right.
    pub probability: f64,
    /// Why the search ended early, if it did.
    pub stopped: Option<Stop>,
    /// The least copy that was refused in the same way.
    pub minimal: Option<Request>,
    /// The status of another refusal, with another page, that was met on the way: a check behind or before this one.
    pub later: Option<u16>,
    /// Whether the application was seen to reject neutral copies, so that none was accepted.
    pub guarded: bool,
}

/// What a server refuses.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Parts of the request. Each group is refused for itself; the parts of one group only together.
    Parts(Vec<Group>),
    /// The length of the body: the greatest that passed, and the least that was refused.
    Size(Range<u64>),
    /// The absence of a header: the index of the candidate.
    Missing(usize),
    /// No value and nothing that was tried: method, path, client address, or something else that is missing.
    Elsewhere,
    /// Who asks: with all values neutral it is still refused, and without the credentials the answer is another.
    Identity,
    /// Nothing yet; with the likeliest part so far.
    Nothing(Option<usize>),
}

/// Parts that are refused only together; mostly one.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The parts.
    pub pieces: Vec<Piece>,
    /// How likely it is that these are the ones.
    pub probability: f64,
}

/// A part with the text in it that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The part's index.
    pub part: usize,
    /// The byte ranges of its written value that are refused; `None` for all of it.
    pub ranges: Option<Vec<Range<usize>>>,
}

impl Piece {
    /// The refused text, without the escapes of its syntax.
    #[must_use]
    pub fn text(&self, parts: &Parts) -> String {
        match &self.ranges {
            None => parts.decoded(self.part),
            Some(ranges) => {
                let texts: Vec<String> =
                    ranges.iter().map(|range| parts.excerpt(self.part, range.clone())).collect();
                texts.join(" … ")
            }
        }
    }
}

impl Search {
    /// What was found so far.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let (finding, probability) = self.finding();
        Conclusion {
            minimal: self.minimal(&finding),
            finding,
            probability,
            stopped: self.health.stopped,
            later: self.later,
            guarded: self.is_guarded(),
        }
    }

    /// The parts of the request.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    fn finding(&self) -> (Finding, f64) {
        if !self.groups.is_empty() {
            let probability = self.groups.iter().map(|group| group.probability).fold(1.0, f64::min);
            return (Finding::Parts(self.groups.clone()), probability);
        }
        if let Some(size) = &self.size {
            return (Finding::Size(size.clone()), 0.97);
        }
        if let Some((candidate, probability)) = self.missing {
            return (Finding::Missing(candidate), probability);
        }
        if self.outside.probability > 0.5 {
            let finding = if self.outside.identity { Finding::Identity } else { Finding::Elsewhere };
            return (finding, self.outside.probability);
        }
        match self.leading() {
            Some((part, probability)) => (Finding::Nothing(Some(part)), probability),
            None => (Finding::Nothing(None), 0.0),
        }
    }

    fn minimal(&self, finding: &Finding) -> Option<Request> {
        match finding {
            Finding::Parts(_) => Some(self.parts.copy(&self.keep_group(0), self.sent() + 1)),
            Finding::Size(size) => Some(self.parts.copy(&self.sized(size.end), self.sent() + 1)),
            Finding::Missing(_) | Finding::Elsewhere | Finding::Identity => {
                let neutral: Vec<Keep> = self.keep(&[]);
                Some(self.parts.copy(&neutral, self.sent() + 1))
            }
            Finding::Nothing(_) => None,
        }
    }
}
