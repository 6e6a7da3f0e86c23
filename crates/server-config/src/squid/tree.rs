//! The lines of a configuration, and their print.

use std::fmt::Write as _;

/// One line: a directive and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The words; a quoted name of a file keeps its quotes.
    pub words: Box<[Box<str>]>,
    /// Whether Squid reads it.
    pub state: State,
    /// The index of the file in [`Config::sources`](super::Config).
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
    /// The column of the first word in bytes, from 1.
    pub column: u32,
}

/// Whether a line takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// It belongs to a branch of `if` that is not taken, or is such a directive itself.
    Skipped,
    /// It depends on this, which the configuration does not tell.
    Unsure(Box<str>),
}

impl State {
    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Active => Self::Skipped,
            Self::Skipped => Self::Active,
            unsure => unsure.clone(),
        }
    }
}

impl Line {
    /// The directive's name.
    pub fn name(&self) -> &str {
        self.word(0)
    }

    /// A word by its number from 0; empty when there is none.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word)
    }

    /// The words from a number on.
    pub fn rest(&self, from: usize) -> &[Box<str>] {
        self.words.get(from..).unwrap_or(&[])
    }

    /// The line as it is written, but for blanks and comments.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The lines of one file, printed so that reading them again gives the same lines.
pub fn print(lines: &[Line], file: u32) -> String {
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.file == file) {
        let _ = writeln!(text, "{}", line.text());
    }
    text
}
