//! A request as a `curl` command that repeats it.

use model::{HeaderLine, HttpVersion, Proxy, Redirects, Route, TlsOptions, Transfer, TransferBody};

/// Prints the request as a command line for a POSIX shell (with `$'...'` of bash where bytes are no text).
///
/// Secrets are printed as they are: whoever shows the command masks it.
#[must_use]
pub fn curl_command(transfer: &Transfer) -> String {
    let body = transfer.body.bytes();
    let (piped, printed) = if is_piped(body) { (true, printed(body)) } else { (false, None) };
    let mut words = vec!["curl".to_owned()];
    method(transfer, &mut words);
    words.push(quote(&url(transfer)));
    fields(transfer, &mut words);
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quote(value)]);
    if let Some((user, password)) = &transfer.digest {
        option("--digest", "-u");
        option("", &format!("{user}:{password}"));
    }
    match &transfer.body {
        TransferBody::Empty => {}
        TransferBody::Bytes(_) | TransferBody::Chunked(_) if piped => {
            option("--data-binary", if printed.is_some() { "@-" } else { "@body" });
        }
        TransferBody::Bytes(bytes) | TransferBody::Chunked(bytes) => {
            words.extend(["--data-raw".to_owned(), quote_bytes(bytes)]);
        }
    }
    version(transfer.version, &mut words);
    route(&transfer.route, &mut words);
    tls(&transfer.tls, &mut words);
    redirects(transfer.redirects, &mut words);
    if transfer.decompress {
        words.push("--compressed".to_owned());
    }
    words.retain(|word| !word.is_empty());
    let command = words.join(" ");
    match printed {
        _ if !piped => command,
        Some(print) => format!("{print} | {command}"),
        None => format!("{command}  # body: a file with the {} bytes of the request's body", body.len()),
    }
}

/// The longest body that is written as an argument: Linux passes a program none of more than 128 KiB (`MAX_ARG_STRLEN`).
const ARGUMENT: usize = 100_000;

/// The longest text that is written out in octal, which takes five characters a byte.
const WRITTEN: usize = 20_000;

/// From this length on a row of equal bytes is made by a command.
const ROW: usize = 1000;

/// Whether a body cannot be an argument: none can hold a zero byte.
fn is_piped(body: &[u8]) -> bool {
    body.len() > ARGUMENT || body.contains(&0)
}

/// Commands that print a body: rows of equal bytes are made, the rest is written out. `None` if that is too long.
fn printed(body: &[u8]) -> Option<String> {
    let mut commands = Vec::new();
    let (mut at, mut start, mut written) = (0, 0, 0);
    let mut write = |text: &[u8], commands: &mut Vec<String>| {
        written += text.len();
        if !text.is_empty() && written <= WRITTEN {
            commands.push(format!("printf '%b' '{}'", octal(text)));
        }
    };
    while at < body.len() {
        let row = body[at..].iter().take_while(|byte| **byte == body[at]).count();
        if row >= ROW {
            write(&body[start..at], &mut commands);
            commands.push(format!("head -c {row} /dev/zero | tr '\\0' '\\{:03o}'", body[at]));
            start = at + row;
        }
        at += row;
    }
    write(&body[start..], &mut commands);
    let all = if commands.len() == 1 { commands.concat() } else { format!("{{ {}; }}", commands.join("; ")) };
    (written <= WRITTEN).then_some(all)
}

fn method(transfer: &Transfer, words: &mut Vec<String>) {
    let implied = if transfer.body == TransferBody::Empty { "GET" } else { "POST" };
    match transfer.method.as_str() {
        "HEAD" if transfer.body == TransferBody::Empty => words.push("-I".to_owned()),
        method if method == implied => {}
        method => words.extend(["-X".to_owned(), quote(method)]),
    }
}

fn url(transfer: &Transfer) -> String {
    transfer.url.to_string()
}

/// Header lines in their order; those that curl makes itself are left to it, or taken away where the request has none.
fn fields(transfer: &Transfer, words: &mut Vec<String>) {
    let url = transfer.url.to_string();
    let path = &transfer.url.path;
    if path.contains("/./") || path.contains("/../") || path.ends_with("/.") || path.ends_with("/..") {
        words.push("--path-as-is".to_owned());
    }
    if url.contains(['[', ']', '{', '}']) {
        words.push("-g".to_owned());
    }
    if transfer.target != transfer.url.target() && !transfer.target.contains("://") {
        words.extend(["--request-target".to_owned(), quote(&transfer.target)]);
    }
    let has_body = transfer.body != TransferBody::Empty;
    let mut own = OwnLines::default();
    for line in &transfer.fields {
        let word = match own.place(line) {
            Place::Host if line.value() == transfer.url.authority() => continue,
            Place::Agent => ["-A".to_owned(), quote(line.value())],
            Place::Accept => continue,
            _ if line.is("content-length") && has_body => continue,
            _ if is_form(line) && has_body => continue,
            _ if line.is("proxy-connection") || line.is("proxy-authorization") => continue,
            _ => ["-H".to_owned(), quote(&as_option(line))],
        };
        words.extend(word);
    }
    let made = ["Host", "User-Agent", "Accept"].into_iter().chain(has_body.then_some("Content-Type"));
    for name in made.filter(|name| transfer.field(name).is_none()) {
        words.extend(["-H".to_owned(), quote(&format!("{name}:"))]);
    }
}

/// Which of curl's own lines a line is: they come first, in a fixed order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// None has come yet.
    #[default]
    Start,
    /// `Host`.
    Host,
    /// `User-Agent`, which `-A` sets where it stands.
    Agent,
    /// `Accept: */*`.
    Accept,
    /// A line that `-H` adds, and everything behind it.
    Added,
}

/// How far curl's own lines have come.
#[derive(Default)]
struct OwnLines {
    last: Place,
}

impl OwnLines {
    /// The place of the next line.
    fn place(&mut self, line: &HeaderLine) -> Place {
        if line.is("authorization") && self.last == Place::Host {
            // `-u` puts it here; `-H` puts it further down, which means the same.
            return Place::Added;
        }
        let place = match line.line() {
            _ if line.is("host") => Place::Host,
            "Accept: */*" => Place::Accept,
            text if text.starts_with("User-Agent: ") => Place::Agent,
            _ => Place::Added,
        };
        self.last = if place > self.last { place } else { Place::Added };
        self.last
    }
}

fn is_form(line: &HeaderLine) -> bool {
    line.is("content-type") && line.value() == "application/x-www-form-urlencoded"
}

/// `-H 'Name;'` sends a header with an empty value, `-H 'Name:'` none at all.
fn as_option(line: &HeaderLine) -> String {
    if line.value().is_empty() { format!("{};", line.name()) } else { line.line().to_owned() }
}

fn version(version: HttpVersion, words: &mut Vec<String>) {
    match version {
        HttpVersion::Negotiated => {}
        HttpVersion::Http10 => words.push("--http1.0".to_owned()),
        HttpVersion::Http11 => words.push("--http1.1".to_owned()),
        HttpVersion::Http2PriorKnowledge => words.push("--http2-prior-knowledge".to_owned()),
    }
}

fn route(route: &Route, words: &mut Vec<String>) {
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quote(value)]);
    if let Some(proxy) = &route.proxy {
        self::proxy(proxy, &mut option);
    }
    for (host, port, addresses) in &route.resolve {
        option("--resolve", &format!("{host}:{port}:{}", addresses.join(",")));
    }
    let port = |port: u16| if port == 0 { String::new() } else { port.to_string() };
    for ((from, from_port), (to, to_port)) in &route.connect_to {
        option("--connect-to", &format!("{from}:{}:{to}:{}", port(*from_port), port(*to_port)));
    }
    if let Some(path) = &route.unix_socket {
        option("--unix-socket", path);
    }
    if let Some(address) = &route.interface {
        option("--interface", &address.to_string());
    }
    if let Some(seconds) = route.connect_timeout {
        option("--connect-timeout", &seconds.to_string());
    }
    if let Some(seconds) = route.max_time {
        option("--max-time", &seconds.to_string());
    }
    match route.family {
        Some(4) => words.push("-4".to_owned()),
        Some(6) => words.push("-6".to_owned()),
        _ => {}
    }
}

fn proxy(proxy: &Proxy, option: &mut impl FnMut(&str, &str)) {
    let host = if proxy.host.contains(':') { format!("[{}]", proxy.host) } else { proxy.host.clone() };
    option("-x", &format!("{}://{host}:{}", proxy.scheme, proxy.port));
    if let Some((user, password)) = &proxy.credentials {
        option("-U", &format!("{user}:{password}"));
    }
    for line in proxy.fields.iter().filter(|line| !line.is("user-agent") && !line.is("proxy-connection")) {
        option("--proxy-header", &as_option(line));
    }
    if proxy.tunnel {
        option("--proxytunnel", "");
    }
}

fn tls(tls: &TlsOptions, words: &mut Vec<String>) {
    if tls.insecure {
        words.push("-k".to_owned());
    }
    let certificate = tls.certificate.as_ref().map(|file| match &tls.key_password {
        Some(password) => format!("{file}:{password}"),
        None => file.clone(),
    });
    let files = [
        ("--cacert", &tls.ca_file),
        ("--capath", &tls.ca_path),
        ("--cert", &certificate),
        ("--key", &tls.key),
    ];
    for (name, file) in files {
        words.extend(file.iter().flat_map(|file| [name.to_owned(), quote(file)]));
    }
    if let Some(version) = tls.min_version {
        words.push(format!("--tlsv1.{}", version % 10));
    }
    if let Some(version) = tls.max_version {
        words.push(format!("--tls-max 1.{}", version % 10));
    }
}

fn redirects(redirects: Redirects, words: &mut Vec<String>) {
    let Some(most) = redirects.follow else { return };
    words.push(if redirects.trusted { "--location-trusted" } else { "-L" }.to_owned());
    if most != 50 {
        words.push(format!("--max-redirs {most}"));
    }
    let names = ["--post301", "--post302", "--post303"];
    words.extend(
        names.iter().zip(redirects.keep_post).filter(|(_, keep)| *keep).map(|(n, _)| (*n).to_owned()),
    );
    if redirects.referer {
        words.push("-e ';auto'".to_owned());
    }
}

/// A word as the shell reads it back.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if word.chars().any(char::is_control) {
        return quote_bytes(word.as_bytes());
    }
    if word.is_empty() || word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn quote_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => "''".to_owned(),
        Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n') => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => format!("$'{}'", octal(bytes).replace("\\0", "\\")),
    }
}

/// Every byte that is no plain character, as `\0ooo`, the form of `printf %b`.
fn octal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'\'' | b'\\' | b'%' | 0..=0x1f | 0x7f.. => format!("\\0{byte:03o}"),
            _ => char::from(byte).to_string(),
        })
        .collect()
}
