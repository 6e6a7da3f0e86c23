//! One pair: the same request simulated and sent.

use std::fmt;

use server_config::walk::{Answer, Forwarded, Verdict, Walk};
use server_config::{Request, Value};

use crate::observe::{Observed, send};
use crate::requests::{bytes, known};
use crate::server::Batch;

/// The counts of a run, and the first disagreements.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) pairs: u64,
    pub(crate) unknown: u64,
    pub(crate) wrong: u64,
    pub(crate) examples: Vec<String>,
    pub(crate) needs: std::collections::BTreeMap<String, u64>,
    pub(crate) statuses: std::collections::BTreeMap<u16, u64>,
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
    let Err(fault) = agrees(&walk, request, &observed) else { return };
    tally.wrong += 1;
    if tally.examples.len() < 5 {
        let file = batch.folder().join(format!("servers/{name}.conf"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let numbered: Vec<String> =
            text.lines().enumerate().map(|(n, line)| format!("{:3} {line}", n + 1)).collect();
        let steps: Vec<String> = walk
            .steps
            .iter()
            .map(|s| {
                format!(
                    "  {} {:?} {} {:?}: {}",
                    s.phase,
                    s.place.as_ref().map(|p| p.line),
                    s.text,
                    s.verdict,
                    s.because
                )
            })
            .collect();
        let sent = String::from_utf8_lossy(&bytes(request)).into_owned();
        tally.examples.push(format!(
            "{fault}\n{sent}\n{observed:?}\n{:?}\n{}\n{}",
            walk.outcome,
            steps.join("\n"),
            numbered.join("\n")
        ));
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
    if expected == 0 || walk.steps.iter().any(|step| step.phase == "request" && step.verdict == Verdict::Hit)
    {
        return Ok(());
    }
    let block = final_block(walk);
    if block.is_some() && observed.block.is_some() && block != observed.block {
        return Err(format!("block {block:?} expected, {:?} observed", observed.block));
    }
    if request.method == "HEAD" {
        return Ok(());
    }
    // A `return` with a text says its line; behind an error page the rule that refused is named instead.
    let has_page = walk.steps.iter().any(|step| step.phase == "error-page");
    if !has_page
        && let (Some(line), Some(place)) = (observed.body.strip_prefix('r'), &walk.outcome.decided_by)
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

/// The block whose `add_header` the answer carries: the last location, `if`, or the server itself.
fn final_block(walk: &Walk) -> Option<u32> {
    let mut block = Some(1);
    let mut is_server = true;
    for step in &walk.steps {
        let line = step.place.as_ref().map(|place| place.line);
        match step.phase {
            "location" if step.verdict == Verdict::Hit && step.text.starts_with("location") => {
                // These are written in one line, without a mark of their own.
                let bare = ["/auth", "/deny", "/auth-file"]
                    .iter()
                    .any(|name| step.text == format!("location = {name}"));
                (block, is_server) = (if bare { Some(1) } else { line }, false);
            }
            "location" if step.because.starts_with("no location matches") => {
                (block, is_server) = (Some(1), true)
            }
            "rewrite" if is_server => block = Some(1),
            "rewrite" if step.verdict == Verdict::Hit && step.text.starts_with("if ") => block = line,
            // Behind an internal redirect the server's own directives come first.
            "error-page" | "try-files" => {
                is_server = step.because.starts_with("none") || step.phase == "error-page"
            }
            _ => {}
        }
    }
    // An answer of the server's own `return` after a redirect is not told apart here.
    (!is_server || block == Some(1)).then_some(block).flatten().filter(|_| !ends_in_redirect(walk))
}

fn ends_in_redirect(walk: &Walk) -> bool {
    let moves = |phase: &str| matches!(phase, "error-page" | "try-files");
    let last_move =
        walk.steps.iter().rposition(|step| moves(step.phase) || step.because.starts_with("there is `"));
    let last_location = walk.steps.iter().rposition(|step| step.phase == "location");
    last_move > last_location
}

/// The upstream's copy of the request is what the simulator said it would be.
fn received(forwarded: &Forwarded, body: &str) -> Result<(), String> {
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let version = forwarded.version.name();
    let first = format!("{} {} {version}", forwarded.method, known(Some(&forwarded.target)).unwrap_or("?"));
    if lines.next() != Some(&first) {
        return Err(format!("`{first}` expected upstream"));
    }
    let mut got: Vec<String> = lines.map(str::to_owned).collect();
    let is_known = |value: &Value| value.known().is_some();
    let expected = forwarded.headers.iter().filter(|header| is_known(&header.value));
    let mut expected: Vec<String> = expected
        .map(|header| format!("{}: {}", header.name, known(Some(&header.value)).unwrap_or("?")))
        .collect();
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}")) }
}
