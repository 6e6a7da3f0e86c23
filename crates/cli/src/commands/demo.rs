//! `why403 demo`: the tour. A small service on loopback refuses a POST, and the refusal is explained.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::args::Options;
use crate::{commands, output};

/// The longest a client of the demo may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest body the demo reads, in bytes.
const BODY: usize = 64 * 1024;

/// Starts the service, sends the request, prints the diagnosis and what to try next.
pub(crate) fn run(options: &Options) -> Result<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port on loopback can be had")?;
    let address = listener.local_addr()?;
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    let origin = "https://shop.example";
    let url = format!("http://{address}/api/orders");
    let args = [
        "-X",
        "POST",
        &url,
        "-H",
        &format!("Origin: {origin}"),
        "-H",
        "Cookie: sessionid=demo-session-value",
        "-H",
        "Content-Type: application/json",
        "--data-raw",
        r#"{"item": 42}"#,
    ];
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    output::note(&format!(
        "A shop runs behind a proxy that passes on the wrong Host. A browser posts to it:\n\n  why403 curl {}\n",
        shown(&args)
    ));
    let code = commands::curl::run(options, &args)?;
    output::note(
        "\nTry next:\n  why403 curl ...                    paste \"Copy as cURL\" of your own refused request\n  \
         why403 inspect shop.har            from documents alone, nothing is sent\n  \
         why403 explain csrf.origin-mismatch  the page of this cause\n  why403 causes                      all causes that are told apart",
    );
    Ok(code)
}

fn shown(args: &[String]) -> String {
    let quoted =
        args.iter().map(|arg| if arg.contains([' ', '"', ':']) { format!("'{arg}'") } else { arg.clone() });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Answers one request as a Django REST framework application does that sees another host than the browser.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(BODY as u64 * 2));
    let mut request_line = String::new();
    reader.read_line(&mut request_line)?;
    let mut origin = None;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "origin" => origin = Some(value.trim().to_owned()),
                "content-length" => length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    reader.read_exact(&mut vec![0; length.min(BODY)])?;
    let safe = ["GET ", "HEAD ", "OPTIONS "].iter().any(|method| request_line.starts_with(method));
    let (status, body) = match origin {
        Some(origin) if !safe => (
            "403 Forbidden",
            format!(
                r#"{{"detail":"CSRF Failed: Origin checking failed - {origin} does not match any trusted origins."}}"#
            ),
        ),
        _ => ("200 OK", r#"{"orders":[]}"#.to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nServer: nginx\r\nContent-Type: application/json\r\nVary: Accept, Cookie\r\nAllow: GET, POST, HEAD, OPTIONS\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
