//! A request that is ready to be sent: what a `curl` command line comes down to.

use crate::url::Url;

/// One request with all that decides how it goes on the wire.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The URL to connect to.
    pub url: Url,
    /// The request target as it is sent (`--path-as-is` and `--request-target` make it differ from the URL's). In
    /// absolute form where an HTTP proxy forwards the request without a tunnel.
    pub target: String,
    /// The method as it is sent.
    pub method: String,
    /// Whether the method was chosen with `-X`, and so survives redirects.
    pub method_is_custom: bool,
    /// Every header line in the order and case it is sent over HTTP/1.1, `Host` and `Content-Length` included. Where an
    /// HTTP proxy forwards the request without a tunnel, `Proxy-Authorization` and `Proxy-Connection` too. With
    /// [`Transfer::digest`] this is the request that carries the body; the unauthenticated one before it is derived.
    pub fields: Vec<HeaderLine>,
    /// Whether the body is an upload (`-T`), which a redirect with 301 or 302 does not turn into a GET.
    pub upload: bool,
    /// The body.
    pub body: TransferBody,
    /// The protocol to speak.
    pub version: HttpVersion,
    /// How to reach the server.
    pub route: Route,
    /// How to trust it, and what to show it.
    pub tls: TlsOptions,
    /// What to do with redirects.
    pub redirects: Redirects,
    /// Cookies that redirects may send, each as a `Set-Cookie` value or as a line of a Netscape jar; `None` if cookies
    /// of answers are not kept either. Those that fit the URL already stand in [`Transfer::fields`].
    pub cookie_jar: Option<Vec<String>>,
    /// Whether the answer's content coding is decoded (`--compressed`).
    pub decompress: bool,
    /// Credentials for schemes that need a challenge first (`--digest`): user and password.
    pub digest: Option<(String, String)>,
}

/// One header line, verbatim: `curl -H 'A:b'` sends no blank, and so do we.
#[derive(Clone, Debug)]
pub struct HeaderLine {
    line: String,
    is_typed: bool,
}

/// What is sent after the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TransferBody {
    /// Nothing.
    #[default]
    Empty,
    /// These bytes, with a `Content-Length`.
    Bytes(Vec<u8>),
    /// These bytes in chunks (`Transfer-Encoding: chunked`).
    Chunked(Vec<u8>),
}

/// The protocol to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/2 over TLS where the server offers it, else HTTP/1.1.
    #[default]
    Negotiated,
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2 without asking, also in clear text.
    Http2PriorKnowledge,
}

/// How to reach the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
    /// `--resolve`: host, port, addresses. Host `*` means any.
    pub resolve: Vec<(String, u16, Vec<String>)>,
    /// `--connect-to`: host and port asked, host and port used; an empty host or port 0 means any, or the same.
    pub connect_to: Vec<((String, u16), (String, u16))>,
    /// A Unix domain socket instead of TCP.
    pub unix_socket: Option<String>,
    /// The own address to connect from.
    pub interface: Option<std::net::IpAddr>,
    /// Only addresses of this family: 4 or 6.
    pub family: Option<u8>,
    /// Seconds to wait for the connection.
    pub connect_timeout: Option<f64>,
    /// Seconds for the whole transfer.
    pub max_time: Option<f64>,
}

/// A proxy on the client's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`.
    pub scheme: String,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Header lines of CONNECT behind its `Host`, in order, `Proxy-Authorization` included.
    pub fields: Vec<HeaderLine>,
    /// Whether plain HTTP is tunnelled with CONNECT as well (`--proxytunnel`).
    pub tunnel: bool,
    /// User and password for a SOCKS proxy.
    pub credentials: Option<(String, String)>,
}

/// How to trust the server, and what to show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Any certificate will do (`-k`).
    pub insecure: bool,
    /// File of trusted roots (`--cacert`).
    pub ca_file: Option<String>,
    /// Folder of trusted roots (`--capath`).
    pub ca_path: Option<String>,
    /// Client certificate, PEM (`--cert`).
    pub certificate: Option<String>,
    /// Its private key, PEM (`--key`), where it is not in the same file.
    pub key: Option<String>,
    /// Password of the key.
    pub key_password: Option<String>,
    /// Lowest protocol version allowed, in tenths: 12 for TLS 1.2.
    pub min_version: Option<u8>,
    /// Highest protocol version allowed, in tenths.
    pub max_version: Option<u8>,
}

/// What to do with redirects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redirects {
    /// How many to follow; `None` follows none.
    pub follow: Option<u32>,
    /// Whether credentials follow to another host (`--location-trusted`).
    pub trusted: bool,
    /// POST stays POST after 301, 302 and 303 (`--post301` ...), in that order.
    pub keep_post: [bool; 3],
    /// Whether the URL before goes along as `Referer` (`-e ';auto'`).
    pub referer: bool,
}

impl Transfer {
    /// The value of the first header line of that name, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|line| line.is(name)).map(HeaderLine::value)
    }

    /// Whether a redirect with this status drops the body, as curl follows it: 301 and 302 make a GET of a form (RFC 9110,
    /// section 15.4), 303 of everything; 307 and 308 change nothing.
    #[must_use]
    pub fn loses_body_in(&self, status: u16) -> bool {
        let [keep301, keep302, keep303] = self.redirects.keep_post;
        let has_form = self.body != TransferBody::Empty && !self.upload;
        let is_form = has_form || self.method == "POST" && !self.method_is_custom;
        match status {
            301 => is_form && !keep301,
            302 => is_form && !keep302,
            303 => !(is_form && keep303),
            _ => false,
        }
    }

    /// Takes the body away, with the lines that describe it, and the method that sent it. Lines that the user typed stay,
    /// as with curl; only chunks are never announced where none will come: curl does so, and the server waits for them.
    pub fn lose_body(&mut self) {
        let own = ["content-length", "content-type", "expect"];
        self.body = TransferBody::Empty;
        self.fields.retain(|line| {
            let describes_body = !line.is_typed() && own.iter().any(|name| line.is(name));
            !line.is("transfer-encoding") && !describes_body
        });
        if !self.method_is_custom && self.method != "HEAD" {
            "GET".clone_into(&mut self.method);
        }
    }
}

impl HeaderLine {
    /// A line that the client makes itself: `name: value`, or `name:` where the value is empty.
    #[must_use]
    pub fn new(name: &str, value: &str) -> HeaderLine {
        let line = if value.is_empty() { format!("{name}:") } else { format!("{name}: {value}") };
        HeaderLine { line, is_typed: false }
    }

    /// A line as somebody wrote it. `None` if it has no colon and so no name.
    #[must_use]
    pub fn verbatim(line: &str) -> Option<HeaderLine> {
        line.contains(':').then(|| HeaderLine { line: line.to_owned(), is_typed: true })
    }

    /// Whether somebody wrote the line (`-H`): such a line stays after a redirect where the client's own ones change.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        self.is_typed
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.line.split(':').next().unwrap_or("").trim_end()
    }

    /// The value, without surrounding blanks.
    #[must_use]
    pub fn value(&self) -> &str {
        self.line.split_once(':').map_or("", |(_, value)| value.trim())
    }

    /// Whether it has this name, whatever its case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The whole line, without its line end.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }
}

/// Lines are equal if they look the same on the wire.
impl PartialEq for HeaderLine {
    fn eq(&self, other: &HeaderLine) -> bool {
        self.line == other.line
    }
}

impl Eq for HeaderLine {}

impl TransferBody {
    /// The bytes, without framing.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            TransferBody::Empty => &[],
            TransferBody::Bytes(bytes) | TransferBody::Chunked(bytes) => bytes,
        }
    }
}
