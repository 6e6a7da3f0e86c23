//! The `Cookie` header: names and values.

use std::ops::Range;

/// One cookie: the ranges of its name and value in the header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// Splits a header value as `SecCookieFormat 0` does (mod_security2's `parse_cookies_v0`): at semicolons, or at commas
/// where there is no semicolon and a comma is followed by a space.
pub(crate) fn parse(header: &[u8]) -> Vec<Cookie> {
    let comma = || {
        let at = header.iter().position(|byte| *byte == b',')?;
        (header.get(at + 1) == Some(&b' ')).then_some(b',')
    };
    let separator = if header.contains(&b';') { b';' } else { comma().unwrap_or(b';') };
    let mut cookies = Vec::new();
    let mut start = 0;
    for piece in header.split(|byte| *byte == separator) {
        let end = start + piece.len();
        let name_start = start + piece.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let equals = header[name_start..end].iter().position(|byte| *byte == b'=').map(|at| name_start + at);
        let name = name_start..equals.unwrap_or(end);
        if !name.is_empty() {
            cookies.push(Cookie { name, value: equals.map_or(end..end, |at| at + 1..end) });
        }
        start = end + 1;
    }
    cookies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(header: &str) -> Vec<(&str, &str)> {
        parse(header.as_bytes()).into_iter().map(|c| (&header[c.name], &header[c.value])).collect()
    }

    #[test]
    fn splits_at_semicolons_or_commas() {
        assert_eq!(pairs("a=1; b=2=3;c;=4; "), [("a", "1"), ("b", "2=3"), ("c", "")]);
        assert_eq!(pairs("a=1, b=2"), [("a", "1"), ("b", "2")]);
        assert_eq!(pairs("a=1,b=2"), [("a", "1,b=2")]);
    }
}
