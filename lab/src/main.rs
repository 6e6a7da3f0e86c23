//! The lab: starts real servers that refuse a request, asks why403 for the reason, mends them, and sees the request
//! accepted. Each scenario is a folder under `lab/scenarios`; `lab/README.md` says how to add one.

mod course;
mod judge;
mod process;
mod programs;
mod record;
mod request;
mod scenario;
mod stage;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};

use course::{Keep, Outcome, Plan};
use programs::Programs;
use scenario::Scenario;
use stage::Site;

const USAGE: &str = "\
usage: lab [--filter TEXT] [--jobs N] [--why403 PATH | --servers-only] [--again] [--record] [--keep] [--list]

  --filter TEXT    only scenarios whose name, layer or cause contains TEXT
  --jobs N         scenarios at a time (default 2)
  --why403 PATH    the program to check (default: why403 beside this program)
  --servers-only   do not ask why403; only check that the set-ups refuse and, mended, accept
  --again          run a scenario that failed once more, unless a cause was wrongly called proven; it is listed
  --record         write each refusal's documents as a case under cases/
  --keep           leave the running folders behind
  --list           list the scenarios and do nothing";

#[derive(Debug)]
struct Options {
    filter: String,
    jobs: usize,
    why403: Option<PathBuf>,
    again: bool,
    record: bool,
    keep: Keep,
    list: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            table::complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whether all scenarios passed.
fn run() -> Result<bool> {
    let options = parse(std::env::args().skip(1))?;
    let lab = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let project = lab.parent().context("the lab has no parent folder")?.to_owned();
    let scenarios = scenario::read_all(&lab, &options.filter)?;
    if options.list {
        table::list(&scenarios);
        return Ok(true);
    }
    ensure!(!scenarios.is_empty(), "no scenario contains `{}`", options.filter);
    let home = std::env::var_os("WHY403_LAB_HOME").map_or_else(|| project.join(".lab"), PathBuf::from);
    ensure!(home.join("venv").is_dir(), "{} is missing: run lab/install.sh first", home.display());
    if let Some(why403) = &options.why403 {
        ensure!(
            why403.is_file(),
            "no program {}: build it (cargo build), or --servers-only",
            why403.display()
        );
    }
    let scratch = std::env::temp_dir().join(format!("why403-lab-{}", std::process::id()));
    let plan = Plan {
        programs: Programs::read(&lab)?,
        site: Site { lab, home, scratch: scratch.clone() },
        why403: options.why403,
        record: options.record.then(|| project.join("cases")),
        keep: options.keep,
    };
    let course = if options.again { course::run_twice_at_most } else { course::run };
    let outcomes = run_all(&plan, &scenarios, options.jobs, course);
    if options.keep == Keep::Nothing {
        let _ = std::fs::remove_dir_all(scratch);
    }
    Ok(table::print(&scenarios, &outcomes))
}

/// Runs the scenarios, `jobs` at a time; the outcomes are in the scenarios' order.
fn run_all(
    plan: &Plan,
    scenarios: &[Scenario],
    jobs: usize,
    course: fn(&Plan, &Scenario) -> Outcome,
) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((index, scenario)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| scenarios.get(i).map(|s| (i, s)))
                {
                    let outcome = course(plan, scenario);
                    table::progress(scenario, &outcome);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((index, outcome));
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_default();
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Options> {
    let beside = std::env::current_exe()?.parent().unwrap_or(Path::new(".")).join("why403");
    let mut options = Options {
        filter: String::new(),
        jobs: 2,
        why403: Some(beside),
        again: false,
        record: false,
        keep: Keep::Nothing,
        list: false,
    };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--filter" => options.filter = value()?,
            "--jobs" => options.jobs = value()?.parse().context("--jobs needs a number")?,
            "--why403" => options.why403 = Some(std::path::absolute(value()?)?),
            "--servers-only" => options.why403 = None,
            "--again" => options.again = true,
            "--record" => options.record = true,
            "--keep" => options.keep = Keep::Everything,
            "--list" => options.list = true,
            _ => bail!("unknown option {argument}\n{USAGE}"),
        }
    }
    ensure!(options.jobs > 0, "--jobs must be at least 1");
    Ok(options)
}
