//! `Include` and `IncludeOptional` (`ap_process_resource_config()` and `ap_process_fnmatch_configs()` in
//! `server/config.c`), and the environment that a distribution starts the server with.

use std::collections::HashMap;

use super::parse::Reader;
use super::tree::Directive;
use super::words;
use crate::source::{Entry, FileTree};

/// Includes in includes beyond this are not followed (`AP_MAX_INCLUDE_DEPTH` is 20).
const MAX_DEPTH: usize = 20;
/// Directories in directories that one `Include` walks through.
const MAX_DIRECTORIES: usize = 20;

/// Reads what the directive names: a file, a directory with all files below it, or a pattern.
pub(super) fn follow(reader: &mut Reader<'_>, directive: &Directive) -> Vec<Directive> {
    let optional = directive.is("IncludeOptional");
    let place = &directive.place;
    let full = beside_main(reader, directive.arg(0));
    if reader.open.len() > MAX_DEPTH {
        reader.warn(Some(place.clone()), format!("includes nested deeper than {MAX_DEPTH} are not followed"));
        return Vec::new();
    }
    let is_wild = full.contains(['*', '?', '[']);
    let matched = if is_wild { reader.files.glob(&full) } else { vec![full.clone()] };
    let is_part = !reader.files.covers(&full);
    if is_wild && matched.is_empty() && (!optional || is_part) {
        let text = if is_part { "no such file was given" } else { "no file matches" };
        reader.warn(Some(place.clone()), format!("`{full}`: {text}"));
    }
    let mut paths = Vec::new();
    for path in matched {
        expand(reader.files, &path, 0, &mut paths);
    }
    let mut directives = Vec::new();
    for path in paths {
        let is_missing = matches!(reader.files.entry(&path), Entry::Absent | Entry::Unknown);
        if optional && is_missing && !is_part {
            continue;
        }
        if reader.open.iter().any(|name| **name == *path) {
            reader.warn(Some(place.clone()), format!("`{path}` includes itself"));
        } else {
            directives.extend(reader.read(&path, Some(place.clone()), true));
        }
    }
    directives
}

/// A relative name is one of the server's root. A copy of a configuration may lie elsewhere, with what it includes beside it.
fn beside_main(reader: &Reader<'_>, name: &str) -> String {
    let full = below(&reader.server_root, name);
    let is_there = |path: &str| !reader.files.glob(path).is_empty();
    if name.starts_with('/') || reader.files.covers(&full) || is_there(&full) {
        return full;
    }
    let main =
        reader.open.first().and_then(|main| main.rsplit_once('/')).map_or("", |(directory, _)| directory);
    let beside = if main.is_empty() { name.to_owned() } else { format!("{main}/{name}") };
    if is_there(&beside) { beside } else { full }
}

/// A directory stands for every file below it.
fn expand(files: &FileTree, path: &str, depth: usize, paths: &mut Vec<String>) {
    if depth > MAX_DIRECTORIES || files.entry(path) != Entry::Directory {
        return paths.push(path.to_owned());
    }
    for name in files.list(path) {
        expand(files, &format!("{}/{name}", path.trim_end_matches('/')), depth + 1, paths);
    }
}

/// A name that does not start with a slash starts at the server's root (`ap_server_root_relative()`).
pub(super) fn below(root: &str, name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("{}/{name}", root.trim_end_matches('/')) }
}

/// The assignments in `envvars` beside the main file (Debian) or in `/etc/sysconfig/httpd` (Red Hat). Only what
/// needs no shell is read: a name, a value, and earlier names in it.
pub(super) fn environment(files: &FileTree, main: &str) -> HashMap<String, String> {
    let directory = main.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut variables: HashMap<String, String> = HashMap::new();
    for path in [format!("{directory}/envvars"), "/etc/sysconfig/httpd".to_owned()] {
        let Ok(bytes) = files.read(&path) else { continue };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim().trim_start_matches("export ").trim();
            let Some((name, value)) = line.split_once('=') else { continue };
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name || value.contains(['#', '`', '%']) || value.contains("$(") {
                continue;
            }
            let (word, _) = words::next_word(value).unwrap_or_default();
            variables.insert(name.to_owned(), expand_shell(&word, &variables));
        }
    }
    variables
}

/// `$NAME` and `${NAME}`; a name that was not set is empty.
fn expand_shell(text: &str, variables: &HashMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, left) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some(split) => split,
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()))
            }
        };
        out.push_str(variables.get(name).map_or("", String::as_str));
        rest = left;
    }
    out.push_str(rest);
    out
}
