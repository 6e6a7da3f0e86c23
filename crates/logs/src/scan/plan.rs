//! What one file's format means for the search: which bytes to look for, which lines to read.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use super::{Depth, Options};
use crate::format::{Format, StatusReader};
use crate::record::{Field, Record};
use crate::time::Time;

/// The search for one file.
pub(super) struct Plan {
    pub(super) format: Format,
    pub(super) depth: Depth,
    pub(super) since: Option<Time>,
    pub(super) statuses: Vec<u16>,
    /// Whether lines also state the status of the server behind, which may be the refused one.
    pub(super) upstream: bool,
    /// Reads only the status of a line, when the format allows it.
    pub(super) status: Option<StatusReader>,
    /// What every line of interest holds, and the same for blocks that look different from the sample.
    needle: Needle,
    learned: Option<Learned>,
    /// Words that make an entry without a status worth keeping; only for formats that have such entries.
    words: Option<AhoCorasick>,
}

/// The bytes that a line of interest must hold.
enum Needle {
    /// One status: three digits that stand alone.
    One(Box<memmem::Finder<'static>>),
    /// Several statuses or words.
    Many(AhoCorasick),
    /// Every line is of interest.
    Every,
}

/// What stood around the status in every line of the sample: `" ` and a blank, or `"status":`. Found far less often
/// than the bare digits, and so searched for more quickly.
struct Learned {
    before: Vec<u8>,
    after: Option<u8>,
    needle: Needle,
}

impl Plan {
    pub(super) fn new(format: Format, options: &Options, sample: &[u8]) -> Plan {
        let around = Surroundings::of(&format, sample);
        let words = if around.all_have_status { &[] } else { options.words.as_slice() };
        let digits: Vec<String> = options.statuses.iter().map(u16::to_string).collect();
        let all: Vec<&str> = digits.iter().chain(words).map(String::as_str).collect();
        let needle = match all.as_slice() {
            [] => Needle::Every,
            [one] => Needle::One(Box::new(memmem::Finder::new(one).into_owned())),
            many => automaton(many).map_or(Needle::Every, Needle::Many),
        };
        Plan {
            status: format.status_reader(),
            words: automaton(&words.iter().map(String::as_str).collect::<Vec<_>>())
                .filter(|_| !words.is_empty()),
            depth: options.depth,
            since: options.since,
            statuses: options.statuses.clone(),
            upstream: around.upstream,
            learned: around.learn(&options.statuses),
            needle,
            format,
        }
    }

    /// How to search a block: as learned, when its first line is as in the sample; else for the bare digits.
    pub(super) fn search<'p>(&'p self, block: &[u8]) -> Search<'p> {
        let line = &block[..memchr::memchr(b'\n', block).unwrap_or(block.len())];
        let learned = self.learned.as_ref().filter(|learned| {
            let mut seen = Surroundings::default();
            let fits = seen.add(&self.format, line);
            fits && seen.before.ends_with(&learned.before)
                && learned.after.is_none_or(|after| seen.after == Some(after))
        });
        Search { needle: learned.map_or(&self.needle, |learned| &learned.needle) }
    }

    /// Whether an entry without a status holds one of the words.
    pub(super) fn has_word(&self, text: &[u8]) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_match(text))
    }
}

/// A search over one block.
pub(super) struct Search<'p> {
    needle: &'p Needle,
}

impl Search<'_> {
    /// Calls `visit` for each place in a block that may belong to a refusal. `visit` answers where to search on.
    pub(super) fn candidates(&self, block: &[u8], visit: &mut dyn FnMut(usize) -> usize) {
        let mut at = 0;
        while let Some((start, end)) = self.find(block, at) {
            at = if stands_alone(block, start, end) { visit(start).max(end) } else { end };
        }
    }

    fn find(&self, block: &[u8], from: usize) -> Option<(usize, usize)> {
        match &self.needle {
            Needle::One(finder) => {
                let length = finder.needle().len();
                finder.find(&block[from..]).map(|at| (from + at, from + at + length))
            }
            Needle::Many(automaton) => {
                automaton.find(&block[from..]).map(|found| (from + found.start(), from + found.end()))
            }
            Needle::Every => (from < block.len()).then_some((from, from + 1)),
        }
    }
}

/// What stands around the statuses of a sample.
#[derive(Default)]
struct Surroundings {
    before: Vec<u8>,
    after: Option<u8>,
    lines: usize,
    all_have_status: bool,
    upstream: bool,
}

impl Surroundings {
    /// At most so many bytes before a status are compared.
    const WIDTH: usize = 12;

    fn of(format: &Format, sample: &[u8]) -> Surroundings {
        let mut found = Surroundings::default();
        let whole = memchr::memrchr(b'\n', sample).unwrap_or(sample.len());
        for line in sample[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if !found.add(format, line) {
                return Surroundings::default();
            }
        }
        found.all_have_status = found.lines > 0;
        found
    }

    /// Adds a line; false when it has no status or the status does not stand in the line as it is.
    fn add(&mut self, format: &Format, line: &[u8]) -> bool {
        let mut record = Record::default();
        if format.parse_into(line, &mut record).is_none() || !matches!(record.text, Cow::Borrowed(_)) {
            return false;
        }
        // A wrapper's rest ends with the line: the text before a status stays what it is.
        let Some(span) = record.span(Field::Status) else { return false };
        let before = &record.text[span.start.saturating_sub(Self::WIDTH)..span.start];
        let after = record.text.get(span.end).copied();
        self.upstream |= record.span(Field::UpstreamStatus).is_some();
        if self.lines == 0 {
            (self.before, self.after) = (before.to_vec(), after);
        }
        let common =
            self.before.iter().rev().zip(before.iter().rev()).take_while(|(one, other)| one == other).count();
        self.before.drain(..self.before.len() - common);
        self.after = self.after.filter(|byte| after == Some(*byte));
        self.lines += 1;
        true
    }

    /// The needles, when there is enough around the statuses to tell them from other numbers.
    fn learn(self, statuses: &[u16]) -> Option<Learned> {
        if !self.all_have_status
            || self.upstream
            || self.lines < 20
            || self.before.len() < 2
            || self.before.ends_with(b"0")
        {
            return None;
        }
        let with = |status: &u16| {
            let digits = status.to_string();
            [self.before.as_slice(), digits.as_bytes(), self.after.as_slice()].concat()
        };
        let texts: Vec<Vec<u8>> = statuses.iter().map(with).collect();
        let needle = match texts.as_slice() {
            [one] => Needle::One(Box::new(memmem::Finder::new(one).into_owned())),
            many => Needle::Many(AhoCorasick::new(many).ok()?),
        };
        Some(Learned { before: self.before, after: self.after, needle })
    }
}

fn automaton(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()
}

/// A status is no part of a longer number or word. Words that begin with a letter may stand anywhere.
fn stands_alone(block: &[u8], start: usize, end: usize) -> bool {
    if !block[start].is_ascii_digit() {
        return true;
    }
    let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    alone(start.checked_sub(1).and_then(|before| block.get(before))) && alone(block.get(end))
}
