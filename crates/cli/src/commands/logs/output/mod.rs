//! Groups of refusals as text, one file per format. Text from the logs is neutralised by each.

mod csv;
mod html;
mod json;
mod parquet;
mod terminal;

use anyhow::Result;
use logs::group::Group;
use logs::{Time, Zone};
pub(super) use parquet::COLUMNS;

use super::arguments::LogsFormat;
use super::requests::Requests;
use crate::args::Options;
use crate::output;

/// Groups that a terminal shows unless told otherwise.
pub(super) const SHOWN: usize = 20;

/// Prints the groups.
pub(super) fn write(options: &Options, format: LogsFormat, requests: &mut Requests) -> Result<()> {
    match format {
        LogsFormat::Terminal => {
            output::print(&terminal::write(requests, output::colour(options), output::width()))
        }
        LogsFormat::Json => json::write(requests),
        LogsFormat::Csv => csv::write(requests),
        LogsFormat::Html => output::print(&html::write(requests)),
        LogsFormat::Parquet => parquet::write(requests),
    }
}

/// Text that is printed whenever there is enough of it.
#[derive(Default)]
struct Pieces(String);

impl Pieces {
    fn add(&mut self, text: &str) -> Result<()> {
        self.0.push_str(text);
        if self.0.len() > 64 * 1024 { std::mem::take(self).end() } else { Ok(()) }
    }

    fn end(self) -> Result<()> {
        output::print(&self.0)
    }
}

impl Requests {
    /// The value of a field of a group, made harmless.
    fn value(&self, group: &Group, at: usize) -> Option<String> {
        group.key[at].as_deref().map(report::neutral)
    }

    /// A moment as text: `2026-11-24T08:38:57Z`, without the `Z` where a log does not say its zone.
    fn moment(&self, micros: Option<i64>) -> Option<String> {
        let zone = if self.zoned { Zone::Known } else { Zone::Local };
        micros.map(|micros| Time { micros, zone, step: 1_000_000 }.to_string())
    }

    /// The part of all refusals that a group makes up.
    fn share(&self, group: &Group) -> f64 {
        group.count as f64 / self.refused.max(1) as f64
    }

    /// The document and line of a group's first refusal.
    fn place(&self, group: &Group) -> (String, u64) {
        let path = self.files.get(group.first.file).map(|file| file.path.display().to_string());
        (report::neutral(&path.unwrap_or_default()), group.first.place.line)
    }

    /// Since when there is a group, where there was none before.
    fn new_since(&self, group: &Group) -> Option<String> {
        let change = self.change(group).filter(|change| change.before == 0.0)?;
        self.moment(Some(super::changes::moment(group, &change)))
    }

    fn lines(&self) -> u64 {
        self.files.iter().map(|file| file.lines).sum()
    }

    fn unreadable(&self) -> u64 {
        self.files.iter().map(|file| file.unreadable).sum()
    }

    /// What would give the logs a common request id: a product and its configuration lines. Empty where one log was read, or
    /// where identifiers joined all.
    fn common_id(&self) -> Vec<(&'static str, &'static str)> {
        if self.join.by_likeness == 0 {
            return Vec::new();
        }
        let kinds = self.files.iter().filter_map(|file| file.format.as_ref()).flat_map(logs::Format::kinds);
        let mut found: Vec<(&'static str, &'static str)> = Vec::new();
        for kind in kinds {
            if let Some(lines) = logs::join::common_id(kind)
                && found.iter().all(|(_, own)| *own != lines)
            {
                found.push((kind.program().unwrap_or_else(|| kind.name()), lines));
            }
        }
        found
    }

    /// What could not be read or not be joined, a sentence each.
    fn warnings(&self) -> Vec<String> {
        let mut all = Vec::new();
        for file in &self.files {
            let name = report::neutral(&file.path.display().to_string());
            all.extend(file.warnings.iter().map(|warning| format!("{name}: {}", report::neutral(warning))));
            for example in file.examples.iter().take(2) {
                let (line, start) = (example.place.line, report::neutral(&example.start));
                all.push(format!("{name}:{line}: not understood: {start}"));
            }
        }
        for (file, micros) in &self.join.clocks {
            let name = report::neutral(&self.files[*file].path.display().to_string());
            all.push(format!(
                "{name}: its clock or zone differs; {:+.1} s were added to join its lines",
                *micros as f64 / 1e6
            ));
        }
        if self.filtered > 0 && self.refused == 0 {
            all.push(format!("{} refusals do not pass --where", self.filtered));
        }
        if self.join.uncertain > 0 {
            all.push(format!(
                "{} refusals were joined over several logs by time and likeness with less than 95 % certainty; a request id in every log would make it sure",
                self.join.uncertain
            ));
        }
        if self.join.repeated_ids > 0 {
            all.push(format!(
                "{} request ids stand for several requests and were not used",
                self.join.repeated_ids
            ));
        }
        let (counted, left_out) = self.join.beyond;
        if counted + left_out > 0 {
            all.push(format!(
                "too many lines to join all: {counted} refusals were counted by the access log's line alone, and {left_out} lines of other logs left out; narrow the time with --since"
            ));
        }
        all
    }
}
