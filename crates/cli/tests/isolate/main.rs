//! `--isolate` against servers on loopback that count what arrives.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

mod goals;

use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use recording_server::{Recorded, RecordingServer};
use serde_json::Value;

const BODY: &str =
    r#"{"id": 1742, "comment": "well, 1' or 1=1 -- it is", "sku": "A-7", "note": "by the gate"}"#;

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn refusal() -> Vec<u8> {
    answer("403 Forbidden", "<h1>Blocked by policy</h1>")
}

/// A server that refuses by this rule; what passes is created, if the session is right and `id` is a number.
fn server(
    refuses: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
) -> (RecordingServer, Arc<AtomicUsize>) {
    let created = Arc::new(AtomicUsize::new(0));
    let count = created.clone();
    let server = RecordingServer::start(move |request, _| {
        let session = request.field("cookie").is_some_and(|value| value.contains("session=8f2a91c4"));
        let typed = request.body.is_empty() || !request.body.windows(7).any(|part| part == b"\"id\": \"");
        match (refuses(request), session, typed) {
            (true, ..) => refusal(),
            (_, false, _) => answer("401 Unauthorized", "please log in"),
            (.., false) => answer("422 Unprocessable Content", "id must be a number"),
            _ if request.method() == "POST" => {
                count.fetch_add(1, Ordering::SeqCst);
                answer("201 Created", "created")
            }
            _ => answer("200 OK", "a list"),
        }
    });
    (server, created)
}

fn command(server: &RecordingServer, options: &[&str], curl: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_why403"));
    command
        .args(["--isolate", "--format", "json"])
        .args(options)
        .arg("curl")
        .arg(server.url("/orders?page=2"));
    command.args(["-H", "Content-Type: application/json", "-b", "session=8f2a91c4; lang=de"]).args(curl);
    command
}

fn isolate(server: &RecordingServer, options: &[&str], curl: &[&str]) -> Value {
    verdict(&command(server, options, curl).output().unwrap())
}

fn verdict(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn holds(request: &Recorded, text: &str) -> bool {
    String::from_utf8_lossy(&request.body).contains(text)
}

fn posts(requests: &[Recorded]) -> usize {
    requests.iter().filter(|request| request.method() == "POST").count()
}

#[test]
fn the_part_and_its_text_are_found_and_nothing_is_created() {
    let (server, created) = server(|request| holds(request, "1' or 1=1"));
    let verdict = isolate(&server, &["--exact"], &["-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "body $.comment", "{verdict}");
    assert_eq!(verdict["isolated"]["text"], "1' or 1=1", "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0, "the sentinel keeps copies from being accepted");
    let arrived = server.take();
    assert!(arrived.len() <= 30, "{}", arrived.len());
    assert_eq!(verdict["requests"].as_array().unwrap().len(), arrived.len(), "each request is in the report");
    assert!(!verdict.to_string().contains("8f2a91c4"), "no secret");
    // The least command is refused, and by this part.
    let minimal = verdict["isolated"]["minimal_curl"].as_str().unwrap();
    assert!(minimal.contains("or 1=1") && !minimal.contains("by the gate"), "{minimal}");
}

/// A body of 60 values, one of them with this text.
fn long_body(place: usize, text: &str) -> String {
    let value = |leaf: usize| match leaf {
        _ if leaf == place => format!("please see {text} by the gate"),
        _ if leaf % 7 == 3 => format!("it's number {leaf} (a = b)"),
        _ => format!("value {leaf}"),
    };
    let leaves: Vec<String> = (0..60).map(|leaf| format!("\"f{leaf}\": \"{}\"", value(leaf))).collect();
    format!("{{\"id\": 1742, {}}}", leaves.join(", "))
}

#[test]
fn few_copies_arrive_and_none_is_created() {
    let texts =
        ["1' or 1=1 --", "<script>alert(1)", "../../etc/passwd", "$(id)", "union select a", "O'Neill & sons"];
    let mut counts = Vec::new();
    for (number, text) in texts.into_iter().enumerate() {
        let (server, created) = server(move |request| holds(request, text));
        let place = number * 11 + 2;
        let verdict = isolate(&server, &[], &["-d", &long_body(place, text)]);
        assert_eq!(verdict["isolated"]["part"], format!("body $.f{place}"), "{verdict}");
        assert_eq!(created.load(Ordering::SeqCst), 0);
        counts.push(posts(&server.take()));
    }
    counts.sort_unstable();
    assert!(counts[2] <= 9 && counts[5] <= 16, "the request and its copies: {counts:?}");
}

#[test]
fn one_wrong_answer_misleads_nobody() {
    for wrong in 1..9 {
        let turn = AtomicUsize::new(0);
        let server = RecordingServer::start(move |request, _| {
            let flipped = request.method() == "POST" && turn.fetch_add(1, Ordering::SeqCst) == wrong;
            if holds(request, "or 1=1") != flipped {
                refusal()
            } else {
                answer("401 Unauthorized", "please log in")
            }
        });
        let verdict = isolate(&server, &[], &["-d", &long_body(40, "1' or 1=1 --")]);
        assert_eq!(verdict["isolated"]["part"], "body $.f40", "copy {wrong} was answered wrongly: {verdict}");
    }
}

#[test]
fn a_copy_that_the_application_rejects_is_none_that_it_accepts() {
    let (server, created) = server(|request| holds(request, "by the gate"));
    let verdict = isolate(&server, &["--max-accepted", "1"], &["-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "body $.note", "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0);
}

/// Refuses the first request and answers nothing to those after it.
fn silent_after_the_first() -> RecordingServer {
    let turn = AtomicUsize::new(0);
    RecordingServer::start(move |_, _| {
        if turn.fetch_add(1, Ordering::SeqCst) > 0 {
            thread::sleep(Duration::from_secs(10));
        }
        refusal()
    })
}

#[test]
fn a_server_that_answers_no_more_ends_the_search() {
    let server = silent_after_the_first();
    let verdict = isolate(&server, &[], &["--max-time", "1", "-d", BODY]);
    assert!(verdict["warnings"].to_string().contains("no answers"), "{verdict}");
    assert!(posts(&server.take()) <= 4, "it is asked three times more");
}

#[cfg(unix)]
#[test]
fn ctrl_c_does_not_wait_for_an_answer_that_does_not_come() {
    let server = silent_after_the_first();
    let mut command = command(&server, &[], &["-d", BODY]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut arrived = 0;
    for _ in 0..600 {
        arrived += server.take().len();
        if arrived >= 2 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let start = std::time::Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let verdict = verdict(&child.wait_with_output().unwrap());
    assert!(start.elapsed() < Duration::from_secs(8), "an answer would take longer");
    assert!(verdict["warnings"].to_string().contains("interrupted"), "{verdict}");
}

#[test]
fn a_pair_is_found() {
    let refuses =
        |request: &Recorded| holds(request, "by the gate") && request.field("x-flag") == Some("on-hold");
    let (server, created) = server(refuses);
    let verdict = isolate(&server, &[], &["-H", "X-Flag: on-hold", "-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "header X-Flag + body $.note", "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0);
}

#[test]
fn either_of_two_is_found_twice() {
    let (server, _) = server(|request| holds(request, "1' or 1=1") || request.target().contains("%3cb%3e"));
    let mut command = command(&server, &[], &["-d", BODY]);
    command.arg("--url-query").arg("q=<b>");
    let verdict = verdict(&command.output().unwrap());
    let part = verdict["isolated"]["part"].as_str().unwrap_or("");
    assert!(
        part.contains(" or ") && part.contains("body $.comment") && part.contains("query q"),
        "{verdict}"
    );
}

#[test]
fn a_limit_on_the_length_is_found_to_the_byte() {
    for limit in [4096, 5321] {
        let (server, _) = server(move |request| request.body.len() > limit);
        let body = format!("{{\"id\": 1742, \"text\": \"{}\"}}", "lorem ipsum ".repeat(900));
        let verdict = isolate(&server, &[], &["-d", &body]);
        assert_eq!(verdict["isolated"]["part"], "size", "{verdict}");
        assert_eq!(verdict["isolated"]["text"], (limit + 1).to_string(), "{verdict}");
    }
}

#[test]
fn a_missing_header_is_found_with_one_lifted_answer() {
    let (server, created) =
        server(|request| request.method() == "POST" && request.field("x-requested-with").is_none());
    let verdict = isolate(&server, &[], &["-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "missing header X-Requested-With", "{verdict}");
    let hypotheses = verdict["hypotheses"].as_array().unwrap();
    let named = hypotheses.iter().find(|hypothesis| hypothesis["cause"] == "csrf.header-missing").unwrap();
    assert_eq!(named["findings"][0]["weight"], "supports", "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0, "the added header meets a broken value");
    let lifted =
        |request: &&Recorded| request.method() == "POST" && request.field("x-requested-with").is_some();
    assert_eq!(server.take().iter().filter(lifted).count(), 1);
}

#[test]
fn no_copies_are_sent_when_the_request_is_not_refused() {
    let (server, created) = server(|_| false);
    let verdict = isolate(&server, &[], &["-d", BODY]);
    assert_eq!(verdict["outcome"], "not-refused");
    assert_eq!(created.load(Ordering::SeqCst), 1, "the request itself");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn no_copies_are_sent_when_the_request_is_not_answered() {
    let server = RecordingServer::start(|_, _| Vec::new());
    isolate(&server, &[], &["--max-time", "3", "-d", BODY]);
    assert_eq!(posts(&server.take()), 1);
}

#[test]
fn that_no_value_is_refused_is_said_and_speaks_against_rules_about_content() {
    let (server, _) = server(|request| request.method() == "POST");
    let verdict = isolate(&server, &[], &["-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "none", "{verdict}");
    let hypotheses = verdict["hypotheses"].as_array().unwrap();
    assert_ne!(hypotheses[0]["cause"], "waf.rule", "{verdict}");
}

#[test]
fn the_budget_is_kept_whatever_the_answers_are() {
    let turn = AtomicUsize::new(0);
    // Answers that make no sense, the first one a refusal.
    let (server, _) = server(move |_| turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(3));
    for most in [2, 5, 12] {
        let most = most.to_string();
        isolate(&server, &["--max-requests", &most, "--max-accepted", "100"], &["-d", BODY]);
        let arrived = server.take().len();
        assert!(arrived <= most.parse().unwrap(), "{arrived} of {most}");
    }
}

#[test]
fn copies_stop_where_they_may_be_accepted() {
    // An application that takes anything: no sentinel can be had.
    let server = RecordingServer::start(|request, _| {
        if holds(request, "by the gate") { refusal() } else { answer("200 OK", "created") }
    });
    for most in [1, 2] {
        isolate(&server, &["--max-accepted", &most.to_string()], &["-d", BODY]);
        let accepted = server
            .take()
            .iter()
            .filter(|request| request.method() == "POST" && !holds(request, "by the gate"))
            .count();
        assert!(accepted <= most, "{accepted} of {most}");
    }
}

#[test]
fn no_other_host_is_asked() {
    let other = RecordingServer::start(|_, _| answer("200 OK", "elsewhere"));
    let target = other.url("/login");
    let server = RecordingServer::start(move |request, _| {
        if holds(request, "or 1=1") {
            return refusal();
        }
        format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    let verdict = isolate(&server, &[], &["-L", "-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "body $.comment", "{verdict}");
    assert!(other.take().is_empty(), "redirects of copies are not followed");
}

#[test]
fn a_signed_body_is_not_changed() {
    let (server, _) = server(|request| holds(request, "or 1=1"));
    let verdict = isolate(&server, &[], &["-H", "X-Hub-Signature-256: sha256=00", "-d", BODY]);
    assert!(verdict["warnings"].to_string().contains("x-hub-signature-256"), "{verdict}");
    assert!(server.take().iter().all(|request| request.method() == "GET" || request.body == BODY.as_bytes()));
}

#[test]
fn a_rate_limit_is_honoured() {
    let turn = AtomicUsize::new(0);
    let server = RecordingServer::start(move |request, _| match turn.fetch_add(1, Ordering::SeqCst) {
        2 => b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ if holds(request, "or 1=1") => refusal(),
        _ => answer("401 Unauthorized", "please log in"),
    });
    let start = std::time::Instant::now();
    let verdict = isolate(&server, &[], &["-d", BODY]);
    assert_eq!(verdict["isolated"]["part"], "body $.comment", "{verdict}");
    assert!(start.elapsed() >= Duration::from_secs(1), "Retry-After is honoured");
}

#[cfg(unix)]
#[test]
fn after_ctrl_c_nothing_more_is_sent_and_the_verdict_so_far_is_printed() {
    let (server, _) = server(|request| holds(request, "by the gate"));
    let mut command = command(&server, &["--delay", "0.4"], &["-d", BODY]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(1200));
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    thread::sleep(Duration::from_millis(150));
    let before = posts(&server.take());
    let output = child.wait_with_output().unwrap();
    let verdict = verdict(&output);
    assert!(verdict["warnings"].to_string().contains("interrupted"), "{verdict}");
    assert!(before >= 1 && server.take().is_empty(), "nothing more arrives");
}
