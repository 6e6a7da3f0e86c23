//! Pairs: the same request simulated and sent.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use server_config::walk::{Answer, Forwarded, Verdict, Walk};
use server_config::{Request, Value};

use crate::observe::{Observed, exchange};
use crate::requests::bytes;
use crate::server::{Batch, Logged};

/// A request that was sent, with its answer.
pub(crate) struct Sent {
    request: Request,
    observed: Observed,
}

/// The counts of a run, and the first disagreements.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) pairs: u64,
    unknown: u64,
    wrong: u64,
    named: u64,
    examples: Vec<String>,
    needs: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
}

/// Sends a request under a number that Envoy logs.
pub(crate) fn send(_batch: &Batch, address: SocketAddr, request: Request, number: usize) -> Sent {
    let request = request.with_header("X-Number", &number.to_string());
    let observed = exchange(address, &bytes(&request));
    let client = observed.from.ip();
    Sent { request: request.from_client(client), observed }
}

impl Tally {
    pub(crate) fn agreement(&self) -> f64 {
        let known = self.pairs - self.unknown;
        (known - self.wrong) as f64 / known.max(1) as f64
    }

    pub(crate) fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.pairs.max(1) as f64
    }

    pub(crate) fn add(&mut self, batch: &Batch, sent: &[Sent]) {
        let answered = sent.iter().filter(|sent| sent.observed.status != 0);
        let log = batch.log(answered.count().saturating_sub(sent.len() / 20));
        for (number, sent) in sent.iter().enumerate() {
            self.compare(batch, sent, log.get(&number));
        }
    }

    fn compare(&mut self, batch: &Batch, sent: &Sent, logged: Option<&Logged>) {
        let walk = batch.config.simulate(&sent.request, &batch.files);
        self.pairs += 1;
        *self.statuses.entry(sent.observed.status).or_default() += 1;
        if let Answer::Unknown(needs) = &walk.outcome.answer {
            self.unknown += 1;
            *self.needs.entry(needs.to_string().chars().take(60).collect()).or_default() += 1;
            return;
        }
        self.named += u64::from(logged.is_some());
        let Err(fault) = agrees(&walk, sent, logged) else { return };
        self.wrong += 1;
        // One example of each kind of disagreement.
        let is_new = !self.examples.iter().any(|example| example.starts_with(&fault));
        if is_new && self.examples.len() < 8 {
            let steps: Vec<String> = walk.steps.iter().map(shown).collect();
            let request = String::from_utf8_lossy(&bytes(&sent.request)).into_owned();
            let listener = listener(&batch.text, sent.request.port());
            self.examples.push(format!(
                "{fault}\n{request}\n{:?} {logged:?}\n{:?}\n{}\n{listener}",
                sent.observed,
                walk.outcome,
                steps.join("\n")
            ));
        }
    }
}

fn shown(step: &server_config::Step) -> String {
    let line = step.place.as_ref().map_or(0, |place| place.line);
    format!("  {} {line} {} {:?}: {}", step.phase, step.text, step.verdict, step.because)
}

/// The part of the bootstrap about one listener, with its lines' numbers.
fn listener(text: &str, port: u16) -> String {
    let lines: Vec<String> =
        text.lines().enumerate().map(|(n, line)| format!("{:4} {line}", n + 1)).collect();
    let at = lines.iter().position(|line| line.contains(&format!("port_value: {port}}}"))).unwrap_or(0);
    let end = lines[at + 1..]
        .iter()
        .position(|line| line.contains("  - name: listener"))
        .map_or(lines.len(), |end| at + 1 + end);
    lines[at..end].join("\n")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agreement, unknown) = (100.0 * self.agreement(), 100.0 * self.unknown_share());
        writeln!(f, "{} pairs, agreement {agreement:.3} %, unknown {unknown:.2} %", self.pairs)?;
        writeln!(f, "{} with route and response_code_details from the access log", self.named)?;
        writeln!(f, "statuses {:?}\nunknown {:?}", self.statuses, self.needs)?;
        self.examples.iter().try_for_each(|example| writeln!(f, "---\n{example}"))
    }
}

fn agrees(walk: &Walk, sent: &Sent, logged: Option<&Logged>) -> Result<(), String> {
    let expected = match &walk.outcome.answer {
        Answer::Status(status) => *status,
        Answer::Upstream(_) | Answer::File(_) => 200,
        Answer::Closed => 0,
        Answer::Unknown(_) => return Ok(()),
    };
    if expected != sent.observed.status {
        return Err(format!("status {expected} expected, {} observed", sent.observed.status));
    }
    if let Some(logged) = logged {
        decided(walk, logged)?;
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) if sent.request.method != "HEAD" => {
            received(forwarded, &sent.observed.body)
        }
        _ => Ok(()),
    }
}

/// The deciding rule: the details in backticks at the end of the last step, and the route's name.
fn decided(walk: &Walk, logged: &Logged) -> Result<(), String> {
    let details = walk.steps.last().and_then(|step| step.because.strip_suffix("`)")?.rsplit("(`").next());
    if details.is_some_and(|details| details != logged.details) {
        return Err(format!("details {details:?} expected, {:?} logged", logged.details));
    }
    let route = walk.steps.iter().rev().find(|step| step.phase == "route" && step.verdict == Verdict::Hit);
    let route = route.and_then(|step| step.text.split(' ').next()).unwrap_or("-");
    if route != logged.route && logged.details != "missing_host_header" && logged.details != "low_version" {
        return Err(format!("route {route} expected, {} logged", logged.route));
    }
    Ok(())
}

/// The upstream's copy of the request is what the simulator said it would be.
fn received(forwarded: &Forwarded, body: &str) -> Result<(), String> {
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let target = forwarded.target.known();
    let first = lines.next().unwrap_or("").to_owned();
    if let Some(target) = target
        && first != format!("{} {target} HTTP/1.1", forwarded.method)
    {
        return Err(format!("`{} {target}` expected upstream, `{first}` received", forwarded.method));
    }
    let own =
        |name: &str| name.starts_with("x-envoy-") || matches!(name, "content-length" | "transfer-encoding");
    let got: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": ").or_else(|| line.split_once(':')))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| !own(name))
        .collect();
    for (name, value) in &got {
        let mut named =
            forwarded.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).peekable();
        let fits = |known: &Value| known.known().is_none_or(|known| known.trim() == value);
        if named.peek().is_none() || !named.any(|header| fits(&header.value)) {
            return Err(format!("the upstream received `{name}: {value}`"));
        }
    }
    for header in forwarded.headers.iter().filter(|header| !own(&header.name.to_ascii_lowercase())) {
        if !got.iter().any(|(name, _)| header.name.eq_ignore_ascii_case(name)) {
            return Err(format!("`{}` expected upstream", header.name));
        }
    }
    Ok(())
}
