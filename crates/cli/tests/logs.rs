//! `why403 logs` as a user meets it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

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

/// More lines than fit in memory are joined slice by slice of time; the clock and the zone of one log differ.
#[test]
fn more_lines_than_fit_in_memory_are_joined_all_the_same() {
    let folder = Folder::new("many");
    let clock = |second: u32| {
        format!(
            "{:02} {:02}:{:02}:{:02}",
            1 + second / 86_400,
            second / 3600 % 24,
            second / 60 % 60,
            second % 60
        )
    };
    let (mut access, mut error) = (String::new(), String::new());
    for number in 0..20_000_u32 {
        let (second, client) = (number * 4, number % 250);
        let request = format!("POST /items/{number}/x{} HTTP/1.1", number % 7);
        let stamp = clock(second).replacen(' ', "/Nov/2026:", 1);
        access +=
            &format!("192.0.2.{client} - - [{stamp} +0000] \"{request}\" 403 99 \"-\" \"curl/8.5.0\"\n");
        error += &format!(
            "2026/11/{} [error] 7#7: *{number} access forbidden by rule, client: 192.0.2.{client}, server: a, request: \"{request}\", host: \"a\"\n",
            clock(second + 7203)
        );
    }
    let (access, error) = (folder.write("access.log", access), folder.write("error.log", error));
    let found = json(&["--group-by", "cause,emitter", &access, &error]);
    assert_eq!(found["refused"], 20_000, "{}", found["warnings"]);
    let groups = found["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!((&groups[0]["cause"], &groups[0]["count"]), (&"server.access-rule".into(), &20_000.into()));
    assert_eq!(found["joined"]["by_likeness"], 20_000, "{}", found["joined"]);
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("error.log: its clock or zone differs; -7203.0 s"), "{warnings}");
    let table = String::from_utf8(logs(&["--format", "csv", "--group-by", "route", &access]).stdout).unwrap();
    assert_eq!(table.lines().count(), 1 + 7, "{table}");
    let verdict = json(&["--group-by", "cause", "--explain", "1", &access, &error]);
    assert_eq!(verdict["cause"], "server.access-rule", "{verdict}");
}

#[test]
fn an_error_log_alone_tells_of_refusals_and_of_nothing_else() {
    let folder = Folder::new("error");
    let found = json(&[&folder.write("error.log", ERROR)]);
    assert_eq!(found["refused"], 2, "{found}");
    assert_eq!(found["groups"][0]["cause"], "server.access-rule");
}

#[test]
fn prose_of_no_known_format_is_read_for_its_words_and_it_is_said() {
    let folder = Folder::new("prose");
    let text = "== the nightly run ==\nall is well\nviolates row-level security policy for table \"notes\", denied\n~ end ~\n";
    let found = json(&[&folder.write("odd.txt", text)]);
    assert_eq!((&found["refused"], &found["lines"]), (&1.into(), &4.into()), "{found}");
    assert_eq!(found["groups"][0]["example"]["line"], 3, "{found}");
    assert!(found["warnings"][0].as_str().unwrap().contains("not recognised"), "{found}");
}

/// A log that ran for hours before the first refusal shows that the refusals are new.
#[test]
fn what_is_refused_only_since_some_hours_is_new() {
    let folder = Folder::new("since-when");
    let line = |minute: u32, status: u16| {
        format!(
            "192.0.2.1 - - [24/Nov/2026:{:02}:{:02}:00 +0000] \"POST /api HTTP/1.1\" {status} 1 \"-\" \"-\"\n",
            minute / 60,
            minute % 60
        )
    };
    let text = |from| (from..600).step_by(2).map(|minute| line(minute, if minute < 420 { 200 } else { 403 }));
    let found = json(&[&folder.write("access.log", text(0).collect::<String>())]);
    let change = &found["groups"][0]["change"];
    assert_eq!((&change["new"], &change["at"]), (&true.into(), &"2026-11-24T07:00:00Z".into()), "{found}");
    assert_eq!(found["from"], "2026-11-24T00:00:00Z");
    let found = json(&[&folder.write("new.log", text(420).collect::<String>())]);
    assert_eq!(found["groups"][0]["change"], Value::Null, "{found}");
}

/// The error log's clock is on another zone than the access log's, which says it: `--since` means the same for both.
#[test]
fn since_means_one_moment_in_logs_of_several_zones() {
    let folder = Folder::new("zones");
    let (mut access, mut error) = (String::new(), String::new());
    for minute in 0..60 {
        let request = format!("POST /items/{minute}/x HTTP/1.1");
        access += &format!(
            "192.0.2.1 - - [24/Nov/2026:08:{minute:02}:00 +0200] \"{request}\" 403 99 \"-\" \"-\"\n"
        );
        error += &format!(
            "2026/11/24 08:{minute:02}:00 [error] 7#7: *{minute} access forbidden by rule, client: 192.0.2.1, server: a, request: \"{request}\", host: \"a\"\n"
        );
    }
    let (access, error) = (folder.write("access.log", access), folder.write("error.log", error));
    for since in ["2026-11-24T06:30:00Z", "2026-11-24T08:30:00+02:00"] {
        let found = json(&["--since", since, "--group-by", "cause", &access, &error]);
        assert_eq!((&found["refused"], &found["joined"]["by_likeness"]), (&30.into(), &30.into()), "{found}");
        assert_eq!(found["groups"][0]["first"], "2026-11-24T06:30:00Z");
    }
    let found = json(&["--where", "route=/nowhere", &access]);
    assert_eq!(found["warnings"][0], "60 refusals do not pass --where", "{found}");
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
fn a_new_kind_of_refusal_is_told_with_the_change_before_it() {
    let folder = Folder::new("changes");
    let line = |minute: u32, path: &str, status: u16| {
        format!(
            "192.0.2.1 - - [24/Nov/2026:{:02}:{:02}:00 +0000] \"POST {path} HTTP/1.1\" {status} 1 \"-\" \"-\"\n",
            minute / 60,
            minute % 60
        )
    };
    let steady = (0..600).step_by(10).map(|minute| (minute, line(minute, "/admin", 403)));
    let new = (420..600).step_by(3).map(|minute| (minute, line(minute, "/api", 403)));
    let mut lines: Vec<_> = steady.chain(new).collect();
    lines.sort();
    let access = folder.write("access.log", lines.into_iter().map(|(_, line)| line).collect::<String>());
    let seconds = |hour: i64, minute: i64| 1_795_478_400 + hour * 3600 + minute * 60;
    let reflog = format!(
        "0 aaaaaaaaaaaa A <a@b> {} +0000\tcommit: Before\n0 bbbbbbbbbbbb A <a@b> {} +0000\tcommit: Deny the API\n0 cccccccccccc A <a@b> {} +0000\tcommit: After\n",
        seconds(1, 0),
        seconds(6, 58),
        seconds(8, 0)
    );
    fs::create_dir_all(folder.0.join("etc/.git/logs")).unwrap();
    folder.write("etc/.git/logs/HEAD", reflog);
    let found =
        json(&["--group-by", "route", "--changes", &folder.0.join("etc").display().to_string(), &access]);
    let group = |route: &str| {
        found["groups"].as_array().unwrap().iter().find(|group| group["route"] == route).unwrap()
    };
    let change = &group("/api")["change"];
    assert_eq!((&change["new"], &change["at"]), (&true.into(), &"2026-11-24T07:00:00Z".into()), "{change}");
    assert_eq!(change["nearest"]["what"], "commit: Deny the API (bbbbbbbbbb)", "{change}");
    assert_eq!(group("/admin")["change"], Value::Null, "{found}");
}

#[test]
fn new_refusals_are_told_while_a_log_is_followed() {
    let folder = Folder::new("followed");
    let access = folder.write("access.log", ACCESS);
    let mut child = Command::new(env!("CARGO_BIN_EXE_why403"))
        .args(["logs", "--format", "json", "--follow", "--where", "route=/new", &access])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let groups: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(groups["refused"], 0);
    let more = ACCESS.lines().next().unwrap().replace("/api/items/17", "/new");
    // Half a line is no line yet; and then the log is rotated.
    let mut log = fs::OpenOptions::new().append(true).open(&access).unwrap();
    log.write_all(&more.as_bytes()[..50]).unwrap();
    log.write_all(format!("{}\n", &more[50..]).as_bytes()).unwrap();
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&told["route"], &told["line"]), (&"/new".into(), &5.into()), "{told}");
    fs::write(&access, format!("{more}\n")).unwrap();
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&told["route"], &told["line"]), (&"/new".into(), &1.into()), "{told}");
    // The server goes on with the old file for a while after it lost its name, and the new one is longer at once.
    let mut old = fs::OpenOptions::new().append(true).open(&access).unwrap();
    fs::rename(&access, folder.0.join("access.log.1")).unwrap();
    old.write_all(format!("{more}\n").as_bytes()).unwrap();
    fs::write(&access, format!("{ACCESS}{more}\n")).unwrap();
    for line in [2, 5] {
        let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!((&told["route"], &told["line"]), (&"/new".into(), &line.into()), "{told}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn hostile_logs_are_counted_and_harm_nothing() {
    let folder = Folder::new("hostile");
    let line = |stamp: &str| format!("192.0.2.1 - - [{stamp}] \"POST /x HTTP/1.1\" 403 1 \"-\" \"-\"\n");
    let stamps = [
        "01/Jan/1970:00:00:00 +0000",
        "31/Dec/9999:23:59:59 -1200",
        "24/Nov/2026:08:38:57 +0000",
        "01/Jan/0000:00:00:00 +0000",
    ];
    let mut mixed: Vec<u8> = stamps.map(line).concat().into_bytes();
    mixed.extend_from_slice(b"\x00\x01\xff 403 \xfe\n{\"status\":403,\"path\":\"/json\"}\n");
    mixed.extend(std::iter::repeat_n(b'x', 3_000_000));
    mixed.extend_from_slice(b" 403 \n");
    mixed.extend_from_slice(line(stamps[2]).as_bytes());
    let mixed = folder.write("mixed.log", &mixed);
    let found = json(&["--group-by", "route", &mixed]);
    assert_eq!((&found["refused"], &found["lines"]), (&6.into(), &8.into()), "{found}");
    assert_eq!(found["unreadable"], 2, "{found}");
    for format in ["terminal", "html", "csv"] {
        assert_eq!(logs(&["--format", format, &mixed]).status.code(), Some(0), "{format}");
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(ACCESS.repeat(5000).as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let found = json(&[&folder.write("cut.log.gz", &packed[..packed.len() / 2])]);
    assert!(found["refused"].as_u64() > Some(100), "{found}");
    assert!(found["warnings"][0].as_str().unwrap().contains("cut off"), "{found}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_report_is_said() {
    let folder = Folder::new("full");
    let access = folder.write("access.log", ACCESS);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_why403"));
    let output = command.args(["logs", "--format", "html", &access]).stdout(full).stderr(Stdio::piped());
    let output = output.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn without_a_temporary_folder_large_logs_are_counted_line_by_line_and_it_is_said() {
    let folder = Folder::new("roomless");
    let line = |number: u32| {
        format!(
            "192.0.2.{} - - [24/Nov/2026:08:38:57 +0000] \"POST /x HTTP/1.1\" 403 1 \"-\" \"-\"\n",
            number % 250
        )
    };
    let access = folder.write("access.log", (0..40_000).map(line).collect::<String>());
    let mut command = Command::new(env!("CARGO_BIN_EXE_why403"));
    command.args(["logs", "--format", "json", "--group-by", "route", &access]);
    let output = command.env("TMPDIR", folder.0.join("missing")).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["refused"], &found["groups"][0]["count"]), (&40_000.into(), &40_000.into()));
    assert!(found["warnings"][0].as_str().unwrap().contains("too many lines to join all"), "{found}");
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
