//! The same journey as the installed curl: what curl sends first is sent by the probe too, and then everything that
//! redirects, cookies and challenges ask for must be the same, byte for byte.
#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::process::Command;

use model::{HeaderLine, Redirects, Transfer};
use probe::{Limits, curl_command, send};
use recording_server::{Recorded, RecordingServer, form, transfer};

/// `/301/a` redirects to `/200`; `/307/elsewhere` to the same server under another host name; `/digest` challenges.
fn script(request: &Recorded, port: u16) -> Vec<u8> {
    let parts: Vec<&str> = request.target().split('/').collect();
    let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                     opaque=\"o\", algorithm=ALGORITHM\r\nContent-Length: 0\r\n\r\n";
    match parts[1] {
        "digest" if request.field("authorization").is_none() => {
            challenge.replace("ALGORITHM", parts[2]).into_bytes()
        }
        "200" | "digest" => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec(),
        status => {
            let to = match parts[2] {
                "elsewhere" => format!("http://localhost:{port}/200/there"),
                "relative" => "../200/re lative?a b".to_owned(),
                "back" => format!("http://localhost:{port}/307/home"),
                "home" => format!("http://127.0.0.1:{port}/200/home"),
                "twice" => "/302/a".to_owned(),
                _ => "/200/a".to_owned(),
            };
            let cookies = "Set-Cookie: s=1; Path=/\r\nSet-Cookie: deep=2; Path=/200\r\nSet-Cookie: gone=; Max-Age=0\r\n";
            format!("HTTP/1.1 {status} Moved\r\n{cookies}Location: {to}\r\nContent-Length: 0\r\n\r\n")
                .into_bytes()
        }
    }
}

/// Runs the installed curl with these words, and answers with what arrived.
fn curl(server: &RecordingServer, words: &[&str], path: &str) -> Vec<Recorded> {
    let mut command = Command::new("curl");
    command.args(["-s", "-q", "-o", "/dev/null"]).args(words).arg(server.url(path));
    let status = command.env_clear().env("PATH", "/usr/bin:/bin").status();
    assert!(status.expect("curl is not installed: apt-get install curl").success(), "{words:?} {path}");
    server.take()
}

fn normalised(mut requests: Vec<Recorded>) -> Vec<Recorded> {
    for request in &mut requests {
        let names = ["cnonce=\"", "response=\""];
        for name in names {
            if let Some(start) = request.head.find(name).map(|at| at + name.len())
                && let Some(length) = request.head[start..].find('"')
            {
                request.head.replace_range(start..start + length, "-");
            }
        }
    }
    requests
}

/// The options of the command line that a transfer holds apart from the first request.
fn apply(words: &[&str], transfer: &mut Transfer) {
    let has = |word: &str| words.contains(&word);
    for line in &mut transfer.fields {
        let json = has("--json") && (line.is("content-type") || line.is("accept"));
        if !has(line.line()) && !json {
            *line = HeaderLine::new(line.name(), line.value());
        }
    }
    transfer.redirects = Redirects {
        follow: has("-L").then_some(50),
        trusted: has("--location-trusted"),
        keep_post: [has("--post301"), has("--post302"), has("--post303")],
        referer: has(";auto"),
    };
    transfer.method_is_custom = has("-X");
    transfer.upload = has("-T");
    transfer.cookie_jar = has("-b").then(Vec::new).filter(|_| has(""));
    transfer.digest = has("--digest").then(|| ("me".to_owned(), "se\"cret".to_owned()));
}

#[test]
fn journeys_are_those_of_curl() {
    let server = RecordingServer::start(script);
    let base = server.url("");
    let upload = std::env::temp_dir().join("why403-upload.txt");
    std::fs::write(&upload, "uploaded").unwrap();
    let upload = upload.display().to_string();
    let bodies: &[&[&str]] = &[
        &[],
        &["-d", "a=b"],
        &["-d", "a=b", "-H", "Content-Type: application/json"],
        &["--json", "{}"],
        &["-X", "PUT", "-d", "a=b"],
        &["-X", "DELETE"],
        &["-T", &upload],
        &["-I"],
        &["-d", "a=b", "-H", "Transfer-Encoding: chunked"],
        &["-d", "a=b", "-H", "Expect: 100-continue"],
    ];
    let extras: &[&[&str]] = &[
        &[],
        &["--post301", "--post302", "--post303"],
        &["-u", "me:secret", "-H", "X-Mine: 1"],
        &["-H", "Authorization: Bearer x", "-H", "Cookie: a=b"],
        &["-b", "typed=1"],
        &["-b", ""],
        &["-H", "Host: shop.example"],
        &["-e", ";auto"],
        &["-A", "mine", "-e", "http://before.example/"],
        &["--location-trusted", "-u", "me:secret"],
    ];
    let paths: Vec<String> = ["301", "302", "303", "307", "308"]
        .iter()
        .flat_map(|status| {
            ["a", "elsewhere", "relative", "back", "twice"].map(|to| format!("/{status}/{to}"))
        })
        .collect();
    let (mut agreed, mut wrong) = (0, Vec::new());
    for (b, body) in bodies.iter().enumerate() {
        for (e, extra) in extras.iter().enumerate() {
            // Two paths for each pair, all paths in turn.
            for path in paths.iter().skip((b * 7 + e * 3) % 5).step_by(5) {
                let words = [&["-L"], *body, *extra].concat();
                // curl then announces chunks in a GET and sends none: the server waits, and so does curl.
                if words.contains(&"Transfer-Encoding: chunked") && !path.starts_with("/307/a") {
                    continue;
                }
                let theirs = curl(&server, &words, path);
                let mut transfer = theirs[0].transfer(&base);
                apply(&words, &mut transfer);
                let transcript = send(&transfer, &Limits::default());
                assert_eq!(transcript.failure, None, "{words:?} {path}");
                let ours = server.take();
                if ours == theirs {
                    agreed += 1
                } else {
                    wrong.push(format!("{words:?} {path}\nours   {ours:#?}\ncurl's {theirs:#?}"))
                }
            }
        }
    }
    println!("{agreed} journeys agree, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n"));
}

#[test]
fn digest_is_answered_like_curl() {
    let server = RecordingServer::start(script);
    let base = server.url("");
    for algorithm in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"] {
        for body in [&[][..], &["-d", "a=b"], &["-X", "PUT", "-d", "a=b"]] {
            let words = [&["--digest", "-u", "me:se\"cret"], body].concat();
            let path = format!("/digest/{algorithm}");
            let theirs = normalised(curl(&server, &words, &path));
            let mut full = theirs[1].transfer(&base);
            full.fields.retain(|line| !line.is("authorization"));
            apply(&words, &mut full);
            assert_eq!(send(&full, &Limits::default()).status(), Some(200), "{words:?}");
            assert_eq!(normalised(server.take()), theirs, "{words:?} {path}");
        }
    }
}

#[test]
fn a_printed_command_repeats_the_request() {
    let server = RecordingServer::start(script);
    let mut transfers = vec![
        transfer("GET", &server.url("/200/a?q=[1]&b={x}&it's")),
        form(&server.url("/200/a"), b"it's & $HOME \\ \"quoted\"\nnext"),
        form(&server.url("/200/a"), "smörgås @start".as_bytes()),
        form(&server.url("/200/a"), b"@not-a-file"),
        form(&server.url("/200/a"), b"\x00\x01\xff%b\\0'"),
        form(&server.url("/200/a"), b"\x01\xff\x1b[2J'\\"),
        transfer("HEAD", &server.url("/200/a")),
        transfer("DELETE", &server.url("/200/../a/./b")),
        transfer("PROPFIND", &server.url("/200/a")),
    ];
    let mut odd = form(&server.url("/200/a"), b"{}");
    odd.fields.retain(|line| !line.is("accept") && !line.is("content-type") && !line.is("user-agent"));
    odd.fields.insert(1, model::HeaderLine::verbatim("X-Tight:value").unwrap());
    odd.fields.insert(2, model::HeaderLine::new("X-Empty", ""));
    odd.fields.insert(3, model::HeaderLine::new("Cookie", "a=b; c='d'"));
    transfers.push(odd);
    // Longer than an argument may be.
    let long = [b"x=it's ".as_slice(), &[b'a'; 150_000], b"&y=\0\\z".as_slice()].concat();
    transfers.push(form(&server.url("/200/a"), &long));
    transfers.push(form(&server.url("/200/a"), &[0; 200_000]));
    for transfer in transfers {
        assert_eq!(send(&transfer, &Limits::default()).failure, None);
        let ours = server.take();
        let command = curl_command(&transfer);
        let quiet = command.replacen("curl ", "curl -s -q -o /dev/null ", 1);
        let status = Command::new("bash").args(["-c", &quiet]).env("LC_ALL", "C").status().unwrap();
        assert!(status.success(), "{command}");
        assert_eq!(server.take(), ours, "{command}");
    }
}
