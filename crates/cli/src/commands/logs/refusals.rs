//! What is kept of each refusal while the logs are read.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, Once};

use anyhow::Result;
use logs::group::{Grouping, Names, Seen};
use logs::{Field, Place, Record, Sink, Traits, Zone};

use super::arguments::{Arguments, LogsFormat, Since};
use super::attribute::{Attribution, Attributions};
use super::filter::Filter;
use super::key::Key;
use super::spill::Spill;
use crate::output;

/// So many lines are kept in memory; each takes about 250 bytes. After that they wait in a file, so many of them; then each
/// line of an access log counts by itself.
const MOST: usize = 15_000;
const WAITING: u64 = 4_000_000;

/// What the user asked for, and what is known of lines so far: shared by all threads.
pub(super) struct Settings {
    /// What groups are made of.
    pub(super) group_by: Vec<Key>,
    pub(super) filters: Vec<Filter>,
    /// All fields that are kept of a line: those of the groups, then those that are only filtered by.
    pub(super) keys: Vec<Key>,
    pub(super) statuses: Vec<u16>,
    pub(super) since: Option<Since>,
    /// In microseconds since 1970.
    now: i64,
    pub(super) attributions: Attributions,
}

impl Settings {
    pub(super) fn new(arguments: &Arguments, format: LogsFormat) -> Result<Settings> {
        let filters = arguments.filters.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>>>()?;
        let group_by = unique(arguments.group_by.clone());
        let mut keys = group_by.clone();
        keys.extend(filters.iter().map(|filter| filter.key));
        if format == LogsFormat::Parquet {
            keys.extend(super::output::COLUMNS);
        }
        Ok(Settings {
            group_by,
            filters,
            keys: unique(keys),
            statuses: arguments.status.clone(),
            since: arguments.since()?,
            now: std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64),
            attributions: Attributions::default(),
        })
    }

    /// Counts a refusal under its group, unless it is filtered away; `values` are those of [`Settings::keys`].
    pub(super) fn count(&self, groups: &mut Grouping, values: &[Option<&str>], seen: Seen) -> bool {
        let value = |key: Key| self.keys.iter().position(|own| *own == key).and_then(|at| values[at]);
        let wanted = self.filters.iter().all(|filter| filter.admits(value(filter.key)));
        if wanted {
            groups.count(&values[..self.group_by.len()], seen);
        }
        wanted
    }
}

fn unique(keys: Vec<Key>) -> Vec<Key> {
    let mut found: Vec<Key> = Vec::new();
    for key in keys {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

/// A line that tells of a refusal, or that may belong to one.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) traits: Traits,
    pub(super) file: u32,
    pub(super) place: Place,
    pub(super) zoned: bool,
    pub(super) part: Part,
    /// Whether a WAF says here that it refused, or that the scores reached its threshold.
    pub(super) denied: bool,
    pub(super) attribution: Attribution,
    /// The numbers of the values of [`Settings::keys`].
    pub(super) values: Box<[u32]>,
}

/// What part a line plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// It only adds to what others tell, such as a rule that scored.
    Context,
    /// It states no status, but its words refuse.
    Words,
    /// It states that the request was refused.
    Status,
}

/// A set of files that are one log, and whether the lines are an access log's.
pub(super) type Log = (usize, bool);

/// The lines kept so far.
pub(super) struct Refusals {
    settings: Arc<Settings>,
    /// Where the lines wait that find no room in memory; shared by the sinks of all files.
    pub(super) waiting: Arc<Mutex<Option<Spill>>>,
    /// Whether the places of lines are those within their file, and not within a part of it.
    whole: bool,
    /// The log of each file, see [`super::files::sets`].
    pub(super) sets: Arc<Vec<usize>>,
    first_file: usize,
    file: usize,
    pub(super) names: Names,
    /// Lines by log, and within it by whether they are an access log's.
    pub(super) logs: HashMap<Log, Vec<Line>>,
    kept: usize,
    /// Whether all times of a log say their zone.
    pub(super) zones: HashMap<Log, bool>,
    /// Refusals for which there was no room anywhere.
    pub(super) unjoined: Grouping,
    /// How many of them, and how many lines without a status were left out.
    pub(super) beyond: (u64, u64),
}

impl Refusals {
    pub(super) fn new(settings: Arc<Settings>, sets: Vec<usize>) -> Refusals {
        Refusals {
            settings,
            waiting: Arc::default(),
            whole: true,
            zones: HashMap::new(),
            sets: Arc::new(sets),
            first_file: 0,
            file: 0,
            names: Names::default(),
            logs: HashMap::new(),
            kept: 0,
            unjoined: Grouping::new(&[]),
            beyond: (0, 0),
        }
    }

    /// The same sink for files that are numbered from here.
    pub(super) fn beyond(self, files: usize) -> Refusals {
        Refusals { first_file: files, ..self }
    }

    /// Makes room in memory: before a line's values get numbers, which mean something else afterwards.
    fn make_room(&mut self) {
        if self.kept >= MOST && self.whole {
            self.wait();
        }
    }

    fn line(&mut self, record: &Record<'_>) -> Line {
        let attribution = self.settings.attributions.of(record);
        let value = |key: &Key| match key {
            Key::Cause => attribution.cause.map(str::to_owned),
            Key::Emitter => attribution.emitter.map(str::to_owned),
            key => key.value(record),
        };
        let texts: Vec<Option<String>> = self.settings.keys.iter().map(value).collect();
        let mut traits = Traits::of(record);
        traits.time = record.time().map(|time| time.in_year_before(self.settings.now).micros);
        Line {
            traits,
            file: self.file as u32,
            place: record.place,
            zoned: record.time().is_some_and(|time| time.zone == Zone::Known),
            part: self.part_of(record, &attribution),
            denied: record.values(Field::Action).any(|action| action.contains("denied"))
                || record.rules().iter().any(logs::Rule::is_bookkeeping),
            attribution,
            values: texts.iter().map(|text| self.names.number(text.as_deref())).collect(),
        }
    }

    fn part_of(&self, record: &Record<'_>, attribution: &Attribution) -> Part {
        let refused = |status: u16| self.settings.statuses.contains(&status);
        if record.status().is_some_and(refused) || record.upstream_status().is_some_and(refused) {
            return Part::Status;
        }
        // A rule that only warned adds to the score; whether the request was refused another line says.
        let warned = record.values(Field::Action).any(|action| action == "Warning")
            && !record.values(Field::Action).any(|action| action.contains("denied"));
        let told = attribution.cause.is_some() || attribution.emitter.is_some() || record.target().is_some();
        if record.status().is_none() && told && !warned { Part::Words } else { Part::Context }
    }

    fn keep(&mut self, line: Line) {
        let set = self.sets.get(line.file as usize).copied().unwrap_or(usize::MAX);
        let log = (set, line.traits.is_answer());
        *self.zones.entry(log).or_insert(true) &= line.zoned || line.traits.time.is_none();
        self.logs.entry(log).or_default().push(line);
        self.kept += 1;
    }
}

/// That the temporary folder takes nothing is said once.
static NO_ROOM: Once = Once::new();

fn no_room(error: &std::io::Error) {
    output::note(&format!(
        "why403: no file can be made in the temporary folder ({error}); lines beyond what memory holds are counted alone"
    ));
}

impl Refusals {
    /// Puts all lines into the file; those that find no room there count by themselves.
    pub(super) fn wait(&mut self) {
        let waiting = Arc::clone(&self.waiting);
        let Ok(mut waiting) = waiting.lock() else { return };
        if waiting.is_none() {
            *waiting = Spill::new().map_err(|error| NO_ROOM.call_once(|| no_room(&error))).ok();
        }
        for (log, lines) in std::mem::take(&mut self.logs) {
            for line in lines {
                let room = waiting.as_mut().filter(|spill| spill.lines < WAITING);
                let push = |spill: &mut Spill| {
                    spill.push(log, &line, &self.names, &self.settings.attributions).is_ok()
                };
                if !room.is_some_and(push) {
                    self.alone(&line);
                }
            }
        }
        (self.names, self.kept) = (Names::default(), 0);
    }

    /// Counts a line for which there is no room any more.
    fn alone(&mut self, line: &Line) {
        let counted = self.settings.count_alone(&mut self.unjoined, line, &self.names);
        self.beyond.0 += u64::from(counted == Some(true));
        self.beyond.1 += u64::from(counted.is_none());
    }
}

impl Settings {
    /// Counts a line that could not be joined: an access log's, of which a request has one. `None` for any other; else whether
    /// it passes the filters.
    pub(super) fn count_alone(&self, groups: &mut Grouping, line: &Line, names: &Names) -> Option<bool> {
        let values: Vec<Option<&str>> = line.values.iter().map(|number| names.get(*number)).collect();
        let seen = Seen { micros: line.traits.time, file: line.file as usize, place: line.place };
        let old = self.since.is_some_and(|since| since.is_after(seen.micros, line.zoned));
        (line.part == Part::Status && line.traits.is_answer())
            .then(|| !old && self.count(groups, &values, seen))
    }
}

impl Sink for Refusals {
    fn part(&self) -> Refusals {
        Refusals {
            settings: Arc::clone(&self.settings),
            waiting: Arc::clone(&self.waiting),
            whole: false,
            zones: HashMap::new(),
            sets: Arc::clone(&self.sets),
            first_file: self.first_file,
            file: self.file,
            names: Names::default(),
            logs: HashMap::new(),
            kept: 0,
            unjoined: Grouping::new(&[]),
            beyond: (0, 0),
        }
    }

    fn file(&mut self, index: usize, _path: &Path) {
        (self.file, self.whole) = (self.first_file + index, true);
    }

    fn refusal(&mut self, record: &Record<'_>) {
        self.make_room();
        let line = self.line(record);
        self.keep(line);
    }

    fn append(&mut self, part: Refusals, lines: u64) {
        for (log, zoned) in part.zones {
            *self.zones.entry(log).or_insert(true) &= zoned;
        }
        self.beyond = (self.beyond.0 + part.beyond.0, self.beyond.1 + part.beyond.1);
        self.unjoined.append(part.unjoined, lines);
        let mut found: Vec<Line> = part.logs.into_values().flatten().collect();
        found.sort_by_key(|line| (line.file, line.place.offset));
        for mut line in found {
            self.make_room();
            line.place.line += lines;
            line.values =
                line.values.iter().map(|number| self.names.number(part.names.get(*number))).collect();
            self.keep(line);
        }
    }
}
