//! Apache with mod_security2 and nginx with libmodsecurity3, on loopback, each from a folder of its own.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use waf::Like;

use crate::audit;
use crate::generate::Post;

/// What a server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) rules: BTreeSet<u32>,
}

/// A running server; it is stopped when this goes out of scope.
pub(crate) struct Server {
    like: Like,
    folder: PathBuf,
    port: u16,
    child: Child,
}

const MODULES: &[&str] =
    &["mpm_event", "authz_core", "proxy", "proxy_http", "unique_id", "security2", "mime"];

impl Server {
    /// Starts the server that this engine runs in, with the packaged rules in blocking mode.
    pub(crate) fn start(like: Like) -> Server {
        Server::with(like, "")
    }

    /// Starts it with SecLang text of the test's own, read before the rules.
    pub(crate) fn with(like: Like, extra: &str) -> Server {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("why403-waf-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Command::new("chmod").arg("777").arg(&folder).status().unwrap();
        let (port, backend) = (free_port(), backend());
        fs::write(folder.join("main.conf"), rules(like, &folder, extra)).unwrap();
        let mut command = match like {
            Like::ModSecurity2 => apache(&folder, port, backend),
            _ => nginx(&folder, port, backend),
        };
        let log = fs::File::create(folder.join("output.log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the server is installed");
        let server = Server { like, folder, port, child };
        server.wait();
        server
    }

    /// The rules' configuration, as the server reads it.
    pub(crate) fn rules_file(&self) -> PathBuf {
        self.folder.join("main.conf")
    }

    fn wait(&self) {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let output = fs::read_to_string(self.folder.join("output.log")).unwrap_or_default();
        let log = fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
        panic!("{} did not start: {output}{log}", self.like);
    }

    /// Sends a request and takes the status; 0 where the connection is cut.
    pub(crate) fn status(&self, raw: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A server that refuses early stops reading.
        let _ = stream.write_all(raw);
        let mut answer = Vec::new();
        let _ = Read::by_ref(&mut stream).take(1 << 20).read_to_end(&mut answer);
        let line = String::from_utf8_lossy(&answer);
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// Sends all posts and takes status and logged rules of each.
    pub(crate) fn answers(&mut self, posts: &[Post]) -> Vec<Answer> {
        let statuses: Vec<u16> = posts.iter().map(|post| self.status(&post.to_bytes())).collect();
        self.stop();
        let log = fs::read(self.folder.join("audit.log")).unwrap_or_default();
        let mut logged = audit::read(&String::from_utf8_lossy(&log));
        let answers = posts.iter().zip(statuses);
        answers
            .map(|(post, status)| Answer { status, rules: logged.remove(&post.number).unwrap_or_default() })
            .collect()
    }

    /// Stops the server in its own way, so that its logs are whole.
    fn stop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The recommended base of each engine, the whole audit log, and the packaged rules. mod_security2 reads its rules through
/// the package's loader, libmodsecurity3 knows no `IncludeOptional`.
fn rules(like: Like, folder: &Path, extra: &str) -> String {
    let base = match like {
        Like::ModSecurity2 => "/etc/modsecurity/modsecurity.conf-recommended",
        _ => "/etc/nginx/modsecurity.conf",
    };
    format!(
        "Include {base}\nSecRuleEngine On\nSecAuditEngine On\nSecAuditLogParts ABHZ\nSecAuditLog {0}/audit.log\nSecDataDir {0}\nSecTmpDir {0}\n\
         Include /etc/modsecurity/crs/crs-setup.conf\n{extra}Include /usr/share/modsecurity-crs/rules/*.conf\n",
        folder.display()
    )
}

fn apache(folder: &Path, port: u16, backend: u16) -> Command {
    let here = folder.display();
    let load: String = MODULES
        .iter()
        .map(|module| format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so\n"))
        .collect();
    let text = format!(
        "ServerRoot {here}\nPidFile {here}/pid\nErrorLog {here}/error.log\nServerName shop.example\nListen 127.0.0.1:{port}\n{load}\
         TypesConfig /etc/mime.types\nUser www-data\nGroup www-data\nDocumentRoot {here}\n\
         Include {here}/main.conf\nProxyPass / http://127.0.0.1:{backend}/ nocanon\n"
    );
    fs::write(folder.join("apache2.conf"), text).unwrap();
    let mut command = Command::new("/usr/sbin/apache2");
    command.args(["-DFOREGROUND", "-f"]).arg(folder.join("apache2.conf"));
    command
}

fn nginx(folder: &Path, port: u16, backend: u16) -> Command {
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {here}/{kind};\n"))
        .collect();
    let text = format!(
        "load_module /usr/lib/nginx/modules/ngx_http_modsecurity_module.so;\ndaemon off;\nuser www-data;\nworker_processes 1;\n\
         pid {here}/pid;\nerror_log {here}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\nclient_max_body_size 0;\n{temporary}\
         server {{\nlisten 127.0.0.1:{port};\nserver_name shop.example;\nmodsecurity on;\nmodsecurity_rules_file {here}/main.conf;\n\
         location / {{ proxy_pass http://127.0.0.1:{backend}; }}\n}}\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    command
}

/// An application that accepts everything.
fn backend() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let mut seen = Vec::new();
    let mut buffer = [0; 65536];
    while !is_whole(&seen) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(length) => seen.extend_from_slice(&buffer[..length]),
        }
    }
    let _ = stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    );
    let _ = stream.shutdown(Shutdown::Write);
}

fn is_whole(seen: &[u8]) -> bool {
    let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
    let length =
        head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    seen.len() >= end + 4 + length.unwrap_or(0)
}

/// A port below the range that outgoing connections take, so that no client can have it between the choice and the start;
/// no two servers of this run get the same.
fn free_port() -> u16 {
    static NEXT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    let start = 20_000 + (std::process::id() % 10_000) as u16;
    loop {
        let port = start + NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert!(port < 32_000, "a free port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
