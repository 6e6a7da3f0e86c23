//! Reads a whole small document: every entry with its place, nothing dropped.

use crate::format::Format;
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
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
            self.line += 1;
            let place = Place { line: self.line, offset: self.at as u64, length: line.len() as u64 };
            self.at += length + 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let read = (line.len() <= LONGEST).then(|| self.format.parse(line)).flatten();
            return Some(match read {
                Some(record) => Ok(Record { place, ..record }),
                None => Err(Unreadable { place, start: shown(line) }),
            });
        }
    }
}

/// The first bytes of a line, for a warning.
pub(crate) fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(120)]).into_owned()
}
