//! Parsing and simulating a 10,000-line nginx configuration with 500 servers, next to crossplane in the same run.
//!
//! `cargo bench -p why403-server-config --bench nginx`; crossplane comes from the lab's Python packages (`lab/install.sh`).
//! The test `real_servers` compares what both read, over more files.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use server_config::nginx::{self, Directive};
use server_config::{FileTree, Request};

const SERVERS: usize = 500;
const RUNS: usize = 30;

const CROSSPLANE: &str = "
import crossplane, sys, time
best, count = 1e9, 0
for _ in range(3):
    start = time.perf_counter()
    payload = crossplane.parse(sys.argv[1])
    best = min(best, time.perf_counter() - start)
def walk(block):
    return sum(1 + walk(d.get('block', [])) for d in block)
print(best * 1e6, sum(walk(c['parsed']) for c in payload['config']))
";

fn main() {
    let folder = std::env::temp_dir().join(format!("why403-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("nginx.conf").display().to_string();
    let text = configuration();
    std::fs::write(&path, &text).expect("a file");
    let files = FileTree::live();
    let request = Request::new("POST", "http://shop499.example/api/orders").from_client([10, 0, 0, 9].into());

    let parse = best(|| drop(black_box(nginx::load(&files, &path))));
    let both = best(|| drop(black_box(nginx::load(&files, &path).simulate(&request, &files))));
    let config = nginx::load(&files, &path);
    let memory = memory(&config.directives) + text.len();
    println!(
        "lines {}, bytes {}, directives {}",
        text.lines().count(),
        text.len(),
        count(&config.directives)
    );
    println!("parse {parse:?}, parse and simulate {both:?}");
    println!("memory of tree and text {:.1} times the text", memory as f64 / text.len() as f64);
    let answer = config.simulate(&request, &files).outcome;
    println!("answer {:?} by {:?}", answer.answer, answer.decided_by.map(|place| place.line));

    let output = Command::new(python()).args(["-c", CROSSPLANE, &path]).output().expect("python3");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = text.split_whitespace();
    let micros = words.next().and_then(|word| word.parse().ok());
    let micros: f64 = micros.expect("crossplane must be installed (lab/install.sh)");
    println!(
        "crossplane {:?}, directives {}",
        Duration::from_micros(micros as u64),
        words.next().unwrap_or("?")
    );
    println!("crossplane takes {:.0} times as long", micros / parse.as_secs_f64() / 1e6);
    let _ = std::fs::remove_dir_all(&folder);
}

/// The Python that has crossplane: the lab's.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.lab");
    std::env::var_os("WHY403_LAB_HOME").map_or(own, PathBuf::from).join("venv/bin/python3")
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}

fn count(directives: &[Directive]) -> usize {
    directives.iter().map(|directive| 1 + count(directive.children())).sum()
}

/// Bytes of the tree: the directives, their words, and the allocator's header for each block.
fn memory(directives: &[Directive]) -> usize {
    let words = |directive: &Directive| -> usize {
        directive.words.iter().map(|word| 16 + word.len().next_multiple_of(16) + 16).sum()
    };
    let one =
        |directive: &Directive| size_of::<Directive>() + words(directive) + 16 + memory(directive.children());
    directives.iter().map(one).sum()
}

fn configuration() -> String {
    let mut text =
        String::from("events {}\nhttp {\n    map $http_upgrade $up { default upgrade; '' close; }\n");
    for n in 0..SERVERS {
        text.push_str(&format!(
            "    server {{\n        listen 80;\n        server_name shop{n}.example *.shop{n}.example;\n        \
             root /srv/shop{n};\n        client_max_body_size 8m;\n        location / {{\n            \
             try_files $uri $uri/ =404;\n        }}\n        location ~ \\.php$ {{\n            \
             fastcgi_pass unix:/run/php{n}.sock;\n        }}\n        location /api/ {{\n            \
             limit_except GET {{\n                deny all;\n            }}\n            \
             proxy_pass http://127.0.0.1:8080;\n            proxy_set_header Host $host;\n        }}\n        \
             # a comment\n    }}\n"
        ));
    }
    text.push_str("}\n");
    text
}
