//! A real Caddy with many random sites, on loopback, from a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use server_config::FileTree;
use server_config::caddy::{self, Config};

use crate::generate;
use crate::observe;
use crate::random::Random;

/// A running Caddy and its configuration as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    port: u16,
    names: Vec<String>,
    pub(crate) config: Config,
    /// The same configuration in JSON, as Caddy's own adapter makes it.
    pub(crate) adapted: Config,
    pub(crate) files: FileTree,
}

const GLOBAL: &str = "{\n\tadmin off\n\tauto_https off\n}\nimport sites/*\n";

impl Batch {
    pub(crate) fn start(random: &mut Random, sites: usize) -> Self {
        let upstream = observe::echo();
        let port = free_port();
        let folder = folder();
        let root = folder.join("root").display().to_string();
        let hash = hash();
        let mut names = Vec::new();
        for number in 0..sites {
            let name = format!("s{number}.test");
            let text = generate::site(random, &name, port, &root, upstream).replace("HASH", &hash);
            fs::write(folder.join("sites").join(&name), text).expect("a file");
            names.push(name);
        }
        drop_refused(&folder, &mut names);
        let main = folder.join("Caddyfile");
        let files = FileTree::live();
        let config = caddy::load(&files, &main.display().to_string());
        let json = caddy_command("adapt", &main).output().expect("caddy must be installed").stdout;
        fs::write(folder.join("adapted.json"), json).expect("a file");
        let adapted = caddy::load(&files, &folder.join("adapted.json").display().to_string());
        let child = started(&main, port);
        Self { folder, child, port, names, config, adapted, files }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.child = started(&self.main(), self.port);
    }

    pub(crate) fn main(&self) -> PathBuf {
        self.folder.join("Caddyfile")
    }

    pub(crate) fn site(&self, name: &str) -> PathBuf {
        self.folder.join("sites").join(name)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The password `secret`, at the lowest cost that bcrypt knows.
fn hash() -> String {
    "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW".to_owned()
}

fn caddy_command(subcommand: &str, main: &Path) -> Command {
    let mut command = Command::new("caddy");
    command.arg(subcommand).args(["--adapter", "caddyfile", "--config"]).arg(main);
    command.env("HOME", main.parent().unwrap_or(main));
    command
}

fn started(main: &Path, port: u16) -> Child {
    let command = caddy_command("run", main).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = command.expect("caddy must be installed for these tests (apt-get install caddy)");
    for _ in 0..1000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("caddy does not listen on port {port}");
}

/// A port below those that clients get; Caddy shares its ports, so that two batches look at different places.
fn free_port() -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let offset = COUNT.fetch_add(1, Ordering::Relaxed) % 100 * 10;
    let base = 22_000 + (std::process::id() % 8) as u16 * 1_000 + offset;
    (base..base + 10).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// A fresh folder with files to serve and the main configuration.
fn folder() -> PathBuf {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("why403-caddy-{}-{number}", std::process::id()));
    for directory in ["sites", "root/a/b", "root/dir", "root/img", "root/n"] {
        fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("index.html", "home"),
        ("x.txt", "x"),
        ("a/b/c.txt", "c"),
        ("a/x.txt", "ax"),
        ("a/b.html", "ab"),
        ("dir/page.php", "php"),
        ("a/b/index.html", "b"),
        ("img/logo.png", "p"),
    ] {
        fs::write(folder.join("root").join(file), text).expect("a file");
    }
    fs::write(folder.join("Caddyfile"), GLOBAL).expect("a file");
    folder
}

/// Takes away the sites that Caddy refuses, as its message names the file.
fn drop_refused(folder: &Path, names: &mut Vec<String>) {
    loop {
        let output = caddy_command("validate", &folder.join("Caddyfile")).output();
        let output = output.expect("caddy must be installed for these tests (apt-get install caddy)");
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let refused = names.iter().position(|name| message.contains(&format!("/sites/{name}:")));
        let Some(refused) = refused else { panic!("caddy validate: {message}") };
        let name = names.remove(refused);
        fs::remove_file(folder.join("sites").join(name)).expect("the site's file");
    }
}
