//! What this crate does, and the limit: a plain sum over the same bytes read in the same way.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use logs::scan::Ignore;
use logs::{Collect, Depth, Options};

use crate::Job;
use crate::generator::Shape;

pub(crate) fn jobs(path: &Path, _shape: Shape) -> Vec<Job> {
    vec![
        sum(path, 256),
        sum(path, 4096),
        refusals(path, 1),
        refusals(path, 2),
        count(path, "why403: status of every line", Depth::Statuses),
        count(path, "why403: all fields of every line", Depth::Fields),
    ]
}

/// All refusals found and fully read, their fields taken.
pub(crate) fn refusals(path: &Path, threads: usize) -> Job {
    let path = path.to_owned();
    let name = format!("why403: refusals, fully read, {threads} thread(s)");
    let options = Options { threads, ..Options::default() };
    let run = move || {
        let found = logs::scan(std::slice::from_ref(&path), &options, Collect::up_to(1_000_000), &|_| {});
        let whole = |record: &logs::Record<'_>| {
            record.time().is_some() && record.client().is_some() && record.status() == Some(403)
        };
        Some(found.sink.records.iter().filter(|(_, record)| whole(record)).count() as u64)
    };
    Job { name, run: Box::new(run) }
}

fn count(path: &Path, name: &str, depth: Depth) -> Job {
    let path: PathBuf = path.to_owned();
    let options = Options { threads: 1, depth, ..Options::default() };
    let run = move || {
        let found = logs::scan(std::slice::from_ref(&path), &options, Ignore, &|_| {});
        Some(found.files[0].refused)
    };
    Job { name: name.to_owned(), run: Box::new(run) }
}

/// The least that any tool must do: read every byte and add it up, with reads of the given size.
fn sum(path: &Path, kilobytes: usize) -> Job {
    let path = path.to_owned();
    let run = move || {
        let mut file = File::open(&path).ok()?;
        let mut buffer = vec![0u8; kilobytes * 1024];
        let mut sum = 0u64;
        loop {
            let count = file.read(&mut buffer).ok()?;
            if count == 0 {
                break;
            }
            // 256 bytes cannot overflow 16 bits: so the compiler can add many at once.
            for chunk in buffer[..count].chunks(256) {
                sum += u64::from(chunk.iter().fold(0u16, |sum, byte| sum + u16::from(*byte)));
            }
        }
        std::hint::black_box(sum);
        Some(0)
    };
    Job { name: format!("plain sum over all bytes, reads of {kilobytes} KiB"), run: Box::new(run) }
}
