//! The smallest units of a written value: a character, or an escape that must not be cut.

use std::ops::Range;

use super::Syntax;

/// The units, in order; together they cover all bytes.
pub(crate) fn of(syntax: Syntax, raw: &[u8]) -> Vec<Range<usize>> {
    let mut atoms = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let end = (at + length(syntax, &raw[at..])).min(raw.len());
        atoms.push(at..end);
        at = end;
    }
    atoms
}

/// The value without escapes, with replacement characters where it is not UTF-8.
pub(crate) fn decoded(syntax: Syntax, raw: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    for atom in of(syntax, raw) {
        decode(syntax, &raw[atom], &mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How long the unit at the start is; at least 1.
fn length(syntax: Syntax, rest: &[u8]) -> usize {
    let escape = match (syntax, rest) {
        (Syntax::JsonString, [b'\\', b'u', ..]) => surrogates(rest),
        (Syntax::JsonString, [b'\\', ..]) => 2,
        (Syntax::UrlEncoded, [b'%', one, two, ..]) if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => 3,
        (Syntax::Xml, [b'&', ..]) => {
            rest.iter().take(12).position(|&byte| byte == b';').map_or(1, |at| at + 1)
        }
        _ => 0,
    };
    if escape > 0 { escape } else { character(rest) }
}

/// `\uXXXX`, or two of them where the first is half of a character.
fn surrogates(rest: &[u8]) -> usize {
    let high = matches!(rest, [_, _, b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B', ..]);
    let paired = rest.get(6) == Some(&b'\\') && rest.get(7) == Some(&b'u');
    if high && paired { 12 } else { 6 }
}

/// How long the UTF-8 character at the start is; 1 where it is none.
fn character(rest: &[u8]) -> usize {
    let expected = match rest[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let whole = rest.get(..expected).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
    if whole { expected } else { 1 }
}

fn decode(syntax: Syntax, atom: &[u8], bytes: &mut Vec<u8>) {
    match (syntax, atom) {
        (Syntax::JsonString, [b'\\', b'u', ..]) => {
            let unit = |hex: Option<&[u8]>| u16::from_str_radix(&String::from_utf8_lossy(hex?), 16).ok();
            let units = unit(atom.get(2..6)).into_iter().chain(unit(atom.get(8..12)));
            bytes.extend(String::from_utf16_lossy(&units.collect::<Vec<_>>()).bytes());
        }
        (Syntax::JsonString, [b'\\', escaped, ..]) => bytes.push(match escaped {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            other => *other,
        }),
        (Syntax::UrlEncoded, b"+") => bytes.push(b' '),
        (Syntax::UrlEncoded, [b'%', hex @ ..]) if hex.len() == 2 => {
            bytes.extend(u8::from_str_radix(&String::from_utf8_lossy(hex), 16));
        }
        (Syntax::Xml, [b'&', name @ .., b';']) => match entity(name) {
            Some(character) => bytes.extend(character.to_string().bytes()),
            None => bytes.extend(atom),
        },
        _ => bytes.extend(atom),
    }
}

/// A predefined entity or a character reference (XML 1.0, sections 4.1 and 4.6).
fn entity(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_whole_units() {
        let lengths =
            |syntax, raw: &str| of(syntax, raw.as_bytes()).iter().map(Range::len).collect::<Vec<_>>();
        assert_eq!(lengths(Syntax::JsonString, r"a\n\u00e9\ud83d\ude00é"), [1, 2, 6, 12, 2]);
        assert_eq!(lengths(Syntax::UrlEncoded, "a%27+%zz"), [1, 3, 1, 1, 1, 1]);
        assert_eq!(lengths(Syntax::Xml, "a&lt;&nope"), [1, 4, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn values_are_read_without_their_escapes() {
        assert_eq!(decoded(Syntax::JsonString, br#"1\u0027 or \"\ud83d\ude00"#), "1' or \"😀");
        assert_eq!(decoded(Syntax::UrlEncoded, b"1%27+or"), "1' or");
        assert_eq!(decoded(Syntax::Xml, b"&lt;a&#x27;&bad;"), "<a'&bad;");
    }

    #[test]
    fn broken_escapes_are_cut_at_the_end() {
        for raw in [&br"\"[..], br"\u1", b"\\ud83d\\u", b"%", b"&", b"\xf0\x9f"] {
            for syntax in [Syntax::JsonString, Syntax::UrlEncoded, Syntax::Xml, Syntax::Raw] {
                let covered: usize = of(syntax, raw).iter().map(Range::len).sum();
                assert_eq!(covered, raw.len());
                decoded(syntax, raw);
            }
        }
    }
}
