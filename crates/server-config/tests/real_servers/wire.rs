//! Requests on the wire: what a server answers, and what its upstream received.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use server_config::Request;
use server_config::walk::Forwarded;

/// An answer as it came over the wire; status 0 is a closed connection.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) status: u16,
    /// The number in the field `X-Block`, with which configurations mark where a request ended.
    pub(crate) block: Option<u32>,
    pub(crate) body: String,
    /// The client's own address on the connection.
    pub(crate) from: SocketAddr,
}

impl Observed {
    pub(crate) fn is_refusal(&self) -> bool {
        self.status == 0 || self.status >= 400
    }
}

/// The request as bytes.
pub(crate) fn bytes(request: &Request) -> Vec<u8> {
    let mut text = format!("{} {} {}\r\n", request.method, request.target, request.version.name());
    for header in &request.headers {
        text.push_str(&format!("{}: {}\r\n", header.name, header.value.known().unwrap_or("")));
    }
    text.push_str("\r\n");
    text.push_str(&"x".repeat(request.body_length as usize));
    text.into_bytes()
}

/// Sends a request to the address that it is for.
pub(crate) fn send(request: &Request) -> Observed {
    send_patiently(request, Duration::from_secs(10))
}

/// Sends a request, and takes an answer that does not come in time for a closed connection.
pub(crate) fn send_patiently(request: &Request, patience: Duration) -> Observed {
    let address = request.listener.expect("an address to send it to");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let from = stream.local_addr().expect("an address");
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    // A refusal may come before the whole body is sent.
    let _ = stream.write_all(&bytes(request));
    // Behind the head of a tunnel comes nothing by itself.
    let has_no_body = matches!(request.method.as_str(), "HEAD" | "CONNECT");
    let bytes = read_answer(&mut stream, has_no_body);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let block = field(head, "x-block").and_then(|line| line.parse().ok());
    Observed { status, block, body: body.to_owned(), from }
}

/// Reads to the end of the answer; the server may leave the connection open for what it did not read.
fn read_answer(stream: &mut TcpStream, has_no_body: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let is_whole = match field(head, "content-length").and_then(|length| length.parse::<usize>().ok()) {
            Some(length) => body.len() >= length,
            None => body.ends_with("0\r\n\r\n"),
        };
        if is_whole || has_no_body {
            break;
        }
    }
    bytes
}

/// The value of a header field; HAProxy and Envoy write names in lower case.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Whether an upstream takes several requests on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connections {
    One,
    Many,
}

/// An upstream that answers 200 with `UP ` and the head of the request as it came. It runs until the process ends.
pub(crate) fn echo(requests: Connections) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || match requests {
                Connections::One => answer(&mut reader(&stream)?, stream, "HTTP/1.0"),
                Connections::Many => {
                    let mut reader = reader(&stream)?;
                    loop {
                        answer(&mut reader, stream.try_clone().ok()?, "HTTP/1.1")?;
                    }
                }
            });
        }
    });
    port
}

fn reader(stream: &TcpStream) -> Option<BufReader<TcpStream>> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    Some(BufReader::new(stream.try_clone().ok()?))
}

fn answer(reader: &mut BufReader<TcpStream>, mut stream: TcpStream, version: &str) -> Option<()> {
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
    let answer = format!("{version} 200 OK\r\nContent-Length: {}\r\n\r\n{shown}", text.len());
    stream.write_all(answer.as_bytes()).ok()
}

/// Whether the upstream's copy of the request, in its answer, is what the simulator said it would be; but for the fields
/// that `is_left_out` names.
pub(crate) fn received(
    forwarded: &Forwarded,
    body: &str,
    is_left_out: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    let target = forwarded.target.known();
    let expected =
        format!("{} {} {}", forwarded.method, target.unwrap_or("(unknown)"), forwarded.version.name());
    if target.is_some() && first != expected {
        return Err(format!("`{expected}` expected upstream, `{first}` received"));
    }
    let is_open = |line: &str| {
        let name = line.split(':').next().unwrap_or("");
        let unknown = forwarded.headers.iter().filter(|header| header.value.known().is_none());
        is_left_out(name) || unknown.into_iter().any(|header| header.name == name)
    };
    let mut got: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    got.retain(|line| !is_open(line));
    let known = forwarded
        .headers
        .iter()
        .filter_map(|header| Some(format!("{}: {}", header.name, header.value.known()?)));
    let mut expected: Vec<String> = known.map(|line| line.trim_end().to_owned()).collect();
    expected.retain(|line| !is_open(line));
    got.sort();
    expected.sort();
    if got == expected { Ok(()) } else { Err(format!("upstream expected {expected:?}, received {got:?}")) }
}
