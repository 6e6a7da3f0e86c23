//! Text to lines, includes and conditionals followed (`parseOneConfigFile()` in `src/cache_cf.cc` of Squid).

use std::sync::Arc;

use super::tree::{Line, State};
use crate::source::{FileTree, Place, Source, Sources, Warning};

/// Includes in includes beyond this are not followed; Squid allows 16.
const MAX_INCLUDES: usize = 16;
/// Lines read in all; more are a warning.
const MAX_LINES: usize = 1_000_000;
/// Bytes of one line, with those that it is joined to.
const MAX_LINE: usize = 64 << 10;
/// Bytes read in all.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Warnings kept.
const MAX_WARNINGS: usize = 200;

/// What reading gives.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) lines: Vec<Line>,
    pub(super) sources: Sources,
    pub(super) warnings: Vec<Warning>,
}

pub(super) fn parse(files: &FileTree, main: &str) -> Parsed {
    let mut reader = Reader { files, out: Parsed::default(), open: Vec::new(), count: 0, files_read: 0 };
    reader.read(main, None);
    reader.out
}

struct Reader<'a> {
    files: &'a FileTree,
    out: Parsed,
    /// The files that are being read, the outermost first.
    open: Vec<Arc<str>>,
    count: usize,
    files_read: u32,
}

impl Reader<'_> {
    fn read(&mut self, path: &str, from: Option<Place>) {
        let bytes = match self.files.read(path) {
            Ok(bytes) if self.out.sources.total_bytes() + bytes.len() > MAX_TOTAL_BYTES => {
                return self.warn(from, format!("`{path}`: more than {} MB in all", MAX_TOTAL_BYTES >> 20));
            }
            Ok(bytes) => bytes,
            Err(error) => return self.warn(from, format!("`{path}`: {error}")),
        };
        let name: Arc<str> = Arc::from(path);
        let file = self.files_read;
        self.files_read += 1;
        self.out.sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: from });
        if memchr::memchr(0, &bytes).is_some() {
            return self
                .warn(Some(Place { file: name, line: 1, column: 1 }), "the file is binary".to_owned());
        }
        self.open.push(name.clone());
        let mut conditions: Vec<Branch> = Vec::new();
        let mut joined = String::new();
        let mut start = 1;
        for (number, raw) in (1..).zip(String::from_utf8_lossy(&bytes).split('\n')) {
            self.count += 1;
            if self.count > MAX_LINES {
                self.warn(place(&name, number), format!("more than {MAX_LINES} lines; the rest is not read"));
                break;
            }
            let text = raw.trim_end_matches('\r');
            let bare = text.trim_start();
            if bare.starts_with('#') || bare.is_empty() {
                continue;
            }
            if joined.is_empty() {
                start = number;
            }
            if joined.len() + bare.len() > MAX_LINE {
                self.warn(
                    place(&name, number),
                    format!("a line of more than {} KB is not read", MAX_LINE >> 10),
                );
                joined.clear();
                continue;
            }
            joined.push_str(bare);
            if let Some(rest) = joined.strip_suffix('\\') {
                joined.truncate(rest.len());
                continue;
            }
            let column = (text.len() - bare.len()) as u32 + 1;
            let line = std::mem::take(&mut joined);
            self.line(
                line.trim_end(),
                Place { file: name.clone(), line: start, column },
                file,
                &mut conditions,
            );
        }
        if !conditions.is_empty() {
            self.warn(place(&name, start), "an `if` has no `endif`".to_owned());
        }
        self.open.pop();
    }

    fn line(&mut self, text: &str, at: Place, file: u32, conditions: &mut Vec<Branch>) {
        let words: Vec<Box<str>> = words(text);
        let Some(first) = words.first().map(ToString::to_string) else { return };
        let state = conditions.last().map_or(State::Active, Branch::state);
        let own = match first.as_str() {
            "if" => {
                conditions.push(Branch { around: state, own: condition(&words[1..].join(" ")) });
                State::Skipped
            }
            "else" | "endif" if conditions.is_empty() => {
                self.warn(Some(at.clone()), format!("`{first}` has no `if`"));
                State::Skipped
            }
            "else" => {
                if let Some(last) = conditions.last_mut() {
                    last.own = last.own.inverse();
                }
                State::Skipped
            }
            "endif" => {
                conditions.pop();
                State::Skipped
            }
            _ if words.iter().any(|word| word.contains("${")) && state == State::Active => {
                State::Unsure("a macro that Squid is started with".into())
            }
            _ => state.clone(),
        };
        let pattern =
            (first == "include" && own != State::Skipped).then(|| words.get(1..).unwrap_or(&[]).to_vec());
        self.out.lines.push(Line { words: words.into(), state: own, file, line: at.line, column: at.column });
        for pattern in pattern.into_iter().flatten() {
            self.include(&pattern, &at);
        }
    }

    fn include(&mut self, pattern: &str, at: &Place) {
        if self.open.len() > MAX_INCLUDES {
            return self.warn(
                Some(at.clone()),
                format!("includes nested deeper than {MAX_INCLUDES} are not followed"),
            );
        }
        let wild = pattern.contains(['*', '?', '[']);
        let paths = if wild { self.files.glob(pattern) } else { vec![pattern.to_owned()] };
        if wild && paths.is_empty() && !self.files.covers(pattern) {
            self.warn(Some(at.clone()), format!("`{pattern}`: no such file was given"));
        }
        for path in paths {
            if self.open.iter().any(|name| **name == *path) {
                self.warn(Some(at.clone()), format!("`{path}` includes itself"));
            } else {
                self.read(&path, Some(at.clone()));
            }
        }
    }

    fn warn(&mut self, place: Option<Place>, text: String) {
        if self.out.warnings.len() < MAX_WARNINGS {
            self.out.warnings.push(Warning { place, text });
        }
    }
}

fn place(file: &Arc<str>, line: u32) -> Option<Place> {
    Some(Place { file: file.clone(), line, column: 1 })
}

/// Words between blanks; one that begins with `#` ends the line. A quoted name of a file may have blanks.
fn words(text: &str) -> Vec<Box<str>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let end = match quote {
            Some(quote) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        words.push(rest[..end].into());
        rest = rest[end..].trim_start();
    }
    words
}

/// A branch of `if`, and what the lines around it are.
struct Branch {
    around: State,
    own: State,
}

impl Branch {
    /// A line is read when its branch and all around it are.
    fn state(&self) -> State {
        match (&self.around, &self.own) {
            (State::Skipped, _) | (_, State::Skipped) => State::Skipped,
            (State::Active, own) => own.clone(),
            (around, _) => around.clone(),
        }
    }
}

/// `true`, `false`, `NUMBER = NUMBER` (`EvalBoolExpr()`).
fn condition(text: &str) -> State {
    let decided = |holds: bool| if holds { State::Active } else { State::Skipped };
    let unsure = || State::Unsure(format!("`if {text}`").into());
    if let Some((left, right)) = text.split_once('=') {
        return match (left.trim().parse::<i64>(), right.trim().parse::<i64>()) {
            (Ok(left), Ok(right)) => decided(left == right),
            _ => unsure(),
        };
    }
    match text {
        "true" => State::Active,
        "false" => State::Skipped,
        _ => unsure(),
    }
}
