//! Groups refusals: by client, route, rule, emitter and more; how many, since when, and an example of each.

mod names;
mod route;
mod timeline;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

pub use names::Names;
pub use route::route;
pub use timeline::{Change, Timeline};

use crate::record::{Field, Place, Record};
use crate::scan::Sink;

/// More groups than this are counted together as "others", so that memory stays bounded: each takes some 300 bytes. A table
/// of 65,536 places holds as many.
const MOST: usize = 57_344;

/// What groups are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The path with its identifiers folded.
    Route,
    /// The client's address.
    Client,
    /// The WAF rule that matched; for HAProxy the rule's file and line.
    Rule,
    /// The kind of log.
    Emitter,
    /// The status.
    Status,
    /// The method.
    Method,
    /// The host.
    Host,
    /// The message, with numbers and names folded.
    Message,
    /// HAProxy's termination state, Envoy's response flags, Squid's result.
    Termination,
}

/// Refusals that have the same key.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// One value for each [`By`] asked for; `None` where a record has no such field.
    pub key: Vec<Option<Arc<str>>>,
    /// How many.
    pub count: u64,
    /// The first one: its time, if it has one, and where it stands.
    pub first: Seen,
    /// The last one.
    pub last: Seen,
    /// When they happened.
    pub timeline: Timeline,
}

/// A record's time and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Microseconds since 1970.
    pub micros: Option<i64>,
    /// The index of its file.
    pub file: usize,
    /// Where in that file.
    pub place: Place,
}

/// Groups records while a scan finds them, in bounded memory.
#[derive(Clone, Debug)]
pub struct Grouping {
    by: Vec<By>,
    /// Every value of a key once; groups name them by number.
    names: Names,
    groups: HashMap<Box<[u32]>, Held>,
    file: usize,
    /// Records that came after there were too many groups.
    pub others: u64,
    /// The first and the last time seen in any group.
    pub observed: Option<(i64, i64)>,
}

/// A group without its key. Most have one record.
#[derive(Clone, Debug)]
enum Held {
    Once(Seen),
    Often(Box<Often>),
}

#[derive(Clone, Debug)]
struct Often {
    count: u64,
    first: Seen,
    last: Seen,
    timeline: Timeline,
}

impl Grouping {
    /// Groups by these fields together.
    pub fn new(by: &[By]) -> Grouping {
        Grouping {
            by: by.to_vec(),
            names: Names::default(),
            groups: HashMap::new(),
            file: 0,
            others: 0,
            observed: None,
        }
    }

    /// The groups, the largest first.
    pub fn groups(self) -> Vec<Group> {
        self.largest(usize::MAX).0
    }

    /// So many of the groups, the largest first; and how many groups, and how many records in them, were left out.
    pub fn largest(self, most: usize) -> (Vec<Group>, usize, u64) {
        let Grouping { names, groups, .. } = self;
        let mut groups: Vec<(Box<[u32]>, Held)> = groups.into_iter().collect();
        let texts = |key: &[u32]| key.iter().map(|number| names.get(*number)).collect::<Vec<_>>();
        groups.sort_unstable_by(|(one, held), (two, other)| {
            other.count().cmp(&held.count()).then_with(|| texts(one).cmp(&texts(two)))
        });
        let rest = groups.split_off(most.min(groups.len()));
        let named = |(key, held): (Box<[u32]>, Held)| {
            let key = key.iter().map(|number| names.shared(*number)).collect();
            let Often { count, first, last, timeline } = held.often();
            Group { key, count, first, last, timeline }
        };
        let left_out = rest.iter().map(|(_, held)| held.count()).sum();
        (groups.into_iter().map(named).collect(), rest.len(), left_out)
    }

    /// Counts one record.
    pub fn add(&mut self, file: usize, record: &Record<'_>) {
        let key: Vec<Option<String>> = self.by.iter().map(|by| by.value(record)).collect();
        let micros = record.time().map(|time| time.micros);
        let key: Vec<Option<&str>> = key.iter().map(Option::as_deref).collect();
        self.count(&key, Seen { micros, file, place: record.place });
    }

    /// Counts one event under a key that the caller made.
    pub fn count(&mut self, key: &[Option<&str>], seen: Seen) {
        self.observe(seen.micros.map(|time| (time, time)));
        self.put(key, Held::Once(seen));
    }

    /// Names of groups for which there is no room are not kept.
    fn put(&mut self, key: &[Option<&str>], held: Held) {
        let full = self.groups.len() >= MOST;
        let known: Option<Box<[u32]>> = key
            .iter()
            .map(|value| if full { self.names.known(*value) } else { Some(self.names.number(*value)) })
            .collect();
        match known.as_ref().and_then(|key| self.groups.get_mut(key)) {
            Some(own) => own.add(held),
            None if full => self.others += held.count(),
            None => drop(known.map(|key| self.groups.insert(key, held))),
        }
    }

    fn observe(&mut self, times: Option<(i64, i64)>) {
        let Some((first, last)) = times else { return };
        let (from, to) = self.observed.unwrap_or((first, last));
        self.observed = Some((from.min(first), to.max(last)));
    }
}

impl Held {
    fn count(&self) -> u64 {
        match self {
            Held::Once(_) => 1,
            Held::Often(often) => often.count,
        }
    }

    fn often(self) -> Often {
        match self {
            Held::Often(often) => *often,
            Held::Once(seen) => {
                let mut timeline = Timeline::default();
                if let Some(time) = seen.micros {
                    timeline.add(time, 1);
                }
                Often { count: 1, first: seen, last: seen, timeline }
            }
        }
    }

    fn add(&mut self, other: Held) {
        let mut own = std::mem::replace(self, Held::Once(Seen::NOWHERE)).often();
        own.add(other.often());
        *self = Held::Often(Box::new(own));
    }

    /// The group begins `lines` lines further down.
    fn shift(&mut self, lines: u64) {
        match self {
            Held::Once(seen) => seen.place.line += lines,
            Held::Often(often) => {
                often.first.place.line += lines;
                often.last.place.line += lines;
            }
        }
    }
}

impl Seen {
    const NOWHERE: Seen = Seen { micros: None, file: 0, place: Place { line: 0, offset: 0, length: 0 } };
}

impl Often {
    fn add(&mut self, other: Often) {
        self.count += other.count;
        let earlier = self.first.micros.is_none() || other.first.micros < self.first.micros;
        if other.first.micros.is_some() && earlier {
            self.first = other.first;
        }
        if other.last.micros >= self.last.micros {
            self.last = other.last;
        }
        self.timeline.append(&other.timeline);
    }
}

impl Sink for Grouping {
    fn part(&self) -> Grouping {
        Grouping { file: self.file, ..Grouping::new(&self.by) }
    }

    fn file(&mut self, index: usize, _path: &Path) {
        self.file = index;
    }

    fn refusal(&mut self, record: &Record<'_>) {
        self.add(self.file, record);
    }

    fn append(&mut self, part: Grouping, lines: u64) {
        self.others += part.others;
        self.observe(part.observed);
        for (key, mut held) in part.groups {
            held.shift(lines);
            let key: Vec<Option<&str>> = key.iter().map(|number| part.names.get(*number)).collect();
            self.put(&key, held);
        }
    }
}

/// Groups records that are at hand, given with the index of their file.
pub fn group(records: &[(usize, Record<'_>)], by: &[By]) -> Vec<Group> {
    let mut grouping = Grouping::new(by);
    for (file, record) in records {
        grouping.add(*file, record);
    }
    grouping.groups()
}

impl By {
    /// The value by which a record is grouped.
    pub fn value(self, record: &Record<'_>) -> Option<String> {
        let plain = |field| record.get(field).map(|value| value.into_owned());
        match self {
            By::Route => record.path().map(|path| route(&path)),
            By::Client => plain(Field::Client),
            By::Emitter => record.kind.map(|kind| kind.name().to_owned()),
            By::Status => record.status().map(|status| status.to_string()),
            By::Method => plain(Field::Method),
            By::Host => plain(Field::Host),
            By::Termination => plain(Field::Termination),
            By::Message => record.get(Field::Message).map(|message| folded(&message)),
            By::Rule => scoring_rule(record),
        }
    }
}

/// The rule that scored, by its number or its place; never one that only sums up.
fn scoring_rule(record: &Record<'_>) -> Option<String> {
    let rules = record.rules();
    let mut scoring = rules.iter().filter(|rule| !rule.is_bookkeeping());
    let severe = |rule: &&crate::Rule| matches!(rule.severity.as_deref(), Some("CRITICAL" | "2"));
    let rule = scoring.clone().find(severe).or_else(|| scoring.next())?;
    let place = || Some(format!("{}:{}", rule.file.as_deref()?, rule.line?));
    rule.id.clone().or_else(place)
}

/// A message with its quoted parts and numbers folded, at most 200 letters long.
fn folded(message: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut digits = false;
    for letter in message.chars() {
        if letter == '"' {
            quoted = !quoted;
            out.push_str(if quoted { "\"…" } else { "\"" });
        } else if quoted {
            continue;
        } else if letter.is_ascii_digit() {
            if !digits {
                out.push('#');
            }
        } else {
            out.push(letter);
        }
        digits = letter.is_ascii_digit();
        if out.len() > 200 {
            break;
        }
    }
    out
}
