//! Development only: a server on loopback that keeps every request as raw bytes and answers as a script says.
#![allow(clippy::unwrap_used, reason = "a failure here is the failure of a test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use model::{HeaderLine, HttpVersion, Redirects, Route, TlsOptions, Transfer, TransferBody, Url};

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Request line and header lines.
    pub head: String,
    /// The body without framing.
    pub body: Vec<u8>,
}

/// What the server on this port says to a request.
pub type Script = Arc<dyn Fn(&Recorded, u16) -> Vec<u8> + Send + Sync>;

/// The server. It ends with the test's process.
pub struct RecordingServer {
    /// Where it listens.
    pub address: SocketAddr,
    recorded: Arc<Mutex<Vec<Recorded>>>,
}

impl RecordingServer {
    /// Starts it, on a free port.
    pub fn start(script: impl Fn(&Recorded, u16) -> Vec<u8> + Send + Sync + 'static) -> RecordingServer {
        let script: Script = Arc::new(script);
        let recorded: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = RecordingServer { address: listener.local_addr().unwrap(), recorded: recorded.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, recorded) = (script.clone(), recorded.clone());
                thread::spawn(move || serve(stream, &script, &recorded));
            }
        });
        server
    }

    /// A URL on it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What arrived since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.recorded.lock().unwrap())
    }
}

impl Recorded {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    /// The request target.
    #[must_use]
    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields().find(|line| line.0.eq_ignore_ascii_case(name)).map(|line| line.1)
    }

    /// Names and values in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name, value.trim()))
    }

    /// The same request, ready to be sent.
    #[must_use]
    pub fn transfer(&self, base: &str) -> Transfer {
        let mut transfer = transfer(self.method(), &format!("{base}{}", self.target()));
        let lines = self.head.lines().skip(1).filter(|line| !line.is_empty());
        transfer.fields = lines.filter_map(HeaderLine::verbatim).collect();
        let chunked = self.field("transfer-encoding").is_some();
        transfer.body = match (self.field("content-length"), chunked) {
            (_, true) => TransferBody::Chunked(self.body.clone()),
            (Some(_), _) => TransferBody::Bytes(self.body.clone()),
            _ => TransferBody::Empty,
        };
        transfer
    }
}

/// A request with curl's own header lines.
#[must_use]
pub fn transfer(method: &str, url: &str) -> Transfer {
    let url = Url::parse(url).unwrap();
    Transfer {
        target: url.target(),
        method: method.to_owned(),
        method_is_custom: false,
        fields: vec![
            HeaderLine::new("Host", &url.authority()),
            HeaderLine::new("User-Agent", "curl/7.88.1"),
            HeaderLine::new("Accept", "*/*"),
        ],
        upload: false,
        body: TransferBody::Empty,
        version: HttpVersion::Negotiated,
        route: Route::default(),
        tls: TlsOptions::default(),
        redirects: Redirects::default(),
        cookie_jar: None,
        decompress: false,
        digest: None,
        url,
    }
}

/// The same, with a form.
#[must_use]
pub fn form(url: &str, body: &[u8]) -> Transfer {
    let mut transfer = transfer("POST", url);
    transfer.fields.push(HeaderLine::new("Content-Length", &body.len().to_string()));
    transfer.fields.push(HeaderLine::new("Content-Type", "application/x-www-form-urlencoded"));
    transfer.body = TransferBody::Bytes(body.to_vec());
    transfer
}

fn serve(mut stream: TcpStream, script: &Script, recorded: &Mutex<Vec<Recorded>>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let port = stream.local_addr().unwrap().port();
    let mut inbox = Vec::new();
    while let Some(request) = receive(&mut stream, &mut inbox) {
        let answer = script(&request, port);
        recorded.lock().unwrap().push(request);
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn receive(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Option<Recorded> {
    let end = loop {
        if let Some(at) = inbox.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, inbox)?;
    };
    let head = String::from_utf8_lossy(&inbox[..end]).into_owned();
    inbox.drain(..end);
    let mut request = Recorded { head, body: Vec::new() };
    if request.field("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    if request.field("transfer-encoding").is_some() {
        loop {
            let line = take_line(stream, inbox)?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            request.body.extend(take(stream, inbox, size)?);
            take_line(stream, inbox)?;
            if size == 0 {
                return Some(request);
            }
        }
    }
    let length = request.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = take(stream, inbox, length)?;
    Some(request)
}

fn take_line(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(at) = inbox.iter().position(|&byte| byte == b'\n') {
            return Some(String::from_utf8_lossy(&inbox.drain(..=at).collect::<Vec<_>>()).into_owned());
        }
        more(stream, inbox)?;
    }
}

fn take(stream: &mut TcpStream, inbox: &mut Vec<u8>, count: usize) -> Option<Vec<u8>> {
    while inbox.len() < count {
        more(stream, inbox)?;
    }
    Some(inbox.drain(..count).collect())
}

fn more(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 65536];
    let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
    inbox.extend_from_slice(&buffer[..count]);
    Some(())
}
