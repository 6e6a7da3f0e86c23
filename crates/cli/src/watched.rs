//! Logs that are watched while the request is sent, so that what it adds to them is found.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use intake::Document;
use model::Evidence;

/// How much of a log before the request is read as well, in bytes: its format shows there.
const BEFORE: u64 = 256 * 1024;

/// Servers write a line after the answer: so long is waited for one, and as long as they go on writing.
const PATIENCE: Duration = Duration::from_millis(400);
const STEP: Duration = Duration::from_millis(20);

/// A log, and how long it was before the request was sent.
pub(crate) struct Watched {
    path: PathBuf,
    before: Option<u64>,
}

/// The end of a log: a little of what stood there before, and all that came since.
pub(crate) struct End {
    pub(crate) document: Document,
    first_line: usize,
    fresh_from: usize,
}

/// Notes how long each log is.
pub(crate) fn start(paths: &[PathBuf]) -> Vec<Watched> {
    let length = |path: &PathBuf| fs::metadata(path).ok().map(|meta| meta.len());
    paths.iter().map(|path| Watched { path: path.clone(), before: length(path) }).collect()
}

/// Waits for what servers have to write, and reads the end of each log.
pub(crate) fn read(logs: &[Watched]) -> (Vec<End>, Vec<anyhow::Error>) {
    wait(logs);
    let (mut ends, mut unread) = (Vec::new(), Vec::new());
    for log in logs {
        match log.end() {
            Ok(end) => ends.push(end),
            Err(error) => unread.push(error),
        }
    }
    (ends, unread)
}

/// Until every log has grown and stands still, but not for long: some have nothing to say.
fn wait(logs: &[Watched]) {
    let begun = Instant::now();
    let lengths =
        || logs.iter().map(|log| fs::metadata(&log.path).ok().map(|meta| meta.len())).collect::<Vec<_>>();
    let mut last = lengths();
    while !logs.is_empty() && begun.elapsed() < PATIENCE {
        std::thread::sleep(STEP);
        let now = lengths();
        if now == last && logs.iter().zip(&now).all(|(log, now)| *now != log.before) {
            return;
        }
        last = now;
    }
}

impl Watched {
    fn end(&self) -> Result<End> {
        let name = self.path.display().to_string();
        let mut file = File::open(&self.path).with_context(|| format!("{name} cannot be opened"))?;
        let before = self.before.unwrap_or(0);
        // A log that became shorter was rotated: what it holds now is new.
        let rotated = file.metadata()?.len() < before;
        let start = if rotated { 0 } else { before.saturating_sub(BEFORE) };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut bytes).with_context(|| format!("{name} cannot be read"))?;
        let torn =
            if start > 0 { bytes.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1) } else { 0 };
        bytes.drain(..torn);
        let first_line = 1 + newlines(&self.path, start + torn as u64).unwrap_or(0);
        let fresh_from = if rotated { 0 } else { usize::try_from(before - start)?.saturating_sub(torn) };
        Ok(End { document: Document { name, bytes }, first_line, fresh_from })
    }
}

/// Line ends in the first so many bytes of a file.
fn newlines(path: &Path, length: u64) -> io::Result<usize> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?.take(length));
    let mut count = 0;
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok(count);
        }
        count += block.iter().filter(|byte| **byte == b'\n').count();
        let length = block.len();
        reader.consume(length);
    }
}

/// What is remembered of the end of a log once its document is read: name, first line, where the new part begins.
pub(crate) type Mark = (String, usize, usize);

impl End {
    pub(crate) fn mark(&self) -> Mark {
        (self.document.name.clone(), self.first_line, self.fresh_from)
    }
}

/// Says in the evidence where each log begins, and where it goes on with what is new.
pub(crate) fn mark(evidence: &mut Evidence, marks: &[Mark]) {
    for (name, first_line, fresh_from) in marks {
        let own = |source: &model::Source| source.origin.is_none() && source.name == *name;
        let id = evidence.sources.iter().find(|(_, source)| own(source)).map(|(id, _)| id);
        if let Some(id) = id {
            evidence.sources.begins_at(id, *first_line);
            evidence.sources.fresh_from(id, *fresh_from);
        }
    }
}
