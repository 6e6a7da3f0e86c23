//! One pair: the same request simulated and sent.

use std::collections::BTreeMap;
use std::fmt;

use server_config::Request;
use server_config::walk::{Answer, Forwarded, Walk};

use crate::observe::{Observed, send};
use crate::requests::bytes;
use crate::server::Batch;

/// The counts of a run, and the first disagreements.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) pairs: u64,
    pub(crate) unknown: u64,
    pub(crate) wrong: u64,
    pub(crate) lines: u64,
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
        writeln!(
            f,
            "{} deciding lines compared\nstatuses {:?}\nunknown {:?}",
            self.lines, self.statuses, self.needs
        )?;
        self.examples.iter().try_for_each(|example| writeln!(f, "---\n{example}"))
    }
}

pub(crate) fn compare(batch: &Batch, request: &Request, tally: &mut Tally) {
    let id = tally.pairs.to_string();
    let request = &request.clone().with_header("X-Id", &id);
    let walk = batch.config.simulate(request, &batch.files);
    let listener = request.listener.expect("a listener");
    let observed = send(listener, &bytes(request));
    tally.pairs += 1;
    *tally.statuses.entry(observed.status).or_default() += 1;
    if let Answer::Unknown(needs) = &walk.outcome.answer {
        tally.unknown += 1;
        *tally.needs.entry(needs.to_string().chars().take(60).collect()).or_default() += 1;
        return;
    }
    let is_refused = !matches!(walk.outcome.answer, Answer::Upstream(_));
    let rule = if is_refused && observed.status != 0 { batch.last_rule(&id) } else { None };
    tally.lines += u64::from(rule.as_ref().is_some_and(|rule| rule.len() > 1));
    let Err(fault) = agrees(&walk, &observed, rule.as_deref()) else { return };
    tally.wrong += 1;
    if tally.examples.len() < 5 {
        tally.examples.push(example(&walk, &observed, request, &format!("{fault} {rule:?}")));
    }
}

fn example(walk: &Walk, observed: &Observed, request: &Request, fault: &str) -> String {
    let step = |s: &server_config::Step| {
        let line = s.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("  {line} {} {:?}: {}", s.text, s.verdict, s.because)
    };
    let steps: Vec<String> = walk.steps.iter().map(step).collect();
    let sent = String::from_utf8_lossy(&bytes(request)).replace("xxxx", "");
    format!("{fault}\n{sent}\n{observed:?}\n{}", steps.join("\n"))
}

fn agrees(walk: &Walk, observed: &Observed, rule: Option<&str>) -> Result<(), String> {
    let expected = match &walk.outcome.answer {
        Answer::Status(status) => *status,
        Answer::File(_) | Answer::Upstream(_) => 200,
        Answer::Closed => 0,
        Answer::Unknown(_) => return Ok(()),
    };
    if expected != observed.status {
        return Err(format!("status {expected} expected, {} observed", observed.status));
    }
    // HAProxy names the rules of `http-request` alone.
    let decided = walk.outcome.decided_by.as_ref();
    let last =
        walk.steps.last().filter(|step| step.phase == "http-request" && !step.text.starts_with("option"));
    if let (Some(_), Some(place), Some(rule)) = (last, decided, rule)
        && place.to_string() != rule
    {
        return Err(format!("rule {place} expected"));
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) => {
            let backend = decided.map(|place| place.file.to_string()).unwrap_or_default();
            let number = observed.block.map(|block| format!("c{block:02}.cfg")).unwrap_or_default();
            if !backend.ends_with(&number) {
                return Err(format!("backend {backend} expected, {number} observed"));
            }
            received(forwarded, &observed.body)
        }
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
    if let Some(target) = forwarded.target.known() {
        let first = format!("{} {target} {}", forwarded.method, forwarded.version.name());
        if lines.next() != Some(&first) {
            return Err(format!("`{first}` expected upstream"));
        }
    } else {
        lines.next();
    }
    let mut got: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    let known = |header: &server_config::Header| {
        header.value.known().map(|value| format!("{}: {value}", header.name).trim_end().to_owned())
    };
    let mut expected: Vec<String> = forwarded.headers.iter().filter_map(known).collect();
    let unknown: Vec<&str> =
        forwarded.headers.iter().filter(|h| h.value.known().is_none()).map(|h| h.name.as_str()).collect();
    got.retain(|line| !unknown.contains(&line.split(':').next().unwrap_or("")));
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}")) }
}
