//! A real Envoy with many random listeners, on loopback, from a folder of its own.

use std::collections::HashMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use server_config::FileTree;
use server_config::envoy::{self, Config};

use crate::generate;
use crate::observe;
use crate::random::Random;

/// A running Envoy and its bootstrap as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    ports: Vec<u16>,
    pub(crate) text: String,
    pub(crate) config: Config,
    pub(crate) files: FileTree,
}

/// What Envoy wrote of one request: `response_code_details` and the route's name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logged {
    pub(crate) details: String,
    pub(crate) route: String,
}

impl Batch {
    pub(crate) fn start(random: &mut Random, listeners: usize) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("why403-envoy-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        // Held all at once, so that no two are the same.
        let held: Vec<TcpListener> =
            (0..listeners).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        let ports: Vec<u16> =
            held.iter().map(|listener| listener.local_addr().expect("an address").port()).collect();
        drop(held);
        let log = folder.join("access.log").display().to_string();
        let text = generate::bootstrap(random, &ports, observe::echo(), &log);
        let main = folder.join("envoy.yaml");
        fs::write(&main, &text).expect("a file");
        let files = FileTree::live();
        let config = envoy::load(&files, &main.display().to_string());
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        let child = started(&main, &ports);
        Self { folder, child, ports, text, config, files }
    }

    pub(crate) fn port(&self, listener: usize) -> u16 {
        self.ports[listener]
    }

    /// The access log by the numbers that the requests carried; waits until as many lines are there.
    pub(crate) fn log(&self, wanted: usize) -> HashMap<usize, Logged> {
        let mut lines = HashMap::new();
        for _ in 0..100 {
            let text = fs::read_to_string(self.folder.join("access.log")).unwrap_or_default();
            lines = text.lines().filter_map(logged).collect();
            if lines.len() >= wanted {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        lines
    }
}

fn logged(line: &str) -> Option<(usize, Logged)> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let (details, route) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some((number, Logged { details, route }))
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The program: `WHY403_ENVOY`, or the one among the lab's Python packages.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("WHY403_ENVOY") {
        return path.into();
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.lab");
    let lab = std::env::var_os("WHY403_LAB_HOME").map_or(own, PathBuf::from);
    let found = fs::read_dir(lab.join("venv/lib")).into_iter().flatten().flatten().find_map(|python| {
        let program = python.path().join("site-packages/envoy/_bin/envoy");
        program.is_file().then_some(program)
    });
    found.expect("Envoy must be installed for these tests (lab/install.sh)")
}

fn started(main: &Path, ports: &[u16]) -> Child {
    let output = main.with_file_name("envoy.out");
    let mut command = Command::new(program());
    command.arg("-c").arg(main).args(["--concurrency", "1", "--disable-hot-restart", "-l", "error"]);
    command.args(["--file-flush-interval-msec", "50"]).stdout(Stdio::null());
    let mut child = command.stderr(fs::File::create(&output).expect("a file")).spawn().expect("Envoy starts");
    for _ in 0..1000 {
        if ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
            return child;
        }
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("Envoy does not start: {}", fs::read_to_string(&output).unwrap_or_default());
}
