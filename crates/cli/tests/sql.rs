//! The table of refusals in a query engine gives what the command gives. Needs the lab's Python packages.

#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The grouping of `docs/logs.md`.
const DOCUMENT: &str = include_str!("../../../docs/logs.md");

/// Prints the rows of the query, and an independent count over the text itself, by a regular expression for each line.
const SCRIPT: &str = r#"
import duckdb, json, sys
query, access = sys.argv[1:]
database = duckdb.connect()
database.execute("set timezone = 'UTC'")
rows = database.execute(query).fetchall()
lines = f"read_csv('{access}', columns={{'line':'VARCHAR'}}, delim='\x01', quote='', escape='', header=false, auto_detect=false)"
pattern = '" ([0-9]{3}) [0-9-]+ "'
count = database.execute(f"select count(*) from {lines} where regexp_extract(line, '{pattern}', 1) = '403'").fetchone()[0]
print(json.dumps([rows, count]))
"#;

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

#[test]
fn duckdb_groups_the_table_as_the_command_does() {
    let folder = std::env::temp_dir().join(format!("why403-sql-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (access, table) = (folder.join("access.log"), folder.join("refusals.parquet"));
    std::fs::write(&access, log(50_000)).unwrap();
    let why403 = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_why403"))
            .args(["logs", "--format", format])
            .arg(&access)
            .output();
        output.unwrap().stdout
    };
    std::fs::write(&table, why403("parquet")).unwrap();
    let found: Value = serde_json::from_slice(&why403("json")).unwrap();
    let groups: Vec<Vec<String>> = found["groups"].as_array().unwrap().iter().map(row).collect();
    assert!(groups.len() > 100, "{}", groups.len());
    let query = DOCUMENT.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    let query = query.replace("refusals.parquet", &table.display().to_string());
    let output = Command::new(python()).args(["-c", SCRIPT, &query]).arg(&access).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let cells = |row: &Value| row.as_array().unwrap().iter().map(text).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = answer[0].as_array().unwrap().iter().map(cells).collect();
    assert_eq!(rows, groups);
    assert_eq!(found["refused"], answer[1]);
    std::fs::remove_dir_all(folder).unwrap();
}

fn row(group: &Value) -> Vec<String> {
    ["cause", "emitter", "route", "client", "rule", "count", "first", "last"]
        .map(|name| text(&group[name]))
        .to_vec()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
