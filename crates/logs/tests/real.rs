//! Logs of real servers on loopback: started here, asked, read. Needs nginx, apache2 and haproxy installed.

#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use logs::{By, Format, Record};

/// A server in the foreground, stopped when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The group of processes: nginx and Apache have workers that outlive a killed master.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn start(program: &str, arguments: &[&str], port: u16) -> Server {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} must be installed for this test: {error}"));
    let server = Server { child, port };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{program} does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    server
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("logs-real-{name}-{}", std::process::id()));
    std::fs::create_dir_all(path.join("html/private")).unwrap();
    path
}

fn send(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(port: u16, path: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: a.example\r\nUser-Agent: odd \"agent\" 403 \\ x\r\nReferer: http://r/403\r\nConnection: close\r\n\r\n"
    );
    send(port, request.as_bytes())
}

/// All records of a log, once it has so many lines; every line must be readable.
fn records(path: &Path, format: Option<&Format>, least: usize) -> Vec<Record<'static>> {
    let begun = Instant::now();
    loop {
        let text = std::fs::read(path).unwrap_or_default();
        if text.iter().filter(|byte| **byte == b'\n').count() >= least {
            let recognised = format.cloned().or_else(|| logs::recognise(&text)).expect("a known format");
            return logs::read(&text, &recognised).map(|record| record.unwrap().into_owned()).collect();
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{} stays short", path.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

const NGINX_FORMAT: &str = r#"log_format test '$request_id|$remote_addr|$time_iso8601|$request_method $request_uri|$status'
    ' $body_bytes_sent "$http_user_agent" "$http_x_request_id"';"#;

fn nginx(folder: &Path) -> Server {
    let port = free_port();
    let at = folder.display();
    let config = format!(
        "daemon off; pid {at}/nginx.pid; error_log {at}/nginx_error.log; events {{ worker_connections 512; }}\n\
         http {{ {NGINX_FORMAT} access_log {at}/nginx.log test; access_log {at}/nginx_combined.log;\n\
         client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
         server {{ listen 127.0.0.1:{port}; root {at}/html; location /private {{ deny all; }} location /ok {{ return 200 ok; }} }} }}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    start("nginx", &["-c", file.to_str().unwrap(), "-p", folder.to_str().unwrap()], port)
}

#[test]
fn nginx_writes_what_is_read() {
    let folder = folder("nginx");
    let server = nginx(&folder);
    assert!(get(server.port, "/private/a?q=403").starts_with("HTTP/1.1 403"));
    assert!(get(server.port, "/ok").starts_with("HTTP/1.1 200"));
    send(server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 403 \" x\r\n\r\n");
    for (name, format) in [
        ("nginx.log", Some(Format::from_nginx_log_format(NGINX_FORMAT).unwrap())),
        ("nginx_combined.log", None),
    ] {
        let records = records(&folder.join(name), format.as_ref(), 3);
        let statuses: Vec<_> = records.iter().map(|record| record.status().unwrap()).collect();
        assert_eq!(statuses, [403, 200, 400], "{name}");
        let refused = &records[0];
        assert_eq!(refused.target().as_deref(), Some("/private/a?q=403"));
        assert_eq!(refused.client().as_deref(), Some("127.0.0.1"));
        assert_eq!(refused.get(logs::Field::UserAgent).as_deref(), Some("odd \"agent\" 403 \\ x"));
        assert!(refused.time().is_some());
    }
    let errors = records(&folder.join("nginx_error.log"), None, 1);
    let error = errors.iter().find(|record| record.path().is_some()).unwrap();
    assert_eq!(error.get(logs::Field::Message).as_deref(), Some("access forbidden by rule"));
    assert_eq!(error.path().as_deref(), Some("/private/a"));
    drop(server);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn apache_writes_what_is_read() {
    let folder = folder("apache");
    let (at, port) = (folder.display(), free_port());
    let definition =
        r#"LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D %{c}a %U%q" test"#;
    let modules = "/usr/lib/apache2/modules";
    let config = format!(
        "ServerRoot {at}\nPidFile {at}/pid\nServerName a.example\nListen 127.0.0.1:{port}\n\
         LoadModule mpm_event_module {modules}/mod_mpm_event.so\nLoadModule authz_core_module {modules}/mod_authz_core.so\n\
         {definition}\nCustomLog {at}/access.log test\nErrorLog {at}/error.log\nDocumentRoot {at}/html\n\
         <Directory />\nRequire all granted\n</Directory>\n<Directory {at}/html/private>\nRequire all denied\n</Directory>\n"
    );
    std::fs::write(folder.join("html/index.html"), "ok").unwrap();
    let file = folder.join("apache.conf");
    std::fs::write(&file, config).unwrap();
    let server = start("apache2", &["-X", "-f", file.to_str().unwrap()], port);
    assert!(get(port, "/private/?q=403").starts_with("HTTP/1.1 403"));
    assert!(get(port, "/index.html").starts_with("HTTP/1.1 200"));
    let format = Format::from_apache_log_format(definition).unwrap();
    let records = records(&folder.join("access.log"), Some(&format), 2);
    let refused = records.iter().find(|record| record.path().as_deref() == Some("/private/")).unwrap();
    assert_eq!(refused.status(), Some(403));
    assert_eq!(refused.target().as_deref(), Some("/private/?q=403"));
    assert_eq!(refused.get(logs::Field::UserAgent).as_deref(), Some("odd \"agent\" 403 \\ x"));
    let text = std::fs::read(folder.join("error.log")).unwrap();
    let error_format = logs::recognise(&text).unwrap();
    let errors: Vec<_> = logs::read(&text, &error_format).map(|record| record.unwrap()).collect();
    let denied =
        errors.iter().find(|record| record.get(logs::Field::Code).as_deref() == Some("AH01630")).unwrap();
    assert_eq!(denied.client().as_deref(), Some("127.0.0.1"));
    assert_eq!(denied.get(logs::Field::Referer).as_deref(), Some("http://r/403"));
    drop(server);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_thousand_requests_through_haproxy_and_nginx_are_joined() {
    let folder = folder("haproxy");
    let backend = nginx(&folder);
    let port = free_port();
    let definition = r#"log-format "%ci:%cp [%tr] %ft %b/%s %ST %B %tsc %ID %{+Q}r""#;
    let config = format!(
        "global\n log stdout format raw local0\ndefaults\n mode http\n timeout connect 5s\n timeout client 9s\n timeout server 9s\n\
         frontend f\n bind 127.0.0.1:{port}\n log global\n {definition}\n unique-id-format %{{+X}}o%ci%cp%rt%pid%Ts\n \
         unique-id-header X-Request-ID\n default_backend b\nbackend b\n server s 127.0.0.1:{}\n",
        backend.port
    );
    let file = folder.join("haproxy.cfg");
    std::fs::write(&file, config).unwrap();
    let log = std::fs::File::create(folder.join("haproxy.log")).unwrap();
    let mut command = Command::new("haproxy");
    command.args(["-db", "-f", file.to_str().unwrap()]).stdout(log).stderr(Stdio::null());
    let server = Server { child: command.spawn().expect("haproxy must be installed for this test"), port };
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::scope(|scope| {
        for thread in 0..20 {
            scope.spawn(move || {
                for number in 0..50 {
                    get(port, &format!("/private/{thread}?n={number}"));
                }
            });
        }
    });
    let nginx_format = Format::from_nginx_log_format(NGINX_FORMAT).unwrap();
    let haproxy_format = Format::from_haproxy_log_format(definition).unwrap();
    let only = |mut records: Vec<Record<'static>>| {
        records.retain(|record| record.status() == Some(403));
        records
    };
    let files = [
        only(records(&folder.join("haproxy.log"), Some(&haproxy_format), 1000)),
        only(records(&folder.join("nginx.log"), Some(&nginx_format), 1000)),
    ];
    assert_eq!([files[0].len(), files[1].len()], [1000, 1000]);
    let joined = logs::join(&files);
    let whole = joined.stories.iter().filter(|story| {
        let target = |(file, line): &(usize, usize)| files[*file][*line].target().unwrap().into_owned();
        story.lines.len() == 2
            && story.by == logs::By::Id
            && target(&story.lines[0]) == target(&story.lines[1])
    });
    assert_eq!(whole.count(), 1000);
    assert!(joined.stories.iter().all(|story| story.by == By::Id));
    drop(server);
    drop(backend);
    std::fs::remove_dir_all(folder).unwrap();
}
