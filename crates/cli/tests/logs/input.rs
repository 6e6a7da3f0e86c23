//! Logs that are odd, that change while they are read, and what stands in the way of the answer.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{ACCESS, Folder, json, logs};

#[test]
fn prose_of_no_known_format_is_read_for_its_words_and_it_is_said() {
    let folder = Folder::new("prose");
    let text = "== the nightly run ==\nall is well\nviolates row-level security policy for table \"notes\", denied\n~ end ~\n";
    let found = json(&[&folder.write("odd.txt", text)]);
    assert_eq!((&found["refused"], &found["lines"]), (&1.into(), &4.into()), "{found}");
    assert_eq!(found["groups"][0]["example"]["line"], 3, "{found}");
    assert!(found["warnings"][0].as_str().unwrap().contains("not recognised"), "{found}");
    // Latin-1 is no UTF-8 but prose.
    let text = [b"f\xfcr M\xfcller\n".as_slice(), text.as_bytes()].concat();
    assert_eq!(json(&[&folder.write("latin.txt", text)])["refused"], 1);
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

/// The search goes on behind the end of the line it found, and the last line of a fragment has none.
#[test]
fn a_refusal_in_a_last_line_without_its_end_is_read() {
    let folder = Folder::new("unended");
    let line = ACCESS.lines().next().unwrap();
    for end in ["", "\r"] {
        let found = json(&[&folder.write("access.log", format!("{line}{end}"))]);
        assert_eq!((&found["refused"], &found["lines"]), (&1.into(), &1.into()), "{found}");
    }
}
