//! What loading a rule set costs, and what is left to the first requests:
//! `cargo run --release -p why403-waf --example load -- DIR`.
//!
//! Each figure is the least of ten fresh processes, in milliseconds of the processor's time as Linux counts it. Patterns
//! are compiled when a request first needs them; so the first request of a kind pays, and is shown beside the second.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to its terminal")]

use std::path::Path;
use std::process::{Command, ExitCode};

use waf::{EngineMode, Like, Options, Request, RuleSet};

/// Processes that are asked; the least of their answers counts.
const PROCESSES: usize = 10;

/// What is measured, in the order of the figures.
const STEPS: [&str; 7] = [
    "loading, ms",
    "memory that loading took at its peak, MB",
    "first clean POST, ms",
    "the same again, ms",
    "first attacking POST, ms",
    "the same again, ms",
    "memory at the peak of all this, MB",
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [folder] => report(folder),
        [folder, once] if once == "once" => {
            let figures: Vec<String> =
                once_through(Path::new(folder)).map(|figure| figure.to_string()).into();
            println!("{}", figures.join(" "));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!(
                "usage: load RULES (a checkout of the CRS, or the folder of the distribution's package)"
            );
            ExitCode::from(2)
        }
    }
}

fn report(folder: &str) -> ExitCode {
    let mut least = [f64::INFINITY; STEPS.len()];
    for _ in 0..PROCESSES {
        let program = std::env::current_exe().unwrap_or_else(|_| "load".into());
        let output = match Command::new(program).args([folder, "once"]).output() {
            Ok(output) if output.status.success() => output,
            Ok(output) => {
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                return ExitCode::from(2);
            }
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for (least, figure) in
            least.iter_mut().zip(text.split_whitespace().filter_map(|word| word.parse().ok()))
        {
            *least = least.min(figure);
        }
    }
    STEPS.iter().zip(least).for_each(|(step, figure)| println!("{figure:>8.2}  {step}"));
    ExitCode::SUCCESS
}

fn once_through(folder: &Path) -> [f64; STEPS.len()] {
    let (start, before) = (processor_ms(), peak_mb());
    let options = Options { like: Like::ModSecurity2, paranoia: Some(1), engine: Some(EngineMode::On) };
    let rules = RuleSet::load_with(folder, &options, "").unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2)
    });
    let (loaded, memory) = (processor_ms() - start, peak_mb() - before);
    let post = |body: &str| {
        let start = processor_ms();
        let length = body.len().to_string();
        let headers: &[(&[u8], &[u8])] = &[
            (b"Host", b"shop.example"),
            (b"User-Agent", b"Mozilla/5.0"),
            (b"Accept", b"application/json"),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", length.as_bytes()),
        ];
        let verdict = rules.inspect(&Request {
            method: b"POST",
            target: b"/api/orders",
            version: b"HTTP/1.1",
            headers,
            body: body.as_bytes(),
            client: [192, 0, 2, 1].into(),
        });
        (processor_ms() - start, verdict.blocked)
    };
    let clean = || post(r#"{"name":"Anna Berg","city":"Malmo","amount":42}"#);
    let attack =
        || post(r#"{"q":"1' or 1=1 union select 1","n":"<script>alert(1)</script>;cat /etc/passwd"}"#);
    let [first, second] = [clean(), clean()];
    let [third, fourth] = [attack(), attack()];
    assert_eq!([first.1, third.1], [false, true], "the rules decide as expected");
    [loaded, memory, first.0, second.0, third.0, fourth.0, peak_mb() - before]
}

/// Time that this thread spent on a processor: the first word of `schedstat` (the kernel's
/// `Documentation/scheduler/sched-stats.rst`). Loading runs on this thread alone.
fn processor_ms() -> f64 {
    // The kernel brings the figure up to date when it chooses who runs next.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

/// The most memory that was resident at a time (`VmHWM` of proc(5)).
fn peak_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}
