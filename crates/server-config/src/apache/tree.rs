//! The directives of a configuration, with includes in place, and their print.

use std::fmt::Write as _;
use std::sync::Arc;

use super::words;
use crate::source::Place;

/// One directive, or one section (`<Name arguments> ... </Name>`).
///
/// An `Include` stays in the tree as itself, and what it includes follows it, with another [`Place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name as it is written, without `<` and `>`.
    pub name: Box<str>,
    /// The arguments as they are written, continued lines joined.
    pub raw: Box<str>,
    /// The arguments with `${VAR}` replaced; `None` when there is none.
    resolved: Option<Box<str>>,
    /// The arguments as words, unquoted.
    pub words: Box<[Box<str>]>,
    /// What stands in the section; `None` for a simple directive.
    pub block: Option<Box<[Directive]>>,
    /// Whether the server reads it: `false` inside an `<IfModule>` and the like whose condition fails.
    pub is_active: bool,
    /// Where it stands.
    pub place: Place,
    /// The last line: of the closing tag, or of the continued line.
    pub end_line: u32,
}

impl Directive {
    pub(super) fn new(name: &str, raw: &str, resolved: Option<String>, place: Place, end_line: u32) -> Self {
        let words = words::split(resolved.as_deref().unwrap_or(raw)).into_iter().map(Box::from).collect();
        Self {
            name: Box::from(name),
            raw: Box::from(raw),
            resolved: resolved.map(Box::from),
            words,
            block: None,
            is_active: true,
            place,
            end_line,
        }
    }

    /// Whether it has this name; names compare without regard to case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it has one of these names.
    pub fn is_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }

    /// The arguments with `${VAR}` replaced, not taken apart.
    pub fn args(&self) -> &str {
        self.resolved.as_deref().unwrap_or(&self.raw)
    }

    /// An argument by its number from 0; empty when there is none.
    pub fn arg(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word)
    }

    /// The directives in the section.
    pub fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or(&[])
    }

    /// Whether it is a section.
    pub fn is_section(&self) -> bool {
        self.block.is_some()
    }

    /// The directive in one line, as it is written, without what stands in it.
    pub fn text(&self) -> String {
        let space = if self.raw.is_empty() { "" } else { " " };
        match self.block {
            Some(_) => format!("<{}{space}{}>", self.name, self.raw),
            None => format!("{}{space}{}", self.name, self.raw),
        }
    }
}

/// The directives of one file, printed so that reading them again gives the same tree.
pub fn print(directives: &[Directive], file: &Arc<str>) -> String {
    let mut text = String::new();
    print_into(&mut text, directives, file, 0);
    text
}

fn print_into(text: &mut String, directives: &[Directive], file: &Arc<str>, depth: usize) {
    for directive in directives {
        if !Arc::ptr_eq(&directive.place.file, file) {
            // The file may have been included inside a section of another one.
            print_into(text, directive.children(), file, depth);
            continue;
        }
        let indent = "    ".repeat(depth);
        let _ = writeln!(text, "{indent}{}", directive.text());
        if let Some(block) = &directive.block {
            print_into(text, block, file, depth + 1);
            let _ = writeln!(text, "{indent}</{}>", directive.name);
        }
    }
}
