//! One pair: the same request simulated and sent.

use std::collections::BTreeMap;
use std::fmt;

use server_config::walk::{Answer, Forwarded, Verdict, Walk};
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

pub(crate) fn compare(batch: &Batch, name: &str, request: &Request, tally: &mut Tally) {
    let walk = batch.config.simulate(request, &batch.files);
    let observed = send(batch.address(), &bytes(request));
    tally.pairs += 1;
    *tally.statuses.entry(observed.status).or_default() += 1;
    if let Answer::Unknown(needs) = &walk.outcome.answer {
        tally.unknown += 1;
        *tally.needs.entry(needs.to_string().chars().take(60).collect()).or_default() += 1;
        return;
    }
    let adapted = batch.adapted.simulate(request, &batch.files);
    let fault = match agrees(&walk, request, &observed) {
        Err(fault) => fault,
        Ok(()) if same(&walk.outcome.answer, &adapted.outcome.answer) => return,
        Ok(()) => format!("in JSON the answer is {:?}", adapted.outcome.answer),
    };
    tally.wrong += 1;
    if tally.examples.len() < 6
        && !tally.examples.iter().any(|example| example.contains(&format!("http://{name}:")))
    {
        let text = std::fs::read_to_string(batch.site(name)).unwrap_or_default();
        let numbered: Vec<String> =
            text.lines().enumerate().map(|(n, line)| format!("{:3} {line}", n + 1)).collect();
        let step = |s: &server_config::Step| {
            let line = s.place.as_ref().map_or(0, |place| place.line);
            format!("  {line} {} {:?}: {}", s.text, s.verdict, s.because)
        };
        let steps: Vec<String> = walk.steps.iter().map(step).collect();
        let sent = String::from_utf8_lossy(&bytes(request)).replace("xxxx", "");
        let (steps, numbered) = (steps.join("\n"), numbered.join("\n"));
        tally.examples.push(format!("{fault}\n{sent}\n{observed:?}\n{steps}\n{numbered}"));
    }
}

/// The answer by the Caddyfile and by the JSON that Caddy makes of it; the texts of rules differ.
fn same(left: &Answer, right: &Answer) -> bool {
    match (left, right) {
        (Answer::Upstream(left), Answer::Upstream(right)) => {
            let seen = |forwarded: &Forwarded| {
                (forwarded.method.clone(), forwarded.target.clone(), forwarded.headers.clone())
            };
            seen(left) == seen(right)
        }
        (left, right) => left == right,
    }
}

fn agrees(walk: &Walk, request: &Request, observed: &Observed) -> Result<(), String> {
    let expected = match &walk.outcome.answer {
        Answer::Status(status) => *status,
        Answer::File(_) | Answer::Upstream(_) => 200,
        Answer::Closed => 0,
        Answer::Unknown(_) => return Ok(()),
    };
    if expected != observed.status {
        return Err(format!("status {expected} expected, {} observed", observed.status));
    }
    if expected == 0 || expected == 400 {
        return Ok(());
    }
    let is_block =
        |text: &str| text.starts_with("handle") || text.starts_with("route") || text.starts_with("http://");
    let last = walk.steps.iter().rev().find(|step| step.verdict == Verdict::Hit && is_block(&step.text));
    let block = last.and_then(|step| step.place.as_ref()).map(|place| place.line);
    let in_errors = last.is_some_and(|step| step.text == "handle_errors")
        || walk
            .steps
            .iter()
            .filter(|step| step.text.starts_with("http://") && step.verdict == Verdict::Hit)
            .count()
            > 1;
    if !in_errors && observed.block.is_some() && block != observed.block {
        return Err(format!("block {block:?} expected, {:?} observed", observed.block));
    }
    if request.method == "HEAD" {
        return Ok(());
    }
    if let (Some(line), Some(place)) = (observed.body.strip_prefix('r'), &walk.outcome.decided_by)
        && line.parse::<u32>().is_ok_and(|line| line != place.line)
    {
        return Err(format!("line {} expected, {line} observed", place.line));
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) => received(forwarded, &observed.body),
        Answer::File(path) => match std::fs::read_to_string(path) {
            Ok(text) if text == observed.body => Ok(()),
            _ => Err(format!("the file {path} expected")),
        },
        _ => Ok(()),
    }
}

/// The upstream's copy of the request is what the simulator said it would be.
fn received(forwarded: &Forwarded, body: &str) -> Result<(), String> {
    if forwarded.method == "HEAD" || body.is_empty() {
        return Ok(());
    }
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let target = forwarded.target.known().unwrap_or("?");
    let first = format!("{} {target} {}", forwarded.method, forwarded.version.name());
    if lines.next() != Some(&first) {
        return Err(format!("`{first}` expected upstream"));
    }
    let mut got: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    let known = |header: &Header| {
        header.value.known().map(|value| format!("{}: {value}", header.name).trim_end().to_owned())
    };
    let mut expected: Vec<String> = forwarded.headers.iter().filter_map(known).collect();
    let unknown = |line: &String| {
        forwarded.headers.iter().any(|h| h.value.known().is_none() && line.starts_with(&h.name))
    };
    got.retain(|line| !unknown(line));
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}")) }
}
