//! Reads a HAR of 150 MB and prints the time beside that of `jq` on the same file, and the peak of memory.
//!
//! `cargo bench -p why403-intake --bench har`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use intake::{Document, read};

const SIZE: usize = 150_000_000;

/// A HAR as a browser exports one: many answers with bodies, one refused POST near the end.
fn har() -> Vec<u8> {
    let mut text = String::with_capacity(SIZE + (1 << 20));
    text.push_str(
        "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"bench\",\"version\":\"1\"},\"entries\":[",
    );
    let mut number = 0;
    while text.len() < SIZE {
        entry(&mut text, number, "GET", 200);
        text.push_str(",\n");
        number += 1;
    }
    entry(&mut text, number, "POST", 403);
    text.push_str("]}}");
    text.into_bytes()
}

fn entry(text: &mut String, number: usize, method: &str, status: u16) {
    let header = r#"{"name":"cache-control","value":"private, max-age=0, \"no-cache\""},"#.repeat(12);
    let header = header.trim_end_matches(',');
    let body =
        r#"<div class=\"item\">\n  <p>Some text of a page, with escapes\t</p>\n</div>"#.repeat(number % 400);
    text.push_str(&format!(
        "{{\"startedDateTime\":\"2026-11-24T08:00:00.000Z\",\"time\":12.5,\"request\":{{\"method\":\"{method}\",\"url\":\"https://shop.example/items/{number}?q=1\",\"httpVersion\":\"h2\",\"headers\":[{header}],\"queryString\":[],\"cookies\":[],\"headersSize\":-1,\"bodySize\":0}},\"response\":{{\"status\":{status},\"statusText\":\"\",\"httpVersion\":\"h2\",\"headers\":[{header}],\"cookies\":[],\"content\":{{\"size\":100,\"mimeType\":\"text/html\",\"text\":\"{body}\"}},\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":-1}},\"cache\":{{}},\"timings\":{{\"send\":1,\"wait\":2,\"receive\":3}}}}"
    ));
}

/// The largest resident size so far, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn measure(path: &str) {
    let start = Instant::now();
    let bytes = fs::read(path).unwrap();
    let size = bytes.len();
    let evidence = read(vec![Document { name: "bench.har".into(), bytes }]);
    let time = start.elapsed().as_secs_f64();
    assert_eq!(evidence.status(), Some(403));
    println!(
        "why403: {time:.3} s for {size} bytes, peak memory {:.2} times the size",
        peak() as f64 / size as f64
    );
}

fn main() {
    if let Ok(path) = std::env::var("WHY403_BENCH_HAR") {
        return measure(&path);
    }
    let path = std::env::temp_dir().join(format!("why403-bench-{}.har", std::process::id()));
    fs::write(&path, har()).unwrap();
    // A process of its own, so that its peak of memory is not the generator's.
    let own = std::env::current_exe().unwrap();
    let start = Instant::now();
    let ok = Command::new(own).env("WHY403_BENCH_HAR", &path).status().unwrap().success();
    let ours = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let filter = "[.log.entries[] | select(.response.status == 403) | .request.url]";
    let jq = Command::new("jq").arg(filter).arg(&path).stdout(Stdio::null()).status();
    let theirs = start.elapsed().as_secs_f64();
    fs::remove_file(&path).unwrap();
    assert!(ok, "the measured process failed");
    match jq {
        Ok(status) if status.success() => {
            println!("jq: {theirs:.3} s; why403 with process start: {ours:.3} s; ratio {:.1}", theirs / ours)
        }
        _ => println!("jq is not installed; why403 with process start: {ours:.3} s"),
    }
}
