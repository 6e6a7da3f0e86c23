//! Where a scan puts what it finds.

use std::path::Path;

use crate::record::Record;

/// Takes records as they are found, in pieces that are joined in the order of the file.
pub trait Sink: Send + Sized {
    /// An empty sink of the same kind, for a part of a file that is read at the same time.
    fn part(&self) -> Self;

    /// Another file begins.
    fn file(&mut self, _index: usize, _path: &Path) {}

    /// A refusal, or an entry without a status that holds one of the words.
    fn refusal(&mut self, record: &Record<'_>);

    /// Any other entry; called with [`super::Depth::Fields`] only.
    fn other(&mut self, _record: &Record<'_>) {}

    /// Adds the part of a file that begins `lines` lines after this one's beginning.
    fn append(&mut self, part: Self, lines: u64);
}

/// Keeps every refusal, with the index of its file, up to a limit.
#[derive(Clone, Debug)]
pub struct Collect {
    /// The refusals in the order of files and lines.
    pub records: Vec<(usize, Record<'static>)>,
    /// How many were left out because of the limit.
    pub left_out: u64,
    limit: usize,
    file: usize,
}

impl Collect {
    /// Keeps at most so many.
    pub fn up_to(limit: usize) -> Collect {
        Collect { records: Vec::new(), left_out: 0, limit, file: 0 }
    }
}

impl Sink for Collect {
    fn part(&self) -> Collect {
        let room = self.limit.saturating_sub(self.records.len());
        Collect { file: self.file, ..Collect::up_to(room) }
    }

    fn file(&mut self, index: usize, _path: &Path) {
        self.file = index;
    }

    fn refusal(&mut self, record: &Record<'_>) {
        if self.records.len() < self.limit {
            self.records.push((self.file, record.clone().into_owned()));
        } else {
            self.left_out += 1;
        }
    }

    fn append(&mut self, part: Collect, lines: u64) {
        self.left_out += part.left_out;
        for (file, mut record) in part.records {
            record.place.line += lines;
            if self.records.len() < self.limit {
                self.records.push((file, record));
            } else {
                self.left_out += 1;
            }
        }
    }
}

/// Keeps nothing: for counting alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignore;

impl Sink for Ignore {
    fn part(&self) -> Ignore {
        Ignore
    }

    fn refusal(&mut self, _record: &Record<'_>) {}

    fn append(&mut self, _part: Ignore, _lines: u64) {}
}
