//! `why403 curl` against servers on loopback: what is sent after a redirect, and what nothing refused.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

use recording_server::RecordingServer;
use serde_json::Value;

fn why403(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_why403")).args(args).output().unwrap()
}

fn verdict(args: &[&str]) -> Value {
    let output = why403(&[&["--format", "json", "curl"], args].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn answer(status: &str, fields: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A port where the connection with this number gets these bytes, whatever it says, and is closed.
fn says(bytes: impl Fn(usize) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, mut stream) in listener.incoming().flatten().enumerate() {
            let read = stream.read(&mut [0; 4096]).unwrap();
            assert!(read > 0);
            stream.write_all(bytes(number).as_bytes()).unwrap();
        }
    });
    port
}

#[test]
fn experiments_ask_where_the_redirect_led_and_every_hop_is_listed() {
    let server = RecordingServer::start(|request, _| match request.target() {
        "/orders" => answer("308 Permanent Redirect", "Location: /orders/\r\n", ""),
        _ => answer("403 Forbidden", "", "no"),
    });
    let verdict = verdict(&["-L", &server.url("/orders"), "-d", "a=1"]);
    let arrived: Vec<String> =
        server.take().iter().map(|request| format!("{} {}", request.method(), request.target())).collect();
    assert_eq!(arrived[..2], ["POST /orders", "POST /orders/"]);
    assert!(arrived.contains(&"GET /orders/".to_owned()), "{arrived:?}");
    assert!(!arrived.contains(&"GET /orders".to_owned()), "{arrived:?}");
    let listed = verdict["requests"].as_array().unwrap();
    assert_eq!(listed.len(), arrived.len(), "{listed:?}");
    assert_eq!(listed[0]["status"], 308);
    assert_eq!(listed[0]["accepted"], false);
    assert_eq!(listed[1]["purpose"], "the redirect, followed");
}

#[test]
fn a_host_that_a_redirect_leads_to_gets_no_experiments() {
    let other = RecordingServer::start(|_, _| answer("403 Forbidden", "", "no"));
    let target = format!("Location: http://localhost:{}/x\r\n", other.address.port());
    let server = RecordingServer::start(move |_, _| answer("307 Temporary Redirect", &target, ""));
    let verdict = verdict(&["-L", &server.url("/orders"), "-d", "a=1"]);
    assert_eq!((server.take().len(), other.take().len()), (1, 1), "{verdict}");
}

#[test]
fn a_rule_on_the_user_agent_before_a_whole_site_is_found() {
    let page = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
    let server = RecordingServer::start(move |request, _| {
        let denied = request.field("user-agent").is_none_or(|agent| agent.starts_with("curl/"));
        if denied { answer("403 Forbidden", "Server: nginx\r\n", page) } else { answer("200 OK", "", "ok") }
    });
    let verdict = verdict(&[&server.url("/orders"), "-d", "a=1"]);
    assert_eq!(verdict["cause"], "acl.user-agent-denied", "{verdict}");
}

/// Our own words about a failure, such as `UnknownIssuer`, are no words of a server's.
#[test]
fn how_a_failure_is_worded_here_is_no_evidence() {
    let port = says(|_| String::new());
    let verdict = verdict(&[&format!("http://127.0.0.1:{port}/"), "-d", "a=1"]);
    let found = verdict["hypotheses"].to_string();
    assert!(!found.contains("the words resemble"), "{found}");
}

#[test]
fn what_is_no_http_server_refused_nothing() {
    for (bytes, scheme, words) in [
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "http", "no HTTP server answers there"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "https", "the request was not sent"),
    ] {
        let output =
            why403(&["curl", &format!("{scheme}://127.0.0.1:{}/", says(|_| bytes.to_owned())), "-d", "a=1"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
        assert!(said.contains(words) && said.contains("nothing refused"), "{said}");
    }
}

/// Two answers that broke off at other places are not two pages.
#[test]
fn an_answer_that_broke_off_is_said_and_compared_by_its_status() {
    let port = says(|number| {
        let page = "x".repeat(1 + number);
        format!("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 50000\r\n\r\n{page}")
    });
    let verdict = verdict(&[&format!("http://127.0.0.1:{port}/"), "-d", "a=1"]);
    assert!(verdict["warnings"].to_string().contains("broke off"), "{verdict}");
    assert!(!verdict["hypotheses"].to_string().contains("not refused"), "{verdict}");
}

/// That the experiments are led to the same login does not make the refusal another one.
#[test]
fn a_redirect_to_the_login_stays_the_refusal_that_it_is() {
    let server = RecordingServer::start(|request, _| {
        let next = format!("Location: /signin?next={}\r\n", request.target());
        answer("302 Found", &next, "")
    });
    let verdict = verdict(&[&server.url("/orders"), "-b", "sid=8f2a91c4d7", "-d", "a=1"]);
    assert_eq!(verdict["cause"], "auth.session-expired", "{verdict}");
    assert!(server.take().len() > 1, "experiments were made");
}

/// An answer that does not end is waited for once, not once for each experiment.
#[test]
fn a_server_that_keeps_one_waiting_is_asked_once() {
    for start in ["", "HTTP/1.1 403 Forbidden\r\nContent-Length: 50\r\n\r\n<p>"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let mut open = Vec::new();
            for mut stream in listener.incoming().flatten() {
                stream.write_all(start.as_bytes()).unwrap();
                open.push(stream);
            }
        });
        let verdict = verdict(&["-m", "1", &format!("http://127.0.0.1:{port}/"), "-d", "a=1"]);
        assert_eq!(verdict["requests"].as_array().unwrap().len(), 1, "{start}: {verdict}");
    }
}
