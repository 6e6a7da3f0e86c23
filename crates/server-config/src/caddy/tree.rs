//! The directives of a Caddyfile, with imports in place, and their print.

use std::fmt::Write as _;

/// One directive, site or option: words, and what stands between its braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name and the arguments, unquoted; of a site its addresses, of the global options nothing.
    pub words: Box<[Box<str>]>,
    /// Which of the words were quoted: a quoted matcher is an expression.
    pub quoted: Box<[bool]>,
    /// What stands between the braces; `None` without braces.
    pub block: Option<Box<[Directive]>>,
    /// The index of the file in [`Config::sources`](super::Config).
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
}

impl Directive {
    /// The name.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| word)
    }

    /// A word behind the name by its number from 0; empty when there is none.
    pub fn arg(&self, index: usize) -> &str {
        self.words.get(index + 1).map_or("", |word| word)
    }

    /// The words behind the name.
    pub fn args(&self) -> &[Box<str>] {
        self.words.get(1..).unwrap_or(&[])
    }

    /// The directives between the braces.
    pub fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or(&[])
    }

    /// The directive in one line, without its block.
    pub fn text(&self) -> String {
        let quoted = |at: usize| self.quoted.get(at).copied().unwrap_or(false);
        let words: Vec<String> =
            self.words.iter().enumerate().map(|(at, word)| quote(word, quoted(at))).collect();
        words.join(" ")
    }
}

/// The blocks, printed so that reading them again gives the same tree.
pub fn print(blocks: &[Directive]) -> String {
    let mut text = String::new();
    for block in blocks {
        let keys: Vec<String> = block.words.iter().map(|key| quote(key, false)).collect();
        let _ = writeln!(
            text,
            "{}{{",
            if keys.is_empty() { String::new() } else { format!("{} ", keys.join(", ")) }
        );
        print_into(&mut text, block.children(), 1);
        text.push_str("}\n");
    }
    text
}

fn print_into(text: &mut String, directives: &[Directive], depth: usize) {
    let indent = "\t".repeat(depth);
    for directive in directives {
        let _ = match &directive.block {
            None => writeln!(text, "{indent}{}", directive.text()),
            Some(block) => {
                let _ = writeln!(text, "{indent}{} {{", directive.text());
                print_into(text, block, depth + 1);
                writeln!(text, "{indent}}}")
            }
        };
    }
}

fn quote(word: &str, quoted: bool) -> String {
    let special = |c: char| c.is_whitespace() || c == '"' || c == '`';
    if !quoted
        && !word.is_empty()
        && !word.contains(special)
        && !word.starts_with('#')
        && !matches!(word, "{" | "}")
    {
        return word.to_owned();
    }
    if word.contains('"') && !word.contains('`') {
        format!("`{word}`")
    } else {
        format!("\"{}\"", word.replace('"', "\\\""))
    }
}
