//! Neutral values: of the same length and, where the type shows, of the same type, with nothing that a rule looks for.

use super::{Neutral, Syntax};

/// The letter that neutral text is made of.
pub(crate) const LETTER: u8 = b'a';

/// A neutral value in place of this one.
pub(crate) fn of(syntax: Syntax, raw: &[u8]) -> Neutral {
    Neutral::Bytes(match syntax {
        Syntax::JsonWord => word(raw),
        _ if is_digits_and_marks(raw) => digits(raw),
        _ => vec![LETTER; raw.len()],
    })
}

/// A value that the application will not take for one of this type: letters of the same length.
pub(crate) fn broken(syntax: Syntax, raw: &[u8]) -> Vec<u8> {
    match syntax {
        // The quotes take two bytes.
        Syntax::JsonWord => {
            [b"\"".as_slice(), &vec![LETTER; raw.len().saturating_sub(2).max(1)], b"\""].concat()
        }
        _ => vec![LETTER; raw.len()],
    }
}

/// Whether text is of a type that letters are not: a number, a date, an address, an identifier.
pub(crate) fn is_typed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = !bytes.is_empty() && is_digits_and_marks(bytes) && bytes.iter().any(u8::is_ascii_digit);
    let mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    number || (mail && !text.contains(char::is_whitespace))
}

/// Numbers and dates: `-1.5`, `2026-11-26T09:00:00Z`.
fn is_digits_and_marks(raw: &[u8]) -> bool {
    raw.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
        && raw.len() <= 40
        && raw.iter().all(|byte| byte.is_ascii_digit() || b"-:.TZ".contains(byte))
        && !raw.windows(2).any(|pair| matches!(pair, b"--" | b".."))
}

fn digits(raw: &[u8]) -> Vec<u8> {
    raw.iter().map(|byte| if byte.is_ascii_digit() { b'1' } else { *byte }).collect()
}

/// A JSON number with other digits; `true`, `false` and `null` hold nothing that a rule could look for.
fn word(raw: &[u8]) -> Vec<u8> {
    match raw {
        b"true" => b"false".to_vec(),
        _ => digits(raw),
    }
}
