//! One pair: the same request simulated and sent.

use std::fmt;

use server_config::walk::{Answer, Forwarded, Walk};
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
    /// Refusals whose deciding rule the error log names, and how many of those agree.
    pub(crate) rules: u64,
    pub(crate) examples: Vec<String>,
    pub(crate) needs: std::collections::BTreeMap<String, u64>,
    pub(crate) statuses: std::collections::BTreeMap<u16, u64>,
    pub(crate) faults: std::collections::BTreeMap<String, u64>,
    pub(crate) codes: std::collections::BTreeMap<String, u64>,
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
        writeln!(f, "deciding rule named by the error log: {}; {:?}", self.rules, self.codes)?;
        writeln!(f, "statuses {:?}\nunknown {:?}\nfaults {:?}", self.statuses, self.needs, self.faults)?;
        self.examples.iter().try_for_each(|example| writeln!(f, "---\n{example}"))
    }
}

pub(crate) fn compare(batch: &mut Batch, name: &str, request: &Request, tally: &mut Tally) {
    let walk = batch.config.simulate(request, &batch.files);
    batch.log();
    let observed = send(request.listener.expect("an address"), &bytes(request));
    let log = batch.log();
    tally.pairs += 1;
    *tally.statuses.entry(observed.status).or_default() += 1;
    if let Answer::Unknown(needs) = &walk.outcome.answer {
        tally.unknown += 1;
        *tally.needs.entry(needs.to_string().chars().take(60).collect()).or_default() += 1;
        return;
    }
    let Err(fault) = agrees(&walk, request, &observed, &log, tally) else { return };
    tally.wrong += 1;
    // One example of each kind.
    let kind: String = fault.chars().take(60).collect();
    let count = tally.faults.entry(kind).or_default();
    *count += 1;
    if *count == 1 && tally.examples.len() < 8 {
        let example = example(batch, name, request, &walk, &observed, &log);
        tally.examples.push(format!("{fault}\n{example}"));
    }
}

fn example(
    batch: &Batch,
    name: &str,
    request: &Request,
    walk: &Walk,
    observed: &Observed,
    log: &str,
) -> String {
    // The virtual host that was chosen may be another than the one that was asked for.
    let chosen = walk.steps.iter().find(|step| step.phase == "server").and_then(|step| step.place.as_ref());
    let file = batch.folder().join(format!("hosts/{name}.conf"));
    let file = chosen.map_or(file, |place| place.file.to_string().into());
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let numbered: Vec<String> =
        text.lines().enumerate().map(|(n, line)| format!("{:3} {line}", n + 1)).collect();
    let step = |step: &server_config::Step| {
        let place = step.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("  {} {place} {} {:?}: {}", step.phase, step.text, step.verdict, step.because)
    };
    let steps: Vec<String> = walk.steps.iter().map(step).collect();
    let mut htaccess = String::new();
    for directory in ["ht", "ht/in", "ht2", "a"] {
        if request.target.contains(directory) || request.target.contains("link") {
            let text = std::fs::read_to_string(batch.folder().join(format!("root/{directory}/.htaccess")));
            htaccess.push_str(&format!("-- {directory}/.htaccess\n{}", text.unwrap_or_default()));
        }
    }
    let sent: String = String::from_utf8_lossy(&bytes(request)).chars().take(400).collect();
    format!(
        "{sent}\n{observed:?}\n{log}\n{:?}\n{}\n{}\n{htaccess}",
        walk.outcome,
        steps.join("\n"),
        numbered.join("\n")
    )
}

fn agrees(
    walk: &Walk,
    request: &Request,
    observed: &Observed,
    log: &str,
    tally: &mut Tally,
) -> Result<(), String> {
    let expected = match &walk.outcome.answer {
        Answer::Status(status) => *status,
        Answer::File(_) | Answer::Upstream(_) => 200,
        Answer::Closed => 0,
        Answer::Unknown(_) => return Ok(()),
    };
    if expected != observed.status {
        return Err(format!("status {expected} expected, {} observed", observed.status));
    }
    decided(walk, log, tally)?;
    if request.method == "HEAD" {
        return Ok(());
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) if forwarded.destination.starts_with("http") => {
            received(forwarded, &observed.body)
        }
        Answer::Upstream(_) if !observed.body.contains("CGI") => {
            Err("the program's answer expected".to_owned())
        }
        Answer::File(path) => match std::fs::read_to_string(path) {
            Ok(text) if text == observed.body => Ok(()),
            _ => Err(format!("the file {path} expected")),
        },
        _ => Ok(()),
    }
}

/// What a message of the error log says about the directive that decided, and the status it goes with.
const CODES: &[(&str, u16, &[&str])] = &[
    ("AH01630", 403, &["require", "<require"]),
    ("AH01631", 401, &["require", "<require"]),
    ("AH01631", 403, &["require", "<require"]),
    ("AH01588", 413, &["limitrequestbody"]),
    ("AH01797", 403, &["order", "allow", "deny"]),
    ("AH01623", 405, &["allowmethods"]),
    ("AH01276", 403, &["options"]),
    ("AH00037", 403, &["options"]),
    ("AH00670", 403, &["options", "rewriteengine"]),
    ("AH02809", 403, &["options"]),
    ("AH01617", 401, &["authuserfile"]),
    ("AH01618", 401, &["authuserfile"]),
    ("AH01614", 401, &["authtype"]),
    ("AH01627", 500, &["authtype"]),
    ("AH10508", 403, &["rewriterule"]),
];

/// The rule that the simulator names is of the kind that the error log names, and for `Require` the very one.
fn decided(walk: &Walk, log: &str, tally: &mut Tally) -> Result<(), String> {
    let Answer::Status(status @ 400..) = walk.outcome.answer else { return Ok(()) };
    let codes = CODES.iter().filter(|(_, own, _)| *own == status);
    let last = codes.filter_map(|(code, _, kinds)| Some((log.rfind(code)?, code, kinds))).max();
    let Some((_, code, kinds)) = last else { return Ok(()) };
    let place = walk.outcome.decided_by.as_ref();
    let step = walk.steps.iter().rfind(|step| step.place.is_some() && step.place.as_ref() == place);
    let Some(step) = step else {
        // Without a directive there is none to name: `Options` as it is by default.
        let is_default = matches!(*code, "AH01276" | "AH02809");
        return if is_default && place.is_none() { Ok(()) } else { Err(format!("{code}: no rule is named")) };
    };
    let text = step.text.to_ascii_lowercase();
    // These log nothing; what the log says is about a check that `Satisfy Any` passed over.
    if ["rewriterule", "redirect"].iter().any(|name| text.starts_with(name))
        && !kinds.contains(&"rewriterule")
    {
        return Ok(());
    }
    if !kinds.iter().any(|kind| text.starts_with(kind)) {
        return Err(format!("{code}: `{}` is named", step.text));
    }
    tally.rules += 1;
    *tally.codes.entry((*code).to_owned()).or_default() += 1;
    let is_require = text.starts_with("require") && *code == "AH01630";
    if is_require
        && !log.replace("\\\\", "\\").contains(&format!("authorization result of {}", step.text.trim()))
    {
        return Err(format!("{code}: `{}` is named, and it was not asked", step.text));
    }
    Ok(())
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
    let unknown: Vec<&str> = forwarded
        .headers
        .iter()
        .filter(|header| matches!(header.value, Value::Unknown(_)))
        .map(|header| header.name.as_str())
        .collect();
    let mut got: Vec<String> = lines
        .filter(|line| !unknown.iter().any(|name| line.starts_with(&format!("{name}: "))))
        .map(str::to_owned)
        .collect();
    let mut expected: Vec<String> = forwarded
        .headers
        .iter()
        .filter_map(|header| Some(format!("{}: {}", header.name, known(Some(&header.value))?)))
        .collect();
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}")) }
}
