//! What this crate does, and the limit: a plain sum over the same bytes read in the same way. Each task is run as
//! `bench_logs task NAME FILE...` by the table.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use logs::scan::Ignore;
use logs::{Collect, Depth, Options};

use crate::Job;
use crate::generator::story::NAMES;
use crate::story;

/// The tasks on one log of requests; the plain sum comes first.
pub(crate) fn access(path: &Path, peers: &[(String, Vec<String>)]) -> Vec<Job> {
    let combined = path.extension().is_some_and(|extension| extension == "log");
    let files = [path.to_owned()];
    let mut jobs = vec![
        job("plain sum over all bytes, reads of 256 KiB", "sum", &files, None),
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
        "sum" => sum(&files)?,
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

/// All refusals found and fully read, their fields taken.
fn refusals(files: &[PathBuf], threads: usize) -> u64 {
    let options = Options { threads, ..Options::default() };
    let found = logs::scan(files, &options, Collect::up_to(1_000_000), &|_| {});
    let whole = |record: &logs::Record<'_>| {
        record.time().is_some() && record.client().is_some() && record.status() == Some(403)
    };
    found.sink.records.iter().filter(|(_, record)| whole(record)).count() as u64
}

fn count(files: &[PathBuf], depth: Depth) -> u64 {
    let options = Options { threads: 1, depth, ..Options::default() };
    logs::scan(files, &options, Ignore, &|_| {}).files[0].refused
}

/// The least that any tool must do: read every byte and add it up.
fn sum(files: &[PathBuf]) -> std::io::Result<u64> {
    let mut buffer = vec![0u8; 256 * 1024];
    let mut sum = 0u64;
    for path in files {
        let mut file = File::open(path)?;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            // 256 bytes cannot overflow 16 bits: so the compiler can add many at once.
            for chunk in buffer[..count].chunks(256) {
                sum += u64::from(chunk.iter().fold(0u16, |sum, byte| sum + u16::from(*byte)));
            }
        }
    }
    std::hint::black_box(sum);
    Ok(0)
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
