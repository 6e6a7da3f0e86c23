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
const OPEN_ENDS: [&str; 4] = ["TODO", "FIXME", "#[ignore", "unimplemented!("];

/// The headings of every cause's page, in order.
const HEADINGS: [&str; 4] = ["Why the server refuses", "How to mend it", "What not to do", "References"];

/// All breaches of the rules below a folder.
pub(crate) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = imports::faults(root)?;
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
        if is_cause(&name, &text) {
            faults.extend(headings(&name, &text));
        }
    }
    Ok(faults)
}

fn open_ends(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(mark) = OPEN_ENDS.iter().find(|mark| line.contains(**mark)) {
            faults.push(format!("{name}:{}: `{mark}` is an open end", number + 1));
        }
    }
    faults
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
