//! Which files are meant, and which of them are one log in several parts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The files that arguments name: patterns and folders are expanded, each file is named once.
pub(super) fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for argument in arguments {
        let text = argument.to_string_lossy();
        let paths = if argument.is_dir() {
            files_in(argument)?
        } else if text.contains(['*', '?', '[']) && !argument.exists() {
            matching(&text)?
        } else {
            vec![argument.clone()]
        };
        if paths.is_empty() {
            bail!("{}: no file there", report::neutral(&text));
        }
        for path in paths {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

/// Files whose name matches; only the last component may be a pattern.
fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", pattern));
    if folder.contains(['*', '?', '[']) {
        bail!("{}: only the last part of a path may be a pattern", report::neutral(pattern));
    }
    let folder_path = if folder.is_empty() { "/" } else { folder };
    let mut files = files_in(Path::new(folder_path))?;
    files.retain(|path| {
        path.file_name().is_some_and(|file| server_config::source::glob_match(name, &file.to_string_lossy()))
    });
    if !pattern.contains('/') {
        files = files
            .into_iter()
            .map(|path| path.strip_prefix(".").map_or(path.clone(), Path::to_path_buf))
            .collect();
    }
    Ok(files)
}

/// For each file, the number of the log that it is a part of: `access.log`, `access.log.1` and `access.log.2.gz` are one.
pub(super) fn sets(paths: &[PathBuf]) -> Vec<usize> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    paths
        .iter()
        .map(|path| {
            let next = numbers.len();
            *numbers.entry(stem(&path.to_string_lossy()).to_owned()).or_insert(next)
        })
        .collect()
}

/// A name without what rotation appends: `.gz`, `.1`, `-20261124`, `.2026-11-24`.
fn stem(name: &str) -> &str {
    let packed = [".gz", ".zst", ".z"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let digits = |byte: char| byte.is_ascii_digit() || byte == '-';
    let shorter = packed.trim_end_matches(digits);
    let rotated =
        shorter.len() < packed.len() && (shorter.ends_with('.') || packed[shorter.len()..].starts_with('-'));
    if rotated { shorter.trim_end_matches('.') } else { packed }
}

#[cfg(test)]
mod tests {
    use super::{sets, stem};

    #[test]
    fn parts_of_a_rotated_set_are_one_log() {
        for name in [
            "/l/access.log",
            "/l/access.log.1",
            "/l/access.log.22.gz",
            "/l/access.log-20261124.zst",
            "/l/access.log.2026-11-24",
        ] {
            assert_eq!(stem(name), "/l/access.log", "{name}");
        }
        assert_eq!(stem("/l/host1"), "/l/host1");
        let paths = ["a.log", "b.log", "a.log.1"].map(Into::into);
        assert_eq!(sets(&paths), [0, 1, 0]);
    }
}
