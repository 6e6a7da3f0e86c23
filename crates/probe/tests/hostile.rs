//! Servers that answer badly, or not at all: the probe keeps what it saw, names what happened, and ends in time.
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use model::{FailureKind, Phase, Transcript};
use probe::{Limits, send};
use recording_server::{form, transfer};

/// A server that does this with each connection.
fn server(answer: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    address
}

fn limits() -> Limits {
    Limits { whole: Duration::from_secs(2), ..Limits::default() }
}

fn get(address: SocketAddr) -> Transcript {
    send(&transfer("GET", &format!("http://{address}/")), &limits())
}

fn read_head(stream: &mut TcpStream) {
    let mut buffer = [0; 65536];
    let _ = stream.read(&mut buffer);
}

fn failure(transcript: &Transcript) -> (FailureKind, Phase) {
    let failure = transcript.failure.as_ref().unwrap();
    (failure.kind, failure.phase)
}

#[test]
fn a_server_that_never_answers_is_left() {
    let address = server(|stream| {
        thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    let transcript = get(address);
    assert_eq!(failure(&transcript), (FailureKind::TimedOut, Phase::Wait));
    assert!(transcript.hops[0].timing.wait.unwrap() > 1000.0);
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let transcript = get(address);
    assert_eq!(failure(&transcript), (FailureKind::Refused, Phase::Connect));
    assert_eq!(transcript.hops.len(), 1);
}

#[test]
fn garbage_is_no_http_and_no_escape_reaches_the_words() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"\x1b[2Jgarbage\xff\xfe");
    });
    let transcript = get(address);
    assert_eq!(failure(&transcript), (FailureKind::NotHttp, Phase::Receive));
    assert!(!transcript.failure.unwrap().words.contains('\x1b'));
}

#[test]
fn an_endless_header_is_cut() {
    let address = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
    });
    assert_eq!(failure(&get(address)), (FailureKind::HeaderTooLarge, Phase::Receive));
}

#[test]
fn endless_interim_answers_are_cut() {
    let address =
        server(
            |mut stream| {
                while stream.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").is_ok() {}
            },
        );
    assert_eq!(failure(&get(address)).0, FailureKind::HeaderTooLarge);
}

#[test]
fn a_slow_header_ends_with_the_time() {
    let address = server(|mut stream| {
        for byte in b"HTTP/1.1 200 OK\r\nX: y".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(failure(&get(address)).0, FailureKind::TimedOut);
}

#[test]
fn ten_gigabytes_are_not_read() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n");
        while stream.write_all(&[b'a'; 65536]).is_ok() {}
    });
    let transcript = get(address);
    let answer = transcript.hops[0].response.as_ref().unwrap();
    assert!(answer.cut);
    assert_eq!(answer.body.len(), limits().body_kept);
    assert!(answer.body_received <= limits().body_read + 65536);
    assert_eq!(transcript.failure, None);
}

#[test]
fn a_body_that_ends_early_is_kept_as_far_as_it_came() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nonly this");
    });
    let transcript = get(address);
    assert_eq!(failure(&transcript), (FailureKind::Closed, Phase::Receive));
    let answer = transcript.hops[0].response.as_ref().unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.cut), (403, &b"only this"[..], true));
}

#[test]
fn broken_chunks_are_told() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ =
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcdXX\r\n");
    });
    let transcript = get(address);
    assert_eq!(failure(&transcript), (FailureKind::NotHttp, Phase::Receive));
    assert_eq!(transcript.hops[0].response.as_ref().unwrap().body, b"abcd");
}

/// The refusal that nearly never arrives: the answer is on the wire, then the connection is reset while the body is sent.
#[test]
fn a_refusal_before_the_end_of_the_body_is_read() {
    let address = server(|mut stream| {
        let mut start = [0; 1000];
        let _ = stream.read_exact(&mut start);
        let _ =
            stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlong");
        // Unread bytes in the receive buffer make the kernel answer with a reset.
        thread::sleep(Duration::from_millis(200));
    });
    let body = vec![b'a'; 64 * 1024 * 1024];
    let transcript = send(&form(&format!("http://{address}/"), &body), &limits());
    assert_eq!(transcript.status(), Some(413));
    let hop = &transcript.hops[0];
    assert_eq!(hop.response.as_ref().unwrap().body, b"long");
    assert!(hop.request.body_sent < hop.request.body_length);
}

#[test]
fn a_reset_without_an_answer_is_a_reset_while_sending() {
    let address = server(|mut stream| {
        let mut start = [0; 1000];
        let _ = stream.read_exact(&mut start);
    });
    let body = vec![b'a'; 64 * 1024 * 1024];
    let transcript = send(&form(&format!("http://{address}/"), &body), &limits());
    assert_eq!(failure(&transcript), (FailureKind::Reset, Phase::Send));
    assert!(transcript.hops[0].response.is_none());
}

#[test]
fn a_body_that_is_not_wanted_is_not_sent() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        thread::sleep(Duration::from_millis(300));
    });
    let mut transfer = form(&format!("http://{address}/"), b"a=b");
    transfer.fields.push(model::HeaderLine::new("Expect", "100-continue"));
    let transcript = send(&transfer, &limits());
    assert_eq!(transcript.status(), Some(403));
    assert_eq!(transcript.hops[0].request.body_sent, 0);
}

#[test]
fn tls_to_a_plain_server_is_told() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let transcript = send(&transfer("GET", &format!("https://{address}/")), &limits());
    assert_eq!(failure(&transcript).0, FailureKind::Tls(model::TlsFault::NotTls));
}

#[test]
fn a_proxy_that_refuses_the_tunnel_is_quoted() {
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ =
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nServer: squid\r\nContent-Length: 6\r\n\r\ndenied");
    });
    let mut transfer = transfer("GET", "https://shop.invalid/");
    transfer.route.proxy = Some(model::Proxy {
        scheme: "http".to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        fields: Vec::new(),
        tunnel: false,
        credentials: None,
    });
    let transcript = send(&transfer, &limits());
    assert_eq!(failure(&transcript), (FailureKind::TunnelRefused, Phase::Proxy));
    let tunnel = transcript.hops[0].connection.tunnel.as_ref().unwrap();
    assert_eq!((tunnel.status, &tunnel.body[..]), (403, &b"denied"[..]));
    assert!(tunnel.request.starts_with(b"CONNECT shop.invalid:443 HTTP/1.1\r\nHost: shop.invalid:443\r\n"));
}
