//! One pair: the same request simulated and sent.

use std::collections::BTreeMap;
use std::fmt;

use server_config::walk::{Answer, Forwarded, Walk};
use server_config::{Header, Request};

use crate::observe::{Observed, send};
use crate::requests::bytes;
use crate::server::Batch;

/// The counts of a run, and the first disagreements.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) pairs: u64,
    pub(crate) unknown: u64,
    pub(crate) wrong: u64,
    pub(crate) examples: Vec<String>,
    pub(crate) needs: BTreeMap<String, u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
}

impl Tally {
    pub(crate) fn agreement(&self) -> f64 {
        let known = self.pairs - self.unknown;
        (known - self.wrong) as f64 / known.max(1) as f64
    }

    pub(crate) fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.pairs.max(1) as f64
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agreement, unknown) = (100.0 * self.agreement(), 100.0 * self.unknown_share());
        writeln!(f, "{} pairs, agreement {agreement:.3} %, unknown {unknown:.2} %", self.pairs)?;
        writeln!(f, "statuses {:?}\nunknown {:?}", self.statuses, self.needs)?;
        self.examples.iter().try_for_each(|example| writeln!(f, "---\n{example}"))
    }
}

pub(crate) fn compare(batch: &Batch, request: &Request, tally: &mut Tally) {
    let walk = batch.config.simulate(request, &batch.files);
    let observed = send(request.listener.expect("a listener"), &bytes(request));
    tally.pairs += 1;
    *tally.statuses.entry(observed.status).or_default() += 1;
    if let Answer::Unknown(needs) = &walk.outcome.answer {
        tally.unknown += 1;
        *tally.needs.entry(needs.to_string().chars().take(60).collect()).or_default() += 1;
        return;
    }
    let Err(fault) = agrees(&walk, &observed) else { return };
    tally.wrong += 1;
    if tally.examples.len() < 6 {
        let text = std::fs::read_to_string(batch.rules()).unwrap_or_default();
        let acls: Vec<&str> = text
            .lines()
            .filter(|line| {
                line.starts_with("acl a")
                    || line.starts_with("deny_info")
                    || line.starts_with("request_")
                    || line.starts_with("f")
            })
            .collect();
        let step = |s: &server_config::Step| {
            let line = s.place.as_ref().map_or(0, |place| place.line);
            format!("  {line} {} {:?}: {}", s.text, s.verdict, s.because)
        };
        let own = |step: &&server_config::Step| !step.because.contains("`p");
        let steps: Vec<String> = walk.steps.iter().filter(own).map(step).collect();
        let sent = String::from_utf8_lossy(&bytes(request)).replace("xxxx", "");
        tally.examples.push(format!(
            "{fault}\n{sent}\n{} {:?} {}\n{}\n{}",
            observed.status,
            observed.block,
            &observed.body[..observed.body.len().min(600)],
            steps.join("\n"),
            acls.join("\n")
        ));
    }
}

fn agrees(walk: &Walk, observed: &Observed) -> Result<(), String> {
    let expected = match &walk.outcome.answer {
        Answer::Status(status) => *status,
        Answer::File(_) | Answer::Upstream(_) => 200,
        Answer::Closed => 0,
        Answer::Unknown(_) => return Ok(()),
    };
    if expected != observed.status {
        return Err(format!("status {expected} expected, {} observed", observed.status));
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) => received(forwarded, &observed.body),
        _ => Ok(()),
    }
}

/// The upstream's copy of the request is what the simulator said it would be.
fn received(forwarded: &Forwarded, body: &str) -> Result<(), String> {
    if matches!(forwarded.method.as_str(), "HEAD" | "CONNECT") || body.is_empty() {
        return Ok(());
    }
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let target = forwarded.target.known().unwrap_or("?");
    let first = format!("{} {target} {}", forwarded.method, forwarded.version.name());
    if lines.next() != Some(&first) {
        return Err(format!("`{first}` expected upstream"));
    }
    let unknown =
        |line: &str| forwarded.headers.iter().any(|h| h.value.known().is_none() && line.starts_with(&h.name));
    let mut got: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    got.retain(|line| !unknown(line) && !line.starts_with("Connection:"));
    let known = |header: &Header| header.value.known().map(|value| format!("{}: {value}", header.name));
    let mut expected: Vec<String> = forwarded.headers.iter().filter_map(known).collect();
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}, got {got:?}")) }
}
