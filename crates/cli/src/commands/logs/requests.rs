//! From lines to refused requests, and from requests to groups.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use logs::group::{Change, Group, Grouping, Names, Seen};
use logs::join::CERTAIN;
use logs::scan::FileReport;
use logs::{By, Offset, Place, Scan, Sink, Story};

use model::Confidence;

use super::attribute::Attribution;
use super::changes::{self, Event};
use super::key::Key;
use super::refusals::{Line, Part, Refusals, Settings};

/// All that was found.
pub(super) struct Requests {
    pub(super) settings: Arc<Settings>,
    pub(super) files: Vec<FileReport>,
    /// Refused requests that pass the filters.
    pub(super) refused: u64,
    pub(super) groups: Vec<Group>,
    /// How sure a cause is: as sure as the least sure of its refusals.
    pub(super) confidence: BTreeMap<&'static str, Confidence>,
    /// How many groups were asked for.
    top: Option<usize>,
    /// How many groups there were before the small ones were left out, and the requests in those that were.
    pub(super) all_groups: usize,
    pub(super) others: u64,
    pub(super) observed: Option<(i64, i64)>,
    /// Whether all times say their zone.
    pub(super) zoned: bool,
    pub(super) join: JoinReport,
    /// What was changed on the server, in the order of time.
    pub(super) events: Vec<Event>,
    names: Names,
    logs: Vec<Vec<Line>>,
    stories: Vec<Story>,
    offsets: Vec<Option<Offset>>,
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
    /// Joins the lines of a scan, and groups the requests.
    pub(super) fn of(scan: Scan<Refusals>, settings: &Arc<Settings>) -> Requests {
        let Scan { sink, files } = scan;
        let mut found: Vec<((usize, bool), Vec<Line>)> = sink.logs.into_iter().collect();
        found.sort_by_key(|(log, _)| (log.0, !log.1));
        let logs: Vec<Vec<Line>> = found.into_iter().map(|(_, lines)| lines).collect();
        let traits: Vec<Vec<_>> =
            logs.iter().map(|lines| lines.iter().map(|line| line.traits.clone()).collect()).collect();
        let joined = logs::join_traits(&traits);
        drop(traits);
        let mut requests = Requests {
            settings: Arc::clone(settings),
            files,
            refused: sink.beyond.0,
            groups: Vec::new(),
            confidence: BTreeMap::new(),
            top: None,
            all_groups: 0,
            others: 0,
            observed: None,
            zoned: logs.iter().flatten().all(|line| line.zoned || line.traits.time.is_none()),
            join: JoinReport {
                repeated_ids: joined.repeated_ids,
                beyond: sink.beyond,
                ..JoinReport::default()
            },
            events: Vec::new(),
            names: sink.names,
            logs,
            stories: joined.stories,
            offsets: joined.offsets,
        };
        requests.group(sink.unjoined);
        requests.clocks();
        requests
    }

    fn group(&mut self, unjoined: Grouping) {
        let (mut grouping, mut confidences) = (Grouping::new(&[]), BTreeMap::new());
        let (mut refused, mut join) = (0, JoinReport::default());
        for story in &self.stories {
            let Some(request) = self.request(story) else { continue };
            if !self.settings.count(&mut grouping, &request.values, request.seen) {
                continue;
            }
            refused += 1;
            if let (Some(cause), Some(confidence)) = (request.told.cause, request.told.confidence) {
                let least = confidences.entry(cause).or_insert(confidence);
                *least = confidence.min(*least);
            }
            match story.by {
                By::Alone => {}
                By::Id => join.by_id += 1,
                By::Likeness => {
                    join.by_likeness += 1;
                    join.uncertain += u64::from(story.probability < CERTAIN);
                }
            }
        }
        self.refused += refused;
        self.join = JoinReport {
            by_id: join.by_id,
            by_likeness: join.by_likeness,
            uncertain: join.uncertain,
            ..std::mem::take(&mut self.join)
        };
        self.confidence = confidences;
        grouping.append(unjoined, 0);
        self.others = grouping.others;
        self.observed = grouping.observed;
        self.groups = grouping.groups();
        self.all_groups = self.groups.len();
    }

    fn clocks(&mut self) {
        let file = |log: &[Line]| log.first().map(|line| line.file as usize);
        for (log, offset) in self.logs.iter().zip(&self.offsets) {
            if let (Some(file), Some(offset)) = (file(log), offset)
                && offset.micros.abs() >= 1_000_000
                && offset.pairs > 2
            {
                self.join.clocks.push((file, offset.micros));
            }
        }
    }

    /// Leaves out all but the largest groups.
    pub(super) fn keep_top(&mut self, top: Option<usize>) {
        self.top = top;
        let top = top.unwrap_or(usize::MAX).min(self.groups.len());
        self.others += self.groups.drain(top..).map(|group| group.count).sum::<u64>();
    }

    /// Every refused request that passes the filters, by its leading line.
    pub(super) fn rows(&self) -> Vec<Request<'_>> {
        self.stories
            .iter()
            .filter_map(|story| self.request(story))
            .filter(|request| self.wanted(request))
            .collect()
    }

    /// How many groups were asked for; 0 where nothing was said.
    pub(super) fn asked(&self) -> usize {
        self.top.unwrap_or(0)
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
    pub(super) fn example(&self, group: &Group) -> Vec<(usize, Place)> {
        let width = self.settings.group_by.len();
        let of_group = |story: &&Story| {
            self.request(story).is_some_and(|request| {
                let own = request.values[..width].iter().map(|value| value.map(str::to_owned));
                own.eq(group.key.iter().cloned()) && self.wanted(&request)
            })
        };
        // The story with most lines tells most.
        let story = self.stories.iter().filter(of_group).max_by_key(|story| story.lines.len());
        let lines = story.into_iter().flat_map(|story| self.lines_of(story));
        let lines: Vec<_> = lines.map(|line| (line.file as usize, line.place)).collect();
        if lines.is_empty() { vec![(group.first.file, group.first.place)] } else { lines }
    }

    fn wanted(&self, request: &Request<'_>) -> bool {
        self.settings.count(&mut Grouping::new(&[]), &request.values, request.seen)
    }

    fn lines_of<'s>(&'s self, story: &'s Story) -> impl Iterator<Item = &'s Line> {
        story.lines.iter().map(|(log, index)| &self.logs[*log][*index])
    }

    /// What the lines of one request say together; `None` when none of them says that it was refused.
    fn request(&self, story: &Story) -> Option<Request<'_>> {
        let mut lines: Vec<&Line> = self.lines_of(story).collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.part), !line.traits.is_answer()));
        let first = *lines.first().filter(|line| line.part > Part::Context)?;
        // What a WAF warned of refused only if it says so, too.
        let denied = lines.iter().any(|line| line.denied);
        lines.retain(|line| line.part > Part::Context || denied);
        let told = lines.iter().max_by(|one, two| {
            let sure = |line: &Line| line.attribution.confidence;
            sure(one)
                .cmp(&sure(two))
                .then(one.attribution.probability.total_cmp(&two.attribution.probability))
        })?;
        let values = self.settings.keys.iter().enumerate().map(|(at, key)| match key {
            Key::Cause => told.attribution.cause,
            Key::Emitter => {
                told.attribution.emitter.or_else(|| lines.iter().find_map(|line| line.attribution.emitter))
            }
            Key::Client => self.client(&lines, at),
            _ => lines.iter().find_map(|line| self.names.get(line.values[at])),
        });
        let seen = Seen { micros: self.time(story, first), file: first.file as usize, place: first.place };
        Some(Request { values: values.collect(), seen, told: told.attribution })
    }

    /// The client that the outermost server saw: an address of the machine itself is a proxy's.
    fn client(&self, lines: &[&Line], at: usize) -> Option<&str> {
        let mut clients = lines.iter().filter_map(|line| self.names.get(line.values[at]));
        let own = |client: &&str| client.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        clients.clone().find(|client| !own(client)).or_else(|| clients.next())
    }

    /// The time of a request by its leading line, with the zone that other logs show.
    fn time(&self, story: &Story, first: &Line) -> Option<i64> {
        let time = first.traits.time?;
        let log = story.lines.iter().find(|(log, index)| std::ptr::eq(&self.logs[*log][*index], first))?.0;
        let offset = self.offsets.get(log).copied().flatten().filter(|_| !first.zoned);
        Some(time + offset.map_or(0, |offset| offset.micros))
    }
}

/// One refused request: the values of [`Settings::keys`], and its leading line.
pub(super) struct Request<'r> {
    pub(super) values: Vec<Option<&'r str>>,
    pub(super) seen: Seen,
    told: Attribution,
}
