//! The files of `-K` and `~/.curlrc`, by the manual of curl, section "--config".

/// The options of a config file, each with its value where one is given.
pub(crate) fn lines(text: &str) -> Vec<(String, Option<String>)> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<(String, Option<String>)> {
    let line = line.trim_start_matches([' ', '\t', '\u{feff}']);
    if line.is_empty() || matches!(line.as_bytes()[0], b'#' | b'/' | b'*' | b'\r') {
        return None;
    }
    // Long options without their dashes may be separated by `=` or `:`; those with a dash only by blanks.
    let dashed = line.starts_with('-');
    let separator = |c: char| c.is_ascii_whitespace() || !dashed && matches!(c, '=' | ':');
    let end = line.find(separator).unwrap_or(line.len());
    let (option, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(separator);
    Some((option.to_owned(), value(rest)))
}

/// A quoted value knows escapes; a bare one ends at the first blank.
fn value(rest: &str) -> Option<String> {
    let Some(quoted) = rest.strip_prefix('"') else {
        let bare = rest.split_ascii_whitespace().next().unwrap_or("");
        return (!bare.is_empty()).then(|| bare.to_owned());
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('t') => value.push('\t'),
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('v') => value.push('\u{b}'),
                Some(other) => value.push(other),
                None => break,
            },
            _ => value.push(c),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_behind_blanks_equals_signs_and_colons() {
        let read =
            lines("# note\nurl = \"http://a/\\\"b\"\nuser-agent: me too\n-H \"X: 1\"\nsilent\n--data=x\n");
        let expected = [
            ("url", Some("http://a/\"b")),
            ("user-agent", Some("me")),
            ("-H", Some("X: 1")),
            ("silent", None),
            ("--data=x", None),
        ];
        let expected = expected.map(|(option, value)| (option.to_owned(), value.map(str::to_owned)));
        assert_eq!(read, expected);
    }
}
