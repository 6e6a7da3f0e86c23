//! Text to directives: includes followed, conditions judged on the way; a fault is a warning, and the rest is read.
//!
//! `ap_build_config()` in `server/config.c` does the same while it reads.

use std::sync::Arc;

use super::conditions::Known;
use super::include;
use super::tree::Directive;
use super::words::{self, Line};
use crate::source::{FileTree, Place, Source, Sources, Warning};

/// Sections in sections beyond this are skipped.
const MAX_DEPTH: usize = 64;
/// Directives read in all; more are a warning.
const MAX_DIRECTIVES: usize = 1_000_000;
/// Bytes read in all.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Warnings kept.
const MAX_WARNINGS: usize = 200;

/// What reading gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) directives: Vec<Directive>,
    pub(super) sources: Sources,
    pub(super) warnings: Vec<Warning>,
    pub(super) known: Known,
}

/// Reads a file and all it includes.
pub(super) fn parse(files: &FileTree, path: &str, known: Known, server_root: &str) -> Parsed {
    let out = Parsed { known, ..Parsed::default() };
    let server_root = server_root.to_owned();
    let mut reader = Reader { files, server_root, out, open: Vec::new(), count: 0 };
    reader.out.directives = reader.read(path, None, true);
    reader.out
}

pub(super) struct Reader<'a> {
    pub(super) files: &'a FileTree,
    /// Where relative names start (`ServerRoot`).
    pub(super) server_root: String,
    pub(super) out: Parsed,
    /// The files that are being read, the outermost first.
    pub(super) open: Vec<Arc<str>>,
    count: usize,
}

impl Reader<'_> {
    pub(super) fn read(&mut self, path: &str, from: Option<Place>, is_active: bool) -> Vec<Directive> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.warn(from, format!("`{path}`: {error}"));
                return Vec::new();
            }
        };
        if self.out.sources.total_bytes() + bytes.len() > MAX_TOTAL_BYTES {
            self.warn(from, format!("`{path}`: more than {} MB in all", MAX_TOTAL_BYTES >> 20));
            return Vec::new();
        }
        let name: Arc<str> = Arc::from(path);
        self.out.sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: from });
        if memchr::memchr(0, &bytes).is_some() {
            self.warn(Some(Place { file: name, line: 1, column: 1 }), "the file is binary".to_owned());
            return Vec::new();
        }
        self.open.push(name.clone());
        let directives = Sections::new(self, name, is_active).read(&bytes);
        self.open.pop();
        directives
    }

    pub(super) fn warn(&mut self, place: Option<Place>, text: String) {
        if self.out.warnings.len() < MAX_WARNINGS {
            self.out.warnings.push(Warning { place, text });
        }
    }

    /// What a directive changes in the reading itself (`EXEC_ON_READ`).
    fn obey(&mut self, directive: &Directive) -> Vec<Directive> {
        match directive.name.to_ascii_lowercase().as_str() {
            "include" | "includeoptional" => return include::follow(self, directive),
            "define" => {
                let name = directive.arg(0).to_owned();
                if directive.words.len() > 1 {
                    self.out.known.variables.insert(name.clone(), directive.arg(1).to_owned());
                }
                self.out.known.defined.insert(name);
            }
            "undefine" => {
                self.out.known.variables.remove(directive.arg(0));
                self.out.known.defined.remove(directive.arg(0));
            }
            "loadmodule" => self.out.known.load_module(directive),
            "serverroot" => directive.arg(0).trim_end_matches('/').clone_into(&mut self.server_root),
            _ => {}
        }
        Vec::new()
    }
}

/// A section that is being read, and what stands in it so far.
struct Open {
    section: Directive,
    /// Whether what stands in it is read by the server.
    is_active: bool,
    children: Vec<Directive>,
}

/// The sections of one file, on a stack of their own, so that depth costs no recursion.
struct Sections<'a, 'b> {
    reader: &'a mut Reader<'b>,
    file: Arc<str>,
    is_active: bool,
    top: Vec<Directive>,
    stack: Vec<Open>,
    /// Sections that are skipped, and so need a closing tag of their own.
    skipped: usize,
}

impl<'a, 'b> Sections<'a, 'b> {
    fn new(reader: &'a mut Reader<'b>, file: Arc<str>, is_active: bool) -> Self {
        Self { reader, file, is_active, top: Vec::new(), stack: Vec::new(), skipped: 0 }
    }

    fn read(mut self, bytes: &[u8]) -> Vec<Directive> {
        for line in words::lines(bytes) {
            self.line(&line);
            if self.reader.count > MAX_DIRECTIVES {
                self.warn(&line, format!("more than {MAX_DIRECTIVES} directives; the rest is not read"));
                break;
            }
        }
        while let Some(open) = self.stack.pop() {
            let place = Some(open.section.place.clone());
            self.reader.warn(place, format!("`<{}>` is not closed", open.section.name));
            let last = open.section.place.line;
            self.close(open, last);
        }
        self.top
    }

    fn line(&mut self, line: &Line) {
        self.reader.count += 1;
        let (name, rest) = line.text.split_at(line.text.find(words::is_space).unwrap_or(line.text.len()));
        if let Some(name) = name.strip_prefix("</") {
            let name = name.trim_end_matches('>');
            return self.end_tag(line, name.split(words::is_space).next().unwrap_or(name));
        }
        match name.strip_prefix('<') {
            Some(section) => self.start_tag(line, section, rest),
            None => self.simple(line, name, rest.trim()),
        }
    }

    /// `<Name args>`; the last `>` of the line ends it.
    fn start_tag(&mut self, line: &Line, name: &str, rest: &str) {
        if self.skipped > 0 || self.stack.len() >= MAX_DEPTH {
            if self.skipped == 0 {
                self.warn(line, format!("sections nested deeper than {MAX_DEPTH} are skipped"));
            }
            self.skipped += 1;
            return;
        }
        let (name, raw) = match (name.strip_suffix('>'), rest.trim().rsplit_once('>')) {
            (Some(name), None) => (name, ""),
            (Some(name), Some(_)) => (name, rest.trim()),
            (None, Some((raw, after))) => {
                if !after.trim().is_empty() {
                    self.warn(line, format!("`{}` behind the `>`", after.trim()));
                }
                (name, raw.trim())
            }
            (None, None) => {
                self.warn(line, format!("`<{name}` lacks its `>`"));
                (name, rest.trim())
            }
        };
        if name.is_empty() {
            self.warn(line, "a section without a name".to_owned());
        }
        let mut section = self.directive(line, name, raw);
        section.block = Some(Box::default());
        let holds = self.reader.out.known.judge(&section, self.reader.files);
        let is_active = section.is_active && holds != Some(false);
        self.stack.push(Open { section, is_active, children: Vec::new() });
    }

    fn end_tag(&mut self, line: &Line, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let Some(depth) = self.stack.iter().rposition(|open| open.section.is(name)) else {
            return self.warn(line, format!("`</{name}>` without `<{name}>`"));
        };
        while self.stack.len() > depth {
            let Some(open) = self.stack.pop() else { return };
            if self.stack.len() > depth {
                let place = Some(open.section.place.clone());
                self.reader.warn(place, format!("`<{}>` is not closed", open.section.name));
            }
            self.close(open, line.last);
        }
    }

    fn close(&mut self, open: Open, last: u32) {
        let mut section = open.section;
        section.block = Some(open.children.into());
        section.end_line = last;
        self.push(section);
    }

    fn simple(&mut self, line: &Line, name: &str, raw: &str) {
        if self.skipped > 0 {
            return;
        }
        let directive = self.directive(line, name, raw);
        let included = if directive.is_active { self.reader.obey(&directive) } else { Vec::new() };
        self.push(directive);
        for directive in included {
            self.push(directive);
        }
    }

    fn directive(&self, line: &Line, name: &str, raw: &str) -> Directive {
        let resolved = words::resolve(raw, &self.reader.out.known.variables);
        let place = Place { file: self.file.clone(), line: line.first, column: line.column };
        let mut directive = Directive::new(name, raw, resolved, place, line.last);
        directive.is_active = self.stack.last().map_or(self.is_active, |open| open.is_active);
        directive
    }

    fn push(&mut self, directive: Directive) {
        match self.stack.last_mut() {
            Some(open) => open.children.push(directive),
            None => self.top.push(directive),
        }
    }

    fn warn(&mut self, line: &Line, text: String) {
        let place = Place { file: self.file.clone(), line: line.first, column: line.column };
        self.reader.warn(Some(place), text);
    }
}
