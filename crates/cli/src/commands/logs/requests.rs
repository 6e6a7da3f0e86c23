//! From lines to refused requests, and from requests to groups.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use logs::group::{Change, Group, Grouping, Seen};
use logs::join::CERTAIN;
use logs::scan::FileReport;
use logs::{By, Place, Scan, Story, Zone};

use model::Confidence;

use super::attribute::Attribution;
use super::changes::{self, Event};
use super::key::Key;
use super::refusals::{Line, Part, Refusals, Settings};
use super::slices::{Shown, Slice, Slices};

/// All that was found.
pub(super) struct Requests {
    pub(super) settings: Arc<Settings>,
    pub(super) files: Vec<FileReport>,
    /// Refused requests that pass the filters.
    pub(super) refused: u64,
    /// Those that do not pass.
    pub(super) filtered: u64,
    pub(super) groups: Vec<Group>,
    /// The same refusals by their cause alone.
    pub(super) causes: Vec<Group>,
    /// How sure a cause is: as sure as the least sure of its refusals.
    pub(super) confidence: BTreeMap<&'static str, Confidence>,
    /// How many groups there were before the small ones were left out.
    pub(super) all_groups: usize,
    /// Requests in the groups that were left out, and those that found no group.
    pub(super) others: u64,
    pub(super) observed: Option<(i64, i64)>,
    /// Whether all times say their zone.
    pub(super) zoned: bool,
    pub(super) join: JoinReport,
    /// What was changed on the server, in the order of time.
    pub(super) events: Vec<Event>,
    lines: Slices,
}

/// How lines of several logs were joined.
#[derive(Debug, Default)]
pub(super) struct JoinReport {
    pub(super) by_id: u64,
    pub(super) by_likeness: u64,
    /// Of those joined by likeness, how many are less than 95 % sure.
    pub(super) uncertain: u64,
    /// Identifiers that stood for several requests.
    pub(super) repeated_ids: usize,
    /// Clocks that differ by a second or more: a file, and what must be added to its times, in microseconds.
    pub(super) clocks: Vec<(usize, i64)>,
    /// Refusals counted line by line, and lines without a status left out, because there were too many to join.
    pub(super) beyond: (u64, u64),
}

impl Requests {
    /// Joins the lines of a scan, and groups the requests; keeps so many of the largest groups.
    ///
    /// # Errors
    /// Where lines wait in a file that cannot be read again.
    pub(super) fn of(scan: Scan<Refusals>, settings: &Arc<Settings>, most: usize) -> Result<Requests> {
        let Scan { mut sink, files } = scan;
        let waits = sink.waiting.lock().is_ok_and(|waiting| waiting.is_some());
        if waits {
            sink.wait();
        }
        let waiting = sink.waiting.lock().ok().and_then(|mut waiting| waiting.take());
        let lines = match waiting {
            Some(spill) => Slices::cut(spill).context("the temporary folder")?,
            None => Slices::Whole(Box::new(Slice::of(sink.logs, sink.names))),
        };
        let mut requests = Requests {
            settings: Arc::clone(settings),
            files,
            refused: sink.beyond.0,
            filtered: 0,
            groups: Vec::new(),
            causes: Vec::new(),
            confidence: BTreeMap::new(),
            all_groups: 0,
            others: 0,
            observed: None,
            zoned: false,
            join: JoinReport { beyond: sink.beyond, ..JoinReport::default() },
            events: Vec::new(),
            lines,
        };
        requests.zoned = requests.lines.are_zoned(&sink.zones);
        requests.group(sink.unjoined, most).context("the temporary folder")?;
        let clocks = requests.lines.clocks(&sink.sets);
        let differs =
            clocks.into_iter().filter(|(_, offset)| offset.micros.abs() >= 1_000_000 && offset.pairs > 2);
        requests.join.clocks = differs.map(|(file, offset)| (file, offset.micros)).collect();
        Ok(requests)
    }

    fn group(&mut self, mut grouping: Grouping, most: usize) -> io::Result<()> {
        let Requests { settings, lines, join, confidence, refused, filtered, .. } = self;
        let mut causes = Grouping::new(&[]);
        lines.each(&settings.attributions, &mut |shown| match shown {
            Shown::Alone(line, names) => match settings.count_alone(&mut grouping, line, names) {
                Some(counted) => {
                    *refused += u64::from(counted);
                    join.beyond.0 += u64::from(counted);
                }
                None => join.beyond.1 += 1,
            },
            Shown::Slice(slice, counts) => {
                join.repeated_ids += slice.repeated_ids;
                for story in slice.stories.iter().filter(|story| counts(story)) {
                    let Some(request) = request(settings, slice, story) else { continue };
                    if !settings.count(&mut grouping, &request.values, request.seen) {
                        *filtered += 1;
                        continue;
                    }
                    *refused += 1;
                    causes.count(&[request.told.cause], request.seen);
                    if let (Some(cause), Some(sure)) = (request.told.cause, request.told.confidence) {
                        let least = confidence.entry(cause).or_insert(sure);
                        *least = sure.min(*least);
                    }
                    join.count(story);
                }
            }
        })?;
        self.causes = causes.groups();
        self.others = grouping.others;
        self.observed = grouping
            .observed
            .map(|(first, last)| (self.begin().map_or(first, |begin| begin.min(first)), last));
        let (groups, fewer, rest) = grouping.largest(most);
        self.all_groups = groups.len() + fewer;
        self.groups = groups;
        self.others += rest;
        Ok(())
    }

    /// When the logs begin: what was refused only later is new. Logs that were read from a moment on begin there.
    fn begin(&self) -> Option<i64> {
        let times = self.files.iter().filter_map(|file| file.begins);
        let known = times.filter(|time| time.zone == Zone::Known || !self.zoned && time.zone == Zone::Local);
        known.map(|time| time.micros.max(self.settings.since.map_or(i64::MIN, |since| since.micros))).min()
    }

    /// Shows every refused request that passes the filters, by its leading line.
    ///
    /// # Errors
    /// Where lines that wait in a file cannot be read.
    pub(super) fn each(&mut self, see: &mut dyn FnMut(&Request<'_>)) -> io::Result<()> {
        let Requests { settings, lines, .. } = self;
        lines.each(&settings.attributions, &mut |shown| {
            let Shown::Slice(slice, counts) = shown else { return };
            for story in slice.stories.iter().filter(|story| counts(story)) {
                if let Some(request) = request(settings, slice, story).filter(|own| settings.wants(own)) {
                    see(&request);
                }
            }
        })
    }

    /// Since when a group happens more or less often.
    pub(super) fn change(&self, group: &Group) -> Option<Change> {
        group.timeline.change(self.observed?)
    }

    /// What was changed last before a group's refusals became more.
    pub(super) fn cause_of(&self, group: &Group, change: &Change) -> Option<&Event> {
        let (from, to) = self.observed?;
        changes::nearest(&self.events, changes::moment(group, change), ((to - from) / 100).min(60_000_000))
    }

    /// The lines of one request of a group: a file and a place for each.
    ///
    /// # Errors
    /// Where lines that wait in a file cannot be read.
    pub(super) fn example(&mut self, group: &Group) -> io::Result<Vec<(usize, Place)>> {
        let Requests { settings, lines, .. } = self;
        let width = settings.group_by.len();
        let mut found: Vec<(usize, Place)> = Vec::new();
        lines.each(&settings.attributions, &mut |shown| {
            let Shown::Slice(slice, counts) = shown else { return };
            for story in slice.stories.iter().filter(|story| counts(story)) {
                let of_group = request(settings, slice, story).is_some_and(|request| {
                    request.values[..width].iter().copied().eq(group.key.iter().map(Option::as_deref))
                        && settings.wants(&request)
                });
                // The story with most lines tells most.
                if of_group && story.lines.len() >= found.len() {
                    found = slice.lines_of(story).map(|line| (line.file as usize, line.place)).collect();
                }
            }
        })?;
        Ok(if found.is_empty() { vec![(group.first.file, group.first.place)] } else { found })
    }
}

impl Settings {
    fn wants(&self, request: &Request<'_>) -> bool {
        self.count(&mut Grouping::new(&[]), &request.values, request.seen)
    }
}

impl JoinReport {
    fn count(&mut self, story: &Story) {
        match story.by {
            By::Alone => {}
            By::Id => self.by_id += 1,
            By::Likeness => {
                self.by_likeness += 1;
                self.uncertain += u64::from(story.probability < CERTAIN);
            }
        }
    }
}

/// What the lines of one request say together; `None` when none of them says that it was refused.
fn request<'s>(settings: &Settings, slice: &'s Slice, story: &'s Story) -> Option<Request<'s>> {
    let mut lines: Vec<&Line> = slice.lines_of(story).collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.part), !line.traits.is_answer()));
    let first = *lines.first().filter(|line| line.part > Part::Context)?;
    // What a WAF warned of refused only if it says so, too.
    let denied = lines.iter().any(|line| line.denied);
    lines.retain(|line| line.part > Part::Context || denied);
    let told = lines.iter().max_by(|one, two| {
        let sure = |line: &Line| line.attribution.confidence;
        sure(one).cmp(&sure(two)).then(one.attribution.probability.total_cmp(&two.attribution.probability))
    })?;
    let values = settings.keys.iter().enumerate().map(|(at, key)| match key {
        Key::Cause => told.attribution.cause,
        Key::Emitter => {
            told.attribution.emitter.or_else(|| lines.iter().find_map(|line| line.attribution.emitter))
        }
        Key::Client => client(slice, &lines, at),
        _ => lines.iter().find_map(|line| slice.names.get(line.values[at])),
    });
    let (micros, known) = time(slice, story, first);
    let seen = Seen { micros, file: first.file as usize, place: first.place };
    if settings.since.is_some_and(|since| since.is_after(micros, known)) {
        return None;
    }
    Some(Request { values: values.collect(), seen, told: told.attribution })
}

/// The client that the outermost server saw: an address of the machine itself is a proxy's.
fn client<'s>(slice: &'s Slice, lines: &[&Line], at: usize) -> Option<&'s str> {
    let mut clients = lines.iter().filter_map(|line| slice.names.get(line.values[at]));
    let own = |client: &&str| client.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    clients.clone().find(|client| !own(client)).or_else(|| clients.next())
}

/// The time of a request by its leading line, with the zone that other logs show; and whether the zone is known.
fn time(slice: &Slice, story: &Story, first: &Line) -> (Option<i64>, bool) {
    let log = story.lines.iter().find(|(log, index)| std::ptr::eq(&slice.logs[*log][*index], first));
    let offset = log.and_then(|(log, _)| *slice.offsets.get(*log)?).filter(|_| !first.zoned);
    let time = first.traits.time.map(|time| time + offset.map_or(0, |offset| offset.micros));
    (time, first.zoned || offset.is_some_and(|offset| offset.pairs > 2))
}

/// One refused request: the values of [`Settings::keys`], and its leading line.
pub(super) struct Request<'r> {
    pub(super) values: Vec<Option<&'r str>>,
    pub(super) seen: Seen,
    told: Attribution,
}
