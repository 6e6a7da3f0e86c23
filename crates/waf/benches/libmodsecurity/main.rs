//! Instructions, time and memory of this engine and of libmodsecurity3 on the same rules and requests, in one run.
//!
//! `cargo bench -p why403-waf --bench libmodsecurity` (rules: `CRS_DIR`, else the distribution's package). Needs cc,
//! libmodsecurity-dev and valgrind. Both engines run all phases, with the same small answer and with phase 5; the
//! instructions of one request are the difference of two runs, so that loading and first uses cancel out.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod requests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use waf::{Like, Request, Response, RuleSet};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [command, config, request, times] = words.as_slice()
        && command == "inspect"
    {
        return inspect(Path::new(config), Path::new(request), times.parse().unwrap());
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("libmodsecurity");
    fs::create_dir_all(&folder).unwrap();
    let config = configuration(&folder);
    let engines = [Engine::ours(), Engine::theirs(&folder)];
    println!("{:<22} {:>28} {:>28} {:>8} {:>8}", "", "why403", "libmodsecurity3", "ratio", "ratio");
    println!(
        "{:<22} {:>12} {:>15} {:>12} {:>15} {:>8} {:>8}",
        "request", "M instr.", "us", "M instr.", "us", "instr.", "time"
    );
    for (name, raw) in requests::all() {
        let request = folder.join(format!("{name}.http"));
        fs::write(&request, raw).unwrap();
        let [ours, theirs] = engines.each_ref().map(|engine| engine.measure(&config, &request));
        assert_eq!(ours.status, theirs.status, "{name}: the engines decide differently");
        println!(
            "{name:<22} {:>12.2} {:>15.0} {:>12.2} {:>15.0} {:>8.1} {:>8.1}",
            ours.instructions / 1e6,
            ours.micros,
            theirs.instructions / 1e6,
            theirs.micros,
            theirs.instructions / ours.instructions,
            theirs.micros / ours.micros
        );
    }
    for engine in &engines {
        let (load, memory) = engine.load(&config, &folder.join("json-3.http"));
        println!(
            "{}: rules loaded in {load:.0} ms (best of 5), peak memory {memory:.1} MB with one request",
            engine.name
        );
    }
}

/// One request's cost.
struct Cost {
    instructions: f64,
    micros: f64,
    status: String,
}

struct Engine {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Engine {
    fn ours() -> Engine {
        Engine { name: "why403", program: std::env::current_exe().unwrap(), arguments: &["inspect"] }
    }

    fn theirs(folder: &Path) -> Engine {
        let program = folder.join("peer");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/libmodsecurity/peer.c");
        let built =
            Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).arg("-lmodsecurity").status();
        assert!(built.is_ok_and(|status| status.success()), "cc and libmodsecurity-dev are needed");
        Engine { name: "libmodsecurity3", program, arguments: &[] }
    }

    fn run(&self, before: &[&str], config: &Path, request: &Path, times: u32) -> Output {
        let mut words: Vec<std::ffi::OsString> = before.iter().map(Into::into).collect();
        words.push(self.program.clone().into());
        words.extend(self.arguments.iter().map(Into::into));
        words.extend([config.into(), request.into(), times.to_string().into()]);
        let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        output
    }

    fn measure(&self, config: &Path, request: &Path) -> Cost {
        let count = |times| {
            let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
            let output = self.run(&valgrind, config, request, times);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let line =
                text.lines().find_map(|line| line.split_once("Collected : ")).expect("callgrind's sum");
            line.1.trim().parse::<f64>().unwrap()
        };
        let time = |times| {
            let once = || {
                let start = Instant::now();
                let output = self.run(&[], config, request, times);
                (start.elapsed().as_secs_f64(), output)
            };
            let runs: Vec<_> = (0..3).map(|_| once()).collect();
            runs.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
        };
        let instructions = (count(7) - count(2)) / 5.0;
        let (short, _) = time(1);
        let (long, output) = time(101);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let status = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
        Cost { instructions, micros: (long - short) * 1e6 / 100.0, status }
    }

    /// Milliseconds of loading, and the peak of memory in megabytes.
    fn load(&self, config: &Path, request: &Path) -> (f64, f64) {
        let runs: Vec<(f64, f64)> = (0..5)
            .map(|_| {
                let output = self.run(&["/usr/bin/time", "-f", "%M"], config, request, 1);
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let load = text.split_whitespace().next().unwrap().parse().unwrap();
                let peak = String::from_utf8_lossy(&output.stderr).trim().parse::<f64>().unwrap_or(f64::NAN);
                (load, peak / 1024.0)
            })
            .collect();
        let least = |pick: fn(&(f64, f64)) -> f64| runs.iter().map(pick).fold(f64::INFINITY, f64::min);
        (least(|run| run.0), least(|run| run.1))
    }
}

/// One configuration for both engines: the recommended base of libmodsecurity3 (as its nginx module installs it), switched on, and the rules.
fn configuration(folder: &Path) -> PathBuf {
    let rules = std::env::var_os("CRS_DIR").map(PathBuf::from);
    let (setup, rules) = match rules {
        Some(folder) => (folder.join("crs-setup.conf.example"), folder.join("rules")),
        None => ("/etc/modsecurity/crs/crs-setup.conf".into(), "/usr/share/modsecurity-crs/rules".into()),
    };
    let log = folder.join("audit.log");
    let text = format!(
        "Include /etc/nginx/modsecurity.conf\nSecRuleEngine On\nSecAuditLog {}\nInclude {}\nInclude {}/*.conf\n",
        log.display(),
        setup.display(),
        rules.display()
    );
    let path = folder.join("main.conf");
    fs::write(&path, text).unwrap();
    path
}

/// The other half of the bench: this engine as a program of its own.
fn inspect(config: &Path, request: &Path, times: u32) {
    let start = Instant::now();
    let rules = RuleSet::load(config, Like::ModSecurity3).unwrap();
    let loaded = start.elapsed().as_secs_f64() * 1e3;
    let raw = fs::read(request).unwrap();
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&raw[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let headers: Vec<(&[u8], &[u8])> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    let request = Request {
        method: words[0].as_bytes(),
        target: words[1].as_bytes(),
        version: words[2].as_bytes(),
        headers: &headers,
        body: &raw[end + 4..],
        client: [192, 0, 2, 1].into(),
    };
    let response = Response {
        status: 200,
        version: b"HTTP/1.1",
        headers: &[(b"Content-Type", b"text/plain")],
        body: b"ok",
    };
    let mut status = 200;
    for _ in 0..times {
        let verdict = rules.inspect_exchange(&request, &response);
        status = if verdict.blocked { verdict.status.unwrap_or(403) } else { 200 };
    }
    println!("{loaded:.1} {status}");
}
