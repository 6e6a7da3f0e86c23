//! The target list of a rule: `ARGS|!ARGS:/^utm_/|&REQUEST_HEADERS:Host|XML:/*`.

/// One target as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenTarget {
    /// The variable's name in upper case.
    pub(crate) variable: String,
    /// What stands behind the colon.
    pub(crate) selector: Option<String>,
    pub(crate) mode: TargetMode,
}

/// What a target adds to the list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TargetMode {
    /// The values themselves.
    Values,
    /// Their number (`&`).
    Count,
    /// Nothing: it takes values away (`!`).
    Exclude,
}

/// Splits a target list.
pub(crate) fn parse(text: &str) -> Result<Vec<WrittenTarget>, String> {
    let mut targets = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (mode, after) = match rest.as_bytes()[0] {
            b'!' => (TargetMode::Exclude, rest[1..].trim_start()),
            b'&' => (TargetMode::Count, rest[1..].trim_start()),
            _ => (TargetMode::Values, rest),
        };
        let end = after.find([':', '|', ',']).unwrap_or(after.len());
        let variable = after[..end].trim().to_ascii_uppercase();
        if variable.is_empty() {
            return Err(format!("a variable has no name in `{text}`"));
        }
        rest = &after[end..];
        let mut selector = None;
        if let Some(after) = rest.strip_prefix(':') {
            let length = selector_length(after);
            selector = Some(unquote(after[..length].trim()).to_owned());
            rest = &after[length..];
        }
        targets.push(WrittenTarget { variable, selector, mode });
        rest = rest.trim_start_matches(|c: char| matches!(c, '|' | ',') || c.is_whitespace());
    }
    Ok(targets)
}

/// Length of a selector: up to the closing quote or slash where it opens with one, else up to the next separator.
fn selector_length(text: &str) -> usize {
    let separator = |from: usize| text[from..].find(['|', ',']).map_or(text.len(), |at| from + at);
    let quoted = text.starts_with('\'');
    let pattern = if quoted { text[1..].starts_with('/') } else { text.starts_with('/') };
    if quoted {
        return closing(text, 1, b'\'').map_or_else(|| separator(0), |end| end + 1);
    }
    if pattern && let Some(end) = closing(text, 1, b'/') {
        let after = &text[end + 1..];
        if after.is_empty() || after.starts_with(['|', ',']) {
            return end + 1;
        }
    }
    separator(0)
}

/// Position of the next `quote` that no backslash precedes.
fn closing(text: &str, from: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find(|&index| bytes[index] == quote && bytes[index - 1] != b'\\')
}

fn unquote(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_counts_exclusions_patterns_and_xpath() {
        let targets = parse("ARGS|!ARGS:/^(a|b)/|&REQUEST_HEADERS:Host|XML:/*|xml://@*|TX:'/^x|y/'").unwrap();
        let written: Vec<_> =
            targets.iter().map(|t| (t.variable.as_str(), t.selector.as_deref(), t.mode)).collect();
        assert_eq!(
            written,
            [
                ("ARGS", None, TargetMode::Values),
                ("ARGS", Some("/^(a|b)/"), TargetMode::Exclude),
                ("REQUEST_HEADERS", Some("Host"), TargetMode::Count),
                ("XML", Some("/*"), TargetMode::Values),
                ("XML", Some("//@*"), TargetMode::Values),
                ("TX", Some("/^x|y/"), TargetMode::Values),
            ]
        );
    }

    #[test]
    fn a_missing_name_is_an_error() {
        assert!(parse("ARGS|:foo").is_err());
    }
}
