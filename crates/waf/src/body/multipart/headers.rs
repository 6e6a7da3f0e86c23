//! One part: its header lines, and where its data is.

use std::ops::Range;

use super::{BUFFER, Flags, disposition};
use crate::variables::arena::{Origin, Text};
use crate::variables::store::Store;

/// Bytes with the position of each in the body: header lines are folded and unquoted.
#[derive(Debug, Default, Clone)]
pub(super) struct Line {
    bytes: Vec<u8>,
    positions: Vec<u32>,
}

impl Line {
    fn of(bytes: &[u8], start: usize) -> Line {
        let positions = (start..start + bytes.len()).map(|position| position as u32).collect();
        Line { bytes: bytes.to_vec(), positions }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a byte of another line.
    pub(super) fn push(&mut self, line: &Line, index: usize) {
        self.bytes.push(line.bytes[index]);
        self.positions.push(line.positions[index]);
    }

    fn append(&mut self, line: &Line) {
        self.bytes.extend_from_slice(&line.bytes);
        self.positions.extend_from_slice(&line.positions);
    }

    fn from(&self, index: usize) -> Line {
        Line { bytes: self.bytes[index..].to_vec(), positions: self.positions[index..].to_vec() }
    }

    /// The line as a text of the arena; `start` is where the body begins in the request.
    pub(super) fn text(&self, store: &mut Store, start: usize) -> Text {
        let mark = store.arena.mark();
        for (byte, position) in self.bytes.iter().zip(&self.positions) {
            let at = start as u32 + position;
            store.arena.push(*byte, Origin { start: at, end: at + 1 });
        }
        store.arena.since(mark)
    }
}

/// A part that is being read.
#[derive(Debug, Default)]
pub(super) struct Part {
    headers: Vec<(Vec<u8>, Line)>,
    last_line: Option<Line>,
    pub(super) header_lines: Vec<Line>,
    pub(super) name: Option<Line>,
    pub(super) filename: Option<Line>,
    headers_done: bool,
    pub(super) data_read: bool,
    start: usize,
    end: usize,
}

impl Part {
    pub(super) fn in_headers(&self) -> bool {
        !self.headers_done
    }

    pub(super) fn name_text(&self, store: &mut Store, start: usize) -> Text {
        self.name.as_ref().map(|name| name.text(store, start)).unwrap_or_default()
    }

    /// The data, without the line end before the boundary.
    pub(super) fn data_range(&self) -> Range<usize> {
        self.start..self.end.max(self.start)
    }

    /// A piece of data; a line end at its end counts only when more data follows.
    pub(super) fn data(&mut self, range: Range<usize>, body: &[u8]) {
        if !self.data_read {
            self.start = range.start;
        }
        self.data_read = true;
        let text = &body[range.clone()];
        let line_end = if text.ends_with(b"\r\n") { 2 } else { usize::from(text.ends_with(b"\n")) };
        self.end = range.end - line_end;
    }

    /// A line of the header; an empty one ends it.
    pub(super) fn header_line(&mut self, text: &[u8], at: usize, flags: &mut Flags) -> Result<(), String> {
        if text.contains(&0) {
            return Err("Multipart: Nul byte in part headers.".to_owned());
        }
        if text.ends_with(b"\r\n") {
            flags.crlf_line = true;
        } else {
            flags.lf_line = true;
        }
        if matches!(text, b"\r\n" | b"\n") {
            return self.end_of_headers(flags);
        }
        let content = text.strip_suffix(b"\n").unwrap_or(text);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if text[0].is_ascii_whitespace() || text[0] == 0x0b {
            self.folded(content, at, flags)
        } else {
            self.new_header(content, at)
        }
    }

    fn folded(&mut self, content: &[u8], at: usize, flags: &mut Flags) -> Result<(), String> {
        flags.header_folding = true;
        let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
        let leading = content.iter().take_while(|byte| is_space(byte)).count();
        flags.invalid_header_folding |= content[..leading].iter().any(|byte| !matches!(byte, b' ' | b'\t'));
        let Some((name, value)) = self.headers.last_mut() else {
            return Err("Multipart: Invalid part header (folding error).".to_owned());
        };
        value.append(&Line::of(b" ", at));
        value.append(&Line::of(&content[leading..], at + leading));
        if value.bytes.len() > BUFFER {
            return Err("Multipart: Part header too long.".to_owned());
        }
        let mut line = Line::of(name, at);
        line.append(&Line::of(b": ", at));
        line.append(value);
        self.last_line = Some(line);
        Ok(())
    }

    fn new_header(&mut self, content: &[u8], at: usize) -> Result<(), String> {
        self.header_lines.extend(self.last_line.take());
        let line = Line::of(content, at);
        let colon = content.iter().position(|byte| *byte == b':');
        let colon = colon.ok_or("Multipart: Invalid part header (colon missing).")?;
        if colon == 0 {
            return Err("Multipart: Invalid part header (header name missing).".to_owned());
        }
        let name = &content[..colon];
        if self.header(name).is_some() {
            return Err(format!("Multipart: Duplicate part header: {}.", String::from_utf8_lossy(name)));
        }
        let spaces = content[colon + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.headers.push((name.to_vec(), line.from(colon + 1 + spaces)));
        self.last_line = Some(line);
        Ok(())
    }

    fn header(&self, name: &[u8]) -> Option<&Line> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn end_of_headers(&mut self, flags: &mut Flags) -> Result<(), String> {
        let value = self
            .header(b"Content-Disposition")
            .ok_or("Multipart: Part missing Content-Disposition header.")?
            .clone();
        let found = disposition::parse(&value, flags)
            .map_err(|reason| format!("Multipart: Invalid Content-Disposition header ({reason})."))?;
        if found.name.is_none() {
            return Err("Multipart: Content-Disposition header missing name field.".to_owned());
        }
        let plain = value.bytes.windows(9).any(|window| window == b"filename=");
        if found.filename.is_some() && !plain {
            return Err("Multipart: Invalid Content-Disposition header (filename).".to_owned());
        }
        self.name = found.name;
        self.filename = found.filename;
        self.headers_done = true;
        self.header_lines.extend(self.last_line.take());
        Ok(())
    }
}
