//! The table of refusals in a query engine gives what the command gives, and the command what an independent query over
//! the logs gives. Needs the lab's Python packages.

#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

#[path = "../../logs/tests/generator/mod.rs"]
mod generator;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The grouping of `docs/logs.md`.
const DOCUMENT: &str = include_str!("../../../docs/logs.md");

const ENGINES: &str = include_str!("sql/engines.py");
const ORACLE: &str = include_str!("sql/oracle.py");

fn python() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.lab");
    std::env::var_os("WHY403_LAB_HOME")
        .map_or_else(|| PathBuf::from(own), PathBuf::from)
        .join("venv/bin/python")
}

/// Lines of several routes and clients, of which some are refused, with the traps that plain searches fall into.
fn log(lines: u32) -> String {
    let mut text = String::new();
    for number in 0..lines {
        let dice = number.wrapping_mul(2_654_435_761) >> 16;
        let status = if dice % 50 == 0 { 403 } else { 200 };
        let (client, route, size) = (dice / 50 % 40, dice / 2000 % 7, if dice % 9 == 0 { 403 } else { 12 });
        let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "192.0.2.{client} - a b [24/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"POST /errors/r{route}/{number} HTTP/1.1\" {status} {size} \"-\" \"agent 403\""
        );
    }
    text
}

/// A folder that is removed with its files.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("why403-sql-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn why403(arguments: &[&str], files: &[PathBuf]) -> Vec<u8> {
    Command::new(env!("CARGO_BIN_EXE_why403"))
        .arg("logs")
        .args(arguments)
        .args(files)
        .output()
        .unwrap()
        .stdout
}

/// What a script prints, as JSON; servers in it may print before.
fn run(script: &str, arguments: &[&Path]) -> Value {
    let output = Command::new(python()).args(["-c", script]).args(arguments).output().unwrap();
    let (answer, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(answer.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {answer}{said}"))
}

fn cells(row: &Value) -> Vec<String> {
    row.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn every_engine_groups_the_table_as_the_command_does() {
    let folder = Folder::new("engines");
    let whole = log(50_000);
    let half = whole.len() / 2 + whole[whole.len() / 2..].find('\n').unwrap() + 1;
    let texts = [("access.log", whole.as_str()), ("one.log", &whole[..half]), ("two.log", &whole[half..])];
    let mut tables = Vec::new();
    for (name, text) in texts {
        let file = folder.0.join(name);
        std::fs::write(&file, text).unwrap();
        let table = file.with_extension("parquet");
        std::fs::write(&table, why403(&["--format", "parquet"], &[file])).unwrap();
        tables.push(table);
    }
    let found: Value =
        serde_json::from_slice(&why403(&["--format", "json"], &[folder.0.join("access.log")])).unwrap();
    let groups: Vec<Vec<String>> = found["groups"].as_array().unwrap().iter().map(row).collect();
    assert!(groups.len() > 100, "{}", groups.len());
    let query = DOCUMENT.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    let answer =
        run(ENGINES, &[Path::new(query), tables[0].as_path(), tables[1].as_path(), tables[2].as_path()]);
    for engine in ["DuckDB", "ClickHouse", "ClickHouse over S3"] {
        let rows: Vec<Vec<String>> = answer[engine].as_array().unwrap().iter().map(cells).collect();
        assert_eq!(rows, groups, "{engine}");
    }
}

/// `LOGS_LINES=10000000` makes the logs as long as one likes.
#[test]
fn counts_by_cause_path_and_client_are_those_of_an_independent_query() {
    let lines = std::env::var("LOGS_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000);
    let folder = Folder::new("oracle");
    let truth = generator::story::write(&folder.0, 0, Some(lines)).unwrap();
    let files = generator::story::NAMES.map(|name| folder.0.join(name));
    let arguments =
        ["--format", "json", "--group-by", "cause,route,client", "--log-format", generator::WITH_IDS];
    let found: Value = serde_json::from_slice(&why403(&arguments, &files)).unwrap();
    assert_eq!(found["refused"].as_u64(), Some(truth.refused), "{}", found["warnings"]);
    let group = |group: &Value| ["cause", "route", "client", "count"].map(|name| text(&group[name])).to_vec();
    let mut ours: Vec<Vec<String>> = found["groups"].as_array().unwrap().iter().map(group).collect();
    let answer = run(ORACLE, &files.each_ref().map(PathBuf::as_path));
    let mut theirs: Vec<Vec<String>> = answer.as_array().unwrap().iter().map(cells).collect();
    ours.sort();
    theirs.sort();
    assert!(ours.len() as u64 > truth.refused / 2, "{} groups", ours.len());
    assert_eq!(ours, theirs);
}

fn row(group: &Value) -> Vec<String> {
    ["cause", "emitter", "route", "client", "rule", "count", "first", "last"]
        .map(|name| text(&group[name]))
        .to_vec()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
