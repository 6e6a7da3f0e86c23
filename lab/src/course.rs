//! The course of one scenario: refused, explained from documents and live, mended, accepted.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::judge::{Logged, WRONG_PROOF, headline, judge, judge_isolated, logged};
use crate::process::{Running, shell, start};
use crate::programs::Programs;
use crate::record;
use crate::request::{Answer, ask, command, find_values, quote, send};
use crate::scenario::{Refusal, Scenario};
use crate::stage::{Site, Stage, set};

/// What every course needs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) site: Site,
    pub(crate) programs: Programs,
    /// The program under test; without it only the servers are checked.
    pub(crate) why403: Option<PathBuf>,
    /// The `cases` folder to write to.
    pub(crate) record: Option<PathBuf>,
    /// Running folders stay for a look afterwards.
    pub(crate) keep: Keep,
}

/// What happens to running folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Everything,
    Nothing,
}

/// What came of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// One line for each thing that is not as it should be.
    pub(crate) faults: Vec<String>,
    /// What why403 said: from documents, then live; for each refusal.
    pub(crate) answers: Vec<String>,
    /// What the verdicts from documents make of logs that were written to.
    pub(crate) logged: Vec<Logged>,
    /// The faults of a first course, where the scenario was run once more.
    pub(crate) before: Vec<String>,
}

impl Outcome {
    /// Whether a cause was called proven and is wrong.
    fn has_wrong_proof(&self) -> bool {
        self.faults.iter().any(|fault| fault.contains(WRONG_PROOF))
    }
}

/// Runs the scenario, and once more if that failed: real servers meet a busy machine. A wrong proof counts at once.
pub(crate) fn run_twice_at_most(plan: &Plan, scenario: &Scenario) -> Outcome {
    let first = run(plan, scenario);
    if first.faults.is_empty() || first.has_wrong_proof() {
        return first;
    }
    Outcome { before: first.faults, ..run(plan, scenario) }
}

/// Runs the scenario from its refusal to its repair.
pub(crate) fn run(plan: &Plan, scenario: &Scenario) -> Outcome {
    let mut outcome = Outcome::default();
    let mut overlays = vec!["refusing"];
    let mut refusals = vec![&scenario.refusal];
    refusals.extend(&scenario.next);
    for refusal in refusals {
        if let Err(error) = refuse(plan, scenario, &overlays, refusal, &mut outcome) {
            outcome.faults.push(format!("{}: {error:#}", overlays.join(" + ")));
        }
        overlays.push("next");
    }
    if scenario.next.is_none() {
        overlays.pop();
    }
    overlays.push("repaired");
    if let Err(error) = accept(plan, scenario, &overlays) {
        outcome.faults.push(format!("repaired: {error:#}"));
    }
    if plan.keep == Keep::Nothing {
        let _ = fs::remove_dir_all(plan.site.scratch.join(&scenario.name));
    }
    outcome
}

/// Sets the stage and starts the servers; a port that another program took meanwhile is no reason to give up.
fn raise(plan: &Plan, scenario: &Scenario, overlays: &[&str]) -> Result<(Stage, Running)> {
    let mut tries = 0;
    loop {
        let mut stage = set(&plan.site, &plan.programs, scenario, overlays)?;
        match start(&plan.programs, scenario, &stage) {
            Ok(running) => {
                find_values(scenario, &mut stage)?;
                return Ok((stage, running));
            }
            Err(error) if tries < 2 && format!("{error:#}").to_lowercase().contains("in use") => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn refuse(
    plan: &Plan,
    scenario: &Scenario,
    overlays: &[&str],
    refusal: &Refusal,
    outcome: &mut Outcome,
) -> Result<()> {
    let (mut stage, running) = raise(plan, scenario, overlays)?;
    let line = command(scenario, &stage, "request.curl")?;
    let answer = send(&stage, &line)?;
    ensure!(answer.status == refusal.status, "expected {}, got {}", refusal.status, seen(&answer));
    // Servers write their access logs after the answer.
    thread::sleep(Duration::from_millis(200));
    let documents = documents(scenario, &stage, &line, &answer)?;
    if let Some(cases) = &plan.record {
        record::write(cases, scenario, refusal, &stage, &documents)?;
    }
    let Some(why403) = &plan.why403 else { return Ok(()) };
    let mut check = |way: &str, arguments: &str| match ask(why403, &stage, arguments) {
        Ok(verdict) => {
            outcome.answers.push(format!("{way} {}", headline(&verdict)));
            let mut faults = judge(refusal, &verdict);
            if let (Some(isolate), "live") = (&scenario.isolate, way) {
                faults.extend(judge_isolated(isolate, &verdict));
            }
            outcome.faults.extend(faults.into_iter().map(|fault| format!("{way}: {fault}")));
            Some(verdict)
        }
        Err(error) => {
            outcome.faults.push(format!("{way}: {error:#}"));
            None
        }
    };
    let paths: Vec<String> = documents.iter().map(|document| quote(&document.to_string_lossy())).collect();
    let verdict = check("inspect", &format!("inspect {}", paths.join(" ")));
    let written = |log: &&str| fs::metadata(stage.folder.join(log)).is_ok_and(|meta| meta.len() > 0);
    let logs: Vec<&str> = scenario.documents.logs.iter().map(String::as_str).filter(written).collect();
    let told = verdict.and_then(|verdict| logged(&logs, &verdict));
    let verdict = check("live", &live(scenario, &line));
    outcome.logged.extend(told);
    drop(running);
    if let (Some(fix), Some(verdict)) = (&scenario.apply_fix, verdict) {
        let applied = apply(plan, scenario, &mut stage, &verdict, fix.index);
        outcome.faults.extend(applied.err().map(|error| format!("printed fix: {error:#}")));
    }
    Ok(())
}

/// Writes the documents that a user would have, and lists them all.
fn documents(scenario: &Scenario, stage: &Stage, line: &str, answer: &Answer) -> Result<Vec<PathBuf>> {
    let folder = stage.folder.join("documents");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("request.curl"), format!("{line}\n"))?;
    fs::write(folder.join("response.http"), &answer.text)?;
    let mut paths = vec![PathBuf::from("documents/request.curl"), PathBuf::from("documents/response.http")];
    for pasted in &scenario.documents.pasted {
        let ran = shell(&stage.folder, &stage.fill(&pasted.run, None), Duration::from_secs(10))?;
        fs::write(folder.join(&pasted.name), ran.stdout)?;
        paths.push(Path::new("documents").join(&pasted.name));
    }
    for name in scenario.documents.logs.iter().chain(&scenario.documents.configs) {
        ensure!(stage.folder.join(name).is_file(), "no document {name}");
        paths.push(PathBuf::from(name));
    }
    Ok(paths)
}

/// The arguments for the live diagnosis.
fn live(scenario: &Scenario, line: &str) -> String {
    let mut arguments = String::new();
    if let Some(isolate) = &scenario.isolate {
        arguments.push_str("--isolate ");
        let most = isolate.max_accepted.map(|most| format!("--max-accepted {most} "));
        arguments.push_str(&most.unwrap_or_default());
    }
    for log in &scenario.documents.logs {
        arguments.push_str(&format!("--log {} ", quote(log)));
    }
    for config in &scenario.documents.configs {
        arguments.push_str(&format!("--config {} ", quote(config)));
    }
    arguments + line
}

fn accept(plan: &Plan, scenario: &Scenario, overlays: &[&str]) -> Result<()> {
    let (stage, _running) = raise(plan, scenario, overlays)?;
    accepted(scenario, &stage)
}

/// The request passes, and the control does not.
fn accepted(scenario: &Scenario, stage: &Stage) -> Result<()> {
    let answer = send(stage, &command(scenario, stage, "request.curl")?)?;
    ensure!((200..400).contains(&answer.status), "should be accepted, got {}", seen(&answer));
    if let Some(control) = &scenario.control {
        let answer = send(stage, &command(scenario, stage, "control.curl")?)?;
        ensure!(
            answer.status == control.status,
            "control should get {}, got {}",
            control.status,
            seen(&answer)
        );
    }
    Ok(())
}

/// Applies a printed patch to the refusing set-up, which must then accept.
fn apply(plan: &Plan, scenario: &Scenario, stage: &mut Stage, verdict: &Value, index: usize) -> Result<()> {
    let patch = verdict.pointer(&format!("/fixes/{index}/patch")).and_then(Value::as_str);
    let patch = patch.with_context(|| format!("fix {index} has no patch"))?;
    fs::write(stage.folder.join(".patch"), patch)?;
    let command = "patch --batch -p0 <.patch || patch --batch -p1 <.patch";
    let ran = shell(&stage.folder, command, Duration::from_secs(10))?;
    ensure!(ran.success, "patch does not apply: {}{}\n{patch}", ran.stdout, ran.stderr);
    let _running = start(&plan.programs, scenario, stage)?;
    find_values(scenario, stage)?;
    accepted(scenario, stage)
}

/// An answer's status and the beginning of its text, for an error message.
fn seen(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.text);
    let beginning: String = text.chars().take(1200).collect();
    format!("{}:\n{}", answer.status, beginning.trim_end())
}
