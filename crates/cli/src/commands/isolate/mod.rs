//! `--isolate`: copies of the refused request, one at a time, to find the part of it that is refused.

mod interrupt;
mod progress;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::Args;
use isolation::{Conclusion, Options, Parts, Search, Step, Stop};
use model::{Change, Evidence, SentRequest, Transcript, Transfer};
use probe::Limits;

use super::curl;
use interrupt::Interrupt;
use progress::Progress;

/// Copies may go on until so many requests were sent in all, unless told otherwise.
pub(crate) const MAX_REQUESTS: usize = 30;

/// Answers that are no refusal, after which the search stops, unless told otherwise.
const MAX_ACCEPTED: usize = 5;

/// A copy is waited for at least so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A copy may take so many times longer than the refused request.
const SLOWER: f64 = 20.0;

/// How often a pending answer is looked for, and Ctrl-C.
const LOOK: Duration = Duration::from_millis(50);

/// Options of the search for the refused part.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Arguments {
    /// Find the part of the request that is refused, by sending changed copies of it
    ///
    /// Copies keep a few parts and make the rest neutral; they are signed in with neutral credentials, and carry a value that
    /// the application must reject, where one can be had. A copy may still be accepted: the report lists each.
    #[arg(long, conflicts_with = "no_probe")]
    pub(crate) isolate: bool,
    /// With --isolate: stop after so many copies that may have been accepted [default: 5]
    #[arg(long, value_name = "N", requires = "isolate")]
    pub(crate) max_accepted: Option<usize>,
    /// With --isolate: wait before each copy
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "isolate")]
    pub(crate) delay: Option<Duration>,
    /// With --isolate: find the exact bytes within the part, with about ten more copies
    #[arg(long, requires = "isolate")]
    pub(crate) exact: bool,
}

impl Arguments {
    /// These options, with those given later added.
    pub(crate) fn merged(self, later: &Arguments) -> Arguments {
        Arguments {
            isolate: self.isolate || later.isolate,
            max_accepted: later.max_accepted.or(self.max_accepted),
            delay: later.delay.or(self.delay),
            exact: self.exact || later.exact,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds".to_owned())
}

/// Searches, and adds what was found to the evidence. Returns whether more may be asked: not once it was interrupted,
/// nor where the server gives no answers any more.
pub(crate) fn run(
    arguments: &Arguments,
    budget: usize,
    refused: (&Transfer, &Transcript),
    evidence: &mut Evidence,
    sent: &mut Vec<SentRequest>,
) -> bool {
    let (transfer, transcript) = refused;
    if transcript.hops.len() != 1 || transfer.digest.is_some() {
        evidence.warn(
            None,
            "--isolate: the refusal came after a redirect or a challenge; isolate the last request by itself",
        );
        return true;
    }
    let parts = Parts::of(intake::isolate::request(transfer));
    let suspicion = intake::isolate::suspicion(evidence, &parts);
    let candidates = intake::isolate::candidates(evidence, transfer);
    let options = Options {
        budget: budget.saturating_sub(sent.len()),
        max_accepted: arguments.max_accepted.unwrap_or(MAX_ACCEPTED),
        exact: arguments.exact,
        further: true,
    };
    let search = Search::new(parts, suspicion, intake::isolate::answer(transcript), candidates, options);
    let limits = limits(transcript);
    let mut course = Course { arguments, transfer, search, sent, limits, interrupt: Interrupt::watch() };
    course.follow(evidence);
    let Conclusion { minimal, stopped, .. } = course.search.conclusion();
    let minimal = minimal.map(|copy| probe::curl_command(&intake::isolate::transfer(&copy, transfer)));
    intake::isolate::add(evidence, &course.search, &minimal.unwrap_or_default());
    !course.interrupt.is_set() && stopped != Some(Stop::NoAnswer)
}

/// How long a copy may take: far longer than the refused request took, which a copy that is not refused may well need,
/// and not as long as a server that never answers would have us wait each time.
fn limits(refused: &Transcript) -> Limits {
    let timing = refused.hops.iter().map(|hop| hop.timing);
    let took: f64 = timing
        .flat_map(|timing| [timing.connect, timing.tls, timing.send, timing.wait, timing.receive])
        .flatten()
        .sum();
    let whole = Duration::try_from_secs_f64(SLOWER * took / 1000.0).unwrap_or(Duration::MAX);
    let limits = Limits::default();
    Limits { whole: whole.clamp(PATIENCE, limits.whole), ..limits }
}

/// A search under way.
struct Course<'a> {
    arguments: &'a Arguments,
    transfer: &'a Transfer,
    search: Search,
    sent: &'a mut Vec<SentRequest>,
    limits: Limits,
    interrupt: Interrupt,
}

impl Course<'_> {
    fn follow(&mut self, evidence: &mut Evidence) {
        let progress = Progress::new();
        while let Step::Send(trial) = self.search.step() {
            progress.show(&self.search, &trial.purpose, evidence);
            let wait = trial.wait.max(self.arguments.delay.unwrap_or_default());
            if self.interrupt.comes_within(wait) {
                self.search.interrupt();
                break;
            }
            let copy = intake::isolate::transfer(&trial.request, self.transfer);
            let Some(transcript) = self.send(&copy, &trial.purpose) else { break };
            self.search.learn(&intake::isolate::answer(&transcript));
            if self.search.sent() == 1 && self.search.not_refused() == 0 {
                self.fetch_token(evidence);
            }
        }
        progress.clear();
    }

    /// Sends a request and lists it. An answer that comes after Ctrl-C is not waited for: then there is none.
    fn send(&mut self, transfer: &Transfer, purpose: &str) -> Option<Transcript> {
        let (answered, answer) = mpsc::channel();
        let (copy, limits) = (transfer.clone(), self.limits);
        // The thread ends with the transfer, at the latest when its time is over.
        thread::spawn(move || answered.send(probe::send(&copy, &limits)));
        loop {
            match answer.recv_timeout(LOOK) {
                Ok(transcript) => {
                    self.sent.push(curl::sent(transfer, &transcript, purpose));
                    return Some(transcript);
                }
                Err(RecvTimeoutError::Timeout) if !self.interrupt.is_set() => {}
                Err(_) => {
                    self.sent.push(curl::unanswered(transfer, purpose));
                    self.search.interrupt();
                    return None;
                }
            }
        }
    }

    /// No value is refused, so that something may be missing: an anti-forgery token is fetched as a browser would.
    fn fetch_token(&mut self, evidence: &mut Evidence) {
        let tokens = evidence.request().map(intake::csrf::tokens).unwrap_or_default();
        let has_token = tokens.iter().any(|token| !token.carrier.starts_with("cookie "));
        let has_cookie = tokens.iter().any(|token| token.carrier.starts_with("cookie "));
        if has_token && has_cookie || self.interrupt.is_set() || !self.search.spend() {
            return;
        }
        let get = probe::variant(Change::Get, self.transfer);
        let Some(page) = self.send(&get, "the page that may set an anti-forgery token") else { return };
        if let Some((candidate, token)) = intake::isolate::with_token(self.transfer, &page) {
            evidence.mark_secret(&token);
            self.search.offer(vec![candidate]);
        }
    }
}
