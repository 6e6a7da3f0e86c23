//! A real Apache httpd with many random virtual hosts, on loopback, from a folder of its own.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use server_config::FileTree;
use server_config::apache::{self, Config};

use crate::generate;
use crate::observe;
use crate::random::Random;

/// A running server and its configuration as the simulator reads it. It is stopped when this goes out of scope.
pub(crate) struct Batch {
    folder: PathBuf,
    child: Child,
    port: u16,
    names: Vec<String>,
    pub(crate) config: Config,
    pub(crate) files: FileTree,
    /// How much of the error log was read.
    read: u64,
}

const MODULES: &[&str] = &[
    "mpm_prefork",
    "access_compat",
    "alias",
    "allowmethods",
    "auth_basic",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_groupfile",
    "authz_host",
    "authz_user",
    "autoindex",
    "cgi",
    "dir",
    "env",
    "headers",
    "mime",
    "negotiation",
    "proxy",
    "proxy_http",
    "remoteip",
    "rewrite",
    "setenvif",
    "ssl",
    "status",
];

/// Where Debian and Red Hat keep the modules.
const MODULE_FOLDERS: &[&str] = &["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];

impl Batch {
    pub(crate) fn start(random: &mut Random, hosts: usize) -> Self {
        let upstream = observe::echo();
        let port = free_port();
        let folder = folder(port);
        let at = folder.display().to_string();
        let mut names = Vec::new();
        for number in 0..hosts {
            let name = format!("s{number}.test");
            let text = generate::host(random, &name, port, &at, upstream);
            fs::write(folder.join(format!("hosts/{name}.conf")), text).expect("a file");
            names.push(name);
        }
        for directory in ["ht", "ht/in", "ht2", "a"] {
            let text = generate::htaccess(random, &at, upstream);
            fs::write(folder.join(format!("root/{directory}/.htaccess")), text).expect("a file");
        }
        drop_refused(&folder, &mut names);
        Self::run(folder, port, names)
    }

    fn run(folder: PathBuf, port: u16, names: Vec<String>) -> Self {
        let main = folder.join("apache.conf").display().to_string();
        let files = FileTree::live();
        let config = apache::load(&files, &main);
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        let child = started(&main, port);
        Self { folder, child, port, names, config, files, read: 0 }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was added to the error log since the last call.
    pub(crate) fn log(&mut self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = fs::File::open(self.folder.join("error.log")) {
            let _ = file.seek(SeekFrom::Start(self.read));
            let _ = file.read_to_end(&mut text);
        }
        self.read += text.len() as u64;
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.child = started(&self.folder.join("apache.conf").display().to_string(), self.port);
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

/// The program's name on Debian and elsewhere.
fn program() -> Command {
    let name = ["/usr/sbin/apache2", "/usr/sbin/httpd"].into_iter().find(|path| Path::new(path).exists());
    Command::new(name.expect("Apache must be installed for these tests (apt-get install apache2)"))
}

fn started(main: &str, port: u16) -> Child {
    let mut child = program()
        .args(["-X", "-f", main])
        .stderr(Stdio::null())
        .spawn()
        .expect("Apache must be installed for these tests (apt-get install apache2)");
    for _ in 0..1000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    let test = program().args(["-t", "-f", main]).output().map(|output| output.stderr).unwrap_or_default();
    panic!("Apache does not listen on port {port}: {}", String::from_utf8_lossy(&test));
}

/// A free port below those that clients get, so that nobody else takes it before the server does.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 21_000 + (std::process::id() % 90) as u16 * 100;
    let mut ports = (0..100).map(|_| base + NEXT.fetch_add(1, Ordering::Relaxed) % 100);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// A fresh folder with files to serve and the main configuration.
fn folder(port: u16) -> PathBuf {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("why403-apache-{}-{number}", std::process::id()));
    for directory in [
        "hosts",
        "cgi",
        "root/a/b",
        "root/dir",
        "root/img",
        "root/empty",
        "root/ht/in",
        "root/ht2",
        "root/run",
        "root/secret",
    ] {
        fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("root/index.html", "home"),
        ("root/x.txt", "x"),
        ("root/a/b/c.txt", "c"),
        ("root/a/x.html", "ax"),
        ("root/a/.hidden", "h"),
        ("root/dir/page.php", "php"),
        ("root/err.html", "err"),
        ("root/a/b/index.html", "b"),
        ("root/img/logo.png", "p"),
        ("root/ht/x.txt", "ht"),
        ("root/ht/in/x.txt", "in"),
        ("root/ht2/x.txt", "ht2"),
        ("root/ht2/x.html", "ht2"),
        ("root/secret/x.txt", "s"),
        ("root/run/plain.cgi", "plain"),
        // ann: apr1; bob: SHA-1; both have the password `secret`.
        ("passwords", "ann:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"),
        ("groups", "staff: ann cid\nadmin: bob\n"),
    ] {
        fs::write(folder.join(file), text).expect("a file");
    }
    let script = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nCGI'\n";
    for file in ["root/run/ok.cgi", "cgi/ok.cgi"] {
        fs::write(folder.join(file), script).expect("a file");
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    symlink("x.txt", folder.join("root/link.txt")).expect("a link");
    symlink("ht2", folder.join("root/linked")).expect("a link");
    fs::write(folder.join("apache.conf"), main_text(&folder, port)).expect("a file");
    folder
}

fn main_text(folder: &Path, port: u16) -> String {
    let at = folder.display();
    let modules = MODULE_FOLDERS.iter().find(|path| Path::new(path).is_dir()).expect("Apache's modules");
    let mut text = format!(
        "ServerRoot {at}\nPidFile {at}/pid\nErrorLog {at}/error.log\nLogLevel info authz_core:debug\n"
    );
    text.push_str(
        "ErrorLogFormat \"%M\"\nServerName main.test\nMutex fcntl:TEMP\nTimeout 20\nKeepAlive Off\n",
    );
    for module in MODULES {
        text.push_str(&format!("LoadModule {module}_module {modules}/mod_{module}.so\n"));
    }
    text.push_str("TypesConfig /dev/null\nUser www-data\nGroup www-data\nStartServers 1\n");
    text.push_str(&format!("Listen 127.0.0.1:{port}\nListen 127.0.0.2:{port}\nDocumentRoot {at}/root\n"));
    text.push_str(
        "<Directory />\nRequire all denied\n</Directory>\n<Files \".ht*\">\nRequire all denied\n</Files>\n",
    );
    text.push_str(&format!("IncludeOptional {at}/hosts/*.conf\n"));
    text.replace("TEMP", &at.to_string())
}

/// Takes away the virtual hosts that the server refuses to load, as its message names the file.
fn drop_refused(folder: &Path, names: &mut Vec<String>) {
    let main = folder.join("apache.conf").display().to_string();
    loop {
        let test = program().args(["-t", "-f", &main]).output();
        let output = test.expect("Apache must be installed for these tests (apt-get install apache2)");
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let refused = names.iter().position(|name| message.contains(&format!("/{name}.conf")));
        let Some(refused) = refused else { panic!("apache2 -t: {message}") };
        let name = names.remove(refused);
        fs::remove_file(folder.join(format!("hosts/{name}.conf"))).expect("the host's file");
    }
}
