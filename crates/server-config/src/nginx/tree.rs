//! The directives of a configuration, with includes in place, and their print.

use std::fmt::Write as _;

use super::Config;
use crate::source::Place;

/// One directive: `name args... ;` or `name args... { block }`.
///
/// An `include` stays in the tree as itself, and what it includes follows it, with another [`file`](Self::file).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name and the arguments, unquoted and unescaped.
    pub words: Box<[Box<str>]>,
    /// What stands between the braces; `None` for a simple directive.
    pub block: Option<Box<[Directive]>>,
    /// The index of the file in [`Config::sources`](super::Config).
    pub file: u32,
    /// The line of the name, from 1.
    pub line: u32,
    /// The column of the name in bytes, from 1.
    pub column: u32,
    /// The line of the `;` or of the closing brace.
    pub end_line: u32,
}

impl Directive {
    /// The name.
    pub fn name(&self) -> &str {
        &self.words[0]
    }

    /// The arguments.
    pub fn args(&self) -> &[Box<str>] {
        &self.words[1..]
    }

    /// An argument by its number from 0; empty when there is none.
    pub fn arg(&self, index: usize) -> &str {
        self.words.get(index + 1).map_or("", |word| word)
    }

    /// The directives in the block.
    pub fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or(&[])
    }

    /// The directives of that name directly in the block.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Directive> {
        self.children().iter().filter(move |child| child.name() == name)
    }

    /// The directive in one line, without its block.
    pub fn text(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quote(word)).collect();
        words.join(" ")
    }
}

impl Config {
    /// The directive at a place; the blocks around it are put into `around`, the outermost first.
    pub(super) fn find<'a>(
        &'a self,
        place: &Place,
        around: &mut Vec<&'a Directive>,
    ) -> Option<&'a Directive> {
        let file = self.sources.iter().position(|source| source.name == place.file)?;
        find(&self.directives, (u32::try_from(file).ok()?, place.line, place.column), around)
    }
}

fn find<'a>(
    directives: &'a [Directive],
    at: (u32, u32, u32),
    around: &mut Vec<&'a Directive>,
) -> Option<&'a Directive> {
    for directive in directives {
        if (directive.file, directive.line, directive.column) == at {
            return Some(directive);
        }
        around.push(directive);
        if let Some(found) = find(directive.children(), at, around) {
            return Some(found);
        }
        around.pop();
    }
    None
}

/// The directives of one file, wherever it was included, printed so that reading them again gives the same tree.
pub fn print(directives: &[Directive], file: u32) -> String {
    let mut text = String::new();
    print_into(&mut text, directives, file, 0);
    text
}

fn print_into(text: &mut String, directives: &[Directive], file: u32, depth: usize) {
    for directive in directives {
        if directive.file != file {
            // A file that is included inside a block has its directives there.
            print_into(text, directive.children(), file, depth);
            continue;
        }
        let indent = "    ".repeat(depth);
        match &directive.block {
            None => writeln!(text, "{indent}{};", directive.text()),
            Some(_) if is_foreign(directive.name()) => {
                let words: Vec<String> = directive.words.iter().map(|word| quote(word)).collect();
                let (code, words) = (&directive.words[words.len() - 1], &words[..words.len() - 1]);
                writeln!(text, "{indent}{} {{{code}}}", words.join(" "))
            }
            Some(block) => {
                let _ = writeln!(text, "{indent}{} {{", directive.text());
                print_into(text, block, file, depth + 1);
                writeln!(text, "{indent}}}")
            }
        }
        .unwrap_or_default();
    }
}

/// Whether the block of a directive holds code of another language.
pub(super) fn is_foreign(name: &str) -> bool {
    name.ends_with("_by_lua_block")
}

/// The word as it may stand in a configuration: quoted when it must be.
fn quote(word: &str) -> String {
    let special = |at: usize, c: char| match c {
        ' ' | '\t' | '\r' | '\n' | ';' | '"' | '\'' | '\\' => true,
        '{' => at == 0 || word.as_bytes()[at - 1] != b'$',
        '}' | '#' => at == 0,
        _ => false,
    };
    if !word.is_empty() && !word.char_indices().any(|(at, c)| special(at, c)) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            // A backslash is kept as it is unless nginx would read it with what follows.
            '\\' if matches!(rest.peek(), None | Some('"' | '\'' | '\\' | 't' | 'r' | 'n')) => {
                quoted.push_str("\\\\");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
