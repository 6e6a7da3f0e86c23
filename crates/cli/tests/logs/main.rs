//! `why403 logs` as a user meets it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

mod input;
mod time;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const ACCESS: &str = r#"192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] "POST /api/items/17 HTTP/1.1" 403 99 "-" "curl/8.5.0"
192.0.2.1 - - [24/Nov/2026:08:38:58 +0000] "POST /api/items/18 HTTP/1.1" 403 99 "-" "curl/8.5.0"
192.0.2.2 - - [24/Nov/2026:08:39:57 +0000] "GET /errors/403 HTTP/1.1" 200 403 "-" "403"
192.0.2.3 - - [24/Nov/2026:08:39:59 +0000] "GET /<b>/x HTTP/1.1" 403 99 "-" "access forbidden by rule"
"#;

const ERROR: &str = r#"2026/11/24 08:38:57 [error] 7#7: *1 access forbidden by rule, client: 192.0.2.1, server: a, request: "POST /api/items/17 HTTP/1.1", host: "a"
2026/11/24 08:38:58 [error] 7#7: *2 access forbidden by rule, client: 192.0.2.1, server: a, request: "POST /api/items/18 HTTP/1.1", host: "a"
2026/11/24 08:39:10 [notice] 7#7: signal process started
"#;

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("why403-logs-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn logs(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_why403")).arg("logs").args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = logs(&[&["--format", "json"], args].concat());
    assert!(output.status.code() < Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn lines_of_one_request_in_several_logs_count_once_and_have_a_cause() {
    let folder = Folder::new("joined");
    let (access, error) = (folder.write("access.log", ACCESS), folder.write("error.log", ERROR));
    let found = json(&[&access, &error]);
    assert_eq!((found["why403"].as_u64(), found["lines"].as_u64()), (Some(1), Some(7)));
    assert_eq!((found["refused"].as_u64(), found["unreadable"].as_u64()), (Some(3), Some(0)), "{found}");
    let first = &found["groups"][0];
    assert_eq!(first["cause"], "server.access-rule", "{first}");
    assert_eq!((&first["emitter"], &first["route"]), (&"nginx".into(), &"/api/items/{id}".into()));
    assert_eq!((&first["client"], &first["rule"]), (&"192.0.2.1".into(), &Value::Null));
    assert_eq!(first["count"], 2);
    assert_eq!(first["last"], "2026-11-24T08:38:58");
    assert_eq!(first["example"]["line"], 1);
    // The words in the agent are the client's, not a server's.
    assert_eq!(found["groups"][1]["cause"], Value::Null, "{found}");
}

#[test]
fn an_error_log_alone_tells_of_refusals_and_of_nothing_else() {
    let folder = Folder::new("error");
    let found = json(&[&folder.write("error.log", ERROR)]);
    assert_eq!(found["refused"], 2, "{found}");
    assert_eq!(found["groups"][0]["cause"], "server.access-rule");
}

#[test]
fn groups_are_made_filtered_and_cut_as_asked() {
    let folder = Folder::new("asked");
    let access = folder.write("access.log", ACCESS);
    let found = json(&["--group-by", "method", "--top", "1", &access]);
    assert_eq!(found["groups"].as_array().unwrap().len(), 1);
    assert_eq!((&found["groups"][0]["method"], &found["groups"][0]["count"]), (&"POST".into(), &2.into()));
    assert_eq!(found["others"], 1);
    let found = json(&["--where", "route~^/api/", "--where", "client=192.0.2.1", &access]);
    assert_eq!(found["refused"], 2, "{found}");
    let found = json(&["--since", "2026-11-24T08:39:00Z", &access]);
    assert_eq!(found["refused"], 1, "{found}");
    let found = json(&["--status", "200", "--group-by", "route", &access]);
    assert_eq!(found["groups"][0]["route"], "/errors/{id}");
}

#[test]
fn rotated_packed_and_piped_logs_are_read() {
    let folder = Folder::new("packed");
    folder.write("access.log", ACCESS);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(ACCESS.replace("24/Nov", "23/Nov").as_bytes()).unwrap();
    folder.write("access.log.1.gz", packer.finish().unwrap());
    let found = json(&[&format!("{}/access.log*", folder.0.display())]);
    assert_eq!((&found["refused"], &found["lines"]), (&6.into(), &8.into()), "{found}");
    assert_eq!(found["groups"][0]["first"], "2026-11-23T08:38:57Z");
    let mut child = Command::new(env!("CARGO_BIN_EXE_why403"))
        .args(["--format", "json", "logs", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(ACCESS.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["refused"], 3);
}

#[test]
fn a_log_format_is_taken_from_the_command_line_or_a_configuration() {
    let folder = Folder::new("format");
    let log = folder.write("odd.log", "403|/a b|192.0.2.9\n200|/|192.0.2.9\n");
    let definition = "log_format odd '$status|$uri|$remote_addr';";
    for args in [
        ["--log-format".to_owned(), definition.to_owned()],
        ["--config".to_owned(), folder.write("nginx.conf", format!("http {{\n  {definition}\n}}\n"))],
    ] {
        let found = json(&[&args[0], &args[1], &log]);
        assert_eq!(found["refused"], 1, "{found}");
        assert_eq!(
            (&found["groups"][0]["route"], &found["groups"][0]["client"]),
            (&"/a b".into(), &"192.0.2.9".into())
        );
    }
}

#[test]
fn pages_and_tables_are_harmless() {
    let folder = Folder::new("harmless");
    let hostile = ACCESS.replace("/<b>/x", "/<script>\x1b[31m,\"=x");
    let access = folder.write("access.log", hostile);
    let page = String::from_utf8(logs(&["--format", "html", &access]).stdout).unwrap();
    assert!(page.contains("<svg") && page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    let table = String::from_utf8(logs(&["--format", "csv", "--group-by", "route", &access]).stdout).unwrap();
    assert!(table.starts_with("route,count,share,first,last,document,line\r\n/api/items/{id},2,"), "{table}");
    for format in ["terminal", "html", "csv", "json"] {
        assert!(!logs(&["--format", format, &access]).stdout.contains(&0x1b), "{format}");
    }
}

#[test]
fn a_group_is_explained_by_one_of_its_requests() {
    let folder = Folder::new("explained");
    let (access, error) = (folder.write("access.log", ACCESS), folder.write("error.log", ERROR));
    let verdict = json(&["--explain", "1", &access, &error]);
    assert_eq!(verdict["cause"], "server.access-rule", "{verdict}");
    let place = &verdict["locations"][0];
    assert!(place["document"].as_str().unwrap().ends_with("error.log"), "{verdict}");
    let line = place["line"].as_u64().unwrap();
    assert_eq!(place["text"].as_str(), ERROR.lines().nth(line as usize - 1), "{verdict}");
}

#[test]
fn what_cannot_be_done_is_said_with_status_2() {
    let folder = Folder::new("bad");
    let access = folder.write("access.log", ACCESS);
    let missing = Path::new(&access).with_file_name("missing.log").display().to_string();
    let binary =
        folder.write("app.bin", [b"\x7fELF\x02\x01\x00 403 \x00".as_slice(), &[0xf3; 5000]].concat());
    for (args, word) in [
        (vec![missing.as_str()], "missing.log"),
        (vec!["--where", "colour=red", &access], "colour"),
        (vec!["--since", "soon", &access], "--since"),
        (vec!["--explain", "9", &access], "no group 9"),
        (vec!["--log-format", "nothing", &access], "nothing"),
        (vec![&binary], "looks binary"),
    ] {
        let output = logs(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(word), "{args:?}: {said}");
    }
    let mixed = logs(&[&missing, &access]);
    assert_eq!(mixed.status.code(), Some(0), "what can be read is read");
    assert!(String::from_utf8_lossy(&mixed.stdout).contains("missing.log: cannot be read"));
    let none = logs(&[&folder.write("none.log", ACCESS.replace(" 403 99", " 200 1"))]);
    assert_eq!(none.status.code(), Some(1));
}
