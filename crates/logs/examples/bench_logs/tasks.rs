//! What this crate does, and the limit: a plain sum over the same bytes read in the same way. Each task is run as
//! `bench_logs task NAME FILE...` by the table.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use logs::scan::Ignore;
use logs::{Depth, Options, Record, Sink};

use crate::Job;
use crate::generator::story::NAMES;
use crate::story;

/// The tasks on one log of requests; the plain sum comes first.
pub(crate) fn access(path: &Path, peers: &[(String, Vec<String>)]) -> Vec<Job> {
    let combined = path.extension().is_some_and(|extension| extension == "log");
    let files = [path.to_owned()];
    let mut jobs = vec![
        job("plain sum over all bytes, reads of 256 KiB", "sum", &files, None),
        job("the same sum, two threads", "sum-2", &files, None),
        job("why403: refusals, fully read", "refusals", &files, Some(if combined { 3.0 } else { 2.5 })),
        job("why403: the same, two threads", "refusals-2", &files, None),
        job("why403: status of every line", "statuses", &files, combined.then_some(1.9)),
        job("why403: all fields of every line", "fields", &files, combined.then_some(0.6)),
    ];
    jobs.extend(peers.iter().map(peer));
    jobs
}

/// The refusals of a compressed log.
pub(crate) fn packed(path: &Path, peers: Vec<(String, Vec<String>)>) -> Vec<Job> {
    let mut jobs = vec![job("why403: refusals, fully read", "refusals", &[path.to_owned()], Some(0.55))];
    jobs.extend(peers.iter().map(peer));
    jobs
}

/// The join of three logs of the same requests.
pub(crate) fn joined(folder: &Path, peers: Vec<(String, Vec<String>)>) -> Vec<Job> {
    let files = NAMES.map(|name| folder.join(name));
    let mut jobs = vec![
        job("plain sum over all bytes, reads of 256 KiB", "sum", &files, None),
        job("why403: one record a refused request", "join", &files, Some(1.0 / 0.6)),
    ];
    jobs.extend(peers.iter().map(peer));
    jobs
}

fn job(name: &str, task: &str, files: &[PathBuf], goal: Option<f64>) -> Job {
    let own = std::env::current_exe().unwrap_or_default().display().to_string();
    let mut command = vec![own, String::from("task"), task.to_owned()];
    command.extend(files.iter().map(|file| file.display().to_string()));
    Job { name: name.to_owned(), command, goal }
}

fn peer((name, command): &(String, Vec<String>)) -> Job {
    Job { name: name.clone(), command: command.clone(), goal: None }
}

/// Runs one task and prints what it found and the most memory it took.
pub(crate) fn run(arguments: &[String]) -> std::io::Result<()> {
    let [task, files @ ..] = arguments else { return Ok(()) };
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let found = match task.as_str() {
        "sum" => sum(&files, 1)?,
        "sum-2" => sum(&files, 2)?,
        "refusals" => refusals(&files, 1),
        "refusals-2" => refusals(&files, 2),
        "statuses" => count(&files, Depth::Statuses),
        "fields" => count(&files, Depth::Fields),
        "join" => story::join(&files),
        other => return Err(std::io::Error::other(format!("no task {other}"))),
    };
    println!("{found}\npeak {}", peak_mebibytes());
    Ok(())
}

/// Counts refusals whose fields are all read, and keeps nothing.
struct Whole(u64);

impl Sink for Whole {
    fn part(&self) -> Whole {
        Whole(0)
    }

    fn refusal(&mut self, record: &Record<'_>) {
        let named = record.target().is_some() && record.client().is_some();
        self.0 += u64::from(named && record.time().is_some() && record.status() == Some(403));
    }

    fn append(&mut self, part: Whole, _lines: u64) {
        self.0 += part.0;
    }
}

/// All refusals found and fully read.
fn refusals(files: &[PathBuf], threads: usize) -> u64 {
    let options = Options { threads, ..Options::default() };
    logs::scan(files, &options, Whole(0), &|_| {}).sink.0
}

fn count(files: &[PathBuf], depth: Depth) -> u64 {
    let options = Options { threads: 1, depth, ..Options::default() };
    logs::scan(files, &options, Ignore, &|_| {}).files[0].refused
}

/// The least that any tool must do: read every byte and add it up. Several threads take parts of 4 MiB in turn.
fn sum(files: &[PathBuf], threads: u64) -> std::io::Result<u64> {
    const PART: u64 = 4 << 20;
    for path in files {
        let (length, next) = (path.metadata()?.len(), AtomicU64::new(0));
        let work = || -> std::io::Result<()> {
            let (mut file, mut buffer) = (File::open(path)?, vec![0u8; 256 * 1024]);
            loop {
                let start = next.fetch_add(PART, Ordering::Relaxed);
                if start >= length {
                    return Ok(());
                }
                file.seek(SeekFrom::Start(start))?;
                let mut part = (&file).take(PART);
                loop {
                    let count = part.read(&mut buffer)?;
                    if count == 0 {
                        break;
                    }
                    std::hint::black_box(added(&buffer[..count]));
                }
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            others.into_iter().fold(own, |all, thread| {
                all.and(thread.join().unwrap_or_else(|_| Err(std::io::Error::other("a thread panicked"))))
            })
        })?;
    }
    Ok(0)
}

/// 256 bytes cannot overflow 16 bits: so the compiler can add many at once.
fn added(block: &[u8]) -> u64 {
    block
        .chunks(256)
        .map(|chunk| u64::from(chunk.iter().fold(0u16, |sum, byte| sum + u16::from(*byte))))
        .sum()
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
