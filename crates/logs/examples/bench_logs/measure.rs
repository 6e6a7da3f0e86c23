//! Processor time of a command, and the table of many.

use std::process::Command;

use crate::Job;
use crate::generator::Truth;

/// What one run of a job gave.
struct Run {
    /// User and system time, in seconds.
    processor: f64,
    /// Time on the clock, in seconds.
    wall: f64,
    /// The number that was printed.
    found: Option<u64>,
    /// Peak memory in MiB, where the job says it.
    peak: Option<u64>,
}

/// Runs all jobs in turn, several rounds, and prints the least time and the most memory of each: other load can only make a run
/// slower.
pub(crate) fn table(title: &str, jobs: &[Job], truth: &Truth, rounds: usize) {
    let gigabytes = truth.bytes as f64 / 1e9;
    println!("\n{title}: {gigabytes:.2} GB, {} lines, {} refused", truth.lines, truth.refused);
    println!(
        "{:<46} {:>8} {:>8} {:>7} {:>7} {:>5} {:>6}  found",
        "", "cpu s/GB", "GB/cpu s", "of sum", "wall s", "MiB", "goal"
    );
    let mut best: Vec<Option<Run>> = jobs.iter().map(|_| None).collect();
    for _ in 0..rounds.max(1) {
        for (job, best) in jobs.iter().zip(&mut best) {
            let Some(mut run) = run(job) else { continue };
            if let Some(best) = best.take() {
                run.wall = run.wall.min(best.wall);
                run.processor = run.processor.min(best.processor);
                run.peak = run.peak.max(best.peak);
            }
            *best = Some(run);
        }
    }
    let sum = best.first().and_then(|run| run.as_ref().map(|run| run.processor));
    for (job, run) in jobs.iter().zip(best) {
        let Some(run) = run else {
            println!("{:<46} not installed, or failed", job.name);
            continue;
        };
        let speed = gigabytes / run.processor.max(0.001);
        println!(
            "{:<46} {:>8.3} {speed:>8.2} {:>7} {:>7.2} {:>5} {:>6}  {}",
            job.name,
            run.processor / gigabytes,
            sum.map_or_else(String::new, |sum| format!("{:.0} %", 100.0 * sum / run.processor)),
            run.wall,
            run.peak.map_or_else(String::new, |peak| peak.to_string()),
            job.goal
                .map_or_else(String::new, |goal| format!("{goal}{}", if speed < goal { " !" } else { "" })),
            judged(run.found, truth)
        );
    }
}

fn judged(found: Option<u64>, truth: &Truth) -> String {
    match found {
        None => String::from("-"),
        Some(found) if found == truth.refused => format!("{found} exact"),
        Some(found) if found == truth.lines => format!("{found} lines"),
        Some(found) => {
            format!("{found} ({:+.1} %)", (found as f64 / truth.refused as f64 - 1.0) * 100.0)
        }
    }
}

/// Runs a job once; `None` when it fails.
fn run(job: &Job) -> Option<Run> {
    let script = r#"TIMEFORMAT='%U %S %R'; time "$@""#;
    let output = Command::new("bash").args(["-c", script, "bash"]).args(&job.command).output().ok()?;
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let times: Vec<f64> = told.lines().last()?.split(' ').filter_map(|text| text.parse().ok()).collect();
    let [user, system, wall] = times[..] else { return None };
    let peak = said.lines().find_map(|line| line.strip_prefix("peak ")?.parse().ok());
    // A bar that shows progress may stand before it.
    let number = |line: &str| line.rsplit('\r').next()?.trim().parse().ok();
    let found = said.lines().find_map(number);
    let silent = said.trim().is_empty();
    (output.status.success() && (silent || found.is_some())).then_some(Run {
        processor: user + system,
        wall,
        found: found.filter(|found| *found > 0),
        peak,
    })
}
