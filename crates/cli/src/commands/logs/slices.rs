//! Lines are joined slice by slice of time where there are too many to be joined at once: the lines of one request lie close
//! together once the clocks' offsets are known.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::Range;

use logs::group::Names;
use logs::{Offset, Story, Traits};

use super::attribute::Attributions;
use super::refusals::{Line, Log};
use super::spill::{self, Spill};

/// So many lines are wanted in a slice, and a slice that has more than the second number is cut off there.
const WANTED: u64 = 15_000;
const MOST: usize = 60_000;

/// What lies so close before or behind a slice is read with it, so that a request over its border is whole; it counts in the
/// slice in which its first line lies. In microseconds.
const MARGIN: i64 = 30_000_000;

/// Times are counted in steps of ten seconds.
const STEP: i64 = 10_000_000;

/// So many lines of a log, and of all logs, show how the clocks differ.
const SAMPLE: usize = 20_000;
const SAMPLES: usize = 60_000;

/// Zones differ by whole quarters of an hour: of each, this part is looked at, in which lines of one request lie together
/// whatever the zones are. Clocks that are set at all differ by less.
const QUARTER: i64 = 900_000_000;
const PART: i64 = 300_000_000;

/// Lines that are joined together.
pub(super) struct Slice {
    pub(super) logs: Vec<Vec<Line>>,
    pub(super) names: Names,
    pub(super) stories: Vec<Story>,
    pub(super) offsets: Vec<Option<Offset>>,
    pub(super) repeated_ids: usize,
}

/// What [`Slices::each`] shows.
pub(super) enum Shown<'s> {
    /// Joined lines, and whether a story counts in this slice.
    Slice(&'s Slice, &'s dyn Fn(&Story) -> bool),
    /// A line that could not be joined with others, and its names.
    Alone(&'s Line, &'s Names),
}

/// All lines, in memory or in slices that are read one at a time.
pub(super) enum Slices {
    Whole(Box<Slice>),
    Parts { parts: Vec<(Range<i64>, Spill)>, offsets: HashMap<Log, Option<Offset>> },
}

impl Slice {
    /// Joins the lines of several logs.
    pub(super) fn of(found: HashMap<Log, Vec<Line>>, names: Names) -> Slice {
        let mut found: Vec<(Log, Vec<Line>)> = found.into_iter().collect();
        found.sort_by_key(|(log, _)| before(log));
        let logs: Vec<Vec<Line>> = found.into_iter().map(|(_, lines)| lines).collect();
        let traits: Vec<Vec<Traits>> =
            logs.iter().map(|lines| lines.iter().map(|line| line.traits.clone()).collect()).collect();
        let joined = logs::join_traits(&traits);
        let (stories, offsets) = (joined.stories, joined.offsets);
        Slice { logs, names, stories, offsets, repeated_ids: joined.repeated_ids }
    }

    /// The lines of a story.
    pub(super) fn lines_of<'s>(&'s self, story: &'s Story) -> impl Iterator<Item = &'s Line> {
        story.lines.iter().map(|(log, index)| &self.logs[*log][*index])
    }
}

/// Access logs come first among the parts of a set.
fn before(log: &Log) -> (usize, bool) {
    (log.0, !log.1)
}

impl Slices {
    /// Cuts what waits in a file into slices.
    ///
    /// # Errors
    /// Where the file cannot be read, or the slices cannot be written.
    pub(super) fn cut(mut all: Spill) -> io::Result<Slices> {
        let offsets = offsets(&mut all)?;
        let moment = |record: &[u8]| {
            let (log, traits) = spill::traits(record).ok_or(io::ErrorKind::InvalidData)?;
            io::Result::Ok(moved(&traits, offsets.get(&log).copied().flatten()))
        };
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        all.each(&mut |record| {
            *counts.entry(moment(record)?.unwrap_or(i64::MIN).div_euclid(STEP)).or_default() += 1;
            Ok(())
        })?;
        let mut parts = Vec::new();
        for span in borders(&counts) {
            parts.push((span, Spill::new()?));
        }
        all.each(&mut |record| {
            let at = moment(record)?;
            // Without a time it may belong to anything; it is looked for in the first slice.
            let (from, to) = at.map_or((i64::MIN, i64::MIN), |at| (at - MARGIN, at + MARGIN));
            let first = parts.partition_point(|(span, _)| span.end <= from);
            for (_, part) in parts[first..].iter_mut().take_while(|(span, _)| span.start <= to) {
                part.push_raw(record)?;
            }
            Ok(())
        })?;
        Ok(Slices::Parts { parts, offsets })
    }

    /// Shows each slice, and the lines for which there was no room in one.
    ///
    /// # Errors
    /// Where a slice cannot be read.
    pub(super) fn each(
        &mut self,
        attributions: &Attributions,
        see: &mut dyn FnMut(Shown<'_>),
    ) -> io::Result<()> {
        let (parts, offsets) = match self {
            Slices::Whole(slice) => {
                see(Shown::Slice(slice, &|_| true));
                return Ok(());
            }
            Slices::Parts { parts, offsets } => (parts, &*offsets),
        };
        let offset = |log: &Log| offsets.get(log).copied().flatten();
        for (span, part) in parts {
            let within = |at: Option<i64>| span.contains(&at.unwrap_or(i64::MIN));
            let (mut found, mut names): (HashMap<Log, Vec<Line>>, _) = (HashMap::new(), Names::default());
            let mut kept = 0;
            part.each(&mut |record| {
                let mut passing = Names::default();
                let names = if kept < MOST { &mut names } else { &mut passing };
                let (log, line) =
                    spill::line(record, names, attributions).ok_or(io::ErrorKind::InvalidData)?;
                if kept < MOST {
                    found.entry(log).or_default().push(line);
                } else if within(moved(&line.traits, offset(&log))) {
                    see(Shown::Alone(&line, &passing));
                }
                kept += 1;
                Ok(())
            })?;
            found.values_mut().for_each(|lines| lines.sort_by_key(|line| (line.file, line.place.offset)));
            let mut order: Vec<Log> = found.keys().copied().collect();
            order.sort_by_key(before);
            let own: Vec<Option<Offset>> = order.iter().map(offset).collect();
            let mut slice = Slice::of(found, names);
            for (offset, known) in slice.offsets.iter_mut().zip(&own) {
                *offset = offset.or(*known);
            }
            see(Shown::Slice(&slice, &|story| {
                let lines = story.lines.iter().map(|(log, index)| (&slice.logs[*log][*index], own[*log]));
                within(lines.filter_map(|(line, offset)| moved(&line.traits, offset)).min())
            }));
        }
        Ok(())
    }

    /// Whether all times are known with their zone: those of a log that does not say it by those of one that does.
    pub(super) fn are_zoned(&self, zones: &HashMap<Log, bool>) -> bool {
        let shown = |log: &Log| match self {
            Slices::Whole(slice) => {
                let mut order: Vec<&Log> = zones.keys().collect();
                order.sort_by_key(|log| before(log));
                order.iter().position(|own| *own == log).and_then(|at| *slice.offsets.get(at)?)
            }
            Slices::Parts { offsets, .. } => offsets.get(log).copied().flatten(),
        };
        zones.iter().all(|(log, zoned)| *zoned || shown(log).is_some_and(|offset| offset.pairs > 2))
    }

    /// How each log's clock differs, with a file of the log; `sets` has the log of each file.
    pub(super) fn clocks(&self, sets: &[usize]) -> Vec<(usize, Offset)> {
        let mut clocks: Vec<(usize, Offset)> = match self {
            Slices::Whole(slice) => {
                let file = |log: &Vec<Line>| log.first().map(|line| line.file as usize);
                slice
                    .logs
                    .iter()
                    .zip(&slice.offsets)
                    .filter_map(|(log, offset)| file(log).zip(*offset))
                    .collect()
            }
            Slices::Parts { offsets, .. } => {
                let file = |log: &Log| sets.iter().position(|set| *set == log.0).unwrap_or(sets.len());
                offsets.iter().filter_map(|(log, offset)| Some((file(log), (*offset)?))).collect()
            }
        };
        clocks.sort_by_key(|(file, offset)| (*file, offset.micros));
        clocks
    }
}

/// When a line was written by the clock of the reference.
fn moved(traits: &Traits, offset: Option<Offset>) -> Option<i64> {
    traits.time.map(|time| time.saturating_add(offset.map_or(0, |offset| offset.micros)))
}

/// Slices that have about as many lines as are wanted; together they hold all times.
fn borders(counts: &BTreeMap<i64, u64>) -> Vec<Range<i64>> {
    let (mut spans, mut start, mut lines) = (Vec::new(), i64::MIN, 0);
    for (step, count) in counts {
        let begin = step.saturating_mul(STEP);
        if lines + count > WANTED && lines > 0 && begin > start {
            spans.push(start..begin);
            (start, lines) = (begin, 0);
        }
        lines += count;
    }
    spans.push(start..i64::MAX);
    spans
}

/// How the clocks of the logs differ, from a part of their lines.
fn offsets(all: &mut Spill) -> io::Result<HashMap<Log, Option<Offset>>> {
    let mut sample: BTreeMap<Log, Vec<Traits>> = BTreeMap::new();
    let (mut seen, mut taken): (BTreeMap<Log, u64>, _) = (BTreeMap::new(), 0);
    all.each(&mut |record| {
        let (log, traits) = spill::traits(record).ok_or(io::ErrorKind::InvalidData)?;
        *seen.entry(log).or_default() += 1;
        if traits.time.is_some_and(|time| time.rem_euclid(QUARTER) < PART) {
            let own = sample.entry(log).or_default();
            if own.len() < SAMPLE && taken < SAMPLES {
                taken += 1;
                own.push(traits);
            }
        }
        Ok(())
    })?;
    if seen.len() < 2 {
        return Ok(seen.into_keys().map(|log| (log, None)).collect());
    }
    let (logs, traits): (Vec<Log>, Vec<Vec<Traits>>) = sample.into_iter().unzip();
    Ok(logs.into_iter().zip(logs::join_traits(&traits).offsets).collect())
}
