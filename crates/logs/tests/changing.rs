//! Logs that change in the middle or while they are read, and lines that nobody writes.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Write;
use std::path::{Path, PathBuf};

use logs::{Collect, Options, Record, Scan, Sink};

struct File(PathBuf);

impl File {
    fn new(name: &str) -> (File, std::fs::File) {
        let path = std::env::temp_dir().join(format!("logs-changing-{name}-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        (File(path), file)
    }

    fn scan<S: Sink + Sync>(&self, sink: S, threads: usize) -> Scan<S> {
        let options = Options { threads, ..Options::default() };
        logs::scan(std::slice::from_ref(&self.0), &options, sink, &|_| {})
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn line(status: u16, second: u64) -> String {
    format!(
        "192.0.2.7 - - [24/Nov/2026:08:{:02}:{:02} +0000] \"GET /a HTTP/1.1\" {status} 153 \"-\" \"curl/8.5.0\"\n",
        second / 60 % 60,
        second % 60
    )
}

#[test]
fn a_line_of_a_hundred_megabytes_is_reported_and_the_rest_is_read() {
    let (log, mut file) = File::new("long");
    file.write_all(line(403, 1).as_bytes()).unwrap();
    let megabyte = vec![b'a'; 1_000_000];
    for _ in 0..100 {
        file.write_all(&megabyte).unwrap();
    }
    file.write_all(format!("\n{}", line(403, 2)).as_bytes()).unwrap();
    for threads in [1, 2] {
        let found = log.scan(Collect::up_to(10), threads);
        let report = &found.files[0];
        assert_eq!((report.lines, report.refused), (3, 2), "{threads} threads");
        assert_eq!(found.sink.records[1].1.place.line, 3);
    }
    // Where such a line is looked at, it is called unreadable.
    let options = Options { threads: 1, depth: logs::Depth::Statuses, ..Options::default() };
    let found = logs::scan(std::slice::from_ref(&log.0), &options, Collect::up_to(10), &|_| {});
    assert_eq!((found.files[0].unreadable, found.files[0].refused), (1, 2));
}

#[test]
fn refusals_of_another_format_further_down_are_counted_as_unreadable() {
    let (log, mut file) = File::new("mixed");
    for number in 0..20_000 {
        file.write_all(line(if number % 100 == 0 { 403 } else { 200 }, number).as_bytes()).unwrap();
        if number == 15_000 {
            writeln!(file, "now|192.0.2.7|something else|403|/a").unwrap();
        }
    }
    let found = log.scan(Collect::up_to(1000), 1);
    let report = &found.files[0];
    assert_eq!((report.lines, report.refused, report.unreadable), (20_001, 200, 1));
    assert_eq!(report.examples[0].place.line, 15_002);
}

#[test]
fn clocks_that_jump_back_change_no_count() {
    let (log, mut file) = File::new("clock");
    for number in 0..1000_u64 {
        let second = if number % 3 == 0 { 3000 - number } else { number };
        file.write_all(line(if number % 10 == 0 { 403 } else { 200 }, second).as_bytes()).unwrap();
    }
    assert_eq!(log.scan(Collect::up_to(1000), 1).sink.records.len(), 100);
}

/// Changes the log when the first refusal is seen.
struct Meddler<'p> {
    path: &'p Path,
    change: fn(&Path),
    seen: u64,
}

impl Sink for Meddler<'_> {
    fn part(&self) -> Self {
        Meddler { seen: 0, ..*self }
    }

    fn refusal(&mut self, record: &Record<'_>) {
        self.seen += 1;
        if record.place.offset == 0 {
            (self.change)(self.path);
        }
    }

    fn append(&mut self, part: Self, _lines: u64) {
        self.seen += part.seen;
    }
}

#[test]
fn a_log_that_is_cut_or_grows_while_it_is_read_is_read_as_far_as_it_goes() {
    let cut = |path: &Path| std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
    let grow = |path: &Path| {
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(line(403, 1).as_bytes()).unwrap();
    };
    let rotate = |path: &Path| {
        let aside = path.with_extension("1");
        std::fs::rename(path, &aside).unwrap();
        std::fs::write(path, line(403, 1)).unwrap();
        std::fs::remove_file(aside).unwrap();
    };
    for (change, least, most) in
        [(cut as fn(&Path), 1, 99_999), (grow, 100_001, 100_001), (rotate, 100_000, 100_000)]
    {
        let (log, mut file) = File::new("meddled");
        let text: String = (0..100_000).map(|second| line(403, second)).collect();
        file.write_all(text.as_bytes()).unwrap();
        let found = log.scan(Meddler { path: &log.0, change, seen: 0 }, 1);
        let seen = found.sink.seen;
        assert!((least..=most).contains(&seen), "{seen}");
        // The cut may go through a line.
        let report = &found.files[0];
        assert!(report.refused == seen && (seen..=seen + 1).contains(&report.lines), "{}", report.lines);
    }
}
