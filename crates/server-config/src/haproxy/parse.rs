//! Text to sections, conditionals followed; a fault is a warning, and the rest is read.

use std::sync::Arc;

use super::conditional::Branches;
use super::keywords;
use super::tree::{Line, Section, State};
use super::words::{Environment, Here, words};
use crate::source::{Entry, FileTree, Place, Source, Sources, Warning};

/// Lines read in all; more are a warning.
const MAX_LINES: usize = 1_000_000;
/// Bytes of one line; HAProxy itself takes less (`LINESIZE` is 2,048 and grows to the buffer size).
const MAX_LINE: usize = 64 << 10;
/// Bytes read in all.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Warnings kept.
const MAX_WARNINGS: usize = 200;

/// What reading gives.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) sections: Vec<Section>,
    pub(super) sources: Sources,
    pub(super) warnings: Vec<Warning>,
}

/// Reads a file, or the `*.cfg` files of a directory in the order of their names, as `haproxy -f` does.
pub(super) fn parse(files: &FileTree, main: &str) -> Parsed {
    let mut reader = Reader { files, out: Parsed::default(), environment: Environment::new(), lines: 0 };
    if files.entry(main) == Entry::Directory {
        let folder = main.trim_end_matches('/');
        for name in files.list(main).iter().filter(|name| name.ends_with(".cfg") && !name.starts_with('.')) {
            reader.read(&format!("{folder}/{name}"));
        }
    } else {
        reader.read(main);
    }
    reader.out
}

struct Reader<'a> {
    files: &'a FileTree,
    out: Parsed,
    environment: Environment,
    lines: usize,
}

impl Reader<'_> {
    fn read(&mut self, path: &str) {
        let bytes = match self.files.read(path) {
            Ok(bytes) if self.out.sources.total_bytes() + bytes.len() > MAX_TOTAL_BYTES => {
                return self.warn(None, format!("`{path}`: more than {} MB in all", MAX_TOTAL_BYTES >> 20));
            }
            Ok(bytes) => bytes,
            Err(error) => return self.warn(None, format!("`{path}`: {error}")),
        };
        let name: Arc<str> = Arc::from(path);
        let file = self.out.sources.iter().count() as u32;
        self.out.sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: None });
        if memchr::memchr(0, &bytes).is_some() {
            return self
                .warn(Some(Place { file: name, line: 1, column: 1 }), "the file is binary".to_owned());
        }
        let mut file =
            File { reader: self, name, file, branches: Branches::default(), open: None, lines: Vec::new() };
        file.read(&bytes);
    }

    fn warn(&mut self, place: Option<Place>, text: String) {
        if self.out.warnings.len() < MAX_WARNINGS {
            self.out.warnings.push(Warning { place, text });
        }
    }
}

struct File<'a, 'b> {
    reader: &'a mut Reader<'b>,
    name: Arc<str>,
    file: u32,
    branches: Branches,
    /// The header of the section that is being read.
    open: Option<Line>,
    lines: Vec<Line>,
}

impl File<'_, '_> {
    fn read(&mut self, bytes: &[u8]) {
        let mut last = 0;
        for (number, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            last = number;
            self.reader.lines += 1;
            if self.reader.lines > MAX_LINES {
                self.warn(number, 1, format!("more than {MAX_LINES} lines; the rest is not read"));
                break;
            }
            if text.len() > MAX_LINE {
                self.warn(number, 1, format!("a line of more than {} KB is not read", MAX_LINE >> 10));
                continue;
            }
            self.line(number, text);
        }
        if self.branches.is_open() {
            self.warn(last, 1, "an `.if` has no `.endif`".to_owned());
        }
        self.close();
    }

    fn line(&mut self, number: u32, text: &[u8]) {
        let section = self.open.as_ref().map_or("", |header| header.word(0)).to_owned();
        let here = Here { line: number, file: &self.name, section: &section };
        let read = words(text, &self.reader.environment, &here);
        if read.words.is_empty() {
            if let Some(fault) = read.fault {
                self.warn(number, 1, fault.to_owned());
            }
            return;
        }
        let column = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0) as u32 + 1;
        let mut state = self.branches.state();
        if let Some(done) = self.branches.take(&read.words, &self.reader.environment) {
            if let Err(fault) = done {
                self.warn(number, column, fault);
            }
            self.lines.push(self.finished(read.words, State::Skipped, number, column));
            return;
        }
        if let (Some(name), State::Active) = (read.unknown.first(), &state) {
            state = State::Unsure(format!("the environment variable `{name}`").into());
        }
        let line = self.finished(read.words, state, number, column);
        if !line.is_off() {
            if let Some(fault) = read.fault {
                self.warn(number, column, fault.to_owned());
            }
            for name in read.defaulted {
                let text =
                    format!("the environment variable `{name}` is taken for unset: its default stands");
                self.warn(number, column, text);
            }
            self.set_environment(&section, &line);
        }
        self.take(line, &section);
    }

    fn take(&mut self, line: Line, section: &str) {
        let (number, column) = (line.line, line.column);
        if !line.is_off() && keywords::SECTIONS.contains(&line.word(0)) {
            self.close();
            self.open = Some(line);
            return;
        }
        if !line.is_off() {
            if self.open.is_none() {
                self.warn(number, column, format!("`{}` stands in no section", line.word(0)));
            } else if !keywords::is_known(section, &line) {
                self.warn(number, column, format!("unknown directive `{}`", line.word(0)));
            }
        }
        self.lines.push(line);
    }

    /// `setenv`, `presetenv`, `unsetenv`, `resetenv` of the global section change what follows.
    fn set_environment(&mut self, section: &str, line: &Line) {
        if section != "global" || line.state != State::Active {
            return;
        }
        let environment = &mut self.reader.environment;
        match line.word(0) {
            "setenv" => drop(environment.insert(line.word(1).to_owned(), line.word(2).to_owned())),
            // The variable may be set already, so its value is only known when this configuration set it.
            "presetenv" if !environment.contains_key(line.word(1)) => {
                let text = format!("the environment variable `{}` is taken for unset before", line.word(1));
                environment.insert(line.word(1).to_owned(), line.word(2).to_owned());
                self.warn(line.line, line.column, text);
            }
            "unsetenv" => line.words.iter().skip(1).for_each(|name| drop(environment.remove(&**name))),
            _ => {}
        }
    }

    fn finished(&self, words: Vec<Box<str>>, state: State, line: u32, column: u32) -> Line {
        Line { words: words.into(), state, file: self.file, line, column }
    }

    fn close(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let header = match self.open.take() {
            Some(header) => header,
            None if lines.is_empty() => return,
            None => self.finished(Vec::new(), State::Skipped, 1, 1),
        };
        self.reader.out.sections.push(Section { header, lines: lines.into() });
    }

    fn warn(&mut self, line: u32, column: u32, text: String) {
        let place = Place { file: self.name.clone(), line, column };
        self.reader.warn(Some(place), text);
    }
}
