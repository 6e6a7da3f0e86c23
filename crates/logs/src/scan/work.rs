//! Reads one file, or one part of it, block by block.

use std::io::{self, Read};

use super::input::{self, BLOCK, Part};
use super::plan::Plan;
use super::sink::Sink;
use super::{Depth, FileReport};
use crate::format::Framing;
use crate::read::{LONGEST, Unreadable, entry_length, shown};
use crate::record::{Place, Record};

/// How many unreadable lines are shown.
const EXAMPLES: usize = 5;

/// Reads blocks and hands on what it finds.
pub(super) struct Worker<'p, S> {
    plan: &'p Plan,
    buffer: Vec<u8>,
    sink: S,
    tally: Tally,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) refused: u64,
    pub(super) kept: u64,
    unreadable: u64,
    examples: Vec<Unreadable>,
    statuses: Vec<u64>,
    warnings: Vec<String>,
}

/// Which bytes of a stream a worker is to read.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Where the stream begins.
    pub(super) start: u64,
    /// Lines that begin here or later belong to somebody else.
    pub(super) end: u64,
    /// The stream begins within somebody else's line, or right at its end.
    pub(super) torn: bool,
}

impl Extent {
    pub(super) const ALL: Extent = Extent { start: 0, end: u64::MAX, torn: false };
}

impl<'p, S: Sink> Worker<'p, S> {
    /// `buffer` lends its memory: to clear fresh pages for every part costs as much as to search them.
    pub(super) fn new(plan: &'p Plan, sink: S, mut buffer: Vec<u8>) -> Worker<'p, S> {
        buffer.resize(buffer.len().max(BLOCK), 0);
        Worker { plan, buffer, sink, tally: Tally::default() }
    }

    /// What was found, and the buffer for the next worker.
    pub(super) fn finish(self) -> (S, Tally, Vec<u8>) {
        (self.sink, self.tally, self.buffer)
    }

    /// Reads a part of a plain file.
    pub(super) fn part(&mut self, file: &std::fs::File, extent: Extent) {
        let back = u64::from(extent.torn);
        let mut part = Part { file, at: extent.start - back };
        let extent = Extent { start: extent.start - back, ..extent };
        self.stream(&mut part, extent);
    }

    /// Reads a stream to its end, or to the end of the extent.
    pub(super) fn stream(&mut self, stream: &mut dyn Read, extent: Extent) {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.lines_of(stream, extent, &mut buffer);
        self.buffer = buffer;
    }

    fn lines_of(&mut self, stream: &mut dyn Read, extent: Extent, buffer: &mut Vec<u8>) {
        let mut filled = 0;
        let mut offset = extent.start;
        let mut skipping = extent.torn;
        loop {
            if filled == buffer.len() {
                buffer.resize(buffer.len() * 2, 0);
            }
            let room = buffer.len().min(filled + BLOCK);
            let (count, error) = input::fill(stream, &mut buffer[filled..room]);
            filled += count;
            let last = count == 0 || error.is_some();
            if let Some(error) = error {
                self.tally.warnings.push(stopped(&error, offset + filled as u64));
            }
            let mut from = 0;
            if skipping {
                match memchr::memchr(b'\n', &buffer[..filled]) {
                    Some(at) => (from, skipping) = (at + 1, false),
                    None => from = filled,
                }
            }
            if offset + from as u64 >= extent.end {
                return;
            }
            let (cut, done) = self.cut(&buffer[..filled], from, offset, extent, last);
            self.block(&buffer[from..cut], offset + from as u64);
            if done {
                return;
            }
            buffer.copy_within(cut..filled, 0);
            filled -= cut;
            offset += cut as u64;
            if filled > LONGEST && !skipping {
                self.overlong(&buffer[..filled], offset);
                offset += filled as u64;
                (filled, skipping) = (0, true);
            }
        }
    }

    /// Where the whole lines of a buffer end, and whether they are the last ones to read.
    fn cut(&self, buffer: &[u8], from: usize, offset: u64, extent: Extent, last: bool) -> (usize, bool) {
        let border = extent.end.saturating_sub(offset).saturating_sub(1);
        if border < buffer.len() as u64 {
            let border = (border as usize).max(from);
            if let Some(at) = memchr::memchr(b'\n', &buffer[border..]) {
                return (border + at + 1, true);
            }
        }
        if last {
            return (buffer.len(), true);
        }
        if self.plan.format.framing() != Framing::Line {
            // The last entry may go on in the next block.
            let mut at = from;
            loop {
                let length = entry_length(&buffer[at..], &self.plan.format);
                if at + length >= buffer.len() {
                    return (at, false);
                }
                at += length;
            }
        }
        (memchr::memrchr(b'\n', &buffer[from..]).map_or(from, |at| from + at + 1), false)
    }

    fn overlong(&mut self, start: &[u8], offset: u64) {
        self.tally.lines += 1;
        let place = Place { line: self.tally.lines, offset, length: start.len() as u64 };
        self.tally.unreadable(place, start);
    }

    /// Reads whole lines.
    fn block(&mut self, block: &[u8], offset: u64) {
        self.tally.bytes += block.len() as u64;
        let mut record = Record::default();
        if self.plan.format.framing() != Framing::Line {
            let mut at = 0;
            while at < block.len() {
                let length = entry_length(&block[at..], &self.plan.format);
                let entry = &block[at..at + length];
                let number = self.tally.lines + 1;
                self.tally.lines += newlines(entry) + u64::from(!entry.ends_with(b"\n"));
                self.line(
                    entry.strip_suffix(b"\n").unwrap_or(entry),
                    number,
                    offset + at as u64,
                    &mut record,
                );
                at += length;
            }
            return;
        }
        match self.plan.depth {
            Depth::Refusals => self.search(block, offset, &mut record),
            Depth::Statuses | Depth::Fields => {
                let mut start = 0;
                for end in memchr::memchr_iter(b'\n', block).chain([block.len()]) {
                    if start < block.len() {
                        self.tally.lines += 1;
                        self.every(&block[start..end], offset + start as u64, &mut record);
                    }
                    start = end + 1;
                }
            }
        }
    }

    /// Looks only at lines that may state a refusal.
    fn search<'b>(&mut self, block: &'b [u8], offset: u64, record: &mut Record<'b>) {
        let plan = self.plan;
        let first = self.tally.lines;
        let mut counted = 0;
        let mut lines = 0;
        plan.search(block).candidates(block, &mut |at| {
            let start = memchr::memrchr(b'\n', &block[..at]).map_or(0, |newline| newline + 1);
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline);
            lines += newlines(&block[counted..start]);
            counted = start;
            self.line(&block[start..end], first + lines + 1, offset + start as u64, record);
            end + 1
        });
        lines += newlines(&block[counted..]);
        self.tally.lines = first + lines + u64::from(block.last().is_some_and(|byte| *byte != b'\n'));
    }

    /// Counts the status of a line, and reads the rest of it when that is asked for or the status is refused.
    fn every<'b>(&mut self, line: &'b [u8], offset: u64, record: &mut Record<'b>) {
        if self.plan.depth == Depth::Statuses
            && let Some(reader) = &self.plan.status
            && let Some(status) = reader.read(line, record)
            && !self.plan.statuses.contains(&status)
            && !self.plan.upstream
        {
            self.tally.status(status);
            return;
        }
        let number = self.tally.lines;
        self.line(line, number, offset, record);
        if let Some(status) = record.status().filter(|_| record.kind.is_some()) {
            self.tally.status(status);
        }
    }

    /// Reads one line and hands it on if it is a refusal.
    fn line<'b>(&mut self, line: &'b [u8], number: u64, offset: u64, record: &mut Record<'b>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let place = Place { line: number, offset, length: line.len() as u64 };
        record.kind = None;
        if self.plan.format.parse_into(line, record).is_none() {
            record.entries.clear();
            if !line.trim_ascii().is_empty() && !self.plan.format.is_comment(line) {
                self.tally.unreadable(place, line);
            }
            return;
        }
        record.place = place;
        if self.too_old(record) {
            return;
        }
        let status = record.status();
        let told = [status, record.upstream_status()];
        let refused = told.iter().flatten().any(|status| self.plan.statuses.contains(status));
        if refused || (status.is_none() && self.plan.has_word(&record.text)) {
            self.tally.refused += u64::from(refused);
            self.tally.kept += 1;
            self.sink.refusal(record);
        } else if self.plan.depth == Depth::Fields {
            self.sink.other(record);
        }
    }

    fn too_old(&self, record: &Record<'_>) -> bool {
        let Some(since) = self.plan.since else { return false };
        record
            .time()
            .is_some_and(|time| time.zone != crate::time::Zone::YearMissing && time.micros < since.micros)
    }
}

impl Tally {
    fn status(&mut self, status: u16) {
        let status = usize::from(status.min(999));
        if self.statuses.len() <= status {
            self.statuses.resize(1000, 0);
        }
        self.statuses[status] += 1;
    }

    fn unreadable(&mut self, place: Place, line: &[u8]) {
        self.unreadable += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(Unreadable { place, start: shown(line) });
        }
    }

    /// Adds what the next part of the same file counted.
    pub(super) fn append(&mut self, part: Tally) {
        for mut example in part.examples {
            example.place.line += self.lines;
            if self.examples.len() < EXAMPLES {
                self.examples.push(example);
            }
        }
        self.bytes += part.bytes;
        self.lines += part.lines;
        self.refused += part.refused;
        self.kept += part.kept;
        self.unreadable += part.unreadable;
        self.statuses.resize(self.statuses.len().max(part.statuses.len()), 0);
        for (sum, count) in self.statuses.iter_mut().zip(part.statuses) {
            *sum += count;
        }
        self.warnings.extend(part.warnings);
    }

    /// Puts the counts into a report.
    pub(super) fn report(self, report: &mut FileReport) {
        let counted = self.statuses.iter().enumerate().filter(|(_, count)| **count > 0);
        report.statuses = counted.map(|(status, count)| (status as u16, *count)).collect();
        report.bytes = self.bytes;
        report.lines = self.lines;
        report.refused = self.refused;
        report.kept = self.kept;
        report.unreadable = self.unreadable;
        report.examples = self.examples;
        report.warnings.extend(self.warnings);
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Says where reading stopped and why.
fn stopped(error: &io::Error, at: u64) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("the compressed file is cut off after {at} bytes of text"),
        _ => format!("reading stopped after {at} bytes: {error}"),
    }
}
