//! `--follow`: new refusals as they are written, until the program is stopped.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use logs::group::Grouping;
use logs::scan::REFUSAL_WORDS;
use logs::{Format, Place, Sink};
use serde_json::{Map, Value};

use super::arguments::LogsFormat;
use super::refusals::{Part, Refusals, Settings};
use super::requests::Requests;
use crate::output;

/// How often files are looked at.
const OFTEN: Duration = Duration::from_millis(250);

/// At most so much is read at once; a line that does not end within it is passed over.
const BLOCK: u64 = 4 << 20;

/// A file that may grow.
struct Followed {
    path: PathBuf,
    at: u64,
    lines: u64,
    format: Option<Format>,
}

/// Prints what is added to the files that were read.
///
/// # Errors
/// Where standard output cannot be written.
pub(super) fn run(settings: &Arc<Settings>, requests: &Requests, format: LogsFormat) -> Result<u8> {
    let plain = |path: &Path| path.as_os_str() != "-" && path.is_file();
    let mut files: Vec<Followed> = requests
        .files
        .iter()
        .filter(|file| plain(&file.path))
        .map(|file| Followed {
            path: file.path.clone(),
            at: file.bytes,
            lines: file.lines,
            format: file.format.clone(),
        })
        .collect();
    loop {
        for file in &mut files {
            let text = file.news(settings, format);
            if !text.is_empty() {
                output::print(&text)?;
            }
        }
        std::thread::sleep(OFTEN);
    }
}

impl Followed {
    /// The refusals in what was written since the last look. A file that became shorter, or is another one, is read anew.
    fn news(&mut self, settings: &Arc<Settings>, format: LogsFormat) -> String {
        let Ok(length) = fs::metadata(&self.path).map(|meta| meta.len()) else { return String::new() };
        if length < self.at {
            (self.at, self.lines) = (0, 0);
        }
        let Ok(bytes) = self.rest() else { return String::new() };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = if whole == 0 && bytes.len() as u64 == BLOCK { bytes.len() } else { whole };
        let text = self.refusals(&bytes[..whole], settings, format);
        self.at += whole as u64;
        self.lines += bytes[..whole].iter().filter(|byte| **byte == b'\n').count() as u64;
        text
    }

    fn rest(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.at))?;
        file.take(BLOCK).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn refusals(&mut self, bytes: &[u8], settings: &Arc<Settings>, format: LogsFormat) -> String {
        self.format = self.format.take().or_else(|| logs::recognise(bytes));
        let Some(known) = &self.format else { return String::new() };
        let mut text = String::new();
        for record in logs::read(bytes, known).flatten() {
            let worded =
                record.status().is_none() && REFUSAL_WORDS.iter().any(|word| record.quote().contains(word));
            if record.status().is_none() && !worded {
                continue;
            }
            let place = Place { line: record.place.line + self.lines, ..record.place };
            let time = record.time().map(|time| time.to_string());
            let mut sink = Refusals::new(Arc::clone(settings), Vec::new());
            sink.refusal(&record);
            text.push_str(&self.told(&sink, settings, place, time, format));
        }
        text
    }

    /// A refusal as a line of text or as a JSON object; nothing where the record is none or is filtered away.
    fn told(
        &self,
        sink: &Refusals,
        settings: &Settings,
        place: Place,
        time: Option<String>,
        format: LogsFormat,
    ) -> String {
        let Some(line) = sink.logs.values().flatten().find(|line| line.part > Part::Context) else {
            return String::new();
        };
        let values: Vec<Option<&str>> = line.values.iter().map(|number| sink.names.get(*number)).collect();
        let seen = logs::group::Seen { micros: None, file: 0, place };
        if !settings.count(&mut Grouping::new(&[]), &values, seen) {
            return String::new();
        }
        let named = settings.group_by.iter().zip(&values);
        let document = report::neutral(&self.path.display().to_string());
        if format == LogsFormat::Json {
            let mut object: Map<String, Value> = named
                .map(|(key, value)| (key.name().to_owned(), value.map(report::neutral).into()))
                .collect();
            object.insert("time".into(), time.into());
            object.insert("document".into(), document.into());
            object.insert("line".into(), place.line.into());
            return format!("{}\n", Value::Object(object));
        }
        let words: Vec<String> = named.filter_map(|(_, value)| value.map(report::neutral)).collect();
        format!("{}  {}  --> {document}:{}\n", time.unwrap_or_default(), words.join(" · "), place.line)
    }
}
