//! Reads a whole small document: every entry with its place, nothing dropped.

use crate::format::{Format, Framing, application, modsecurity::serial};
use crate::record::{Place, Record};

/// Longer lines are not read but reported.
pub(crate) const LONGEST: usize = 1 << 20;

/// An entry that has none of the known shapes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not understood: {start:?}", line = .place.line)]
pub struct Unreadable {
    /// Where it stands.
    pub place: Place,
    /// Its first bytes.
    pub start: String,
}

/// Reads a document entry by entry. Blank lines are passed over; what cannot be read is an [`Unreadable`].
pub fn read<'a>(text: &'a [u8], format: &Format) -> Reading<'a> {
    Reading { text, format: format.clone(), at: 0, line: 0 }
}

/// The entries of a document, see [`read`].
pub struct Reading<'a> {
    text: &'a [u8],
    format: Format,
    at: usize,
    line: u64,
}

impl<'a> Iterator for Reading<'a> {
    type Item = Result<Record<'a>, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let length = entry_length(rest, &self.format);
            let entry = rest[..length].strip_suffix(b"\n").unwrap_or(&rest[..length]);
            let entry = entry.strip_suffix(b"\r").unwrap_or(entry);
            let place = Place { line: self.line + 1, offset: self.at as u64, length: entry.len() as u64 };
            self.line += memchr::memchr_iter(b'\n', &rest[..length]).count() as u64;
            self.at += length;
            if entry.trim_ascii().is_empty() || self.format.is_comment(entry) {
                continue;
            }
            let read = (entry.len() <= LONGEST).then(|| self.format.parse(entry)).flatten();
            return Some(match read {
                Some(record) => Ok(Record { place, ..record }),
                None => Err(Unreadable { place, start: shown(entry) }),
            });
        }
    }
}

/// The length of the first entry of a text, with its line end.
pub(crate) fn entry_length(text: &[u8], format: &Format) -> usize {
    let framing = format.framing();
    let mut length = line_length(text);
    while framing != Framing::Line && length < text.len().min(LONGEST) {
        let next = &text[length..length + line_length(&text[length..])];
        let begins = match framing {
            Framing::Sections => serial::boundary(next) == Some(b'A'),
            Framing::Blank => text[..length].ends_with(b"\n\n"),
            _ => application::begins(next.trim_ascii_end()),
        };
        if begins {
            break;
        }
        length += next.len();
    }
    length
}

fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1)
}

/// The first bytes of a line, for a warning.
pub(crate) fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(120)]).into_owned()
}
