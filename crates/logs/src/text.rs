//! How servers write bytes that would break a line, and how to read them back.

use std::borrow::Cow;

/// How a value is written in its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    #[default]
    Plain,
    /// `\x22`, `\"`, `\\`, `\n`: nginx (`escape=default`), Apache, logfmt.
    Backslash,
    /// A JSON string's inside.
    Json,
    /// `+` is a blank (IIS), `%25` a percent sign.
    Plus,
    /// `%20`: CloudFront, and Squid.
    Percent,
}

/// The value that stands behind the written bytes.
pub(crate) fn decode(raw: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Backslash | Encoding::Json if memchr::memchr(b'\\', raw).is_some() => {
            let bytes = unescape(raw);
            Cow::Owned(
                String::from_utf8(bytes)
                    .unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned()),
            )
        }
        Encoding::Plus if memchr::memchr(b'+', raw).is_some() => {
            let bytes: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
        }
        Encoding::Percent if memchr::memchr(b'%', raw).is_some() => {
            Cow::Owned(String::from_utf8_lossy(&percent(raw)).into_owned())
        }
        _ => String::from_utf8_lossy(raw),
    }
}

/// Undoes backslash escapes, those of JSON and those of nginx and Apache, which do not contradict each other.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let byte = raw[at];
        if byte != b'\\' || at + 1 >= raw.len() {
            out.push(byte);
            at += 1;
            continue;
        }
        at += 2;
        match raw[at - 1] {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'x' => match hex(raw, at, 2) {
                Some(value) => {
                    out.push(value as u8);
                    at += 2;
                }
                None => out.extend_from_slice(b"\\x"),
            },
            b'u' => at = unicode(raw, at, &mut out),
            other => out.push(other),
        }
    }
    out
}

/// Reads `\uXXXX`, with its second half for characters beyond the first plane; returns the next place.
fn unicode(raw: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let Some(first) = hex(raw, at, 4) else {
        out.extend_from_slice(b"\\u");
        return at;
    };
    let mut next = at + 4;
    let mut code = first;
    if (0xD800..0xDC00).contains(&first)
        && raw.get(next..next + 2) == Some(b"\\u")
        && let Some(second) = hex(raw, next + 2, 4).filter(|low| (0xDC00..0xE000).contains(low))
    {
        code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        next += 6;
    }
    let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    next
}

/// Undoes `%XX`; anything else stays.
fn percent(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        match (raw[at], hex(raw, at + 1, 2)) {
            (b'%', Some(value)) => {
                out.push(value as u8);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// A hexadecimal number of exactly `digits` digits.
fn hex(raw: &[u8], at: usize, digits: usize) -> Option<u32> {
    let bytes = raw.get(at..at + digits)?;
    bytes.iter().try_fold(0, |sum, byte| Some(sum * 16 + char::from(*byte).to_digit(16)?))
}
