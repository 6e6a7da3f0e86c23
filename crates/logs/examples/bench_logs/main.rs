//! How fast logs are read, in GB per second of processor time, beside other tools in the same run.
//!
//! `cargo run --release -p why403-logs --example bench_logs [MEGABYTES] [ROUNDS] [TABLE] [own]`
//!
//! The files are generated in the temporary folder (`TMPDIR`) and removed afterwards. Tools that are not installed
//! are left out and named; Python packages are looked for in the lab's environment (`WHY403_LAB_HOME`) and in that of
//! `BENCH_PYTHON`. Every job is a process of its own; its user and system time are those that bash's `time` prints, so
//! that other load on the machine matters little. `TABLE` (combined, json, join, gzip, all) runs one table alone, and
//! `own` leaves the other tools out: for large files. `bench_logs write SHAPE FOLDER [MEGABYTES]` only writes the logs of a
//! table (combined, json, haproxy, join) into a folder.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is for the terminal")]

#[path = "../../tests/generator/mod.rs"]
mod generator;
mod measure;
mod peers;
mod story;
mod tasks;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use generator::{Shape, Truth};
use measure::table;

/// A job that can be timed.
pub(crate) struct Job {
    /// What the table calls it.
    pub(crate) name: String,
    /// The command; it prints how many it found, or nothing.
    pub(crate) command: Vec<String>,
    /// What it must reach, in GB per second of processor time.
    pub(crate) goal: Option<f64>,
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "task") {
        return tasks::run(&arguments[1..]);
    }
    if let [word, shape, folder, rest @ ..] = arguments.as_slice()
        && word == "write"
    {
        let megabytes = rest.first().and_then(|text| text.parse().ok()).unwrap_or(1000);
        return write(shape, Path::new(folder), megabytes * 1_000_000);
    }
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    let (megabytes, rounds) = (number(0).unwrap_or(1000), number(1).unwrap_or(3));
    let folder = std::env::temp_dir().join(format!("why403-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let only = arguments.get(2).map_or("", String::as_str);
    let peers = arguments.get(3).is_none_or(|word| word != "own");
    let result = bench(&folder, megabytes * 1_000_000, rounds as usize, only, peers);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn bench(folder: &Path, bytes: u64, rounds: usize, only: &str, peers: bool) -> std::io::Result<()> {
    let wanted = |table: &str| ["", "all", table].contains(&only);
    let beside = |found: Vec<peers::Peer>| if peers { found } else { Vec::new() };
    if wanted("combined") || wanted("gzip") {
        let path = folder.join("access.log");
        let truth = generate(&path, Shape::Combined, bytes)?;
        if wanted("combined") {
            table(
                "combined log format",
                &tasks::access(&path, &beside(peers::combined(&path))),
                &truth,
                rounds,
            );
        }
        if wanted("gzip") {
            let packed = pack(&path)?;
            table(
                "the same, gzip; GB of text",
                &tasks::packed(&packed, beside(peers::gzip(&packed))),
                &truth,
                rounds,
            );
        }
        remove(folder)?;
    }
    if wanted("json") {
        let path = folder.join("access.json");
        let truth = generate(&path, Shape::Json, bytes)?;
        table("JSON lines", &tasks::access(&path, &beside(peers::json(&path))), &truth, rounds);
        remove(folder)?;
    }
    if wanted("join") {
        let truth = generator::story::write(folder, bytes, None)?;
        table(
            "access, error and audit log joined",
            &tasks::joined(folder, beside(peers::join(folder))),
            &truth,
            rounds,
        );
        remove(folder)?;
    }
    Ok(())
}

/// The logs of one table.
fn write(shape: &str, folder: &Path, bytes: u64) -> std::io::Result<()> {
    let truth = match shape {
        "combined" => generate(&folder.join("access.log"), Shape::Combined, bytes)?,
        "json" => generate(&folder.join("access.json"), Shape::Json, bytes)?,
        "haproxy" => generate(&folder.join("haproxy.log"), Shape::Haproxy, bytes)?,
        "join" => generator::story::write(folder, bytes, None)?,
        other => return Err(std::io::Error::other(format!("no logs of the shape {other}"))),
    };
    println!("{:.2} GB, {} lines, {} refused", truth.bytes as f64 / 1e9, truth.lines, truth.refused);
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

fn remove(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    Ok(())
}
