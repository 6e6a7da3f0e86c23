//! Words of `cmd.exe` and of PowerShell.

use super::{LexError, Pasted};

/// Whether a command is written for `cmd.exe`: by its prompt, or by carets before its first quote or at the end of its line.
pub(super) fn is_cmd(prompt: &str, text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let quote = first.find(['"', '\'']);
    let at_prompt = prompt.trim_end().ends_with('>') && prompt.contains(":\\") && !prompt.starts_with("PS ");
    at_prompt || first.trim_end().ends_with('^') || quote.is_some_and(|at| first[..=at].ends_with("^\""))
}

/// Whether a command is written for PowerShell: by its prompt, the name `curl.exe`, or a backtick at the end of its line.
pub(super) fn is_powershell(prompt: &str, text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    prompt.trim_start().starts_with("PS ") || text.starts_with("curl.exe ") || first.trim_end().ends_with('`')
}

/// The lines that a command of `cmd.exe` takes: those that a caret joins to the next; two line ends behind a caret are one
/// within a value.
fn extent(text: &str) -> usize {
    let (mut end, mut joined, mut bare) = (0, true, false);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        if !joined && !bare {
            break;
        }
        // The empty line behind a caret belongs to the value, and the line behind it too.
        bare = joined && end > 0 && content.is_empty();
        joined = content.ends_with('^');
        end += line.len();
    }
    end
}

/// First `cmd.exe` takes its carets away, then the C runtime splits words: `\"` and `""` are quotes within quotes
/// (<https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>).
pub(super) fn cmd(text: &str) -> Result<Pasted, LexError> {
    let end = extent(text);
    let text = &text[..end];
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
    Ok(Pasted { args: split(&plain)?, end, ..Pasted::default() })
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
            '\n' | '&' | '|' if !quoted && !words.is_empty() => break,
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quoted { Err(LexError::Quote(opened, '"')) } else { Ok(words) }
}

/// PowerShell: `'..'` with `''`, `".."` with backtick escapes and `""`, a backtick at the line end.
///
/// Windows PowerShell hands the words on without escaping their quotes, so that `\"` within a word is a quote to the program
/// (<https://github.com/PowerShell/PowerShell-RFC/pull/90>).
pub(super) fn powershell(text: &str) -> Result<Pasted, LexError> {
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
            (None, '\n' | ';' | '|') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if let Some(mark) = quote {
        return Err(LexError::Quote(opened, mark));
    }
    let end = text.len() - chars.map(char::len_utf8).sum::<usize>();
    let line_ended = text[..end].ends_with('\n');
    let end = if line_ended { end } else { text[end..].find('\n').map_or(text.len(), |at| end + at + 1) };
    let args = words.into_iter().map(|word: String| word.replace("\\\"", "\"")).collect();
    Ok(Pasted { args, end, ..Pasted::default() })
}
