//! The test files of the CRS.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One test.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) rule: u32,
    pub(crate) number: u32,
    pub(crate) stages: Vec<Stage>,
}

/// One request of a test and what it must cause.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(crate) input: Value,
    pub(crate) expected: Vec<u32>,
    pub(crate) unexpected: Vec<u32>,
    pub(crate) has_log: bool,
}

impl Test {
    /// Whether only the server's own status is asked for: its parser, not the rules.
    pub(crate) fn asks_only_status(&self) -> bool {
        self.stages.iter().all(|stage| !stage.has_log)
    }
}

/// All tests of a checkout, in order.
pub(crate) fn tests(folder: &Path) -> Vec<Test> {
    let mut files = Vec::new();
    collect(&folder.join("tests/regression/tests"), &mut files);
    files.sort();
    assert!(!files.is_empty(), "{} holds no regression tests", folder.display());
    files.iter().flat_map(|file| read(file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

fn read(file: &Path) -> Vec<Test> {
    let text = fs::read_to_string(file).expect("a readable file");
    let document: Value = serde_saphyr::from_str(&text).unwrap_or(Value::Null);
    let rule = document["rule_id"].as_u64().unwrap_or(0) as u32;
    let list = document["tests"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|test| {
            let number = test["test_id"].as_u64().unwrap_or(0) as u32;
            let stages = test["stages"].as_array().map(|stages| stages.iter().map(stage).collect());
            Test { name: format!("{rule}-{number}"), rule, number, stages: stages.unwrap_or_default() }
        })
        .collect()
}

fn stage(written: &Value) -> Stage {
    let written = written.get("stage").unwrap_or(written);
    let log = &written["output"]["log"];
    let ids = |key: &str| {
        let list = log[key].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|id| Some(id.as_u64()? as u32)).collect::<Vec<u32>>()
    };
    let mut expected = ids("expect_ids");
    let mut unexpected = ids("no_expect_ids");
    expected.extend(pattern_id(&log["match_regex"]));
    unexpected.extend(pattern_id(&log["no_match_regex"]));
    Stage { input: written["input"].clone(), expected, unexpected, has_log: log.is_object() }
}

/// The id in a pattern such as `id "942100"`.
fn pattern_id(pattern: &Value) -> Option<u32> {
    let text = pattern.as_str()?;
    let digits: String = text
        .split("id")
        .nth(1)?
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}
