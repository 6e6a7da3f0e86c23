//! A real nginx with many random servers, on loopback, from a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use server_config::FileTree;
use server_config::nginx::{self, Config};

use crate::generate;
use crate::observe;
use crate::random::Random;

/// A running nginx and its configuration as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    port: u16,
    names: Vec<String>,
    pub(crate) config: Config,
    pub(crate) files: FileTree,
}

const MAIN: &str = "daemon off;\nmaster_process off;\nworker_processes 1;\npid PID;\nerror_log LOG;\n\
events { worker_connections 512; }\nhttp {\naccess_log off;\nlingering_timeout 50ms;\nclient_body_temp_path TEMP/b;\nproxy_temp_path TEMP/p;\n\
fastcgi_temp_path TEMP/f;\nuwsgi_temp_path TEMP/u;\nscgi_temp_path TEMP/s;\nlimit_req_zone $binary_remote_addr zone=z:1m rate=1000r/s;\n\
variables_hash_bucket_size 128;\nserver_names_hash_bucket_size 128;\n\
map $arg_q $mapped { default 0; bbb 1; ~^a$ 2; }\n\
geo $region { default none; 10.0.0.0/8 lab; 10.1.0.0/16 sub; }\n\
include DIR/servers/*.conf;\n}\n";

impl Batch {
    pub(crate) fn start(random: &mut Random, servers: usize) -> Self {
        let upstream = observe::echo();
        let port = free_port();
        let folder = folder();
        let root = folder.join("root").display().to_string();
        fs::create_dir_all(folder.join("servers")).expect("a folder");
        let mut names = Vec::new();
        for number in 0..servers {
            let name = format!("s{number}.test");
            let text = generate::server(random, &name, port, &root, upstream);
            fs::write(folder.join(format!("servers/{name}.conf")), text).expect("a file");
            names.push(name);
        }
        drop_refused(&folder, &mut names);
        Self::run(folder, port, names)
    }

    fn run(folder: PathBuf, port: u16, names: Vec<String>) -> Self {
        let main = folder.join("nginx.conf").display().to_string();
        let files = FileTree::live();
        let config = nginx::load(&files, &main);
        let child = started(&main, port);
        Self { folder, child, port, names, config, files }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.child = started(&self.folder.join("nginx.conf").display().to_string(), self.port);
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.stop();
        if !self.folder.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn spawn(main: &str) -> Child {
    let command = Command::new("nginx").args(["-c", main]).stderr(Stdio::null()).spawn();
    command.expect("nginx must be installed for these tests (apt-get install nginx)")
}

fn started(main: &str, port: u16) -> Child {
    let mut child = spawn(main);
    for _ in 0..500 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("nginx does not listen on port {port}");
}

/// A port below those that the system gives to clients, so that it is still free when the server starts again.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 30_000 + (std::process::id() % 25) as u16 * 100;
    let mut ports = (0..100).map(|_| base + NEXT.fetch_add(1, Ordering::Relaxed) % 100);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// A fresh folder with files to serve and the main configuration.
fn folder() -> PathBuf {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("why403-nginx-{}-{number}", std::process::id()));
    for directory in ["temp", "root/a/b", "root/dir/b", "root/img", "root/empty"] {
        fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("index.html", "home"),
        ("x.txt", "x"),
        ("a/b/c.txt", "c"),
        ("a/x.txt", "ax"),
        ("dir/page.php", "php"),
        ("err.html", "err"),
        ("a/b/index.html", "b"),
        ("passwords", "ann:{PLAIN}secret\n"),
        ("img/logo.png", "p"),
    ] {
        fs::write(folder.join("root").join(file), text).expect("a file");
    }
    let at = folder.display().to_string();
    let main = MAIN
        .replace("PID", &format!("{at}/pid"))
        .replace("LOG", &format!("{at}/error.log"))
        .replace("TEMP", &format!("{at}/temp"))
        .replace("DIR", &at);
    fs::write(folder.join("nginx.conf"), main).expect("a file");
    folder
}

/// Takes away the servers that nginx refuses to load, as its message names the file.
fn drop_refused(folder: &Path, names: &mut Vec<String>) {
    let main = folder.join("nginx.conf").display().to_string();
    loop {
        let test = Command::new("nginx").args(["-t", "-q", "-c", &main]).output();
        let output = test.expect("nginx must be installed for these tests (apt-get install nginx)");
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let refused = names.iter().position(|name| message.contains(&format!("/{name}.conf")));
        let Some(refused) = refused else { panic!("nginx -t: {message}") };
        let name = names.remove(refused);
        fs::remove_file(folder.join(format!("servers/{name}.conf"))).expect("the server's file");
    }
}
