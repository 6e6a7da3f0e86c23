//! The same command line through the installed curl and through why403: what arrives at the server must be the same,
//! byte for byte. `command_lines.txt` holds the command lines; a line that curl refuses must be refused here too.
#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use intake::curl::{self, Surroundings};
use probe::{Limits, send};
use recording_server::{Recorded, RecordingServer};

const COMMAND_LINES: &str = include_str!("command_lines.txt");

/// The files that command lines name.
const FILES: [(&str, &[u8]); 13] = [
    ("body.json", b"{\n  \"a\": \"b\"\n}\n"),
    ("data.txt", b"first line\nsecond & third=1\r\nlast"),
    ("bytes.bin", b"\x00\x01\xff\xfe\r\n\x00end"),
    ("up.txt", b"uploaded text\n"),
    ("page.html", b"<html></html>"),
    ("pic.png", b"\x89PNG\r\n\x1a\n"),
    ("etag.txt", b"\"abc\"\n"),
    ("headers.txt", b"X-From-File: 1\n# no comment here\nX-Second: 2\n"),
    ("jar.txt", b"# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\troot\t1\n127.0.0.1\tFALSE\t/deep\tFALSE\t0\tdeep\t2\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t4102444800\thidden\t3\n127.0.0.1\tFALSE\t/\tFALSE\t1\texpired\t4\nother.example\tTRUE\t/\tFALSE\t0\tforeign\t5\nlocalhost\tFALSE\t/\tFALSE\t0\tlocal\t6\n"),
    ("headers-jar.txt", b"Set-Cookie: fromheader=1; path=/; domain=127.0.0.1\n"),
    (".netrc", b"machine other.example login no password no\nmachine 127.0.0.1 login netuser password netpass\ndefault login d password e\n"),
    ("config.txt", b"# a comment\nurl = \"URL/from-config\"\nheader = \"X-Config: yes\"\n-A \"config agent\"\ndata=a=\"b\"\nuser: \"me:pw\"\n"),
    ("headers2.txt", b"\n"),
];

fn script(request: &Recorded, port: u16) -> Vec<u8> {
    if request.method() == "CONNECT" {
        return b"HTTP/1.1 200 Established\r\n\r\n".to_vec();
    }
    let path = request.target().trim_start_matches("http://shop.example");
    let mut parts = path.trim_start_matches('/').split(['/', '?']);
    let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    match first {
        "digest" if request.field("authorization").is_none() => format!(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"a realm\", nonce=\"n\", qop=\"auth\", \
             opaque=\"o\", algorithm={second}\r\nContent-Length: 0\r\n\r\n"
        )
        .into_bytes(),
        "301" | "302" | "303" | "307" | "308" => {
            let to = match second {
                "elsewhere" => format!("http://localhost:{port}/200/there"),
                "relative" => "../200/re lative?a b".to_owned(),
                "back" => format!("http://localhost:{port}/307/home"),
                "home" => format!("http://127.0.0.1:{port}/200/home"),
                "twice" => "/302/a".to_owned(),
                "digest" => "/digest/MD5".to_owned(),
                _ => "/200/a".to_owned(),
            };
            let cookies = "Set-Cookie: s=1; Path=/\r\nSet-Cookie: deep=2; Path=/200\r\n";
            format!("HTTP/1.1 {first} Moved\r\n{cookies}Location: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
        }
        _ => b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec(),
    }
}

/// What bash makes of a line: the arguments behind `curl`.
fn words(line: &str, folder: &Path) -> Vec<String> {
    let printed = Command::new("bash")
        .arg("-c")
        .arg(format!("printf '%s\\0' {line}"))
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(printed.status.success(), "bash does not read {line}");
    let text = String::from_utf8(printed.stdout).unwrap();
    text.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
}

fn through_curl(words: &[String], folder: &Path, server: &RecordingServer) -> Option<Vec<Recorded>> {
    let mut command = Command::new("curl");
    command.arg("-s").args(["--max-time", "10"]).args(words).current_dir(folder).env_clear();
    let output = command.env("PATH", "/usr/bin:/bin").env("HOME", folder).env("LC_ALL", "C.UTF-8").output();
    let output = output.expect("curl is not installed: apt-get install curl");
    let refused = [1, 2, 3, 26].contains(&output.status.code().unwrap_or(0));
    let recorded = server.take();
    if refused && recorded.is_empty() { None } else { Some(recorded) }
}

fn through_why403(
    words: &[String],
    folder: &Path,
    server: &RecordingServer,
) -> Result<Vec<Recorded>, String> {
    let files = |name: &str| -> io::Result<Vec<u8>> { fs::read(folder.join(name)) };
    let home = folder.display().to_string();
    let environment = |name: &str| (name == "HOME").then(|| home.clone());
    let boundary = || "0123456789abcdef".to_owned();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let surroundings = Surroundings {
        files: &files,
        environment: &environment,
        boundary: &boundary,
        now: now.cast_signed(),
    };
    let command = curl::parse_in(words, &surroundings).map_err(|error| error.to_string())?;
    let mut failures = Vec::new();
    for transfer in &command.transfers {
        failures.extend(send(transfer, &Limits::default()).failure);
    }
    let recorded = server.take();
    if recorded.is_empty() {
        Err(format!("{failures:?}, not honoured: {:?}", command.unsupported))
    } else {
        Ok(recorded)
    }
}

/// Takes away what chance and the clock put in: boundaries, nonces, signatures of a second.
fn normalised(requests: Vec<Recorded>) -> Vec<String> {
    requests
        .into_iter()
        .map(|request| {
            let mut text = format!("{}{}", request.head, request.body.escape_ascii());
            while let Some(at) =
                text.find("------------------------").filter(|at| !text[at + 24..].starts_with('='))
            {
                let boundary = text[at..].chars().take(40).collect::<String>();
                text = text.replace(&boundary, "BOUNDARY");
            }
            for (start, end) in
                [("cnonce=\"", '"'), ("response=\"", '"'), ("Signature=", '\r'), ("-Date: 20", '\r')]
            {
                if let Some(from) = text.find(start).map(|at| at + start.len())
                    && let Some(length) = text[from..].find(end)
                {
                    text.replace_range(from..from + length, "-");
                }
            }
            text
        })
        .collect()
}

fn folder(server: &RecordingServer) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("why403-like-curl-{}", server.address.port()));
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in FILES {
        let text = String::from_utf8_lossy(bytes).replace("URL", server.url("").trim_end_matches('/'));
        fs::write(folder.join(name), if name == "config.txt" { text.as_bytes() } else { bytes }).unwrap();
    }
    folder
}

#[test]
fn command_lines_send_what_curl_sends() {
    let server = RecordingServer::start(script);
    let folder = folder(&server);
    let (mut agreed, mut refused, mut known, mut wrong) = (0, 0, 0, Vec::new());
    for line in COMMAND_LINES.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        let (line, is_known) = line.strip_prefix("~ ").map_or((line, false), |line| (line, true));
        let port = server.address.port().to_string();
        let line = line.replace("URL", server.url("").trim_end_matches('/'));
        let line = line.replace("HOST", "127.0.0.1").replace("PORT", &port);
        let words = words(&line, &folder);
        match curl::shell::arguments(&format!("curl {line}")) {
            Ok(ours) if ours == words => {}
            other => wrong.push(format!("{line}\n  words {other:?}\n  bash's {words:?}")),
        }
        let theirs = through_curl(&words, &folder, &server).map(normalised);
        let ours = through_why403(&words, &folder, &server).map(normalised);
        match (theirs, ours) {
            (theirs, ours) if is_known && theirs.as_ref() != ours.as_ref().ok() => known += 1,
            (..) if is_known => wrong.push(format!("{line}\n  agrees now: take its mark away")),
            (None, Err(_)) => refused += 1,
            (Some(theirs), Ok(ours)) if theirs == ours => agreed += 1,
            (theirs, ours) => wrong.push(format!("{line}\n  ours   {ours:?}\n  curl's {theirs:?}")),
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    println!(
        "{} command lines agree, {agreed} sent alike and {refused} refused by both; {known} known to differ, {} others",
        agreed + refused,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agreed >= 300, "only {agreed} command lines were compared");
}
