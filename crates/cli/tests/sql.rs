//! The table of refusals in a query engine gives what the command gives. Needs the lab's Python packages.

#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

mod engine;

use std::fmt::Write as _;
use std::path::Path;

use engine::{Folder, cells, run, text, why403};
use serde_json::Value;

/// The grouping of `docs/logs.md`.
const DOCUMENT: &str = include_str!("../../../docs/logs.md");

const ENGINES: &str = include_str!("sql/engines.py");

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

#[test]
fn a_table_of_several_row_groups_is_read_whole() {
    let folder = Folder::new("rows");
    let file = folder.0.join("access.log");
    std::fs::write(&file, log(45_000).replace("\" 200 ", "\" 403 ")).unwrap();
    let table = file.with_extension("parquet");
    std::fs::write(&table, why403(&["--format", "parquet"], &[file])).unwrap();
    let count = "import duckdb, sys, json\n\
                 query = 'select count(*), count(distinct line), count(distinct client), min(line), max(line) from '\n\
                 print(json.dumps(duckdb.sql(query + repr(sys.argv[1])).fetchone()))";
    assert_eq!(cells(&run(count, &[table.as_path()])), ["45000", "45000", "40", "1", "45000"]);
}

fn row(group: &Value) -> Vec<String> {
    ["cause", "emitter", "route", "client", "rule", "count", "first", "last"]
        .map(|name| text(&group[name]))
        .to_vec()
}
