//! Sets of bytes in patterns: classes, and what a backslash stands for.

use super::Reader;
use crate::variables::byte_set::ByteSet;

/// A member of a class.
pub(super) enum Member {
    Byte(u8),
    Set(ByteSet),
}

impl Reader<'_> {
    /// What a backslash makes of the next bytes, in a class or outside.
    pub(super) fn escaped(&mut self) -> Option<Member> {
        Some(Member::Byte(match self.next()? {
            b'x' => {
                let digits = std::str::from_utf8(self.text.get(self.at..self.at + 2)?).ok()?;
                self.at += 2;
                u8::from_str_radix(digits, 16).ok()?
            }
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'f' => 0x0C,
            b'a' => 0x07,
            letter @ (b'd' | b'D' | b'w' | b'W' | b's' | b'S') => {
                let set = perl(letter.to_ascii_lowercase());
                return Some(Member::Set(if letter.is_ascii_uppercase() { set.complement() } else { set }));
            }
            mark if b"\\.+*?()|[]{}^$#&-~".contains(&mark) => mark,
            _ => return None,
        }))
    }

    /// A class behind its opening bracket.
    pub(super) fn class(&mut self) -> Option<ByteSet> {
        let negated = self.take(b"^");
        let mut set = ByteSet::EMPTY;
        if self.peek() == Some(b']') {
            return None;
        }
        loop {
            let first = match self.next()? {
                b']' => break,
                b'[' => Member::Set(self.named()?),
                b'\\' => self.escaped()?,
                b'-' => return None,
                byte @ (b'&' | b'~') if self.peek() == Some(byte) => return None,
                byte if byte.is_ascii() => Member::Byte(byte),
                _ => return None,
            };
            match first {
                Member::Byte(first) if self.take(b"-") => {
                    let last = self.end_of_range()?;
                    // What begins again with a hyphen is left to the other reader.
                    if first > last || self.peek() == Some(b'-') {
                        return None;
                    }
                    set = set.with(ByteSet::range(first, last));
                }
                Member::Byte(byte) => set.insert(byte),
                Member::Set(_) if self.peek() == Some(b'-') => return None,
                Member::Set(named) => set = set.with(named),
            }
        }
        let set = if self.fold { set.with_either_case() } else { set };
        let set = if negated { set.complement() } else { set };
        (set.len() > 0).then_some(set)
    }

    fn end_of_range(&mut self) -> Option<u8> {
        match self.next()? {
            b'\\' => match self.escaped()? {
                Member::Byte(byte) => Some(byte),
                Member::Set(_) => None,
            },
            b'[' | b']' | b'-' => None,
            byte => byte.is_ascii().then_some(byte),
        }
    }

    /// `[:alpha:]` behind its first bracket.
    fn named(&mut self) -> Option<ByteSet> {
        if !self.take(b":") {
            return None;
        }
        let negated = self.take(b"^");
        let rest = &self.text[self.at..];
        let end = rest.windows(2).position(|window| window == b":]")?;
        let set = posix(&rest[..end])?;
        self.at += end + 2;
        Some(if negated { set.complement() } else { set })
    }
}

/// The classes of Perl without Unicode.
fn perl(letter: u8) -> ByteSet {
    match letter {
        b'd' => ByteSet::range(b'0', b'9'),
        b's' => ByteSet::of(b" \t\n\x0B\x0C\r"),
        _ => ALNUM.with(ByteSet::of(b"_")),
    }
}

const DIGIT: ByteSet = ByteSet::range(b'0', b'9');
const UPPER: ByteSet = ByteSet::range(b'A', b'Z');
const LOWER: ByteSet = ByteSet::range(b'a', b'z');
const ALNUM: ByteSet = DIGIT.with(UPPER).with(LOWER);

/// The classes of POSIX in ASCII.
fn posix(name: &[u8]) -> Option<ByteSet> {
    Some(match name {
        b"alnum" => ALNUM,
        b"alpha" => UPPER.with(LOWER),
        b"blank" => ByteSet::of(b" \t"),
        b"digit" => DIGIT,
        b"lower" => LOWER,
        b"space" => perl(b's'),
        b"upper" => UPPER,
        b"word" => perl(b'w'),
        b"xdigit" => DIGIT.with(ByteSet::range(b'A', b'F')).with(ByteSet::range(b'a', b'f')),
        _ => return None,
    })
}
