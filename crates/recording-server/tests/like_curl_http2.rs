//! The same command line over HTTP/2 through the installed curl and through why403: method, authority, path, the list of
//! header fields and the body must be the same.
#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use intake::curl;
use probe::{Limits, send};

const COMMAND_LINES: [&str; 16] = [
    "URL/",
    "-d a=b URL/a?b=c",
    "-X PUT -d a=b URL/",
    "-X DELETE URL/x",
    "-I URL/",
    "--json {} URL/",
    "-H 'X-Upper: A' -H 'x-lower: b' URL/",
    "-H 'Host: shop.example' URL/",
    "-H 'Connection: close' URL/",
    "-H 'Transfer-Encoding: chunked' -d a=b URL/",
    "-u user:password -A agent -e http://before.example/ -b 'a=b; c=d' URL/",
    "-H 'Accept:' -H 'User-Agent:' -H 'X-Empty;' URL/",
    "-F a=b URL/",
    "--compressed URL/",
    "--data-binary @/etc/services URL/",
    "--oauth2-bearer TOKEN -G -d 'q=1' URL/search",
];

type Recorded = Arc<Mutex<Vec<String>>>;

/// A server for HTTP/2 in clear text, known beforehand.
fn server(recorded: Recorded) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &recorded).await;
            }
        });
    });
    address
}

async fn serve(stream: tokio::net::TcpStream, recorded: &Recorded) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let recorded = recorded.clone();
        tokio::spawn(async move {
            let (parts, mut stream) = request.into_parts();
            let mut body = Vec::new();
            while let Some(Ok(data)) = stream.data().await {
                let _ = stream.flow_control().release_capacity(data.len());
                body.extend_from_slice(&data);
            }
            let fields: Vec<String> =
                parts.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            let text =
                format!("{} {}\n{}\n\n{}", parts.method, parts.uri, fields.join("\n"), body.escape_ascii());
            recorded.lock().unwrap().push(normalised(text));
            let answer = http::Response::builder().status(204).body(()).unwrap();
            let _ = respond.send_response(answer, true);
        });
    }
}

fn normalised(mut text: String) -> String {
    while let Some(at) = text.find("------------------------") {
        let boundary: String = text[at..].chars().take(40).collect();
        text = text.replace(&boundary, "BOUNDARY");
    }
    text
}

#[test]
fn header_lists_are_those_of_curl() {
    let recorded = Recorded::default();
    let address = server(recorded.clone());
    let mut wrong = Vec::new();
    for line in COMMAND_LINES {
        let line =
            format!("curl -s --http2-prior-knowledge {}", line.replace("URL", &format!("http://{address}")));
        let words = curl::shell::arguments(&line).unwrap();
        let status = Command::new("curl").args(&words).env_clear().env("PATH", "/usr/bin:/bin").output();
        assert!(status.expect("curl is not installed: apt-get install curl").status.success(), "{line}");
        let theirs = std::mem::take(&mut *recorded.lock().unwrap());
        let command = curl::parse(&words, &|name| std::fs::read(name)).unwrap();
        let transcript = send(&command.transfers[0], &Limits::default());
        assert_eq!(transcript.status(), Some(204), "{line}: {:?}", transcript.failure);
        let ours = std::mem::take(&mut *recorded.lock().unwrap());
        if ours != theirs {
            wrong.push(format!("{line}\n  ours   {ours:?}\n  curl's {theirs:?}"));
        }
    }
    println!("{} command lines agree over HTTP/2", COMMAND_LINES.len() - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
