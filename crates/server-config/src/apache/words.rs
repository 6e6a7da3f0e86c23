//! Lines and words of a configuration, as `ap_cfg_getline()` and `ap_getword_conf()` in `server/util.c` read them.

use std::collections::HashMap;

/// One logical line: physical lines that end in a backslash are joined with the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The text without the white space around it.
    pub(super) text: String,
    /// The first physical line, from 1.
    pub(super) first: u32,
    /// The last one.
    pub(super) last: u32,
    /// The column of the first letter in bytes, from 1.
    pub(super) column: u32,
}

/// The logical lines of a file, without empty ones and comments. A comment, too, goes on behind a backslash.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> + '_ {
    let mut physical = bytes.split_inclusive(|&byte| byte == b'\n').zip(1u32..);
    std::iter::from_fn(move || {
        loop {
            let (start, first) = physical.next()?;
            let mut joined = Vec::new();
            let (mut part, mut last) = (start, first);
            while let Some(before) = continued(part) {
                joined.extend_from_slice(before);
                match physical.next() {
                    Some((next, number)) => (part, last) = (next, number),
                    None => part = b"",
                }
            }
            joined.extend_from_slice(part);
            let whole = String::from_utf8_lossy(&joined);
            let text = whole.trim_matches(is_space);
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let column = (whole.len() - whole.trim_start_matches(is_space).len()) as u32 + 1;
            return Some(Line { text: text.to_owned(), first, last, column });
        }
    })
}

/// What stands before a backslash at the end of a line.
fn continued(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"\\")
}

/// `apr_isspace()` in the C locale.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Takes the next word off a text: a quoted one, or up to white space. `None` at the end.
pub(super) fn next_word(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches(is_space);
    let first = text.chars().next()?;
    if first != '"' && first != '\'' {
        let end = text.find(is_space).unwrap_or(text.len());
        return Some((unescape(&text[..end], None), text[end..].trim_start_matches(is_space)));
    }
    let body = &text[1..];
    let end = end_of_quoted(body, first);
    let rest = body.get(end + 1..).unwrap_or("");
    Some((unescape(&body[..end], Some(first)), rest.trim_start_matches(is_space)))
}

fn end_of_quoted(body: &str, quote: char) -> usize {
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at;
        }
        let escapes = |next: char| next == quote || next == '\\';
        if c == '\\' && chars.peek().is_some_and(|&(_, next)| escapes(next)) {
            chars.next();
        }
    }
    body.len()
}

fn unescape(text: &str, quote: Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next) if c == '\\' && (next == '\\' || Some(next) == quote) => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// All words of a text.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = next_word(rest) {
        words.push(word);
        rest = after;
    }
    words
}

/// Replaces `${NAME}` by what `Define` or the environment holds (`ap_resolve_env()` in `server/core.c`); a name
/// that is not defined stays as it is. `None` when there is nothing to replace.
pub(super) fn resolve(text: &str, variables: &HashMap<String, String>) -> Option<String> {
    if !text.contains("${") {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start + 2..].find('}') else { break };
        let end = start + 2 + length;
        out.push_str(&rest[..start]);
        match variables.get(&rest[start + 2..end]) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unquoted() {
        assert_eq!(
            split(r#"a "b c" 'd "e' f\\g "h\"i" j\k ""#),
            ["a", "b c", "d \"e", "f\\g", "h\"i", "j\\k", ""]
        );
        assert_eq!(split("a \"b"), ["a", "b"]);
    }

    #[test]
    fn lines_are_joined_behind_a_backslash() {
        let text = b"# a \\\n  comment\n  Require \\\r\n  all  granted \nB\\";
        let all: Vec<Line> = lines(text).collect();
        assert_eq!(all[0], Line { text: "Require   all  granted".into(), first: 3, last: 4, column: 3 });
        assert_eq!(all[1].text, "B\\");
    }

    #[test]
    fn variables_are_replaced_where_they_are_defined() {
        let variables = HashMap::from([("A".to_owned(), "x".to_owned())]);
        assert_eq!(resolve("/${A}/${B}/$A/${", &variables).unwrap(), "/x/${B}/$A/${");
        assert_eq!(resolve("${B}", &variables), None);
    }
}
