//! Sentences of a signature with the words that its pattern captured.

/// Fills a template: `{name}` is the capture, or `...` where it has no value; `{name|other}` is the capture, or `other`; a part
/// in `{? … }` is left out whole where a capture in it has no value. What is no capture's name stays as it is.
pub(crate) fn fill(template: &str, captures: &[(String, String)]) -> String {
    filled(template, captures).0
}

/// The filled text, and whether all its captures have values.
fn filled(template: &str, captures: &[(String, String)]) -> (String, bool) {
    let (mut text, mut whole, mut rest) = (String::with_capacity(template.len()), true, template);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some(end) = end(after) else {
            text.push('{');
            rest = after;
            continue;
        };
        let inner = &after[..end];
        rest = &after[end + 1..];
        if let Some(part) = inner.strip_prefix('?') {
            let (part, present) = filled(part, captures);
            text.push_str(if present { &part } else { "" });
            continue;
        }
        let (name, other) = inner.split_once('|').map_or((inner, None), |(name, other)| (name, Some(other)));
        let value = captures.iter().find(|(capture, value)| capture == name && !value.is_empty());
        whole &= value.is_some() || other.is_some();
        text.push_str(value.map_or(other.unwrap_or("..."), |(_, value)| value));
    }
    text.push_str(rest);
    (text, whole)
}

/// Where the brace closes that was opened before a text.
fn end(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn captures_defaults_and_parts_that_need_a_value() {
        let captures = [("rule".to_owned(), "942100".to_owned()), ("empty".to_owned(), String::new())];
        for (template, wanted) in [
            ("rule {rule} matched: {msg}", "rule 942100 matched: ..."),
            ("at {uri|PATH}, {rule|ID}", "at PATH, 942100"),
            ("rule {rule}{? on {variable}}{? of {rule}}", "rule 942100 of 942100"),
            ("{? in {empty}}none", "none"),
            ("an open { brace", "an open { brace"),
        ] {
            assert_eq!(fill(template, &captures), wanted);
        }
    }
}
