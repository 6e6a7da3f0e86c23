//! When refusals happened: many of them, in logs of several clocks, and since when.

use std::fs;

use serde_json::Value;

use crate::{Folder, json, logs};

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
