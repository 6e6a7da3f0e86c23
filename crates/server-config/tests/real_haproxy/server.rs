//! A real HAProxy with many random frontends, on loopback, from a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use server_config::FileTree;
use server_config::haproxy::{self, Config};

use crate::generate::Text;
use crate::observe;
use crate::random::Random;

const BACKENDS: usize = 12;

/// A running HAProxy and its configuration as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    port: u16,
    frontends: usize,
    log: UdpSocket,
    pub(crate) config: Config,
    pub(crate) files: FileTree,
}

const GLOBAL: &str = "global\n    nbthread 1\n    log 127.0.0.1:LOG len 4096 format raw local0 info\n\
userlist users\n    user ann insecure-password secret\n\
defaults base\n    mode http\n    log global\n    timeout connect 2s\n    timeout client 5s\n    timeout server 5s\n    timeout tarpit 1ms\n\
    log-format \"%[capture.req.hdr(0)] %[last_rule_file]:%[last_rule_line]\"\n";

impl Batch {
    pub(crate) fn start(random: &mut Random, frontends: usize) -> Self {
        let log = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let log_port = log.local_addr().expect("an address").port();
        let folder = folder();
        let port = free_port();
        let write = |name: &str, lines: &[String]| {
            let at = folder.display().to_string();
            let text = lines.join("\n").replace("DIR", &at).replace("PORT", &port.to_string());
            fs::write(folder.join("conf").join(name), format!("{text}\n")).expect("a file");
        };
        write("a.cfg", &[GLOBAL.replace("LOG", &log_port.to_string())]);
        // Defaults with rules hold either for frontends or for backends.
        for (file, name) in [("b1.cfg", "fronts"), ("b2.cfg", "backs")] {
            let mut rules = Text::new(random, format!("defaults {name} from base"));
            rules.acls();
            rules.rules(4);
            write(file, &rules.lines);
        }
        let upstream = observe::echo();
        for number in 0..BACKENDS {
            let from = *random.pick(&["base", "base", "backs"]);
            let mut text = Text::new(random, format!("backend b{number} from {from}"));
            text.acls();
            text.rules(3);
            text.settings();
            text.lines.push(format!("    http-response set-header X-Block {number}"));
            if text.random.chance(90) {
                text.lines.push(format!("    server s1 127.0.0.1:{upstream}"));
            }
            write(&format!("c{number:02}.cfg"), &text.lines);
        }
        for number in 0..frontends {
            let from = *random.pick(&["base", "base", "fronts"]);
            let mut text = Text::new(random, format!("frontend f{number} from {from}"));
            text.lines.push(format!("    bind 127.0.1.{}:PORT", number + 1));
            text.lines.push("    capture request header X-Id len 12".to_owned());
            text.acls();
            text.rules(7);
            text.settings();
            text.frontend(BACKENDS);
            write(&format!("d{number:02}.cfg"), &text.lines);
        }
        drop_refused(&folder.join("conf"));
        let files = FileTree::live();
        let config = haproxy::load(&files, &folder.join("conf").display().to_string());
        let child = started(&folder.join("conf"), port, frontends);
        Self { folder, child, port, frontends, log, config, files }
    }

    pub(crate) fn listener(&self, frontend: usize) -> SocketAddr {
        ([127, 0, 1, frontend as u8 + 1], self.port).into()
    }

    /// The file and line that HAProxy logs for a request, as soon as it does.
    pub(crate) fn last_rule(&self, id: &str) -> Option<String> {
        self.log.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        let mut buffer = [0; 4096];
        while let Ok(count) = self.log.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).trim().to_owned();
            if let Some((first, rest)) = text.split_once(' ')
                && first == id
            {
                return Some(rest.to_owned());
            }
        }
        None
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.child = started(&self.folder.join("conf"), self.port, self.frontends);
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.join("conf")
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn haproxy_command(folder: &Path) -> Command {
    let mut command = Command::new("haproxy");
    command.arg("-f").arg(folder);
    command
}

/// HAProxy binds in the order of its frontends, so the last one is waited for.
fn started(folder: &Path, port: u16, frontends: usize) -> Child {
    let command = haproxy_command(folder).arg("-db").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = command.expect("haproxy must be installed for these tests (apt-get install haproxy)");
    for _ in 0..500 {
        if TcpStream::connect(SocketAddr::from(([127, 0, 1, frontends as u8], port))).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("haproxy does not listen on port {port}");
}

/// A port below those that clients get, free on every loopback address that is used. HAProxy shares its ports
/// (`SO_REUSEPORT`), so that two batches must not look for one at the same place.
fn free_port() -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let offset = COUNT.fetch_add(1, Ordering::Relaxed) % 100 * 100;
    let base = 11_000 + (std::process::id() % 90) as u16 * 100 + offset;
    let is_free = |port: &u16| {
        (1..=60).all(|last| TcpListener::bind(SocketAddr::from(([127, 0, 1, last], *port))).is_ok())
    };
    (base..base + 100).find(is_free).expect("a free port")
}

/// A fresh folder with the files that rules read.
fn folder() -> PathBuf {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("why403-haproxy-{}-{number}", std::process::id()));
    fs::create_dir_all(folder.join("conf")).expect("a folder");
    for (file, text) in [
        ("map", "# a comment\n/a x\n/api  4\n/a/b y\n\n  /x.txt 9\n"),
        ("numbers", "/a 1\n/api  4\n/x.txt 9\n"),
        ("list", "/a/b\n# no\n/api/v1\n/x.txt\n"),
        ("hosts", "shop.test shop\nexample other\n"),
        ("nets", "10.0.0.0/8 middle\n127.0.0.0/8 near\n127.0.0.1 nearest\n"),
        ("backends", "a b1\napi b2\n"),
        ("403.http", "HTTP/1.0 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
    ] {
        fs::write(folder.join(file), text).expect("a file");
    }
    folder
}

/// Takes away the lines that HAProxy refuses to load, as its messages name them.
fn drop_refused(folder: &Path) {
    for _ in 0..200 {
        let output = haproxy_command(folder).arg("-c").output();
        let output = output.expect("haproxy must be installed for these tests (apt-get install haproxy)");
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let alerts = message.lines().filter(|line| line.contains("[ALERT]"));
        let named = alerts.filter_map(|line| line.split_once("parsing [").map(|(_, rest)| rest));
        let mut refused: Vec<(String, usize)> = named
            .filter_map(|rest| rest.split_once(']')?.0.rsplit_once(':'))
            .filter_map(|(file, line)| Some((file.to_owned(), line.parse().ok()?)))
            .collect();
        assert!(!refused.is_empty(), "haproxy -c: {message}");
        refused.sort();
        refused.dedup();
        for (file, line) in refused {
            assert!(line > 1, "haproxy -c: {message}");
            let text = fs::read_to_string(&file).expect("the file");
            let kept = text.lines().enumerate().map(|(at, text)| if at + 1 == line { "" } else { text });
            fs::write(&file, kept.collect::<Vec<_>>().join("\n") + "\n").expect("the file");
        }
    }
    panic!("haproxy refuses the configuration");
}
