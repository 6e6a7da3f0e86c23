//! What one file's format means for the search: which bytes to look for, which lines to read.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use super::{Depth, Options};
use crate::format::{Format, StatusReader};
use crate::record::Field;
use crate::time::Time;

/// The search for one file.
pub(super) struct Plan {
    pub(super) format: Format,
    pub(super) depth: Depth,
    pub(super) since: Option<Time>,
    pub(super) statuses: Vec<u16>,
    /// Whether lines may also state the status of the server behind, which may be the refused one.
    pub(super) upstream: bool,
    /// Reads only the status of a line, when the format allows it.
    pub(super) status: Option<StatusReader>,
    /// Where in a line a status may stand.
    places: Places,
    /// The refused statuses, as digits.
    digits: Needle,
    /// The same and the words that make an entry without a status worth keeping: for formats that have such entries.
    all: Option<Needle>,
    words: Option<AhoCorasick>,
    /// Whether the sample has no entry without a status, so that words are searched for only from where that changes.
    stated: bool,
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

impl Plan {
    pub(super) fn new(format: Format, options: &Options, sample: &[u8]) -> Plan {
        let digits: Vec<String> = options.statuses.iter().map(u16::to_string).collect();
        let words: &[String] = if format.always_has_status() { &[] } else { &options.words };
        let with_words = || needle(&digits.iter().chain(words).map(String::as_str).collect::<Vec<_>>());
        Plan {
            status: format.status_reader(),
            places: Places::of(&format),
            upstream: format.may_have(Field::UpstreamStatus),
            stated: words.is_empty() || all_state(&format, sample),
            words: automaton(&words.iter().map(String::as_str).collect::<Vec<_>>())
                .filter(|_| !words.is_empty()),
            all: (!words.is_empty()).then(with_words),
            digits: needle(&digits.iter().map(String::as_str).collect::<Vec<_>>()),
            depth: options.depth,
            since: options.since,
            statuses: options.statuses.clone(),
            format,
        }
    }

    /// What to search a block for: words too, unless neither the sample nor the block's first line lacks a status.
    fn needle(&self, block: &[u8]) -> &Needle {
        let Some(all) = &self.all else { return &self.digits };
        let line = &block[..memchr::memchr(b'\n', block).unwrap_or(block.len())];
        if self.stated && states(&self.format, line) { &self.digits } else { all }
    }

    /// Calls `visit` for each place in a block that may belong to a refusal. `visit` answers where to search on.
    pub(super) fn candidates(&self, block: &[u8], visit: &mut dyn FnMut(usize) -> usize) {
        let needle = self.needle(block);
        let mut at = 0;
        while let Some((start, end)) = needle.find(block, at) {
            at = if stands_alone(block, start, end) { visit(start).max(end) } else { end };
            // The last line of a file may have no end to go on behind.
            at = at.min(block.len());
        }
    }

    /// Whether what was found at `at` cannot be a status, in a line that has the format's shape for certain: most lines
    /// that hold the digits elsewhere need not be read then.
    pub(super) fn rules_out(&self, line: &[u8], at: usize) -> bool {
        if !line[at].is_ascii_digit() || self.places.admit(line, at) {
            return false;
        }
        match (&self.places, &self.status) {
            (Places::Json, _) => line.first() == Some(&b'{') && line.last() == Some(&b'}'),
            (_, Some(reader)) => reader.reads(line),
            _ => false,
        }
    }

    /// Whether an entry without a status holds one of the words.
    pub(super) fn has_word(&self, text: &[u8]) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_match(text))
    }
}

/// What stands right before a value and right behind it.
type Around = (Box<[u8]>, Box<[u8]>);

/// Where in a line a status may stand.
enum Places {
    /// Anywhere, as far as is known.
    Any,
    /// Between these texts, or behind this one in a list.
    Between { status: Vec<Around>, upstream: Vec<Box<[u8]>> },
    /// Where a JSON value begins, or within a text.
    Json,
}

impl Places {
    fn of(format: &Format) -> Places {
        if format.is_bare_json() {
            return Places::Json;
        }
        let around = |field| format.around(field);
        match (around(Field::Status), around(Field::UpstreamStatus)) {
            (Some(status), Some(upstream)) if !status.is_empty() => {
                let owned = |(before, after): (&[u8], &[u8])| (before.into(), after.into());
                Places::Between {
                    status: status.into_iter().map(owned).collect(),
                    upstream: upstream.into_iter().map(|(before, _)| before.into()).collect(),
                }
            }
            _ => Places::Any,
        }
    }

    /// Whether a status may stand at `at`.
    fn admit(&self, line: &[u8], at: usize) -> bool {
        let (before, after) = line.split_at(at);
        match self {
            Places::Any => true,
            Places::Between { status, upstream } => {
                let fits = |(ahead, behind): &Around| {
                    before.ends_with(ahead) && after.get(3..).is_some_and(|rest| rest.starts_with(behind))
                };
                // nginx lists the statuses of several servers: `502, 403 : 200`.
                let listed = || before.ends_with(b", ") || before.ends_with(b": ");
                status.iter().any(fits)
                    || (!upstream.is_empty()
                        && (listed() || upstream.iter().any(|ahead| before.ends_with(ahead))))
            }
            // A path or a parameter is what most of the others are.
            Places::Json => !matches!(before.last(), Some(b'/' | b'=' | b'_' | b'&' | b'?' | b'#')),
        }
    }
}

impl Needle {
    fn find(&self, block: &[u8], from: usize) -> Option<(usize, usize)> {
        match self {
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

fn needle(words: &[&str]) -> Needle {
    match words {
        [] => Needle::Every,
        [one] => Needle::One(Box::new(memmem::Finder::new(one).into_owned())),
        many => automaton(many).map_or(Needle::Every, Needle::Many),
    }
}

/// Whether all whole lines of a sample state a status.
fn all_state(format: &Format, sample: &[u8]) -> bool {
    let whole = memchr::memrchr(b'\n', sample).unwrap_or(sample.len());
    let mut lines = sample[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).peekable();
    lines.peek().is_some() && lines.all(|line| states(format, line))
}

fn states(format: &Format, line: &[u8]) -> bool {
    format.parse(line).is_some_and(|record| record.status().is_some())
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
