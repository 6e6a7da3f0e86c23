//! JSON bodies: every scalar becomes an argument.
//!
//! The grammar is that of yajl 2, which both ModSecurity engines use: strict JSON, strings in valid UTF-8. The walk is
//! a loop over an explicit stack, so that nesting costs memory only up to `SecRequestBodyJsonDepthLimit`.

use super::{BodyError, add_argument};
use crate::Like;
use crate::rules::Config;
use crate::variables::arena::{Origin, Text};
use crate::variables::store::Store;

/// Reads a body that begins at `start` in the request.
pub(crate) fn read(
    store: &mut Store,
    body: &[u8],
    start: usize,
    config: &Config,
    like: Like,
) -> Result<(), BodyError> {
    let mut reader = Reader { body, at: 0, start, store, config, names: Names::new(like), open: Vec::new() };
    reader.skip_space();
    if reader.at == body.len() {
        return if body.is_empty() { Ok(()) } else { Err(cut_short()) };
    }
    reader.value()?;
    while !reader.open.is_empty() {
        reader.next_in_container()?;
    }
    reader.skip_space();
    if reader.at < body.len() { Err(malformed("trailing garbage")) } else { Ok(()) }
}

fn malformed(what: &str) -> BodyError {
    BodyError::Malformed(format!("JSON parsing error: {what}"))
}

fn cut_short() -> BodyError {
    BodyError::CutShort("JSON parser error: parse error: premature EOF".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    /// An array, and whether an element was read.
    Array(Filled),
    /// An object, and whether a member was read.
    Object(Filled),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    No,
    Yes,
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    start: usize,
    store: &'a mut Store,
    config: &'a Config,
    names: Names,
    open: Vec<Container>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)) {
            self.at += 1;
        }
    }

    /// Goes on in the innermost open container: the next element or member, or its end.
    fn next_in_container(&mut self) -> Result<(), BodyError> {
        self.skip_space();
        let Some(container) = self.open.last_mut() else { return Ok(()) };
        let next = self.body.get(self.at).copied().ok_or_else(cut_short)?;
        let (filled, close) = match container {
            Container::Array(filled) => (filled, b']'),
            Container::Object(filled) => (filled, b'}'),
        };
        let first = std::mem::replace(filled, Filled::Yes) == Filled::No;
        if next == close {
            self.at += 1;
            self.open.pop();
            self.names.close(&self.store.arena, close == b'}');
            return Ok(());
        }
        if !first {
            if next != b',' {
                return Err(malformed("after a value, expected a comma or the end of the container"));
            }
            self.at += 1;
            self.skip_space();
        }
        if close == b'}' {
            self.key()?;
        }
        self.value()
    }

    fn key(&mut self) -> Result<(), BodyError> {
        match self.peek() {
            Some(b'"') => {}
            Some(_) => return Err(malformed("an object's key must be a string")),
            None => return Err(cut_short()),
        }
        let key = self.string()?;
        // Names are C strings in mod_security2.
        let length = self.store.arena.get(key).iter().position(|byte| *byte == 0);
        self.names.key = Some(Text { start: key.start, length: length.map_or(key.length, |at| at as u32) });
        self.skip_space();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(malformed("an object's key must be followed by a colon")),
            None => return Err(cut_short()),
        }
        self.skip_space();
        Ok(())
    }

    fn value(&mut self) -> Result<(), BodyError> {
        match self.peek().ok_or_else(cut_short)? {
            b'{' => self.enter(Container::Object(Filled::No)),
            b'[' => self.enter(Container::Array(Filled::No)),
            b'"' => {
                let text = self.string()?;
                self.argument(text)
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(malformed("invalid token")),
        }
    }

    fn enter(&mut self, container: Container) -> Result<(), BodyError> {
        self.at += 1;
        let is_object = matches!(container, Container::Object(_));
        let depth = self.names.open(&mut self.store.arena, is_object);
        if depth > self.config.json_depth_limit {
            return Err(BodyError::Malformed("JSON depth limit exceeded".to_owned()));
        }
        self.open.push(container);
        Ok(())
    }

    fn argument(&mut self, value: Text) -> Result<(), BodyError> {
        let (name, origin) = self.names.argument(&mut self.store.arena);
        if add_argument(self.store, name, value, origin, self.config) {
            Ok(())
        } else {
            Err(malformed("client cancelled parse via callback return value"))
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), BodyError> {
        let rest = &self.body[self.at..];
        if !rest.starts_with(word) {
            return Err(if word.starts_with(rest) { cut_short() } else { malformed("invalid string") });
        }
        let shown: &[u8] = if word == b"null" { b"" } else { word };
        let mark = self.store.arena.mark();
        self.store.arena.extend(shown, self.start + self.at);
        self.at += word.len();
        self.argument(self.store.arena.since(mark))
    }

    fn number(&mut self) -> Result<(), BodyError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let mark = self.store.arena.mark();
        self.store.arena.extend(&self.body[from..self.at], self.start + from);
        self.argument(self.store.arena.since(mark))
    }

    fn digits(&mut self) -> Result<(), BodyError> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match self.peek() {
            _ if self.at > from => Ok(()),
            Some(_) => Err(malformed("malformed number")),
            None => Err(cut_short()),
        }
    }

    /// Reads a string into the arena, decoded.
    fn string(&mut self) -> Result<Text, BodyError> {
        self.at += 1;
        let rest = &self.body[self.at..];
        let plain =
            rest.iter().position(|b| matches!(b, b'"' | b'\\' | ..=0x1f | 0x80..)).unwrap_or(rest.len());
        let mark = self.store.arena.mark();
        self.store.arena.extend(&rest[..plain], self.start + self.at);
        self.at += plain;
        loop {
            match self.peek().ok_or_else(cut_short)? {
                b'"' => {
                    self.at += 1;
                    return Ok(self.store.arena.since(mark));
                }
                b'\\' => self.escape()?,
                ..=0x1f => return Err(malformed("invalid character inside string")),
                0x80.. => self.multibyte()?,
                byte => {
                    let position = (self.start + self.at) as u32;
                    self.store.arena.push(byte, Origin { start: position, end: position + 1 });
                    self.at += 1;
                }
            }
        }
    }

    fn multibyte(&mut self) -> Result<(), BodyError> {
        let length = match self.body[self.at] {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => return Err(malformed("invalid bytes in UTF8 string")),
        };
        let sequence = self.body.get(self.at..self.at + length).ok_or_else(cut_short)?;
        if sequence[1..].iter().any(|byte| byte & 0xc0 != 0x80) {
            return Err(malformed("invalid bytes in UTF8 string"));
        }
        self.store.arena.extend(sequence, self.start + self.at);
        self.at += length;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), BodyError> {
        let from = self.at;
        let kind = *self.body.get(self.at + 1).ok_or_else(cut_short)?;
        let simple = match kind {
            b'"' | b'\\' | b'/' => Some(kind),
            b'b' => Some(0x08),
            b'f' => Some(0x0c),
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'u' => None,
            _ => return Err(malformed("inside a string, '\\' occurs before a character which it may not")),
        };
        self.at += 2;
        if let Some(byte) = simple {
            let origin = Origin { start: (self.start + from) as u32, end: (self.start + self.at) as u32 };
            self.store.arena.push(byte, origin);
            return Ok(());
        }
        let mut code = self.hex4()?;
        if code & 0xfc00 == 0xd800 {
            // A surrogate must be followed by its other half, else yajl writes a question mark.
            let low = if self.body[self.at..].starts_with(b"\\u") {
                self.at += 2;
                Some(self.hex4()?)
            } else {
                None
            };
            code = low.map_or(u32::from(b'?'), |low| {
                (((code & 0x3f) << 10) | ((((code >> 6) & 0xf) + 1) << 16)) | (low & 0x3ff)
            });
        }
        let origin = Origin { start: (self.start + from) as u32, end: (self.start + self.at) as u32 };
        for byte in utf8(code) {
            self.store.arena.push(byte, origin);
        }
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, BodyError> {
        let digits = self.body.get(self.at..self.at + 4).ok_or_else(cut_short)?;
        let code =
            digits.iter().try_fold(0u32, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?));
        self.at += 4;
        code.ok_or_else(|| malformed("invalid (non-hex) character occurs after '\\u' inside string"))
    }
}

/// UTF-8 without a check for surrogates, as yajl writes it.
fn utf8(code: u32) -> Vec<u8> {
    let tail = |shift: u32| (0x80 | (code >> shift & 0x3f)) as u8;
    match code {
        0..=0x7f => vec![code as u8],
        0x80..=0x7ff => vec![(0xc0 | code >> 6) as u8, tail(0)],
        0x800..=0xffff => vec![(0xe0 | code >> 12) as u8, tail(6), tail(0)],
        _ => vec![(0xf0 | (code >> 18 & 7)) as u8, tail(12), tail(6), tail(0)],
    }
}

mod names;
use names::Names;
