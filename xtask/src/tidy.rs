//! Length of files, drawer names, open ends, headings of the causes' pages, and who imports whom.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::imports;

/// The longest a Rust file may be, in lines.
const LONGEST: usize = 400;

/// Names that say nothing about what is inside.
const DRAWERS: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "misc", "manager", "stuff"];

/// Words that mark something as not done.
const OPEN_ENDS: [&str; 5] = ["TODO", "FIXME", " XXX", "#[ignore", "unimplemented!("];

/// Stages that cannot fail: their public functions return no `Result`.
const CANNOT_FAIL: [&str; 4] =
    ["crates/model/src/", "crates/catalogue/src/", "crates/inference/src/", "crates/report/src/"];

/// The headings of every cause's page, in order.
const HEADINGS: [&str; 4] = ["Why the server refuses", "How to mend it", "What not to do", "References"];

/// All breaches of the rules below a folder.
pub(crate) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = imports::faults(root)?;
    faults.extend(undocumented_dependencies(root)?);
    for file in rust_files(root)? {
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let text = fs::read_to_string(&file).with_context(|| name.clone())?;
        let lines = text.lines().count();
        if lines > LONGEST {
            faults.push(format!("{name}: {lines} lines, more than {LONGEST}: split it by what it is about"));
        }
        if name.split(['/', '.']).any(|part| DRAWERS.contains(&part)) {
            faults.push(format!("{name}: a drawer's name; say what is inside"));
        }
        if !name.starts_with("xtask") {
            faults.extend(open_ends(&name, &text));
        }
        if CANNOT_FAIL.iter().any(|folder| name.starts_with(folder)) {
            faults.extend(public_results(&name, &text));
        }
        if is_cause(&name, &text) {
            faults.extend(headings(&name, &text));
        }
    }
    Ok(faults)
}

/// Dependencies that CONTRIBUTING.md gives no reason for.
fn undocumented_dependencies(root: &Path) -> Result<Vec<String>> {
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let reasons = fs::read_to_string(root.join("CONTRIBUTING.md"))?;
    let rows: Vec<&str> = reasons.lines().filter(|line| line.starts_with("| `")).collect();
    let listed = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let theirs = listed
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.get("path").is_none());
    let missing = theirs.filter(|(name, _)| !rows.iter().any(|row| row.contains(&format!("`{name}`"))));
    Ok(missing.map(|(name, _)| format!("CONTRIBUTING.md: no row says what `{name}` is for")).collect())
}

fn open_ends(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(mark) = OPEN_ENDS.iter().find(|mark| stands_alone(line, mark)) {
            faults.push(format!("{name}:{}: `{mark}` is an open end", number + 1));
        }
    }
    faults
}

fn public_results(name: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let failing =
        lines.filter(|(_, line)| line.trim_start().starts_with("pub fn ") && line.contains("-> Result<"));
    failing
        .map(|(number, _)| format!("{name}:{}: a stage that cannot fail returns a `Result`", number + 1))
        .collect()
}

/// Whether the word stands in the line, and not within a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

fn is_cause(name: &str, text: &str) -> bool {
    name.starts_with("crates/catalogue/src/causes/") && text.contains(": Cause = Cause {")
}

fn headings(name: &str, text: &str) -> Vec<String> {
    let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//! ## ")).collect();
    match found == HEADINGS {
        true => Vec::new(),
        false => vec![format!("{name}: the page's headings are {found:?}, not {HEADINGS:?}")],
    }
}

fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("xtask"), root.join("lab"), root.join("fuzz")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{headings, open_ends, public_results};

    #[test]
    fn open_ends_are_found_where_they_stand_alone() {
        assert_eq!(open_ends("a.rs", "// FIXME later").len(), 1);
        assert_eq!(open_ends("a.rs", "reads `\\uXXXX`"), Vec::<String>::new());
    }

    #[test]
    fn a_page_without_its_headings_and_a_failing_stage_are_named() {
        assert_eq!(headings("a.rs", "//! ## References").len(), 1);
        assert_eq!(public_results("a.rs", "pub fn a() -> Result<(), E> {").len(), 1);
    }
}
