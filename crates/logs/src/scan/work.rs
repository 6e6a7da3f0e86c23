//! Reads one file, or one part of it, block by block.

use std::io::{self, Read};

use super::input::{PAGE, Part};
use super::plan::Plan;
use super::sink::Sink;
use super::window::Window;
use super::{Depth, FileReport};
use crate::format::Framing;
use crate::read::{LONGEST, Unreadable, entry_length, shown};
use crate::record::{Place, Record};
use crate::time::Zone;

/// So far behind UTC may a clock be whose zone a log does not say.
const BEHIND: i64 = 12 * 3_600_000_000;

/// How many unreadable lines are shown.
const EXAMPLES: usize = 5;

/// Reads blocks and hands on what it finds.
pub(super) struct Worker<'p, S> {
    plan: &'p Plan,
    window: Window,
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
    /// `window` lends its memory: to clear fresh pages for every part costs as much as to search them.
    pub(super) fn new(plan: &'p Plan, sink: S, window: Window) -> Worker<'p, S> {
        Worker { plan, window, sink, tally: Tally::default() }
    }

    /// What was found, and the window for the next worker.
    pub(super) fn finish(self) -> (S, Tally, Window) {
        (self.sink, self.tally, self.window)
    }

    /// Reads a part of a plain file, from the page before it where it may begin within a line.
    pub(super) fn part(&mut self, file: &std::fs::File, extent: Extent) {
        let back = if extent.torn { PAGE.min(extent.start) } else { 0 };
        let mut part = Part { file, at: extent.start - back };
        self.lines_of(&mut part, Extent { start: extent.start - back, ..extent }, back as usize);
    }

    /// Reads a stream to its end.
    pub(super) fn stream(&mut self, stream: &mut dyn Read) {
        self.lines_of(stream, Extent::ALL, 0);
    }

    /// The first `back` bytes of the stream lie before the extent: lines that begin in them are somebody else's.
    fn lines_of(&mut self, stream: &mut dyn Read, extent: Extent, back: usize) {
        let mut window = std::mem::take(&mut self.window);
        window.clear();
        let mut offset = extent.start;
        let mut skipping = extent.torn;
        let mut ahead = back.saturating_sub(1);
        loop {
            let left = extent.end.saturating_sub(offset + window.filled().len() as u64);
            let (count, error) = window.read(stream, left);
            let last = count == 0 || error.is_some();
            let filled = window.filled();
            if let Some(error) = error {
                self.tally.warnings.push(stopped(&error, offset + filled.len() as u64));
            }
            let mut from = 0;
            if skipping {
                match memchr::memchr(b'\n', filled.get(ahead..).unwrap_or_default()) {
                    Some(at) => (from, skipping) = (ahead + at + 1, false),
                    None => from = filled.len(),
                }
                ahead = 0;
            }
            if offset + from as u64 >= extent.end {
                break;
            }
            let (cut, done) = self.cut(filled, from, offset, extent, last);
            self.block(&filled[from..cut], offset + from as u64);
            if done {
                break;
            }
            let rest = filled.len() - cut;
            if rest > LONGEST && !skipping {
                self.overlong(&filled[cut..], offset + cut as u64);
                offset += filled.len() as u64;
                skipping = true;
                window.clear();
            } else {
                offset += cut as u64;
                window.drop_first(cut);
            }
        }
        self.window = window;
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
                while start < block.len() {
                    self.tally.lines += 1;
                    let end = |from: usize| {
                        memchr::memchr(b'\n', &block[from..]).map_or(block.len(), |newline| from + newline)
                    };
                    start = 1 + match self.skim(block, start) {
                        Some(at) => end(at),
                        None => {
                            let end = end(start);
                            self.every(&block[start..end], offset + start as u64, &mut record);
                            end
                        }
                    };
                }
            }
        }
    }

    /// Counts the status of the line that begins at `start`, when nothing else of it is asked for; says where it stands.
    fn skim(&mut self, block: &[u8], start: usize) -> Option<usize> {
        let plan = self.plan;
        if plan.depth != Depth::Statuses || plan.upstream {
            return None;
        }
        let (status, at) = plan.status.as_ref()?.skim(block, start)?;
        (!plan.statuses.contains(&status)).then(|| {
            self.tally.status(status);
            at
        })
    }

    /// Looks only at lines that may state a refusal.
    fn search<'b>(&mut self, block: &'b [u8], offset: u64, record: &mut Record<'b>) {
        let plan = self.plan;
        let first = self.tally.lines;
        let mut counted = 0;
        let mut lines = 0;
        plan.candidates(block, &mut |at| {
            let start = memchr::memrchr(b'\n', &block[..at]).map_or(0, |newline| newline + 1);
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline);
            if plan.rules_out(&block[start..end], at - start) {
                return at;
            }
            lines += newlines(&block[counted..start]);
            counted = start;
            self.line(&block[start..end], first + lines + 1, offset + start as u64, record);
            end + 1
        });
        lines += newlines(&block[counted..]);
        self.tally.lines = first + lines + u64::from(block.last().is_some_and(|byte| *byte != b'\n'));
    }

    /// Reads a line and counts its status.
    fn every<'b>(&mut self, line: &'b [u8], offset: u64, record: &mut Record<'b>) {
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
        let told = [status, if self.plan.upstream { record.upstream_status() } else { None }];
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
        record.time().is_some_and(|time| match time.zone {
            Zone::Known => time.micros < since.micros,
            Zone::Local => time.micros < since.micros.saturating_sub(BEHIND),
            Zone::YearMissing => false,
        })
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

/// Sums of so few bytes do not overflow, so that the compiler counts many at once: quicker than a search for each.
fn newlines(text: &[u8]) -> u64 {
    let count = |few: &[u8]| few.iter().fold(0_u8, |sum, byte| sum + u8::from(*byte == b'\n'));
    text.chunks(224).map(|few| u64::from(count(few))).sum()
}

/// Says where reading stopped and why.
fn stopped(error: &io::Error, at: u64) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("the compressed file is cut off after {at} bytes of text"),
        _ => format!("reading stopped after {at} bytes: {error}"),
    }
}
