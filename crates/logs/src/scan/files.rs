//! Goes through files: several at once, and large ones in parts at once.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::input::{self, BLOCK, Input};
use super::parts::Parts;
use super::plan::Plan;
use super::sink::Sink;
use super::window::Window;
use super::work::{Extent, Tally, Worker};
use super::{FileReport, Options, Progress};
use crate::format::{self, Format, Framing};

/// What all threads of a scan share.
pub(super) struct Scanner<'o> {
    options: &'o Options,
    pub(super) threads: usize,
    taken: Arc<AtomicU64>,
    windows: Mutex<Vec<Window>>,
    refused: AtomicU64,
    total: u64,
    progress: &'o (dyn Fn(Progress) + Sync),
}

impl<'o> Scanner<'o> {
    pub(super) fn new(
        options: &'o Options,
        total: u64,
        progress: &'o (dyn Fn(Progress) + Sync),
    ) -> Scanner<'o> {
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let (taken, refused, windows) = (Arc::default(), AtomicU64::new(0), Mutex::default());
        Scanner { options, threads, taken, windows, refused, total, progress }
    }

    /// Reads one file into a sink.
    pub(super) fn file<S: Sink + Sync>(&self, path: &Path, sink: &mut S) -> FileReport {
        let mut report = FileReport { path: path.to_owned(), ..FileReport::default() };
        match input::open(path, &self.taken) {
            Err(error) => report.warnings.push(format!("cannot be read: {error}")),
            Ok(Input::Stream(stream)) => self.stream(stream, sink, &mut report),
            Ok(Input::Plain { file, length }) => self.plain(&file, length, sink, &mut report),
        }
        report
    }

    /// Reads what cannot be read in parts.
    pub(super) fn stream<S: Sink>(
        &self,
        mut stream: Box<dyn Read + Send>,
        sink: &mut S,
        report: &mut FileReport,
    ) {
        let mut sample = vec![0; BLOCK];
        let (count, error) = input::fill(&mut stream, &mut sample);
        sample.truncate(count);
        let Some(plan) = self.plan(&sample, report) else {
            report.warnings.extend(error.map(|error| format!("reading stopped: {error}")));
            return;
        };
        let failed = error.map(|error| Failing(Some(error)));
        let mut whole = io::Cursor::new(sample).chain(failed.unwrap_or(Failing(None))).chain(stream);
        let tally = in_one_go(&plan, sink, |worker| worker.stream(&mut whole));
        self.tell(&tally);
        tally.report(report);
    }

    /// Reads a plain file in parts, several at once.
    fn plain<S: Sink + Sync>(
        &self,
        file: &std::fs::File,
        length: u64,
        sink: &mut S,
        report: &mut FileReport,
    ) {
        let mut sample = vec![0; BLOCK];
        let (count, _) = input::fill(&mut input::Part { file, at: 0 }, &mut sample);
        sample.truncate(count);
        let Some(plan) = self.plan(&sample, report) else { return };
        drop(sample);
        if plan.format.framing() != Framing::Line {
            let tally = in_one_go(&plan, sink, |worker| worker.part(file, Extent::ALL));
            self.tell(&tally);
            return tally.report(report);
        }
        let read = |extent: Extent, part: S| {
            let lent = self.windows.lock().ok().and_then(|mut windows| windows.pop());
            let mut worker = Worker::new(&plan, part, lent.unwrap_or_default());
            worker.part(file, extent);
            let (part, tally, window) = worker.finish();
            if let Ok(mut windows) = self.windows.lock() {
                windows.push(window);
            }
            (part, tally)
        };
        let add = |counted: &Tally| {
            self.taken.fetch_add(counted.bytes, Ordering::Relaxed);
            self.tell(counted);
        };
        let tally = Parts::new(length, self.threads, sink, read, add).all(self.threads > 1);
        tally.report(report);
    }

    /// What to search for in this file; `None` when its format is not known.
    fn plan(&self, sample: &[u8], report: &mut FileReport) -> Option<Plan> {
        let format: Option<Format> = self
            .options
            .format
            .clone()
            .or_else(|| format::among(sample, &self.options.candidates))
            .or_else(|| format::recognise(sample));
        let told = !sample.trim_ascii().is_empty() && format.is_none();
        let prose = told && is_prose(sample);
        let format = format.or_else(|| prose.then(Format::text));
        if told {
            let looks = match format {
                None => "it looks binary",
                Some(_) => "no line has a known shape; each is read as prose, for its words alone",
            };
            report.warnings.push(format!("the format is not recognised: {looks}"));
        }
        let first = format
            .as_ref()
            .and_then(|format| crate::read(sample, format).flatten().find_map(|record| record.time()));
        report.begins = first;
        report.format.clone_from(&format);
        Some(Plan::new(format?, self.options, sample))
    }

    /// Says how far the scan is.
    fn tell(&self, part: &Tally) {
        let refused = self.refused.fetch_add(part.refused, Ordering::Relaxed) + part.refused;
        let bytes = self.taken.load(Ordering::Relaxed);
        (self.progress)(Progress { bytes, total: self.total, refused });
    }
}

/// Whether a text is for people, in whatever encoding: it has hardly any control characters.
fn is_prose(sample: &[u8]) -> bool {
    let odd = |byte: &&u8| byte.is_ascii_control() && !b"\t\r\n\x0c\x1b".contains(byte);
    !sample.contains(&0) && sample.iter().filter(odd).count() * 50 < sample.len()
}

/// Lets the sink itself take what is found: it can see to its memory on the way, as the parts of a file need not.
fn in_one_go<S: Sink>(plan: &Plan, sink: &mut S, read: impl FnOnce(&mut Worker<'_, S>)) -> Tally {
    let part = sink.part();
    let mut worker = Worker::new(plan, std::mem::replace(sink, part), Window::default());
    read(&mut worker);
    let (whole, tally, _) = worker.finish();
    *sink = whole;
    tally
}

/// A stream that fails once, so that an error met while sampling is met again in its place.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
