//! Text to directives, includes followed; a fault is a warning, and the rest is read.

use std::sync::Arc;

use super::lexer::{Lexer, Placed, Token};
use super::tree::{Directive, is_foreign};
use crate::source::{FileTree, Place, Source, Sources, Warning};

/// Blocks in blocks beyond this are skipped; nginx configurations need seven.
const MAX_DEPTH: usize = 64;
/// Includes in includes beyond this are not followed.
const MAX_INCLUDE_DEPTH: usize = 32;
/// Directives read in all; more are a warning.
const MAX_DIRECTIVES: usize = 1_000_000;
/// Words of one directive.
const MAX_WORDS: usize = 1 << 16;
/// Bytes read in all.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Warnings kept.
const MAX_WARNINGS: usize = 200;

/// What reading gives.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) directives: Vec<Directive>,
    pub(super) sources: Sources,
    pub(super) warnings: Vec<Warning>,
}

/// Reads the main file and all it includes.
pub(super) fn parse(files: &FileTree, main: &str) -> Parsed {
    let mut reader =
        Reader { files, main, out: Parsed::default(), names: Vec::new(), open: Vec::new(), count: 0 };
    reader.out.directives = reader.read(main, None);
    reader.out
}

struct Reader<'a> {
    files: &'a FileTree,
    main: &'a str,
    out: Parsed,
    names: Vec<Arc<str>>,
    /// The files that are being read, the outermost first.
    open: Vec<Arc<str>>,
    count: usize,
}

impl Reader<'_> {
    fn read(&mut self, path: &str, from: Option<Place>) -> Vec<Directive> {
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
        let file = self.names.len() as u32;
        self.names.push(name.clone());
        self.out.sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: from });
        if memchr::memchr(0, &bytes).is_some() {
            self.warn(Some(Place { file: name, line: 1, column: 1 }), "the file is binary".to_owned());
            return Vec::new();
        }
        self.open.push(name);
        let directives = Blocks::new(self, &bytes, file).read();
        self.open.pop();
        directives
    }

    /// Relative names start at the directory of the main file (`ngx_conf_full_name()`); glob(3) sorts.
    fn include(&mut self, pattern: &str, place: Place) -> Vec<Directive> {
        let full = if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            let directory = self.main.rsplit_once('/').map_or("", |(directory, _)| directory);
            self.above(directory, pattern)
        };
        if self.open.len() > MAX_INCLUDE_DEPTH {
            self.warn(
                Some(place),
                format!("includes nested deeper than {MAX_INCLUDE_DEPTH} are not followed"),
            );
            return Vec::new();
        }
        // A wildcard may match nothing; a plain name must be there (`ngx_conf_include()`).
        let wild = full.contains(['*', '?', '[']);
        let paths = if wild { self.files.glob(&full) } else { vec![full.clone()] };
        if wild && paths.is_empty() && !self.files.covers(&full) {
            self.warn(Some(place.clone()), format!("`{full}`: no such file was given"));
        }
        let mut directives = Vec::new();
        for path in paths {
            if self.open.iter().any(|name| **name == *path) {
                self.warn(Some(place.clone()), format!("`{path}` includes itself"));
            } else {
                directives.extend(self.read(&path, Some(place.clone())));
            }
        }
        directives
    }

    /// A fragment stands in a directory of its own (`conf.d`), below that of the main file which nobody gave.
    fn above(&self, directory: &str, pattern: &str) -> String {
        let join = |directory: &str| match directory {
            "" if !self.main.starts_with('/') => pattern.to_owned(),
            _ => format!("{directory}/{pattern}"),
        };
        let own = join(directory);
        if self.main.ends_with("nginx.conf") || !self.files.glob(&own).is_empty() {
            return own;
        }
        let mut above = directory;
        while let Some((parent, _)) = above.rsplit_once('/').or((!above.is_empty()).then_some(("", above))) {
            if !self.files.glob(&join(parent)).is_empty() {
                return join(parent);
            }
            above = parent;
        }
        own
    }

    fn warn(&mut self, place: Option<Place>, text: String) {
        if self.out.warnings.len() < MAX_WARNINGS {
            self.out.warnings.push(Warning { place, text });
        }
    }
}

/// A block that is being read: the directive before its brace, and what stands in it so far.
struct Open {
    words: Vec<Box<str>>,
    line: u32,
    column: u32,
    children: Vec<Directive>,
}

/// The blocks of one file, on a stack of their own, so that depth costs no recursion.
struct Blocks<'a, 'b> {
    reader: &'a mut Reader<'b>,
    lexer: Lexer<'a>,
    file: u32,
    stack: Vec<Open>,
    words: Vec<Box<str>>,
    /// Line and column of the first of `words`.
    start: (u32, u32),
    /// Blocks that are skipped, and so need a brace of their own.
    skipped: usize,
    /// Line and column of the last token.
    at: (u32, u32),
}

impl<'a, 'b> Blocks<'a, 'b> {
    fn new(reader: &'a mut Reader<'b>, bytes: &'a [u8], file: u32) -> Self {
        let top = Open { words: Vec::new(), line: 1, column: 1, children: Vec::new() };
        let lexer = Lexer::new(bytes);
        Self {
            reader,
            lexer,
            file,
            stack: vec![top],
            words: Vec::new(),
            start: (1, 1),
            skipped: 0,
            at: (1, 1),
        }
    }

    fn read(mut self) -> Vec<Directive> {
        while let Some(Placed { token, line, column, fault }) = self.lexer.next() {
            self.at = (line, column);
            if let Some(fault) = fault {
                self.warn(fault.to_owned());
            }
            match token {
                Token::Word(word) => self.word(word),
                Token::Semicolon if self.words.is_empty() => self.warn("unexpected `;`".to_owned()),
                Token::Semicolon => self.simple(),
                Token::Open => self.open(),
                Token::Close => self.close(),
            }
            if self.reader.count > MAX_DIRECTIVES {
                self.warn(format!("more than {MAX_DIRECTIVES} directives; the rest is not read"));
                break;
            }
        }
        self.finish()
    }

    fn word(&mut self, word: Box<str>) {
        if self.words.is_empty() {
            self.start = self.at;
        }
        if self.words.len() < MAX_WORDS {
            self.words.push(word);
        }
    }

    fn simple(&mut self) {
        let words = std::mem::take(&mut self.words);
        self.reader.count += 1;
        let pattern = (&*words[0] == "include").then(|| words.get(1).cloned()).flatten();
        let (line, column) = self.start;
        let (file, end_line) = (self.file, self.at.0);
        let directive = Directive { words: words.into(), block: None, file, line, column, end_line };
        let included = match pattern {
            Some(pattern) => self.reader.include(&pattern, self.place(self.start)),
            None => Vec::new(),
        };
        if let Some(top) = self.stack.last_mut() {
            top.children.push(directive);
            top.children.extend(included);
        }
    }

    fn open(&mut self) {
        if self.skipped > 0 || self.words.is_empty() || self.stack.len() > MAX_DEPTH {
            if self.skipped == 0 && self.words.is_empty() {
                self.warn("unexpected `{`".to_owned());
            } else if self.skipped == 0 {
                self.warn(format!("blocks nested deeper than {MAX_DEPTH} are skipped"));
            }
            self.words.clear();
            self.skipped += 1;
            return;
        }
        let mut words = std::mem::take(&mut self.words);
        let foreign = is_foreign(&words[0]);
        if foreign {
            words.push(self.lexer.skip_foreign_block());
        }
        self.reader.count += 1;
        let (line, column) = self.start;
        self.stack.push(Open { words, line, column, children: Vec::new() });
        if foreign {
            close(&mut self.stack, self.file, self.at.0);
        }
    }

    fn close(&mut self) {
        self.end_directive();
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if self.stack.len() > 1 {
            close(&mut self.stack, self.file, self.at.0);
        } else {
            self.warn("unexpected `}`".to_owned());
        }
    }

    /// A directive that a brace or the end of the file cuts off is read as if it had its `;`.
    fn end_directive(&mut self) {
        if let Some(name) = self.words.first() {
            self.warn(format!("`{name}` lacks its `;`"));
            self.simple();
        }
    }

    fn finish(mut self) -> Vec<Directive> {
        self.end_directive();
        if let Some(open) = self.stack.get(1) {
            self.warn(format!("the block of `{}` in line {} is not closed", open.words[0], open.line));
        }
        while self.stack.len() > 1 {
            close(&mut self.stack, self.file, self.at.0);
        }
        self.stack.pop().map(|open| open.children).unwrap_or_default()
    }

    fn place(&self, (line, column): (u32, u32)) -> Place {
        Place { file: self.reader.names[self.file as usize].clone(), line, column }
    }

    fn warn(&mut self, text: String) {
        let place = Some(self.place(self.at));
        self.reader.warn(place, text);
    }
}

fn close(stack: &mut Vec<Open>, file: u32, end_line: u32) {
    let Some(done) = stack.pop() else { return };
    let directive = Directive {
        words: done.words.into(),
        block: Some(done.children.into()),
        file,
        line: done.line,
        column: done.column,
        end_line,
    };
    if let Some(top) = stack.last_mut() {
        top.children.push(directive);
    }
}
