//! Instructions, time and memory of this engine and of libmodsecurity3 on the same rules and requests, in one run.
//!
//! `cargo bench -p why403-waf --bench libmodsecurity` (rules: `CRS_DIR`, else the distribution's package). Needs cc,
//! libmodsecurity-dev and valgrind. Both engines run all phases, with the same small answer and with phase 5. Each request
//! has run twice before it is measured, so that first uses are not counted; what they cost is printed by the example
//! `load`. callgrind counts the instructions of the function that runs a request alone.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod requests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use waf::{Like, Request, Response, RuleSet};

/// Runs of each request under callgrind, whose counts repeat, and for the time.
const COUNTED: u32 = 1;
const TIMED: u32 = 10;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [command, config, times, requests @ ..] = words.as_slice()
        && command == "inspect"
    {
        return inspect(Path::new(config), times.parse().unwrap(), requests);
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("libmodsecurity");
    fs::create_dir_all(&folder).unwrap();
    let config = configuration(&folder);
    let named = requests::all();
    let files: Vec<PathBuf> = named
        .iter()
        .map(|(name, raw)| {
            let file = folder.join(format!("{name}.http"));
            fs::write(&file, raw).unwrap();
            file
        })
        .collect();
    let [ours, theirs] = [Engine::ours(), Engine::theirs(&folder)].map(|engine| {
        (engine.name, engine.measure(&config, &files), engine.counts(&folder, &config, &files))
    });
    println!("{:<22} {:>28} {:>28} {:>8} {:>8}", "", ours.0, theirs.0, "ratio", "ratio");
    println!(
        "{:<22} {:>12} {:>15} {:>12} {:>15} {:>8} {:>8}",
        "request", "M instr.", "us", "M instr.", "us", "instr.", "time"
    );
    for (index, (name, _)) in named.iter().enumerate() {
        let (mine, peer) = (&ours.1.requests[index], &theirs.1.requests[index]);
        assert_eq!(mine.0, peer.0, "{name}: the engines decide differently");
        println!(
            "{name:<22} {:>12.2} {:>15.0} {:>12.2} {:>15.0} {:>8.1} {:>8.1}",
            ours.2[index] / 1e6,
            mine.1,
            theirs.2[index] / 1e6,
            peer.1,
            theirs.2[index] / ours.2[index],
            peer.1 / mine.1
        );
    }
    for (name, measured, _) in [ours, theirs] {
        println!(
            "{name}: rules loaded in {:.0} ms of the processor (least of 3), peak memory {:.1} MB with all requests",
            measured.load, measured.peak
        );
    }
}

/// What one engine says of itself.
struct Measured {
    /// Milliseconds of the processor.
    load: f64,
    /// Status of each request, and the least microseconds of a run.
    requests: Vec<(u16, f64)>,
    /// Megabytes.
    peak: f64,
}

struct Engine {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    /// What stands before the names of its functions.
    names: &'static str,
}

impl Engine {
    fn ours() -> Engine {
        let program = std::env::current_exe().unwrap();
        Engine { name: "why403", program, arguments: &["inspect"], names: "libmodsecurity::" }
    }

    fn theirs(folder: &Path) -> Engine {
        let program = folder.join("peer");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/libmodsecurity/peer.c");
        let built =
            Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).arg("-lmodsecurity").status();
        assert!(built.is_ok_and(|status| status.success()), "cc and libmodsecurity-dev are needed");
        Engine { name: "libmodsecurity3", program, arguments: &[], names: "" }
    }

    fn run(&self, before: &[String], config: &Path, times: u32, requests: &[PathBuf]) -> Output {
        let mut words: Vec<std::ffi::OsString> = before.iter().map(Into::into).collect();
        words.push(self.program.clone().into());
        words.extend(self.arguments.iter().map(Into::into));
        words.extend([config.into(), times.to_string().into()]);
        words.extend(requests.iter().map(Into::into));
        let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        output
    }

    fn measure(&self, config: &Path, requests: &[PathBuf]) -> Measured {
        let runs: Vec<Measured> = (0..3)
            .map(|_| {
                let output = self.run(&[], config, TIMED, requests);
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let lines: Vec<&str> = text.lines().collect();
                let request = |line: &&str| {
                    let (status, least) = line.split_once(' ').unwrap();
                    (status.parse().unwrap(), least.parse().unwrap())
                };
                Measured {
                    load: lines[0].parse().unwrap(),
                    requests: lines[1..lines.len() - 1].iter().map(request).collect(),
                    peak: lines[lines.len() - 1].parse::<f64>().unwrap() / 1024.0,
                }
            })
            .collect();
        let least = |pick: &dyn Fn(&Measured) -> f64| runs.iter().map(pick).fold(f64::INFINITY, f64::min);
        let each = (0..requests.len()).map(|at| (runs[0].requests[at].0, least(&|run| run.requests[at].1)));
        Measured { load: least(&|run| run.load), requests: each.collect(), peak: least(&|run| run.peak) }
    }

    /// Instructions of one run of each request. callgrind counts in the function `counted` alone, and writes what it has
    /// counted before each call of `measured`: its second part is the first request's, the last is written at the end.
    fn counts(&self, folder: &Path, config: &Path, requests: &[PathBuf]) -> Vec<f64> {
        let parts = folder.join(format!("{}.callgrind", self.name));
        let part = |number: usize| PathBuf::from(format!("{}.{number}", parts.display()));
        (1..=requests.len()).for_each(|number| drop(fs::remove_file(part(number))));
        let words = [
            "valgrind".to_owned(),
            "--tool=callgrind".to_owned(),
            format!("--callgrind-out-file={}", parts.display()),
            format!("--toggle-collect={}counted*", self.names),
            format!("--dump-before={}measured*", self.names),
        ];
        self.run(&words, config, COUNTED, requests);
        let total = |request: usize| {
            let last = request + 1 == requests.len();
            let file = if last { parts.clone() } else { part(request + 2) };
            let text = fs::read_to_string(file).expect("callgrind's part of the request");
            let line = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("callgrind's sum");
            line.trim().parse::<f64>().unwrap() / f64::from(COUNTED)
        };
        (0..requests.len()).map(total).collect()
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

/// The other half of the bench: this engine as a program of its own, which prints what the peer prints.
fn inspect(config: &Path, times: u32, requests: &[String]) {
    let start = processor_ms();
    let rules = RuleSet::load(config, Like::ModSecurity3).unwrap();
    println!("{:.1}", processor_ms() - start);
    for file in requests {
        let raw = fs::read(file).unwrap();
        run(&rules, &raw);
        let status = run(&rules, &raw);
        println!("{status} {:.1}", measured(&rules, &raw, times));
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("{}", peak.trim().trim_end_matches(" kB"));
}

/// Its calls part what callgrind counts.
#[inline(never)]
fn measured(rules: &RuleSet, raw: &[u8], times: u32) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..times {
        let start = Instant::now();
        counted(rules, raw);
        least = least.min(start.elapsed().as_secs_f64() * 1e6);
    }
    least
}

/// Its calls are what callgrind counts.
#[inline(never)]
fn counted(rules: &RuleSet, raw: &[u8]) {
    std::hint::black_box(run(rules, raw));
}

fn run(rules: &RuleSet, raw: &[u8]) -> u16 {
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
    let verdict = rules.inspect_exchange(&request, &response);
    if verdict.blocked { verdict.status.unwrap_or(403) } else { 200 }
}

/// Time that this thread spent on a processor: the first word of `schedstat`, brought up to date by a pause.
fn processor_ms() -> f64 {
    std::thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}
