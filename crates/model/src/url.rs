//! An absolute URL, taken apart but not normalised: what was asked is what is shown.

use std::fmt;

/// The parts of an `http` or `https` URL (RFC 3986), each as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// `http` or `https`, in lower case.
    pub scheme: String,
    /// Host name or address, without brackets, in lower case.
    pub host: String,
    /// The port, where one is written.
    pub port: Option<u16>,
    /// The path with its leading `/`, not decoded.
    pub path: String,
    /// The query without its `?`, not decoded.
    pub query: Option<String>,
    /// The fragment without its `#`; it is never sent.
    pub fragment: Option<String>,
}

impl Url {
    /// Reads an absolute URL. `None` if it has no `http` or `https` scheme, or no host, or a port that is no number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Url> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") {
            return None;
        }
        let (rest, fragment) = split(rest, '#');
        let (rest, query) = split(rest, '?');
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = host_and_port(authority)?;
        let path = if path.is_empty() { "/" } else { path };
        Some(Url {
            scheme,
            host,
            port,
            path: path.to_owned(),
            query: query.map(str::to_owned),
            fragment: fragment.map(str::to_owned),
        })
    }

    /// The port that is connected to: the written one, or the scheme's own.
    #[must_use]
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.is_secure() { 443 } else { 80 })
    }

    /// Whether the scheme is `https` or `wss`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self.scheme.as_str(), "https" | "wss")
    }

    /// Host and, where it is not the scheme's own, port: the value of a `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.port {
            Some(port) if port != default_port(&self.scheme) => format!("{host}:{port}"),
            _ => host,
        }
    }

    /// Scheme, host and port as one string, the *origin* of RFC 6454.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    /// Path and query: the origin-form of the request target.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The parameters of the query in order, not decoded.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self.query.as_deref().unwrap_or("");
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn default_port(scheme: &str) -> u16 {
    if matches!(scheme, "https" | "wss") { 443 } else { 80 }
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, after.strip_prefix(':'))
        }
        None => split(authority, ':'),
    };
    if host.is_empty() {
        return None;
    }
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(digits.parse().ok()?),
    };
    Some((host.to_ascii_lowercase(), port))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.target())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_as_written() {
        let url = Url::parse("HTTPS://user:pw@Shop.Example:8443/a%2Fb?q=1&r#top").unwrap();
        assert_eq!(url.origin(), "https://shop.example:8443");
        assert_eq!(url.target(), "/a%2Fb?q=1&r");
        assert_eq!(url.parameters().collect::<Vec<_>>(), [("q", "1"), ("r", "")]);
        assert_eq!(Url::parse("http://[::1]:8080").unwrap().authority(), "[::1]:8080");
        assert_eq!(Url::parse("https://a.example:443/").unwrap().authority(), "a.example");
    }

    #[test]
    fn what_is_no_web_address_is_not_read() {
        for text in ["shop.example/a", "ftp://a/", "http://", "http://a:b/"] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }
}
