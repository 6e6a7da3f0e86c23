//! The command from start to verdict over 20 kB of documents, beside `jq` that only parses a HAR of the same size, in the same
//! run.
//!
//! `cargo bench -p why403-cli --bench documents`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const RUNS: usize = 200;
const SIZE: usize = 20_000;

/// A request with a token, its answer, and an error log that holds the refusal among other lines: 20 kB in all.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let request = "curl https://shop.example/api/orders -H 'Content-Type: application/json' -H 'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwic2NvcGUiOiJvcmRlcnM6cmVhZCIsImV4cCI6MTc5NTAwMDAwMH0.c2lnbmF0dXJlc2lnbmF0dXJl' -d '{\"item\":1}'\n";
    let answer = "HTTP/1.1 403 Forbidden\r\nServer: nginx/1.22.1\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nContent-Type: text/html\r\n\r\n<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
    let mut log = String::new();
    let mut number = 0;
    while request.len() + answer.len() + log.len() < SIZE {
        let (what, path) = if number == 60 {
            ("access forbidden by rule", "/api/orders".into())
        } else {
            ("open() \"/srv/www/x\" failed (2: No such file or directory)", format!("/item/{number}"))
        };
        log.push_str(&format!("2026/11/26 12:00:00 [error] 71#71: *{number} {what}, client: 192.0.2.7, server: shop.example, request: \"POST {path} HTTP/1.1\", host: \"shop.example\"\n"));
        number += 1;
    }
    let files = [("request.curl", request), ("answer.http", answer), ("error.log", log.as_str())];
    files
        .map(|(name, text)| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        })
        .to_vec()
}

/// A HAR of the same size, for `jq`.
fn har(folder: &Path) -> PathBuf {
    let entry = r#"{"request":{"method":"POST","url":"https://shop.example/a","headers":[{"name":"accept","value":"*/*"}]},"response":{"status":403,"content":{"text":"no"}}}"#;
    let entries = vec![entry; SIZE / entry.len()].join(",");
    let path = folder.join("shop.har");
    fs::write(&path, format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{entries}]}}}}")).unwrap();
    path
}

/// The least and the middle of many runs, in milliseconds of wall time with the start of the process.
fn time(mut command: impl FnMut() -> Command) -> Option<(f64, f64)> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        command().stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Some((times[0], times[RUNS / 2]))
}

fn main() {
    let folder = std::env::temp_dir().join(format!("why403-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (files, har) = (documents(&folder), har(&folder));
    let own = env!("CARGO_BIN_EXE_why403");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(own);
        command.args(arguments);
        command
    };
    let start = time(|| command(&["--version"])).unwrap();
    let verdict = time(|| {
        let mut command = command(&["inspect"]);
        command.args(&files);
        command
    })
    .unwrap();
    let jq = time(|| {
        let mut command = Command::new("jq");
        command.arg("[.log.entries[] | select(.response.status == 403) | .request.url]").arg(&har);
        command
    });
    fs::remove_dir_all(&folder).unwrap();
    println!("why403, start: {:.1} ms (middle {:.1})", start.0, start.1);
    println!("verdict from {SIZE} bytes of documents: {:.1} ms (middle {:.1})", verdict.0, verdict.1);
    match jq {
        Some((least, middle)) => println!(
            "jq over a HAR of {SIZE} bytes: {least:.1} ms (middle {middle:.1}); ratio {:.2}",
            middle / verdict.1
        ),
        None => println!("jq is not installed"),
    }
}
