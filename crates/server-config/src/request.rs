//! The request to be simulated, as the server receives it.

use std::net::{IpAddr, SocketAddr};

use crate::walk::Needs;

/// One request on one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whether the connection is encrypted.
    pub scheme: Scheme,
    /// The server's address and port that the connection reached; when unknown, the scheme's usual port on
    /// any address.
    pub listener: Option<SocketAddr>,
    /// The address at the other end of the connection, when it is known.
    pub client: Option<IpAddr>,
    /// The name in the TLS handshake (SNI); when `None` on TLS, the host is taken to have been sent.
    pub server_name: Option<String>,
    /// The method, as sent.
    pub method: String,
    /// The request target, as on the request line: path and query, undecoded.
    pub target: String,
    /// The protocol version on the request line.
    pub version: Version,
    /// The header fields in order, `Host` among them.
    pub headers: Vec<Header>,
    /// The length of the body in bytes.
    pub body_length: u64,
    /// The user whose password, given in `Authorization`, is to be taken as right.
    pub user: Option<String>,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The name in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL without one means.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

impl Version {
    /// The name as servers log it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2.0",
            Self::Http3 => "HTTP/3.0",
        }
    }
}

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name as written; names compare without regard to case.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// A text that is known, or the reason why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The text.
    Known(String),
    /// What would have to be known.
    Unknown(Needs),
}

impl Value {
    /// The text, when it is known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unknown(_) => None,
        }
    }
}

impl Request {
    /// A request for a URL (`http://host[:port]/path?query`) over HTTP/1.1, with the `Host` header it implies.
    ///
    /// A target without a scheme is taken as it is, over plain text and without `Host`.
    pub fn new(method: &str, url: &str) -> Self {
        let (scheme, rest) = match url.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, Some(rest)),
            Some(("http", rest)) => (Scheme::Http, Some(rest)),
            _ => (Scheme::Http, None),
        };
        let (authority, target) = match rest {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", url),
        };
        let target = target.split('#').next().unwrap_or("");
        let host = authority.rsplit('@').next().unwrap_or("");
        let headers = if host.is_empty() { Vec::new() } else { vec![Header::new("Host", host)] };
        Self {
            scheme,
            listener: None,
            client: None,
            server_name: None,
            method: method.to_owned(),
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
            version: Version::Http11,
            headers,
            body_length: 0,
            user: None,
        }
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    /// The same request from a client's address.
    #[must_use]
    pub fn from_client(mut self, address: IpAddr) -> Self {
        self.client = Some(address);
        self
    }

    /// The same request on a connection to this address and port of the server.
    #[must_use]
    pub fn to_listener(mut self, address: SocketAddr) -> Self {
        self.listener = Some(address);
        self
    }

    /// The value of the first header field of that name.
    pub fn header(&self, name: &str) -> Option<&Value> {
        let named = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| &header.value)
    }

    /// The values of all header fields of that name, in order.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let named = self.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| &header.value)
    }

    /// The port that the connection reached: the listener's, else the one in `Host`, else the scheme's usual one.
    pub fn port(&self) -> u16 {
        if let Some(listener) = self.listener {
            return listener.port();
        }
        let host = self.header("Host").and_then(Value::known).unwrap_or("");
        let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        port.unwrap_or(self.scheme.default_port())
    }
}

impl Header {
    /// A header field whose value is known.
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Value::Known(value.to_owned()) }
    }
}
