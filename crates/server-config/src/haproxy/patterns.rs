//! Lists of patterns in lines and files, and maps (`pat_ref_read_from_file()` in HAProxy's `src/pattern.c`).

use super::sample::Stop;
use crate::source::{FileTree, ReadError};

/// The patterns of an ACL's words. For numbers `eq`, `ge`, `gt`, `le` and `lt` hold until the next one.
pub(super) fn ranges(words: &[&str], numeric: bool) -> Vec<String> {
    let mut operator = "eq";
    let mut patterns = Vec::new();
    for word in words {
        if !numeric {
            patterns.push((*word).to_owned());
            continue;
        }
        if matches!(*word, "eq" | "ge" | "gt" | "le" | "lt") {
            operator = word;
            continue;
        }
        let number: Option<i64> = word.parse().ok().filter(|_| !word.contains([':', '-']));
        patterns.push(match (operator, number) {
            ("ge", Some(number)) => format!("{number}:"),
            ("gt", Some(number)) => format!("{}:", number.saturating_add(1)),
            ("le", Some(number)) => format!(":{number}"),
            ("lt", Some(number)) => format!(":{}", number.saturating_sub(1)),
            _ => (*word).to_owned(),
        });
    }
    patterns
}

/// The patterns in a file: one a line, without leading blanks, comments and empty lines.
pub(super) fn list_file(files: &FileTree, path: &str) -> Result<Vec<String>, Stop> {
    Ok(lines(files, path)?.iter().map(|line| line.to_string()).collect())
}

/// The keys and values in a map's file.
pub(super) fn map_file(files: &FileTree, path: &str) -> Result<Vec<(String, String)>, Stop> {
    let split = |line: &String| match line.split_once([' ', '\t']) {
        Some((key, value)) => (key.to_owned(), value.trim_start_matches([' ', '\t']).to_owned()),
        None => (line.clone(), String::new()),
    };
    Ok(lines(files, path)?.iter().map(split).collect())
}

fn lines(files: &FileTree, path: &str) -> Result<Vec<String>, Stop> {
    let bytes = files.read(path).map_err(|error| match error {
        ReadError::NotGiven => Stop::Needs(format!("the file `{path}`")),
        error => Stop::Needs(format!("the file `{path}`: {error}")),
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(|line| line.trim_start_matches([' ', '\t']));
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}
