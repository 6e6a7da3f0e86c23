//! XML bodies: the text of the document (`XML:/*`) and its attributes (`XML://@*`).
//!
//! What is well-formed is decided as libxml2 does without options: internal entities are known, external ones are
//! never fetched and stand for nothing, and nesting ends at its depth of 256.

use super::BodyError;
use crate::variables::arena::Text;
use crate::variables::names::Variable;
use crate::variables::store::Store;

mod entities;
mod markup;

use entities::Entities;

/// `xmlParserMaxDepth` of libxml2.
const MAX_DEPTH: usize = 256;

/// Reads a body that begins at `start` in the request.
pub(crate) fn read(store: &mut Store, body: &[u8], start: usize) -> Result<(), BodyError> {
    if body.is_empty() {
        return Ok(());
    }
    let mut reader = Reader {
        body,
        at: 0,
        start,
        store,
        entities: Entities::default(),
        open: Vec::new(),
        pieces: Vec::new(),
    };
    let result = reader.document();
    // A value is there only when the document is whole.
    result.map(|()| reader.publish()).map_err(|what| {
        let message = format!("XML parsing error: {what}");
        // mod_security2 looks at the first chunk only when the body ends.
        if body.len() <= 8000 { BodyError::CutShort(message) } else { BodyError::Malformed(message) }
    })
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    start: usize,
    store: &'a mut Store,
    entities: Entities,
    /// Names of the open elements.
    open: Vec<&'a [u8]>,
    /// Text inside the root element, in order.
    pieces: Vec<Text>,
}

type Parsed<T> = Result<T, &'static str>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Parsed<()> {
        if self.body.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        if std::str::from_utf8(self.body).is_err() && !self.latin1() {
            return Err("input is not proper UTF-8");
        }
        if self.rest().starts_with(b"<?xml") {
            self.skip_past(b"?>")?;
        }
        self.outside()?;
        if self.rest().first() != Some(&b'<') {
            return Err("start tag expected, '<' not found");
        }
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        self.outside()?;
        if self.at < self.body.len() { Err("extra content at the end of the document") } else { Ok(()) }
    }

    fn latin1(&self) -> bool {
        let head = self.body[..self.body.len().min(100)].to_ascii_lowercase();
        head.windows(10).any(|window| window == b"iso-8859-1")
            || head.windows(12).any(|w| w == b"windows-1252")
    }

    fn rest(&self) -> &'a [u8] {
        &self.body[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn skip_past(&mut self, end: &[u8]) -> Parsed<()> {
        let found = self.rest().windows(end.len()).position(|window| window == end);
        self.at += found.ok_or("premature end of data")? + end.len();
        Ok(())
    }

    /// Comments, instructions, white space and the document type around the root element.
    fn outside(&mut self) -> Parsed<()> {
        loop {
            self.skip_space();
            let rest = self.rest();
            if rest.starts_with(b"<!--") {
                self.comment()?;
            } else if rest.starts_with(b"<?") {
                self.skip_past(b"?>")?;
            } else if rest.starts_with(b"<!DOCTYPE") {
                self.at += markup::document_type(rest, &mut self.entities)?;
            } else {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Parsed<()> {
        self.at += 4;
        let inside =
            self.rest().windows(2).position(|window| window == b"--").ok_or("comment not terminated")?;
        self.at += inside;
        if !self.rest().starts_with(b"-->") {
            return Err("double hyphen within comment");
        }
        self.at += 3;
        Ok(())
    }

    /// One piece of content inside the open elements.
    fn content(&mut self) -> Parsed<()> {
        let rest = self.rest();
        match rest {
            [] => Err("premature end of data"),
            [b'<', b'/', ..] => self.end_tag(),
            [b'<', b'!', b'-', b'-', ..] => self.comment(),
            [b'<', b'!', b'[', ..] => self.cdata(),
            [b'<', b'?', ..] => self.skip_past(b"?>"),
            [b'<', ..] => self.start_tag(),
            _ => self.text(),
        }
    }

    fn cdata(&mut self) -> Parsed<()> {
        if !self.rest().starts_with(b"<![CDATA[") {
            return Err("start tag: invalid element name");
        }
        self.at += 9;
        let from = self.at;
        self.skip_past(b"]]>")?;
        let mark = self.store.arena.mark();
        self.store.arena.extend(&self.body[from..self.at - 3], self.start + from);
        self.pieces.push(self.store.arena.since(mark));
        Ok(())
    }

    fn text(&mut self) -> Parsed<()> {
        let end = self.rest().iter().position(|byte| *byte == b'<').ok_or("premature end of data")?;
        let range = self.at..self.at + end;
        if self.body[range.clone()].windows(3).any(|window| window == b"]]>") {
            return Err("sequence ']]>' not allowed in content");
        }
        let mark = self.store.arena.mark();
        markup::characters(self.store, self.body, range.clone(), self.start, &self.entities)?;
        self.pieces.push(self.store.arena.since(mark));
        self.at = range.end;
        Ok(())
    }

    fn end_tag(&mut self) -> Parsed<()> {
        self.at += 2;
        let name = markup::name(self.rest())?;
        self.at += name.len();
        self.skip_space();
        if self.rest().first() != Some(&b'>') {
            return Err("expected '>'");
        }
        self.at += 1;
        if self.open.pop() == Some(name) { Ok(()) } else { Err("opening and ending tag mismatch") }
    }

    fn start_tag(&mut self) -> Parsed<()> {
        self.at += 1;
        let name = markup::name(self.rest())?;
        self.at += name.len();
        let mut seen: Vec<&[u8]> = Vec::new();
        loop {
            let before = self.at;
            self.skip_space();
            let spaced = self.at > before;
            match self.rest() {
                [b'>', ..] => {
                    self.at += 1;
                    if self.open.len() >= MAX_DEPTH {
                        return Err("excessive depth in document");
                    }
                    self.open.push(name);
                    return Ok(());
                }
                [b'/', b'>', ..] => {
                    self.at += 2;
                    return Ok(());
                }
                [] => return Err("premature end of data"),
                _ if !spaced => return Err("attributes construct error"),
                _ => self.attribute(&mut seen)?,
            }
        }
    }

    fn attribute(&mut self, seen: &mut Vec<&'a [u8]>) -> Parsed<()> {
        let name = markup::name(self.rest())?;
        if seen.contains(&name) {
            return Err("attribute redefined");
        }
        seen.push(name);
        self.at += name.len();
        self.skip_space();
        if self.rest().first() != Some(&b'=') {
            return Err("specification mandates value for attribute");
        }
        self.at += 1;
        self.skip_space();
        let quote = *self.rest().first().ok_or("premature end of data")?;
        if !matches!(quote, b'"' | b'\'') {
            return Err("attribute value: \" or ' expected");
        }
        self.at += 1;
        let length = self.rest().iter().position(|byte| *byte == quote).ok_or("premature end of data")?;
        let range = self.at..self.at + length;
        if self.body[range.clone()].contains(&b'<') {
            return Err("unescaped '<' not allowed in attributes values");
        }
        self.at = range.end + 1;
        let mark = self.store.arena.mark();
        self.attribute_value(range)?;
        let value = self.store.arena.since(mark);
        // Declarations of namespaces are no attributes for XPath.
        if name != b"xmlns" && !name.starts_with(b"xmlns:") {
            self.store.add(Variable::XmlAttributes, Text::default(), value);
        }
        Ok(())
    }

    /// White space as written becomes spaces; what a reference stands for stays (XML 1.0, 3.3.3).
    fn attribute_value(&mut self, range: std::ops::Range<usize>) -> Parsed<()> {
        let mut at = range.start;
        for piece in self.body[range].split(|byte| matches!(byte, b'\t' | b'\n' | b'\r')) {
            if at > 0 && matches!(self.body[at - 1], b'\t' | b'\n' | b'\r') {
                self.store.arena.extend(b" ", self.start + at - 1);
            }
            let end = at + piece.len();
            markup::characters(self.store, self.body, at..end, self.start, &self.entities)?;
            at = end + 1;
        }
        Ok(())
    }

    fn publish(&mut self) {
        let mark = self.store.arena.mark();
        for piece in std::mem::take(&mut self.pieces) {
            self.store.arena.copy(piece);
        }
        let text = self.store.arena.since(mark);
        self.store.add(Variable::Xml, Text::default(), text);
    }
}
