//! Text to words: logical lines, quotes and escapes.
//!
//! mod_security2 is configured through Apache, so its words are Apache's (`ap_cfg_getline` joins a line that ends in a
//! backslash with the next, `ap_getword_conf` takes the backslash away before a quote and before a backslash).
//! libmodsecurity3 and Coraza read the same files themselves and keep a doubled backslash.

use crate::Like;

/// A line of configuration after continuation lines were joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogicalLine {
    /// Number of its first physical line, from 1.
    pub(crate) first: u32,
    /// Number of its last physical line; mod_security2 logs this one, libmodsecurity3 the first.
    pub(crate) last: u32,
    /// The joined text, without surrounding white space.
    pub(crate) text: String,
}

/// Joins continuation lines and drops comments and empty lines.
pub(crate) fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut lines = Vec::new();
    let mut joined = String::new();
    let mut first = 0;
    let mut number = 0;
    for line in text.lines() {
        number += 1;
        if joined.is_empty() {
            first = number;
        }
        if let Some(continued) = line.strip_suffix('\\') {
            joined.push_str(continued);
            // A line that holds the backslash alone still starts the logical line here.
            if joined.is_empty() {
                joined.push(' ');
            }
            continue;
        }
        joined.push_str(line);
        push_line(&mut lines, &joined, first, number);
        joined.clear();
    }
    push_line(&mut lines, &joined, first, number);
    lines
}

fn push_line(lines: &mut Vec<LogicalLine>, joined: &str, first: u32, last: u32) {
    let text = joined.trim();
    if !text.is_empty() && !text.starts_with('#') {
        lines.push(LogicalLine { first, last, text: text.to_owned() });
    }
}

/// Splits a logical line into words as the engine's own reader does.
pub(crate) fn words(line: &str, like: Like) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = next_word(rest, like);
        words.push(word);
        rest = after.trim_start();
    }
    words
}

fn next_word(text: &str, like: Like) -> (String, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut word = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return (word, &text[index + character.len_utf8()..]);
        }
        let next = characters.peek().map(|(_, next)| *next);
        let escapes = character == '\\'
            && match next {
                Some(next) if next == quote => true,
                Some('\\') => like == Like::ModSecurity2,
                _ => false,
            };
        match next {
            Some(next) if escapes => {
                word.push(next);
                characters.next();
            }
            // libmodsecurity3 and Coraza keep both backslashes, and the second escapes nothing.
            Some('\\') if character == '\\' => {
                word.push_str("\\\\");
                characters.next();
            }
            _ => word.push(character),
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_continued_lines_and_keeps_both_numbers() {
        let lines = logical_lines("# note\nSecRule ARGS \\\n  \"@rx a\" \\\n  \"id:1\"\n\nSecMarker END\n");
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].first, lines[0].last), (2, 4));
        assert_eq!(lines[1].text, "SecMarker END");
    }

    #[test]
    fn apache_halves_backslashes_inside_quotes() {
        let line = r#"SecRule ARGS "@rx \\d\"\s" "id:1,msg:'it\'s'""#;
        assert_eq!(words(line, Like::ModSecurity2)[2], "@rx \\d\"\\s");
        assert_eq!(words(line, Like::ModSecurity3)[2], "@rx \\\\d\"\\s");
        assert_eq!(words(line, Like::ModSecurity2)[3], r"id:1,msg:'it\'s'");
    }

    #[test]
    fn an_open_quote_ends_with_the_line() {
        assert_eq!(words("SecAction \"id:1", Like::ModSecurity2), ["SecAction", "id:1"]);
    }
}
