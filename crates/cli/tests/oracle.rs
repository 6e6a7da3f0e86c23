//! Counts by cause, path and client are those of a reader that is not ours: DuckDB over the text of the same logs, a
//! regular expression for each line. Needs the lab's Python packages.
//!
//! `LOGS_LINES=10000000 cargo test -p why403-cli --features real --test oracle -- --nocapture` makes the logs as long as
//! one likes; ten million lines take up to 5 GB in the temporary folder (`TMPDIR`), one format after the other.

#![cfg(feature = "real")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it counted"
)]

mod engine;
#[path = "../../logs/tests/generator/mod.rs"]
mod generator;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use engine::{Folder, cells, run, text, why403};
use generator::{Shape, Truth, story};
use serde_json::Value;

const ORACLE: &str = include_str!("engine/oracle.py");

fn lines() -> u64 {
    std::env::var("LOGS_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000)
}

/// The command and the query count the same; `told` of ten refusals have a cause.
fn hold(name: &str, files: &[PathBuf], log_format: Option<&str>, truth: &Truth, told: std::ops::Range<u64>) {
    let mut arguments = vec!["--format", "json", "--group-by", "cause,route,client"];
    arguments.extend(log_format.iter().flat_map(|format| ["--log-format", *format]));
    let found: Value = serde_json::from_slice(&why403(&arguments, files)).unwrap();
    assert_eq!(found["refused"].as_u64(), Some(truth.refused), "{name}: {}", found["warnings"]);
    let group = |group: &Value| ["cause", "route", "client", "count"].map(|name| text(&group[name])).to_vec();
    let mut ours: Vec<Vec<String>> = found["groups"].as_array().unwrap().iter().map(group).collect();
    let arguments: Vec<&Path> =
        [Path::new(name)].into_iter().chain(files.iter().map(PathBuf::as_path)).collect();
    let mut theirs: Vec<Vec<String>> =
        run(ORACLE, &arguments).as_array().unwrap().iter().map(cells).collect();
    ours.sort();
    theirs.sort();
    assert!(ours.len() as u64 > truth.refused / 2, "{name}: {} groups", ours.len());
    assert!(ours == theirs, "{name}: {:?}", ours.iter().zip(&theirs).find(|(one, other)| one != other));
    let caused =
        ours.iter().filter(|row| row[0] != "null").map(|row| row[3].parse::<u64>().unwrap()).sum::<u64>();
    assert!(
        told.contains(&(caused * 10 / truth.refused)),
        "{name}: {caused} of {} have a cause",
        truth.refused
    );
    println!(
        "{name}: {} lines, {:.2} GB, {} refused, {caused} with a cause, {} groups: equal",
        truth.lines,
        truth.bytes as f64 / 1e9,
        truth.refused,
        ours.len()
    );
}

/// One access log alone: only HAProxy's says who refused.
fn access(name: &str, shape: Shape, told: std::ops::Range<u64>) {
    let folder = Folder::new(name);
    let path = folder.0.join(name);
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(&path).unwrap());
    let truth = generator::write(&mut file, shape, 0, Some(lines())).unwrap();
    file.flush().unwrap();
    hold(name, &[path], None, &truth, told);
}

#[test]
fn a_combined_log() {
    access("combined", Shape::Combined, 0..1);
}

#[test]
fn a_log_of_json_lines() {
    access("json", Shape::Json, 0..1);
}

#[test]
fn a_log_of_haproxy() {
    access("haproxy", Shape::Haproxy, 4..6);
}

#[test]
fn apaches_own_format_and_its_error_log() {
    let folder = Folder::new("apache");
    let truth = story::write_apache(&folder.0, lines()).unwrap();
    let files = story::APACHE_NAMES.map(|name| folder.0.join(name));
    hold("apache", &files, Some(generator::APACHE), &truth, 4..6);
}

#[test]
fn nginx_access_error_and_audit_log() {
    let folder = Folder::new("nginx");
    let truth = story::write(&folder.0, 0, Some(lines())).unwrap();
    let files = story::NAMES.map(|name| folder.0.join(name));
    hold("nginx", &files, Some(generator::WITH_IDS), &truth, 10..11);
}
