//! Command lines through the real curl and through this crate: what reaches the server is the same, byte for byte.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#![cfg(feature = "real")]

use std::cell::RefCell;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use intake::curl::{Surroundings, parse_in, shell};
use model::{Transfer, TransferBody};

/// Sends every request it gets to the channel, and answers 200.
fn record(listener: TcpListener, out: Sender<Vec<u8>>) {
    for stream in listener.incoming().flatten() {
        let mut stream: TcpStream = stream;
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        let request = receive(&mut stream);
        if !request.is_empty() && out.send(request).is_err() {
            return;
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let (mut all, mut buffer, mut continued) = (Vec::new(), [0; 65536], false);
    loop {
        let head = all.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&all[..head]).to_ascii_lowercase();
            if text.contains("expect: 100-continue") && !continued {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
                continued = true;
            }
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            let whole = match length {
                _ if text.contains("transfer-encoding: chunked") => all.ends_with(b"0\r\n\r\n"),
                Some(length) => all.len() >= head + if text.starts_with("get") { 0 } else { length },
                None => true,
            };
            if whole {
                return all;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return all,
            Ok(count) => all.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The files that the command lines name.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("why403-curl-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let later = "4102444800";
    let jar = format!(
        "127.0.0.1\tFALSE\t/\tFALSE\t{later}\troot\t1\n127.0.0.1\tFALSE\t/sub\tFALSE\t{later}\tsub\t2\n\
         127.0.0.1\tFALSE\t/other\tFALSE\t{later}\tother\t3\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t4\n\
         127.0.0.1\tFALSE\t/\tFALSE\t1000\told\t5\nelsewhere.example\tTRUE\t/\tFALSE\t{later}\tno\t6\n"
    );
    let files: [(&str, &[u8]); 12] = [
        ("lines.txt", b"one=1\r\ntwo\n"),
        ("up.txt", b"uploaded\ntext\n"),
        ("page.html", b"<p>page</p>"),
        ("data.bin", &[0, 1, 2, 255]),
        ("big.bin", &[b'x'; (1 << 20) + 1]),
        ("jar.txt", jar.as_bytes()),
        ("headers.txt", b"HTTP/1.1 200 OK\r\nSet-Cookie: saved=7; Path=/\r\n\r\n"),
        ("etag.txt", b"\"abc\"\n"),
        ("conf.txt", b"user-agent = \"from conf\"\n-H \"X-C: 1\"\ndata = a=b\n# note\n"),
        ("netrc.txt", b"machine 127.0.0.1\nlogin netuser\npassword netpass\n"),
        ("hdr.txt", b"X-One: 1\nX-Two: 2\n"),
        ("none-such-placeholder", b""),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

/// A transfer as it stands on the wire, chunks in curl's own size.
fn wire(transfer: &Transfer) -> Vec<u8> {
    let version = if transfer.version == model::HttpVersion::Http10 { "1.0" } else { "1.1" };
    let mut out = format!("{} {} HTTP/{version}\r\n", transfer.method, transfer.target).into_bytes();
    for line in &transfer.fields {
        out.extend(line.line().bytes());
        out.extend(b"\r\n");
    }
    out.extend(b"\r\n");
    match &transfer.body {
        TransferBody::Chunked(bytes) => {
            if !bytes.is_empty() {
                out.extend(format!("{:x}\r\n", bytes.len()).bytes());
                out.extend(bytes);
                out.extend(b"\r\n");
            }
            out.extend(b"0\r\n\r\n");
        }
        body => out.extend(body.bytes()),
    }
    out
}

/// Random boundaries and the second of a signature differ between two runs of curl as well.
fn normalised(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let mut out = String::new();
    let mut rest = &*text;
    let mut names: Vec<&str> = Vec::new();
    while let Some(at) = rest.find("------------------------") {
        let dashes = rest[at..].bytes().take_while(|byte| *byte == b'-').count();
        out.push_str(&rest[..at + dashes]);
        let after = &rest[at + dashes..];
        let name = after.get(..16).unwrap_or(after);
        let number = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        out.push_str(&format!("BOUNDARY{number}"));
        rest = &after[name.len()..];
    }
    out.push_str(rest);
    out
}

#[test]
fn command_lines_send_what_curl_sends() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (out, requests) = channel();
    std::thread::spawn(move || record(listener, out));
    let mut faults = Vec::new();
    let mut count = 0;
    for line in include_str!("curl_lines.txt").lines() {
        let line = line
            .replace("URL", &format!("http://127.0.0.1:{port}"))
            .replace("HOSTPORT", &format!("127.0.0.1:{port}"))
            .replace("PORT", &port.to_string());
        let run = Command::new("bash")
            .args(["-c", &line.replacen("curl ", "curl -s -m 5 ", 1)])
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", &folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("bash and curl are installed");
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut real: Vec<String> = Vec::new();
        while let Ok(request) = requests.recv_timeout(Duration::from_millis(15)) {
            real.push(normalised(&request));
        }
        let ours = ours(&line, &folder, i64::try_from(time).unwrap());
        // A signature made in the second before.
        let earlier = self::ours(&line, &folder, i64::try_from(time - 1).unwrap());
        count += 1;
        if ours != real && earlier != real {
            faults.push(format!("{line} (exit {run})\n--- curl\n{}\n--- ours\n{}", show(&real), show(&ours)));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    println!("{count} command lines, {} differ", faults.len());
    assert!(faults.is_empty(), "{} of {count} differ:\n{}", faults.len(), faults.join("\n\n"));
}

fn ours(line: &str, folder: &std::path::Path, now: i64) -> Vec<String> {
    let next = RefCell::new(0u64);
    let boundary = || {
        *next.borrow_mut() += 1;
        format!("{:016x}", *next.borrow())
    };
    let home = folder.display().to_string();
    let surroundings = Surroundings {
        files: &|name| match name {
            "-" => fs::read(folder.join("up.txt")),
            name => fs::read(folder.join(name)),
        },
        environment: &|name| (name == "HOME").then(|| home.clone()),
        boundary: &boundary,
        now,
    };
    match shell::arguments(line)
        .map_err(|e| e.to_string())
        .and_then(|args| parse_in(&args, &surroundings).map_err(|e| e.to_string()))
    {
        Ok(command) => command.transfers.iter().map(|transfer| normalised(&wire(transfer))).collect(),
        Err(error) => {
            println!("{line}: {error}");
            Vec::new()
        }
    }
}

fn show(requests: &[String]) -> String {
    requests
        .iter()
        .map(|request| request.chars().take(700).collect::<String>())
        .collect::<Vec<_>>()
        .join("\n====\n")
}
