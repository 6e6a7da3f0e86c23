//! What a POSIX shell puts in for `$NAME`, `$(command)` and the like: known only where the same text sets the name.

use super::{place, posix};

/// The names that a text sets, with their values.
#[derive(Debug, Default)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    /// Those that the lines before a command set: `NAME=value`, `export NAME=value`.
    pub(super) fn of(before: &str) -> Variables {
        let mut variables = Variables::default();
        let complete = before.rfind('\n').map_or("", |end| &before[..end]);
        for line in complete.lines().map(|line| line.trim_start().trim_start_matches("$ ")) {
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            if place::assignment(line.split_whitespace().next().unwrap_or("")).is_none() {
                continue;
            }
            // A value in quotes, or none that is known: `A=$(date)`, a quote over several lines.
            let Ok(words) = posix::plain_words(line) else { continue };
            for (name, value) in words.iter().filter_map(|word| place::assignment(word)) {
                variables.0.push((name.to_owned(), value.to_owned()));
            }
        }
        variables
    }

    /// The value that was set last.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The expansion at the start of a text behind `$`: its text without the `$`, and its name where it is a plain one. The error is
/// a bracket that is not closed.
pub(super) fn after_dollar(rest: &str) -> Result<Option<(&str, Option<&str>)>, char> {
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    Ok(match first {
        '(' => Some((&rest[..closing(rest, '(', ')')?], None)),
        '{' => {
            let text = &rest[..closing(rest, '{', '}')?];
            let inside = &text[1..text.len() - 1];
            Some((text, Some(inside).filter(|inside| inside.chars().all(letter))))
        }
        c if c.is_ascii_digit() || "@*#?!$".contains(c) => Some((&rest[..1], None)),
        c if letter(c) => {
            let name = &rest[..rest.find(|c| !letter(c)).unwrap_or(rest.len())];
            Some((name, Some(name)))
        }
        _ => None,
    })
}

/// Where the bracket that opens a text is closed again; quotes within it are passed over.
fn closing(text: &str, open: char, close: char) -> Result<usize, char> {
    let (mut depth, mut quote) = (0, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (_, '\\') => drop(chars.next()),
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c == open => depth += 1,
            (None, c) if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at + close.len_utf8());
                }
            }
            _ => {}
        }
    }
    Err(open)
}
