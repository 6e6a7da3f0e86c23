//! The URL that a request is for (`AnyP::Uri::parse()` in `src/anyp/Uri.cc` of Squid).

use std::net::IpAddr;

/// A URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    /// In lower case; empty for CONNECT.
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query; empty for CONNECT.
    pub(super) path: String,
}

impl Url {
    /// `scheme://host:port/path`, or `host:port` for CONNECT.
    pub(super) fn parse(method: &str, text: &str) -> Option<Self> {
        if method == "CONNECT" {
            let (host, port) = authority(text, None)?;
            return Some(Self { scheme: String::new(), host, port, path: String::new() });
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            "ftp" => 21,
            _ => return None,
        };
        let (authority_text, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority_text = authority_text.rsplit('@').next().unwrap_or(authority_text);
        let (host, port) = authority(authority_text, Some(default))?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { scheme, host, port, path })
    }

    /// The address, when the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.trim_matches(['[', ']']).parse().ok()
    }

    /// Host and port; the scheme's usual port is left out.
    pub(super) fn authority(&self) -> String {
        let usual = match self.scheme.as_str() {
            "http" => 80,
            "https" => 443,
            "ftp" => 21,
            _ => 0,
        };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The whole URL.
    pub(super) fn text(&self) -> String {
        if self.scheme.is_empty() {
            self.authority()
        } else {
            format!("{}://{}{}", self.scheme, self.authority(), self.path)
        }
    }
}

fn authority(text: &str, default: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok().filter(|port| *port > 0)?)
        }
        _ => (text, default?),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "-_.[]:".contains(c);
    (!host.is_empty() && host.chars().all(is_fine)).then_some((host, port))
}

/// `%XX` decoded (`rfc1738_unescape()`); `None` when it is then no text.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) if byte != 0 => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}
