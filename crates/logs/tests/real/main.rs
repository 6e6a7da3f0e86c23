//! Logs of real servers on loopback: started here, asked, read. Needs nginx, apache2 with ModSecurity, haproxy,
//! node, and the packages of `lab/install.sh`.

#![cfg(all(unix, feature = "real"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it counted"
)]

mod server;
mod stacks;

use std::process::Command;

use logs::{By, Field, Format, Record};
use server::{Folder, Server, get, records, send, start};

const NGINX_FORMAT: &str = r#"log_format test '$request_id|$remote_addr|$time_iso8601|$request_method $request_uri|$status'
    ' $body_bytes_sent "$http_user_agent" "$http_x_request_id"';"#;

fn nginx(folder: &Folder) -> Server {
    let at = folder.path().display();
    start(folder, |port| {
        let config = format!(
            "daemon off; pid {at}/nginx.pid; error_log {at}/nginx_error.log; events {{ worker_connections 512; }}\n\
             http {{ {NGINX_FORMAT} access_log {at}/nginx.log test; access_log {at}/nginx_combined.log;\n\
             client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
             server {{ listen 127.0.0.1:{port}; root {at}/html; location /private {{ deny all; }} location /ok {{ return 200 ok; }} }} }}\n"
        );
        let file = folder.write("nginx.conf", &config);
        let mut command = Command::new("nginx");
        command.args(["-c", &file, "-p", &at.to_string()]);
        command
    })
}

#[test]
fn nginx_writes_what_is_read() {
    let folder = Folder::new("nginx");
    let server = nginx(&folder);
    assert!(get(server.port, "/private/a?q=403").starts_with("HTTP/1.1 403"));
    assert!(get(server.port, "/ok").starts_with("HTTP/1.1 200"));
    send(server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 403 \" x\r\n\r\n");
    for (name, format) in [
        ("nginx.log", Some(Format::from_nginx_log_format(NGINX_FORMAT).unwrap())),
        ("nginx_combined.log", None),
    ] {
        let records = records(&folder.path().join(name), format.as_ref(), 3, |_| true);
        let mut statuses: Vec<_> = records.iter().map(|record| record.status().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 403], "{name}");
        let refused = records.iter().find(|record| record.status() == Some(403)).unwrap();
        assert_eq!(refused.target().as_deref(), Some("/private/a?q=403"));
        assert_eq!(refused.client().as_deref(), Some("127.0.0.1"));
        assert_eq!(refused.get(Field::UserAgent).as_deref(), Some("odd \"agent\" 403 \\ x"));
        assert!(refused.time().is_some());
    }
    let named = |record: &Record<'_>| record.path().is_some();
    let errors = records(&folder.path().join("nginx_error.log"), None, 1, named);
    assert_eq!(errors[0].get(Field::Message).as_deref(), Some("access forbidden by rule"));
    assert_eq!(errors[0].path().as_deref(), Some("/private/a"));
}

#[test]
fn apache_writes_what_is_read() {
    let folder = Folder::new("apache");
    let at = folder.path().display();
    let definition =
        r#"LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D %{c}a %U%q" test"#;
    let modules = "/usr/lib/apache2/modules";
    folder.write("html/index.html", "ok");
    let server = start(&folder, |port| {
        let config = format!(
            "ServerRoot {at}\nPidFile {at}/pid\nServerName a.example\nListen 127.0.0.1:{port}\n\
             LoadModule mpm_event_module {modules}/mod_mpm_event.so\nLoadModule authz_core_module {modules}/mod_authz_core.so\n\
             {definition}\nCustomLog {at}/access.log test\nErrorLog {at}/error.log\nDocumentRoot {at}/html\n\
             <Directory />\nRequire all granted\n</Directory>\n<Directory {at}/html/private>\nRequire all denied\n</Directory>\n"
        );
        let file = folder.write("apache.conf", &config);
        let mut command = Command::new("apache2");
        command.args(["-X", "-f", &file]);
        command
    });
    let port = server.port;
    assert!(get(port, "/private/?q=403").starts_with("HTTP/1.1 403"));
    assert!(get(port, "/index.html").starts_with("HTTP/1.1 200"));
    let format = Format::from_apache_log_format(definition).unwrap();
    let private = |record: &Record<'_>| record.path().as_deref() == Some("/private/");
    let refused = &records(&folder.path().join("access.log"), Some(&format), 1, private)[0];
    assert_eq!(refused.status(), Some(403));
    assert_eq!(refused.target().as_deref(), Some("/private/?q=403"));
    assert_eq!(refused.get(Field::UserAgent).as_deref(), Some("odd \"agent\" 403 \\ x"));
    let coded = |record: &Record<'_>| record.get(Field::Code).as_deref() == Some("AH01630");
    let denied = &records(&folder.path().join("error.log"), None, 1, coded)[0];
    assert_eq!(denied.client().as_deref(), Some("127.0.0.1"));
    assert_eq!(denied.get(Field::Referer).as_deref(), Some("http://r/403"));
}

#[test]
fn a_thousand_requests_through_haproxy_and_nginx_are_joined() {
    let folder = Folder::new("haproxy");
    let backend = nginx(&folder);
    let definition = r#"log-format "%ci:%cp [%tr] %ft %b/%s %ST %B %tsc %ID %{+Q}r""#;
    // One thread: when two of them write a line at once, HAProxy drops one (seen: 4 of 1,000 lines).
    let server = start(&folder, |port| {
        let config = format!(
            "global\n nbthread 1\n log stdout format raw local0\ndefaults\n mode http\n timeout connect 60s\n timeout client 60s\n timeout server 60s\n\
             frontend f\n bind 127.0.0.1:{port}\n log global\n {definition}\n unique-id-format %{{+X}}o%ci%cp%rt%pid%Ts\n \
             unique-id-header X-Request-ID\n default_backend b\nbackend b\n server s 127.0.0.1:{}\n",
            backend.port
        );
        let file = folder.write("haproxy.cfg", &config);
        let mut command = Command::new("haproxy");
        command.args(["-db", "-f", &file]);
        command.stdout(std::fs::File::create(folder.path().join("haproxy.log")).unwrap());
        command
    });
    let port = server.port;
    std::thread::scope(|scope| {
        for thread in 0..20 {
            scope.spawn(move || {
                for number in 0..50 {
                    let answer = get(port, &format!("/private/{thread}?n={number}"));
                    assert!(answer.starts_with("HTTP/1.1 403"), "{thread} {number}: {answer:?}");
                }
            });
        }
    });
    let nginx_format = Format::from_nginx_log_format(NGINX_FORMAT).unwrap();
    let haproxy_format = Format::from_haproxy_log_format(definition).unwrap();
    let refused = |record: &Record<'_>| record.status() == Some(403);
    // HAProxy also logs the connection that found it listening.
    let files = [
        records(&folder.path().join("haproxy.log"), Some(&haproxy_format), 1000, refused),
        records(&folder.path().join("nginx.log"), Some(&nginx_format), 1000, refused),
    ];
    assert_eq!([files[0].len(), files[1].len()], [1000, 1000]);
    let joined = logs::join(&files);
    let whole = joined.stories.iter().filter(|story| {
        let target = |(file, line): &(usize, usize)| files[*file][*line].target().unwrap().into_owned();
        story.lines.len() == 2 && story.by == By::Id && target(&story.lines[0]) == target(&story.lines[1])
    });
    assert_eq!(whole.count(), 1000);
    assert!(joined.stories.iter().all(|story| story.by == By::Id));
}
