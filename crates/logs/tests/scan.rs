//! The scanner finds every refusal and nothing else, whatever the file does.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod generator;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use generator::{Shape, Truth};
use logs::{Collect, Depth, Options, Scan};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("logs-scan-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn generated(shape: Shape, bytes: u64) -> (Vec<u8>, Truth) {
    let mut text = Vec::new();
    let truth = generator::write(&mut text, shape, bytes, None).unwrap();
    (text, truth)
}

fn scan(path: &Path, options: &Options) -> Scan<Collect> {
    logs::scan(&[path.to_owned()], options, Collect::up_to(1_000_000), &|_| {})
}

fn by_path(scan: &Scan<Collect>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (_, record) in &scan.sink.records {
        *counts.entry(record.target().unwrap_or_default().into_owned()).or_default() += 1;
    }
    counts
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

#[test]
fn counts_are_exact_in_every_shape_depth_and_number_of_threads() {
    let folder = Folder::new("exact");
    for (shape, name) in [(Shape::Combined, "combined"), (Shape::WithIds, "ids"), (Shape::Json, "json")] {
        let (text, truth) = generated(shape, 11_000_000);
        let path = folder.write(name, &text);
        let format = (shape == Shape::WithIds)
            .then(|| logs::Format::from_nginx_log_format(generator::WITH_IDS).unwrap());
        for depth in [Depth::Refusals, Depth::Statuses, Depth::Fields] {
            for threads in [1, 3] {
                let options = Options { depth, threads, format: format.clone(), ..Options::default() };
                let found = scan(&path, &options);
                let report = &found.files[0];
                let case = format!("{name} {depth:?} {threads}");
                assert_eq!(report.warnings, Vec::<String>::new(), "{case}");
                assert_eq!((report.lines, report.bytes), (truth.lines, truth.bytes), "{case}");
                assert_eq!((report.refused, report.unreadable), (truth.refused, 0), "{case}");
                assert_eq!(by_path(&found), truth.refused_by_path, "{case}");
                if depth != Depth::Refusals {
                    let statuses: BTreeMap<u16, u64> = report.statuses.iter().copied().collect();
                    assert_eq!(statuses, truth.statuses, "{case}");
                }
                places_are_true(&found, &text);
            }
        }
    }
}

fn places_are_true(found: &Scan<Collect>, text: &[u8]) {
    let mut line = 1;
    let mut at = 0;
    for (_, record) in &found.sink.records {
        let offset = record.place.offset as usize;
        line += text[at..offset].iter().filter(|byte| **byte == b'\n').count() as u64;
        at = offset;
        assert_eq!(record.place.line, line);
        assert_eq!(text[offset..offset + record.place.length as usize], *record.text);
    }
}

#[test]
fn compressed_files_and_streams_give_the_same() {
    let folder = Folder::new("packed");
    let (text, truth) = generated(Shape::Combined, 3_000_000);
    let half = text.len() / 2;
    let members = [gzip(&text[..half]), gzip(&text[half..])].concat();
    let packed = folder.write("a.gz", &members);
    assert_eq!(by_path(&scan(&packed, &Options::default())), truth.refused_by_path);
    let zstd = folder.write("a.zst", &zstd::encode_all(text.as_slice(), 1).unwrap());
    assert_eq!(by_path(&scan(&zstd, &Options::default())), truth.refused_by_path);
    let stream = Box::new(std::io::Cursor::new(text));
    let found = logs::scan_stream(stream, &Options::default(), Collect::up_to(1_000_000));
    assert_eq!(by_path(&found), truth.refused_by_path);
}

#[test]
fn a_truncated_gzip_file_is_read_up_to_its_end_with_a_warning() {
    let folder = Folder::new("truncated");
    let (text, truth) = generated(Shape::Combined, 3_000_000);
    let packed = gzip(&text);
    let path = folder.write("a.gz", &packed[..packed.len() / 2]);
    let found = scan(&path, &Options::default());
    let report = &found.files[0];
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].contains("cut off"), "{:?}", report.warnings);
    let share = report.bytes as f64 / truth.bytes as f64;
    assert!((0.3..0.7).contains(&share), "{share}");
    let whole = memchr::memrchr(b'\n', &text[..report.bytes as usize]).unwrap();
    let expected = memchr::memmem::find_iter(&text[..whole], b"\" 403 ").count() as u64;
    // The needle alone also finds traps; none is missed.
    assert!(report.refused > 0 && report.refused <= expected);
}

#[test]
fn unreadable_lines_are_counted_and_shown() {
    let folder = Folder::new("unreadable");
    let (mut text, truth) = generated(Shape::Combined, 1_000_000);
    text.extend_from_slice(b"\x00\x01binary 403 \xff\xfe\n\nno log line at all\n");
    text.extend(std::iter::repeat_n(b'x', 100_000_000));
    text.extend_from_slice(
        b"\n192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] \"GET /last HTTP/1.1\" 403 1 \"-\" \"-\"",
    );
    let path = folder.write("a.log", &text);
    for threads in [1, 2] {
        let options = Options { depth: Depth::Statuses, threads, ..Options::default() };
        let found = scan(&path, &options);
        let report = &found.files[0];
        assert_eq!(report.refused, truth.refused + 1);
        assert_eq!(report.unreadable, 3, "{:?}", report.examples);
        assert_eq!(report.lines, truth.lines + 5);
        let last = &found.sink.records.last().unwrap().1;
        assert_eq!((last.path().as_deref(), last.place.line), (Some("/last"), truth.lines + 5));
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    let folder = Folder::new("unopened");
    let (text, truth) = generated(Shape::Combined, 100_000);
    let good = folder.write("good.log", &text);
    let binary = folder.write("binary", &[0, 1, 2, 3, 10, 0, 200]);
    let empty = folder.write("empty", b"");
    let paths = [folder.0.join("missing"), binary, empty, good, folder.0.clone()];
    let found = logs::scan(&paths, &Options::default(), Collect::up_to(10_000), &|_| {});
    let warned: Vec<usize> = found.files.iter().map(|file| file.warnings.len()).collect();
    assert_eq!(warned, [1, 1, 0, 0, 1]);
    assert_eq!(found.sink.records.len() as u64, truth.refused);
    assert!(found.sink.records.iter().all(|(file, _)| *file == 3));
}

#[test]
fn since_leaves_out_what_was_before() {
    let folder = Folder::new("since");
    let line = |second: u32| {
        format!(
            "192.0.2.1 - - [24/Nov/2026:08:38:{second:02} +0000] \"GET /{second} HTTP/1.1\" 403 1 \"-\" \"-\"\n"
        )
    };
    let path = folder.write("a.log", (10..40).map(line).collect::<String>().as_bytes());
    let since = logs::time::parse(b"2026-11-24T08:38:30Z");
    let found = scan(&path, &Options { since, ..Options::default() });
    assert_eq!(found.sink.records.len(), 10);
}
