//! Whether answers can still be trusted: limits on rate, bans, answers that change by themselves.

use std::time::Duration;

use super::Phase;
use crate::answer::{Answer, Meaning};
use crate::ladder::Noise;
use crate::parts::Keep;

/// Why a search ended before it was sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All copies of the budget were sent.
    Budget,
    /// As many answers as allowed were not refused.
    Accepted,
    /// The user interrupted it.
    Interrupted,
    /// The server limits the rate.
    Throttled,
    /// A copy that was not refused is refused now: the client itself is refused.
    Banned,
    /// A copy that was refused is not any more: the answers change by themselves.
    Flapping,
    /// There were no answers.
    NoAnswer,
}

/// After so many equal answers in a row, a copy with the opposite answer is sent again.
const ROW: usize = 10;

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Failures, pauses and changed answers of each kind that are borne; in a row, where a client may be banned.
const BORNE: usize = 2;

/// The counts of a search.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) sent: usize,
    pub(crate) passed: usize,
    pub(crate) stopped: Option<Stop>,
    pub(crate) noise: Noise,
    pub(crate) wait: Duration,
    row: usize,
    row_refused: bool,
    refused: Option<Vec<Keep>>,
    lifted: Option<Vec<Keep>>,
    throttled: usize,
    failed: usize,
    banned: usize,
    flapped: usize,
}

impl Health {
    pub(crate) fn new() -> Health {
        Health {
            sent: 0,
            passed: 0,
            stopped: None,
            noise: Noise::EXPECTED,
            wait: Duration::ZERO,
            row: 0,
            row_refused: false,
            refused: None,
            lifted: None,
            throttled: 0,
            failed: 0,
            banned: 0,
            flapped: 0,
        }
    }

    /// Counts an answer.
    pub(crate) fn note(&mut self, meaning: Meaning, answer: &Answer, keep: &[Keep]) -> Result<(), Stop> {
        self.sent += 1;
        match meaning {
            Meaning::Throttled => return self.pause(answer.retry_after),
            Meaning::Failed => {
                self.failed += 1;
                self.wait = Duration::from_secs(1);
                return if self.failed > BORNE { Err(Stop::NoAnswer) } else { Ok(()) };
            }
            Meaning::Refused | Meaning::Otherwise | Meaning::Passed => self.failed = 0,
        }
        // Once limited, the rate stays low.
        self.wait = if self.throttled > 0 { Duration::from_secs(1) } else { Duration::ZERO };
        let refused = meaning == Meaning::Refused;
        self.passed += usize::from(!refused);
        self.row = if refused == self.row_refused { self.row + 1 } else { 1 };
        self.row_refused = refused;
        if refused {
            self.refused = Some(keep.to_vec());
        } else if self.lifted.is_none() {
            // Of those that were not refused the first keeps least.
            self.lifted = Some(keep.to_vec());
        }
        Ok(())
    }

    fn pause(&mut self, asked: Option<Duration>) -> Result<(), Stop> {
        self.throttled += 1;
        self.wait = asked.unwrap_or(Duration::from_secs(1 << self.throttled.min(6)));
        if self.throttled > BORNE || self.wait > LONGEST_PAUSE { Err(Stop::Throttled) } else { Ok(()) }
    }

    /// A copy whose answer is known and should be the opposite of those in the row, if it is time for it.
    pub(super) fn due(&self, phase: &Phase) -> Option<(bool, Vec<Keep>)> {
        // Headers are added to copies: their answers say nothing of other copies.
        if self.row < ROW || matches!(phase, Phase::Missing(_) | Phase::Short | Phase::Control) {
            return None;
        }
        let opposite = if self.row_refused { &self.lifted } else { &self.refused };
        Some((!self.row_refused, opposite.clone()?))
    }

    /// Learns how a copy was answered that had been sent before.
    pub(crate) fn compare(&mut self, was_refused: bool, refused: bool) -> Result<(), Stop> {
        self.row = 0;
        if was_refused == refused {
            self.banned = 0;
            return Ok(());
        }
        if refused {
            // It is asked once more at once: a single wrong answer is no ban.
            self.row = ROW;
            self.row_refused = true;
            self.banned += 1;
            return if self.banned >= BORNE { Err(Stop::Banned) } else { Ok(()) };
        }
        // That it was refused may have been the wrong answer.
        self.refused = None;
        self.flapped += 1;
        if self.flapped > BORNE { Err(Stop::Flapping) } else { Ok(()) }
    }
}
