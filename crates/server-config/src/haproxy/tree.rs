//! The sections and lines of a configuration, and their print.

use std::fmt::Write as _;

/// One line of a configuration: a keyword and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The words, unquoted, environment variables in place.
    pub words: Box<[Box<str>]>,
    /// Whether HAProxy reads it.
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
    /// It belongs to a branch of `.if` that is not taken, or is such a directive itself.
    Skipped,
    /// It depends on this, which the configuration does not tell.
    Unsure(Box<str>),
}

/// A section: its first line, and those below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `frontend NAME ...`; without words for lines in front of the first section.
    pub header: Line,
    /// The lines in order.
    pub lines: Box<[Line]>,
}

impl Line {
    /// A word by its number from 0; empty when there is none.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word)
    }

    /// The line as HAProxy would read it again.
    pub fn text(&self) -> String {
        let keeps_variables = matches!(self.state, State::Unsure(_));
        let words: Vec<String> = self.words.iter().map(|word| quote(word, keeps_variables)).collect();
        words.join(" ")
    }

    pub(super) fn is_off(&self) -> bool {
        self.state == State::Skipped
    }
}

impl Section {
    /// `frontend`, `defaults` and the like; empty in front of the first section.
    pub fn kind(&self) -> &str {
        self.header.word(0)
    }

    /// The name; empty where there is none.
    pub fn name(&self) -> &str {
        match self.header.word(1) {
            "from" if self.kind() == "defaults" => "",
            name => name,
        }
    }

    /// The lines that HAProxy reads, or may read.
    pub fn active(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.is_off())
    }

    pub(super) fn all<'a>(&'a self, keyword: &'a str) -> impl DoubleEndedIterator<Item = &'a Line> {
        self.active().filter(move |line| line.word(0) == keyword)
    }
}

/// The sections of one file, printed so that reading them again gives the same tree.
pub fn print(sections: &[Section], file: u32) -> String {
    let mut text = String::new();
    for section in sections {
        if section.header.file == file && !section.header.words.is_empty() {
            let _ = writeln!(text, "{}", section.header.text());
        }
        for line in section.lines.iter().filter(|line| line.file == file) {
            let _ = writeln!(text, "    {}", line.text());
        }
    }
    text
}

/// The word as it may stand in a configuration: quoted when it must be.
pub(super) fn quote(word: &str, keeps_variables: bool) -> String {
    let special = |c: char| c.is_whitespace() || c.is_control() || "\"'\\#$".contains(c);
    if !word.is_empty() && !word.contains(special) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '$' if !keeps_variables => quoted.push_str("\\$"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
