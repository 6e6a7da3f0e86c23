//! A real Squid with many ports, on loopback, from a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use server_config::FileTree;
use server_config::squid::{self, Config};

use crate::generate;
use crate::observe;
use crate::random::Random;

/// A running Squid and its configuration as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    ports: Vec<u16>,
    pub(crate) upstream: u16,
    pub(crate) config: Config,
    pub(crate) files: FileTree,
}

const MAIN: &str = "pid_filename DIR/pid\ncache_log /dev/null\naccess_log none\ncoredump_dir DIR\nhosts_file DIR/hosts\n\
shutdown_lifetime 0 seconds\ncache deny all\nvisible_hostname proxy.test\ndns_nameservers 127.0.0.1\nserver_persistent_connections off\n\
auth_param basic program /usr/lib/squid/basic_fake_auth\nauth_param basic realm lab\nicp_port 0\nmax_filedescriptors 1024\n\
forward_max_tries 1\nconnect_timeout 3 seconds\n";

impl Batch {
    pub(crate) fn start(random: &mut Random, count: usize) -> Self {
        let upstream = observe::echo();
        let folder = folder();
        let ports = free_ports(count);
        let listen = |(number, port): (usize, &u16)| format!("http_port 127.0.0.1:{port} name=p{number}\n");
        let text = format!(
            "{MAIN}{}include DIR/rules.conf\n",
            ports.iter().enumerate().map(listen).collect::<String>()
        );
        let at = folder.display().to_string();
        fs::write(folder.join("squid.conf"), text.replace("DIR", &at)).expect("a file");
        let rules = generate::rules(random, count).replace("DIR", &at);
        fs::write(folder.join("rules.conf"), format!("{rules}\n")).expect("a file");
        let main = folder.join("squid.conf");
        let files = FileTree::live();
        let config = squid::load(&files, &main.display().to_string());
        let child = started(&main, &ports);
        Self { folder, child, ports, upstream, config, files }
    }

    pub(crate) fn address(&self, port: usize) -> SocketAddr {
        ([127, 0, 0, 1], self.ports[port]).into()
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(self.folder.join("pid"));
        self.child = started(&self.main(), &self.ports);
    }

    pub(crate) fn main(&self) -> PathBuf {
        self.folder.join("squid.conf")
    }

    pub(crate) fn rules(&self) -> PathBuf {
        self.folder.join("rules.conf")
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn squid_command(main: &Path) -> Command {
    let mut command = Command::new("squid");
    command.args(["-N", "-f"]).arg(main);
    command
}

fn started(main: &Path, ports: &[u16]) -> Child {
    let parse = squid_command(main).args(["-k", "parse"]).output();
    let parse = parse.expect("squid must be installed for these tests (apt-get install squid)");
    assert!(parse.status.success(), "{}", String::from_utf8_lossy(&parse.stderr));
    let command = squid_command(main).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = command.expect("squid must be installed for these tests (apt-get install squid)");
    let last = ports[ports.len() - 1];
    for _ in 0..2000 {
        if TcpStream::connect(("127.0.0.1", last)).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("squid does not listen on port {last}");
}

/// Ports in a row, below those that clients get.
fn free_ports(count: usize) -> Vec<u16> {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let offset = COUNT.fetch_add(1, Ordering::Relaxed) % 10 * 100;
    let base = 3_200 + (std::process::id() % 7) as u16 * 1_000 + offset;
    let ports = (base..base + 100).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let ports: Vec<u16> = ports.take(count).collect();
    assert_eq!(ports.len(), count, "free ports");
    ports
}

/// A fresh folder with the files that Squid reads. Squid gives up the superuser's rights.
fn folder() -> PathBuf {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("why403-squid-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let hosts = "127.0.0.1 localhost shop.test www.shop.test other.test help.test\n";
    fs::write(folder.join("hosts"), hosts).expect("a file");
    fs::write(folder.join("list"), "# a comment\n/api\n\n/secret\n").expect("a file");
    folder
}
