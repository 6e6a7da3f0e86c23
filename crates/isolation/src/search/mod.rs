//! The search as a state machine: [`Search::step`] says which copy to send, [`Search::learn`] takes its answer.
//!
//! ```text
//! all neutral ──▶ parts ──▶ text within a part ──▶ exact bytes ──▶ sure? ──▶ others?
//!      │ refused      ▲                                              │ no
//!      ▼              └──────────────────────────────────────────────┘
//! the header that the answer asks for ──▶ short body ──▶ length
//!                                             │ refused
//!                                             ▼
//!           values neutral, the rest kept ──▶ missing headers ──▶ structure neutral
//! ```

mod course;
pub(crate) mod health;
mod outside;
mod recipe;
mod text;
mod words;

use std::ops::Range;
use std::time::Duration;

use crate::answer::{Answer, Meaning};
use crate::conclusion::Group;
use crate::ladder::{Ladder, Price, Rung, price};
use crate::parts::{Keep, Part, Parts};
use crate::request::Request;
use crate::suspicion::Suspicion;
use crate::threshold::Threshold;
use health::Health;

pub use health::Stop;

/// What a search may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The most copies that are sent.
    pub budget: usize,
    /// After so many copies that may have been accepted, the search stops: neither refused nor rejected with 4xx.
    pub max_accepted: usize,
    /// Whether to find the exact bytes within a part.
    pub exact: bool,
    /// Whether to look for further parts that are refused for themselves, where no copy can be accepted.
    pub further: bool,
}

/// A header, or several together, whose absence may be what is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is called: `header X-Tenant-Id`.
    pub label: String,
    /// The lines that are added; each replaces the line of its name, where there is one.
    pub lines: Vec<String>,
    /// How likely it is, compared with the others.
    pub weight: f64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send this copy and say what came back.
    Send(Trial),
    /// The search is over.
    Done,
}

/// A copy to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The copy.
    pub request: Request,
    /// What it is for, as part of a sentence.
    pub purpose: String,
    /// How long to wait before it is sent, because the server asked for it.
    pub wait: Duration,
}

/// The search for the refused part of one request.
#[derive(Clone, Debug)]
pub struct Search {
    pub(crate) parts: Parts,
    suspicion: Suspicion,
    refusal: Answer,
    pub(crate) candidates: Vec<Candidate>,
    options: Options,
    phase: Phase,
    pins: Pins,
    /// Whether copies break the sentinel.
    breaks: bool,
    /// How the application answered the neutral copy, if it was not refused.
    rejection: Option<Answer>,
    /// What was found, and whether something else was found besides.
    pub(crate) groups: Vec<Group>,
    pub(crate) size: Option<Range<u64>>,
    pub(crate) missing: Option<(usize, f64)>,
    pub(crate) outside: Outside,
    pub(crate) later: Option<u16>,
    /// How many copies may have been accepted.
    accepted: usize,
    /// Whether the copy with neutral values and all else kept was sent.
    controlled: bool,
    /// The search that named the last group, as long as the group may be doubted.
    named: Option<Ladder>,
    /// The candidates that were added in vain.
    tried: Vec<usize>,
    /// The likeliest part when the search was stopped.
    suspected: Option<(usize, f64)>,
    asked: Option<(Test, Vec<Keep>)>,
    pub(crate) health: Health,
}

/// What is known of causes outside of the values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Outside {
    /// How likely it is that no value is the cause.
    pub(crate) probability: f64,
    /// Whether it depends on who asks: without the credentials the answer is another.
    pub(crate) identity: bool,
}

/// So many times more costs an answer "not refused" where all parts are kept and the credentials too.
const WHOLE: f64 = 20.0;

/// Which parts stay as they are in every copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pins {
    /// None.
    None,
    /// What servers expect of every request, as long as it is not suspicious in itself: without it other checks refuse. The
    /// credentials are neutral, so that nobody is signed in.
    Structure,
    /// Credentials.
    Credentials,
    /// Credentials and what servers expect of every request.
    All,
}

/// Where the search stands.
#[derive(Clone, Debug)]
enum Phase {
    /// Nothing was sent yet.
    Control,
    /// Is it refused with the values neutral, and all else kept?
    Pinned,
    /// Is it refused with the structure neutral as well, and the credentials kept?
    Structure,
    /// Which parts?
    Parts(Ladder),
    /// Are the parts that were named really refused?
    Sure(Ladder),
    /// Is anything else refused besides?
    Others,
    /// Where in the text of a part: the group, its piece, the windows.
    Text(usize, usize, Vec<Range<usize>>, Ladder),
    /// Where exactly its refused text ends, or starts.
    Bytes(usize, usize, Edge, Threshold),
    /// Is it refused with a short body?
    Short,
    /// Is it still refused with the long one?
    Long,
    /// From which length of the body?
    Size(Threshold),
    /// Is it refused with this header added?
    Missing(usize),
    /// Over.
    Done,
}

/// An end of the refused text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    End,
    Start,
}

/// What a copy tries.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Rung(Rung),
    Number(u64),
    Phase,
    /// A copy whose answer is known, sent again: whether it was refused then.
    Again {
        was_refused: bool,
    },
}

impl Search {
    /// A search for the part of a request that was answered with this refusal. `candidates` are headers that may be missing.
    #[must_use]
    pub fn new(
        parts: Parts,
        suspicion: Suspicion,
        refusal: Answer,
        mut candidates: Vec<Candidate>,
        options: Options,
    ) -> Search {
        candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        Search {
            phase: Phase::Control,
            pins: Pins::Structure,
            breaks: parts.sentinel().is_some(),
            parts,
            suspicion,
            refusal,
            candidates,
            rejection: None,
            groups: Vec::new(),
            size: None,
            missing: None,
            outside: Outside::default(),
            later: None,
            accepted: 0,
            controlled: false,
            named: None,
            tried: Vec::new(),
            suspected: None,
            asked: None,
            health: Health::new(),
            options,
        }
    }

    /// What to send next.
    #[must_use]
    pub fn step(&mut self) -> Step {
        if self.health.sent >= self.options.budget {
            self.stop(Stop::Budget);
        } else if self.accepted >= self.options.max_accepted {
            self.stop(Stop::Accepted);
        }
        if matches!(self.phase, Phase::Done) {
            return Step::Done;
        }
        let (test, keep) = match self.health.due(&self.phase) {
            Some((was_refused, keep)) => (Test::Again { was_refused }, keep),
            None => self.plan(),
        };
        let trial = self.trial(&test, &keep);
        self.asked = Some((test, keep));
        Step::Send(trial)
    }

    /// Adds headers that may be missing.
    pub fn offer(&mut self, candidates: Vec<Candidate>) {
        self.candidates.extend(candidates);
        self.candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        if matches!(self.phase, Phase::Short | Phase::Pinned) && self.tried.is_empty() {
            self.pins = Pins::Structure;
            self.breaks = self.parts.sentinel().is_some();
            self.phase = self.hinted();
        }
    }

    /// Takes one request of the budget for something else; `false` if none is left.
    pub fn spend(&mut self) -> bool {
        let left = self.options.budget > self.health.sent;
        self.options.budget -= usize::from(left);
        left
    }

    /// How many copies may be sent in all.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.options.budget
    }

    /// The headers that may be missing, the likeliest first.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Learns what came back for the last copy.
    pub fn learn(&mut self, answer: &Answer) {
        let Some((test, keep)) = self.asked.take() else { return };
        let meaning = answer.meaning(&self.refusal);
        if let Err(stop) = self.health.note(meaning, answer, &keep) {
            self.stop(stop);
            return;
        }
        if matches!(meaning, Meaning::Throttled | Meaning::Failed) {
            return;
        }
        if meaning == Meaning::Otherwise && self.is_another_check(answer) {
            self.later = answer.status;
        }
        let refused = meaning == Meaning::Refused;
        if matches!(self.phase, Phase::Control) && !refused {
            self.rejection = Some(answer.clone());
        }
        // An answer that says it is the client's fault is no acceptance; one that the server failed may be half of one.
        let rejected = meaning == Meaning::Otherwise && matches!(answer.status, Some(400..=499));
        self.accepted += usize::from(!refused && !rejected);
        match test {
            Test::Again { was_refused } => {
                self.see(was_refused != refused);
                if let Err(stop) = self.health.compare(was_refused, refused) {
                    self.stop(stop);
                }
            }
            test => self.advance(&test, refused, answer),
        }
    }

    /// Learns whether a copy that was sent before was answered in another way.
    fn see(&mut self, wrong: bool) {
        self.health.noise.see(wrong);
        if let Phase::Parts(ladder) | Phase::Sure(ladder) | Phase::Text(.., ladder) = &mut self.phase {
            ladder.see(wrong);
        }
    }

    /// Whether a copy met another refusal than neutral copies do: not the application's answer to broken values.
    fn is_another_check(&self, answer: &Answer) -> bool {
        let other = |rejection: &Answer| !answer.page.looks_like(&rejection.page);
        answer.status == self.refusal.status && self.rejection.as_ref().is_some_and(other)
    }

    /// Ends the search, with what is known so far.
    pub fn interrupt(&mut self) {
        self.stop(Stop::Interrupted);
    }

    fn stop(&mut self, stop: Stop) {
        if !matches!(self.phase, Phase::Done) {
            self.settle();
            self.health.stopped = Some(stop);
            self.phase = Phase::Done;
        }
    }

    /// How many more answers may be "not refused".
    fn passes_left(&self) -> usize {
        match self.is_guarded() {
            true => self.options.budget,
            false => self.options.max_accepted.saturating_sub(self.accepted + 1),
        }
    }

    /// What the next test of parts costs if it is not refused.
    fn risk(&self, ladder: &Ladder) -> Price {
        // Where nobody rejects even the neutral copy, it does not matter how much another keeps.
        let whole = if self.is_guarded_by_credentials() || self.is_open() { 0.0 } else { WHOLE };
        Price { each: self.price(ladder.entropy()), whole }
    }

    /// What the next answer "not refused" costs, in answers "refused".
    fn price(&self, bits: f64) -> f64 {
        price(self.passes_left(), bits)
    }

    /// The likeliest part so far, with its probability.
    #[must_use]
    pub fn suspect(&self) -> Option<(&Part, f64)> {
        let (part, probability) = match self.groups.first() {
            Some(group) => (group.pieces.first()?.part, group.probability),
            None => self.leading()?,
        };
        Some((&self.parts.list()[part], probability))
    }

    pub(crate) fn leading(&self) -> Option<(usize, f64)> {
        match &self.phase {
            Phase::Parts(ladder) | Phase::Sure(ladder) => ladder.suspect(),
            _ => self.suspected,
        }
    }

    /// Whether a part, a length or a missing header was found.
    #[must_use]
    pub fn has_found(&self) -> bool {
        !self.groups.is_empty()
            || self.size.is_some()
            || self.missing.is_some()
            || self.outside.probability > 0.5
    }

    /// How many copies were sent.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.health.sent
    }

    /// How many copies may have been accepted: their answers were neither the refusal nor a rejection that was made sure of.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted
    }

    /// How many answers were not the refusal.
    #[must_use]
    pub fn not_refused(&self) -> usize {
        self.health.passed
    }
}
