//! How fast logs are read, in GB per second of processor time, beside other tools in the same run.
//!
//! `cargo run --release -p why403-logs --example bench_logs [MEGABYTES] [ROUNDS]`
//!
//! The files are generated in the temporary folder (`TMPDIR`) and removed afterwards. Tools that are not installed
//! are left out and named. Processor time is user plus system time of the process and its children, read from
//! `/proc`, so that other load on the machine matters little.

#![allow(clippy::print_stdout, reason = "the table is for the terminal")]

#[path = "../../tests/generator/mod.rs"]
mod generator;
mod peers;
mod tasks;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use generator::{Shape, Truth};

/// A job that can be timed: its name, and what it found (if it finds anything).
pub(crate) struct Job {
    /// What the table calls it.
    pub(crate) name: String,
    /// Runs it once; `None` when it failed.
    pub(crate) run: Box<dyn Fn() -> Option<u64>>,
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let megabytes: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let rounds: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let folder = std::env::temp_dir().join(format!("why403-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = bench(&folder, megabytes * 1_000_000, rounds);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn bench(folder: &Path, bytes: u64, rounds: usize) -> std::io::Result<()> {
    for (shape, name) in [(Shape::Combined, "combined"), (Shape::Json, "json")] {
        let path = folder.join(name);
        let truth = generate(&path, shape, bytes)?;
        println!(
            "\n{name}: {:.2} GB, {} lines, {} refused",
            truth.bytes as f64 / 1e9,
            truth.lines,
            truth.refused
        );
        let mut jobs = tasks::jobs(&path, shape);
        jobs.extend(peers::jobs(&path, shape));
        table(&jobs, &truth, rounds);
        if shape == Shape::Combined {
            let packed = pack(&path)?;
            std::fs::remove_file(&path)?;
            println!("\ngzip of the same, GB of text");
            let mut jobs = vec![tasks::refusals(&packed, 1)];
            jobs.extend(peers::gzip(&packed));
            table(&jobs, &truth, rounds);
            std::fs::remove_file(&packed)?;
        } else {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn generate(path: &Path, shape: Shape, bytes: u64) -> std::io::Result<Truth> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let truth = generator::write(&mut out, shape, bytes, None)?;
    out.flush()?;
    Ok(truth)
}

fn pack(path: &Path) -> std::io::Result<PathBuf> {
    let packed = path.with_extension("gz");
    let mut out = flate2::write::GzEncoder::new(File::create(&packed)?, flate2::Compression::new(6));
    std::io::copy(&mut File::open(path)?, &mut out)?;
    out.finish()?;
    Ok(packed)
}

/// Runs all jobs in turn, several rounds, and prints the median of each.
fn table(jobs: &[Job], truth: &Truth, rounds: usize) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); jobs.len()];
    let mut found: Vec<Option<u64>> = vec![None; jobs.len()];
    for _ in 0..rounds {
        for (index, job) in jobs.iter().enumerate() {
            let before = processor_seconds();
            found[index] = (job.run)();
            times[index].push(processor_seconds() - before);
        }
    }
    println!("{:<46} {:>10} {:>10} {:>10}  found", "", "cpu s/GB", "GB/cpu s", "best");
    for ((job, mut times), found) in jobs.iter().zip(times).zip(found) {
        let Some(found) = found else {
            println!("{:<46} not installed, or failed", job.name);
            continue;
        };
        times.sort_by(f64::total_cmp);
        let gigabytes = truth.bytes as f64 / 1e9;
        let median = times[times.len() / 2].max(0.001);
        let judged = match found {
            0 => String::from("-"),
            found if found == truth.refused => format!("{found} exact"),
            found if found == truth.lines => format!("{found} lines"),
            found => format!("{found} ({:+.1} %)", (found as f64 / truth.refused as f64 - 1.0) * 100.0),
        };
        let best = gigabytes / times[0].max(0.001);
        println!(
            "{:<44} {:>10.3} {:>10.2} {best:>10.2}  {judged}",
            job.name,
            median / gigabytes,
            gigabytes / median
        );
    }
    println!("peak memory of this process: {} MiB", peak_mebibytes());
}

/// User and system time of this process and of its children that have ended, in steps of 10 ms.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // utime, stime, cutime and cstime are the fields 14 to 17; see proc_pid_stat(5).
    let ticks: f64 = fields.skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
