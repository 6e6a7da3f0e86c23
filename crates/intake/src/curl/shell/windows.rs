//! Words of `cmd.exe` and of PowerShell.

use super::LexError;

/// Whether a command is written for `cmd.exe`: carets before quotes or at line ends.
pub(super) fn is_cmd(text: &str) -> bool {
    text.contains("^\"") || text.lines().any(|line| line.trim_end().ends_with('^'))
}

/// Whether a command is written for PowerShell: backticks at line ends.
pub(super) fn is_powershell(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with('`')) || text.trim_start().starts_with("curl.exe ")
}

/// First `cmd.exe` takes its carets away, then the C runtime splits words: `\"` and `""` are quotes within quotes
/// (<https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>).
pub(super) fn cmd(text: &str) -> Result<Vec<String>, LexError> {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '^' {
            plain.push(c);
            continue;
        }
        chars.next_if_eq(&'\r');
        match chars.next() {
            // A caret at the line end joins lines; the character behind it is taken as it is. Browsers write a line end
            // within a value as caret, line end, empty line.
            Some('\n') => {
                chars.next_if_eq(&'\r');
                if chars.next_if_eq(&'\n').is_some() {
                    plain.push('\n');
                }
            }
            Some(c) => plain.push(c),
            None => {}
        }
    }
    split(&plain)
}

fn split(text: &str) -> Result<Vec<String>, LexError> {
    let (mut words, mut word, mut quoted, mut line, mut opened) = (Vec::new(), None::<String>, false, 1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '\\' => {
                let mut count = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = chars.peek() == Some(&'"');
                let kept = if before_quote { count / 2 } else { count };
                word.get_or_insert_default().extend(std::iter::repeat_n('\\', kept));
                if before_quote && count % 2 == 1 {
                    chars.next();
                    word.get_or_insert_default().push('"');
                }
            }
            '"' if quoted && chars.next_if_eq(&'"').is_some() => word.get_or_insert_default().push('"'),
            '"' => {
                quoted = !quoted;
                opened = line;
                word.get_or_insert_default();
            }
            '\n' | '&' if !quoted && words.iter().any(|word| word == "curl") => break,
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quoted { Err(LexError::Quote(opened, '"')) } else { Ok(words) }
}

/// PowerShell: `'..'` with `''`, `".."` with backtick escapes and `""`, a backtick at the line end.
pub(super) fn powershell(text: &str) -> Result<Vec<String>, LexError> {
    let (mut words, mut word, mut quote, mut line, mut opened) = (Vec::new(), None::<String>, None, 1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match (quote, c) {
            (Some(mark), c) if c == mark => {
                if chars.next_if_eq(&mark).is_some() {
                    word.get_or_insert_default().push(mark);
                } else {
                    quote = None;
                }
            }
            (None | Some('"'), '`') => {
                chars.next_if_eq(&'\r');
                match chars.next() {
                    Some('n') => word.get_or_insert_default().push('\n'),
                    Some('t') => word.get_or_insert_default().push('\t'),
                    Some('r') => word.get_or_insert_default().push('\r'),
                    Some('\n') if quote.is_none() => words.extend(word.take()),
                    Some(c) => word.get_or_insert_default().push(c),
                    None => {}
                }
            }
            (None, mark @ ('"' | '\'')) => {
                (quote, opened) = (Some(mark), line);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match quote {
        Some(mark) => Err(LexError::Quote(opened, mark)),
        None => Ok(words),
    }
}
