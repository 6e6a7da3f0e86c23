//! Finds the refusals in logs of any size, with constant memory.
//!
//! Only the rare thing is searched for: the refused status as a free-standing number. A line that holds it is cut out
//! and read exactly; all others are passed over at the speed of the memory. A line without those digits cannot state
//! that status in any format, so nothing is missed.

mod files;
mod input;
mod parts;
mod place;
mod plan;
mod sink;
mod window;
mod work;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use files::Scanner;
pub use place::entry;
pub use sink::{Collect, Ignore, Sink};

use crate::format::Format;

use crate::read::Unreadable;
use crate::time::Time;

/// How closely each line is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Only lines that may state a refusal are read. Unreadable lines among the others are not noticed.
    #[default]
    Refusals,
    /// The status of every line is read and counted; the rest only for refusals.
    Statuses,
    /// Every field of every line is read and handed to the sink.
    Fields,
}

/// What to look for, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The statuses that count as refusals, whether the client was given them or the server behind answered with them.
    pub statuses: Vec<u16>,
    /// Words that make an entry without a status (an error log's) worth keeping; letter case matters.
    pub words: Vec<String>,
    /// How closely each line is looked at.
    pub depth: Depth,
    /// Threads for one large file and for several files; 0 means one per processor.
    pub threads: usize,
    /// Leave out what happened before; where a log does not say its zone, only what did so in any zone.
    pub since: Option<Time>,
    /// The format, when it is known from a configuration; else each file is recognised by its content.
    pub format: Option<Format>,
    /// Formats that some of the files may be in, such as all that a configuration defines: the one that reads most of a
    /// file's first lines is taken, if it reads nearly all of them.
    pub candidates: Vec<Format>,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far, as stored: compressed files count by their compressed size.
    pub bytes: u64,
    /// Bytes of all files together; 0 when unknown (standard input).
    pub total: u64,
    /// Refusals found so far.
    pub refused: u64,
}

/// What a scan found.
#[derive(Clone, Debug)]
pub struct Scan<S> {
    /// The sink with all refusals.
    pub sink: S,
    /// One report per file, in the order given.
    pub files: Vec<FileReport>,
}

/// What was read from one file.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// Its format; `None` when none was recognised, and then nothing was read.
    pub format: Option<Format>,
    /// The time of the first entry that has one.
    pub begins: Option<Time>,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Lines read.
    pub lines: u64,
    /// Refusals found: entries with a refused status.
    pub refused: u64,
    /// Entries handed to the sink: refusals, and entries without a status that hold one of the words.
    pub kept: u64,
    /// Lines that could not be understood. With [`Depth::Refusals`] only those that may state a refusal are looked at.
    pub unreadable: u64,
    /// The first of them.
    pub examples: Vec<Unreadable>,
    /// Count per status, with [`Depth::Statuses`] and [`Depth::Fields`].
    pub statuses: Vec<(u16, u64)>,
    /// What stopped the reading early, or made it doubtful.
    pub warnings: Vec<String>,
}

/// Words that servers write when they refuse, for entries that state no status.
pub const REFUSAL_WORDS: &[&str] = &[
    "forbidden",
    "Forbidden",
    "FORBIDDEN",
    "denied",
    "Denied",
    "DENIED",
    "CSRF",
    "csrf",
    "ModSecurity",
    "Coraza",
    "not allowed",
    "PermissionDenied",
    "InvalidAuthenticityToken",
    "TokenMismatch",
    "Unauthorized",
    "unauthorized",
    "Blocked host",
    "DisallowedHost",
    "Origin checking failed",
    "Referer checking failed",
    "limiting requests",
    "limiting connections",
    "too large body",
    "NAXSI",
    // AWS WAF and Cloudflare's firewall events state an action, no status.
    "\"action\":\"BLOCK\"",
    "\"Action\":\"block\"",
    "\"Action\":\"managed_challenge\"",
];

impl Default for Options {
    fn default() -> Options {
        Options {
            statuses: vec![403],
            words: REFUSAL_WORDS.iter().map(|word| (*word).to_owned()).collect(),
            depth: Depth::Refusals,
            threads: 0,
            since: None,
            format: None,
            candidates: Vec::new(),
        }
    }
}

/// Scans files; what they give reaches the sink in the order of the files and of their lines. Files that cannot be
/// opened are reported, the others are read.
pub fn scan<S: Sink + Sync>(
    paths: &[PathBuf],
    options: &Options,
    mut sink: S,
    progress: &(dyn Fn(Progress) + Sync),
) -> Scan<S> {
    let total = paths.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|meta| meta.len()).sum();
    let scanner = Scanner::new(options, total, progress);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(scanner.threads).build().ok();
    let mut files = Vec::with_capacity(paths.len());
    let mut next = 0;
    for batch in paths.chunks(scanner.threads) {
        let mut jobs: Vec<(usize, &PathBuf, S)> = Vec::with_capacity(batch.len());
        for path in batch {
            let mut part = sink.part();
            part.file(next, path);
            jobs.push((next, path, part));
            next += 1;
        }
        let read = |(_, path, mut part): (usize, &PathBuf, S)| (scanner.file(path, &mut part), part);
        let parts: Vec<(FileReport, S)> = match &pool {
            Some(pool) if scanner.threads > 1 => pool.install(|| jobs.into_par_iter().map(read).collect()),
            _ => jobs.into_iter().map(read).collect(),
        };
        for (report, part) in parts {
            files.push(report);
            sink.append(part, 0);
        }
    }
    Scan { sink, files }
}

/// Scans a stream, such as standard input.
pub fn scan_stream<S: Sink>(
    stream: Box<dyn std::io::Read + Send>,
    options: &Options,
    mut sink: S,
) -> Scan<S> {
    let scanner = Scanner::new(options, 0, &|_| {});
    let mut report = FileReport { path: PathBuf::from("-"), ..FileReport::default() };
    sink.file(0, Path::new("-"));
    scanner.stream(stream, &mut sink, &mut report);
    Scan { sink, files: vec![report] }
}
