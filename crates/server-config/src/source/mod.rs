//! Configuration text, kept verbatim, and the places in it that every statement quotes.

mod glob;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use glob::glob_match;
pub use tree::{Coverage, Entry, FileTree, Link, MAX_FILE_BYTES, ReadError};

/// A position in a configuration file: what an operator opens in an editor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file's path as the server knows it (inside `--root`, without the root).
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Something that could not be read; the rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where, when it has a place.
    pub place: Option<Place>,
    /// What is wrong, in one lower-case sentence without a full stop.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// One configuration file, verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the server knows it.
    pub name: Arc<str>,
    /// The bytes as they were read.
    pub bytes: Arc<[u8]>,
    /// The directive that included this file; `None` for the main file.
    pub included_from: Option<Place>,
}

impl Source {
    /// The text of a line (from 1) without its line end; bytes that are no UTF-8 are replaced.
    pub fn line(&self, line: u32) -> Option<Cow<'_, str>> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let text = self.bytes.split(|&byte| byte == b'\n').nth(index)?;
        Some(String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text)))
    }

    /// The whole text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// All files that a configuration was read from, in the order in which they were first opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Keeps a file. A file that is included twice is kept twice, once for each chain.
    pub fn add(&mut self, source: Source) {
        self.files.push(source);
    }

    /// The files in order.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The file of that name.
    pub fn get(&self, name: &str) -> Option<&Source> {
        self.files.iter().find(|source| &*source.name == name)
    }

    /// The text of the line at a place.
    pub fn line(&self, place: &Place) -> Option<Cow<'_, str>> {
        self.get(&place.file)?.line(place.line)
    }

    /// The include directives that led to a place, the outermost first.
    pub fn include_chain(&self, place: &Place) -> Vec<Place> {
        let mut chain = Vec::new();
        let mut next = self.get(&place.file).and_then(|source| source.included_from.clone());
        while let Some(place) = next {
            if chain.len() > self.files.len() {
                break;
            }
            next = self.get(&place.file).and_then(|source| source.included_from.clone());
            chain.push(place);
        }
        chain.reverse();
        chain
    }

    /// The number of bytes read so far.
    pub fn total_bytes(&self) -> usize {
        self.files.iter().map(|source| source.bytes.len()).sum()
    }
}
