//! `--follow`: new refusals as they are written, until the program is stopped.

use std::fs::File;
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

/// A file that may grow, and give its name to another one.
struct Followed {
    path: PathBuf,
    /// The file itself: what is written to it after it lost its name is read, too.
    file: Option<File>,
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
            file: File::open(&file.path).ok(),
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

/// Whether two handles are of one file. Where the system does not tell, only a shorter file is known to be another.
fn same(one: &File, other: &File) -> bool {
    #[cfg(unix)]
    let identity = |file: &File| {
        use std::os::unix::fs::MetadataExt;
        file.metadata().map(|meta| (meta.dev(), meta.ino())).ok()
    };
    #[cfg(not(unix))]
    let identity = |_: &File| Some(());
    identity(one) == identity(other)
}

impl Followed {
    /// The refusals in what was written since the last look. A file that became shorter is read anew, and one that took the name
    /// of the file from its beginning.
    fn news(&mut self, settings: &Arc<Settings>, format: LogsFormat) -> String {
        let next = File::open(&self.path).ok();
        let rotated = matches!((&self.file, &next), (Some(own), Some(next)) if !same(own, next));
        let mut text = self.rest(rotated, settings, format);
        if rotated || self.file.is_none() {
            (self.file, self.at, self.lines) = (next, 0, 0);
            text.push_str(&self.rest(false, settings, format));
        }
        text
    }

    /// The refusals up to the file's end; `last` when nothing will complete its last line.
    fn rest(&mut self, last: bool, settings: &Arc<Settings>, format: LogsFormat) -> String {
        let mut text = String::new();
        let length = self.file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |meta| meta.len());
        if length < self.at {
            (self.at, self.lines) = (0, 0);
        }
        while let Ok(bytes) = self.block() {
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let cut = whole == 0 && bytes.len() as u64 == BLOCK || last && (bytes.len() as u64) < BLOCK;
            let whole = if cut { bytes.len() } else { whole };
            if whole == 0 {
                break;
            }
            text.push_str(&self.refusals(&bytes[..whole], settings, format));
            self.at += whole as u64;
            self.lines += bytes[..whole].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        text
    }

    fn block(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Some(mut file) = self.file.as_ref() else { return Ok(bytes) };
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
