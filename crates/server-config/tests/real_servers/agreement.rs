//! The same requests simulated and sent, and how often both say the same.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use server_config::walk::{Answer, Walk};
use server_config::{Request, Step};

use crate::number;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire::{self, Observed};

/// Pairs of a round; every round has a seed of its own, so that one is quickly repeated.
const ROUND: u64 = 10_000;

/// Examples that are kept of a round, one of each kind of disagreement.
const EXAMPLES: usize = 8;

/// A real server with random sites, each with rules of its own.
pub(crate) trait Subject: Sized {
    /// Sites in one configuration.
    const SITES: usize;
    /// Requests to each of them.
    const REQUESTS: usize;

    /// Starts the server with so many random sites; those that it refuses to load are left out.
    fn start(random: &mut Random, sites: usize) -> Self;

    fn stand(&self) -> &Stand;

    fn stand_mut(&mut self) -> &mut Stand;

    /// How many sites were loaded.
    fn sites(&self) -> usize;

    /// A random request to a site.
    fn request(&self, random: &mut Random, site: usize) -> Request;

    /// Simulates a request and sends it; `number` is its own in the round.
    fn pair(&mut self, request: Request, number: u64) -> Pair {
        let _ = number;
        let walk = self.stand().simulate(&request);
        let observed = wire::send(&request);
        Pair { request, walk, observed, logged: None }
    }

    /// Adds what the server logs once all requests to it were sent.
    fn complete(&self, pairs: &mut [Pair]) {
        let _ = pairs;
    }

    /// Whether more than the status is as simulated: the deciding rule, the file, the upstream's copy of the request.
    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String>;

    /// The part of the configuration that a disagreement is about.
    fn excerpt(&self, pair: &Pair) -> String;
}

/// A request, what the simulator said of it, and what the server did.
pub(crate) struct Pair {
    pub(crate) request: Request,
    pub(crate) walk: Walk,
    pub(crate) observed: Observed,
    /// What the server logged of it.
    pub(crate) logged: Option<String>,
}

impl Pair {
    /// The status that the simulator expects; 0 is a closed connection.
    fn expected(&self) -> Option<u16> {
        match &self.walk.outcome.answer {
            Answer::Status(status) => Some(*status),
            Answer::File(_) | Answer::Upstream(_) => Some(200),
            Answer::Closed => Some(0),
            Answer::Unknown(_) => None,
        }
    }

    /// Whether the answer is the file that the simulator named.
    pub(crate) fn is_file(&self, path: &str) -> Result<(), String> {
        match std::fs::read_to_string(path) {
            Ok(text) if text == self.observed.body => Ok(()),
            _ => Err(format!("the file {path} expected")),
        }
    }
}

/// The counts of a run.
#[derive(Default)]
pub(crate) struct Tally {
    pairs: u64,
    unknown: u64,
    wrong: u64,
    needs: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
    /// Disagreements by their kind, with the first example of each.
    faults: BTreeMap<String, (u64, String)>,
    /// What was compared besides the status.
    compared: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts something besides the status that was compared.
    pub(crate) fn compared(&mut self, what: &str) {
        *self.compared.entry(what.to_owned()).or_default() += 1;
    }

    /// The share of those pairs that the simulator had an answer to.
    fn agreement(&self) -> f64 {
        let known = self.pairs - self.unknown;
        (known - self.wrong) as f64 / known.max(1) as f64
    }

    fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.pairs.max(1) as f64
    }

    fn add<S: Subject>(&mut self, subject: &S, pair: &Pair) {
        self.pairs += 1;
        *self.statuses.entry(pair.observed.status).or_default() += 1;
        let Some(expected) = pair.expected() else {
            if let Answer::Unknown(needs) = &pair.walk.outcome.answer {
                self.unknown += 1;
                *self.needs.entry(kind(&needs.to_string())).or_default() += 1;
            }
            return;
        };
        let status = pair.observed.status;
        let agrees = match expected == status {
            true => subject.agrees(pair, self),
            false => Err(format!("status {expected} expected, {status} observed")),
        };
        let Err(fault) = agrees else { return };
        self.wrong += 1;
        let count = self.faults.len();
        let (times, _) = self.faults.entry(kind(&fault)).or_insert_with(|| {
            (0, if count < EXAMPLES { example(subject, pair, &fault) } else { String::new() })
        });
        *times += 1;
    }

    fn take(&mut self, round: Self) {
        self.pairs += round.pairs;
        self.unknown += round.unknown;
        self.wrong += round.wrong;
        sum(&mut self.needs, round.needs);
        sum(&mut self.statuses, round.statuses);
        sum(&mut self.compared, round.compared);
        for (kind, (times, example)) in round.faults {
            self.faults.entry(kind).or_insert_with(|| (0, example)).0 += times;
        }
    }
}

fn sum<K: Ord>(all: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, times) in more {
        *all.entry(key).or_default() += times;
    }
}

/// The first words of a sentence; what follows names a line or a file.
fn kind(sentence: &str) -> String {
    sentence.chars().take(60).collect()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agreement, unknown) = (100.0 * self.agreement(), 100.0 * self.unknown_share());
        let known = self.pairs - self.unknown;
        writeln!(f, "{} pairs, agreement {agreement:.3} %, unknown {unknown:.2} %", self.pairs)?;
        writeln!(f, "{} of {known} known answers differ", self.wrong)?;
        writeln!(f, "statuses {:?}\ncompared {:?}\nunknown {:?}", self.statuses, self.compared, self.needs)?;
        self.faults.iter().try_for_each(|(kind, (times, _))| writeln!(f, "{times} × {kind}"))
    }
}

fn example<S: Subject>(subject: &S, pair: &Pair, fault: &str) -> String {
    let step = |step: &Step| {
        let place = step.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("  {} {place} {} {:?}: {}", step.phase, step.text, step.verdict, step.because)
    };
    let steps: Vec<String> = pair.walk.steps.iter().map(step).collect();
    let sent = wire::bytes(&pair.request);
    let sent: String = String::from_utf8_lossy(&sent).chars().take(600).collect();
    let (observed, outcome) = (&pair.observed, &pair.walk.outcome);
    format!(
        "{fault}\n{sent}\n{observed:?}\nlogged {:?}\n{outcome:?}\n{}\n{}",
        pair.logged,
        steps.join("\n"),
        subject.excerpt(pair)
    )
}

/// A file's lines with their numbers.
pub(crate) fn numbered(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().enumerate().map(|(number, line)| format!("{:4} {line}", number + 1));
    lines.collect::<Vec<_>>().join("\n")
}

/// Compares so many pairs, or as many as `WHY403_PAIRS` says. At least 99.9 % of the answers must be as simulated, and at
/// most `unknown` of all may be unknown.
pub(crate) fn compare<S: Subject>(pairs: u64, unknown: f64) {
    let wanted = number("WHY403_PAIRS", pairs);
    let mut all = Tally::default();
    let mut seed = number("WHY403_SEED", 1);
    while all.pairs < wanted {
        let round = round::<S>(seed, (wanted - all.pairs).min(ROUND));
        let (agreement, unknown) = (100.0 * round.agreement(), 100.0 * round.unknown_share());
        println!("seed {seed}: {} pairs, agreement {agreement:.3} %, unknown {unknown:.2} %", round.pairs);
        round.faults.iter().for_each(|(kind, (times, example))| println!("--- {times} × {kind}\n{example}"));
        all.take(round);
        seed += 1;
    }
    println!("{all}");
    assert!(all.agreement() >= 0.999, "{all}");
    assert!(all.unknown_share() <= unknown, "{all}");
}

fn round<S: Subject>(seed: u64, wanted: u64) -> Tally {
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    while tally.pairs < wanted {
        let mut subject = S::start(&mut random, S::SITES);
        let mut pairs = Vec::new();
        for site in 0..subject.sites() {
            for _ in 0..S::REQUESTS {
                let request = subject.request(&mut random, site);
                pairs.push(subject.pair(request, tally.pairs + pairs.len() as u64));
            }
        }
        subject.complete(&mut pairs);
        pairs.iter().for_each(|pair| tally.add(&subject, pair));
    }
    tally
}
