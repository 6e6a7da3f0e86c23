//! What Envoy answers, and what its upstream received.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// An answer as it came over the wire; status 0 is a closed connection.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The client's own address on the connection.
    pub(crate) from: SocketAddr,
}

pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Observed {
    let mut stream = TcpStream::connect(address).expect("Envoy listens");
    let from = stream.local_addr().expect("an address");
    // An upstream that does not switch leaves an upgrade pending.
    let upgrades = request.windows(9).any(|window| window == b"\nUpgrade:");
    let wait = Duration::from_secs(if upgrades { 1 } else { 10 });
    stream.set_read_timeout(Some(wait)).expect("a timeout");
    // A refusal may come before the whole body is sent.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
        if is_whole(&bytes, request.starts_with(b"HEAD ")) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Observed { status, body: body.to_owned(), from }
}

fn is_whole(bytes: &[u8], is_head: bool) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    is_head
        || length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| body.len() >= length)
}

/// An upstream that answers 200 with the request it received. It runs until the process ends.
pub(crate) fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut head = String::new();
        let mut length = 0usize;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let text = format!("UP {head}");
        let shown = if head.starts_with("HEAD ") { "" } else { &text };
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{shown}", text.len());
        stream.write_all(answer.as_bytes()).ok()?;
    }
}
