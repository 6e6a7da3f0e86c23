//! URLs as curl reads them: a missing scheme, userinfo, dot segments, numeric hosts, international names.

use model::Url;

use super::data::percent_decode;
use super::{Error, ipv4, punycode};

/// A URL taken apart by curl's rules.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: Url,
    /// The host as `Host` shows it, in the case it was written.
    pub(crate) host: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

/// What becomes of `.` and `..` in paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dots {
    Removed,
    Kept,
}

impl Address {
    /// Reads a URL; one without a scheme gets the default, or the one its host's first label suggests.
    pub(crate) fn read(text: &str, default_scheme: Option<&str>, dots: Dots) -> Result<Address, Error> {
        let fault = |words: &str| Error::Url(crate::text::short(text), words.to_owned());
        if let Some(mark) = text.chars().next().filter(|first| "“”„‘’‚«»–—".contains(*first))
        {
            return Err(fault(&format!(
                "it starts with {mark}, as word processors write; a shell knows only the quotes ' and \" and the hyphen -"
            )));
        }
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(fault("blanks and control characters must be percent-encoded"));
        }
        let (scheme, rest) = scheme(text, default_scheme);
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(fault(&format!("the protocol {scheme} is not HTTP")));
        }
        let (rest, fragment) = cut(rest, '#');
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        let (path, query) = cut(tail, '?');
        let path = if path.is_empty() { "/".to_owned() } else { without_high_bytes(path) };
        let path = if dots == Dots::Removed { without_dots(&path) } else { path };
        let (host, port) =
            host_and_port(host).ok_or_else(|| fault("no host, or a port that is no number"))?;
        let (user, password) = credentials(userinfo);
        let url = Url {
            scheme,
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port,
            path,
            query: query.map(str::to_owned),
            fragment: fragment.map(str::to_owned),
        };
        Ok(Address { url, host, user, password })
    }

    /// The value of `Host`.
    pub(crate) fn authority(&self) -> String {
        match self.url.port {
            Some(port) if port != if self.url.is_secure() { 443 } else { 80 } => {
                format!("{}:{port}", self.host)
            }
            _ => self.host.clone(),
        }
    }
}

/// Bytes outside ASCII travel percent-encoded, in lower case; those of a query stay as they are.
fn without_high_bytes(text: &str) -> String {
    let encode = |byte: u8| if byte.is_ascii() { (byte as char).to_string() } else { format!("%{byte:02x}") };
    text.bytes().map(encode).collect()
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// The scheme and what follows it; curl takes one to three slashes behind the colon.
fn scheme<'a>(text: &'a str, default: Option<&str>) -> (String, &'a str) {
    if let Some((scheme, rest)) = text.split_once(":/") {
        let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if valid {
            let slashes = rest.bytes().take_while(|&byte| byte == b'/').count().min(2);
            return (scheme.to_ascii_lowercase(), &rest[slashes..]);
        }
    }
    if let Some(default) = default {
        return (default.to_ascii_lowercase(), text);
    }
    let host = text.to_ascii_lowercase();
    let other = ["ftp", "dict", "ldap", "imap", "smtp", "pop3"];
    let guess =
        other.into_iter().find(|name| host.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    (guess.unwrap_or("http").to_owned(), text)
}

fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            let host = host.split('%').next().unwrap_or(host);
            (format!("[{host}]"), after.strip_prefix(':'))
        }
        None => {
            let (host, port) = cut(text, ':');
            (name(host)?, port)
        }
    };
    let port = match port {
        None | Some("") => None,
        Some(placeholder) if stands_for_a_port(placeholder) => None,
        Some(digits) => Some(digits.parse().ok()?),
    };
    (!host.is_empty()).then_some((host, port))
}

/// What writers put where a port would be: `http://host:port/`, `:PORT`, `:<port>`, `:$PORT`, `:xxxx`.
fn stands_for_a_port(text: &str) -> bool {
    let word = text.trim_matches(['<', '>', '{', '}', '$', '[', ']', '_']).to_ascii_lowercase();
    word == "port"
        || word.ends_with("_port")
        || word.len() > 1 && word.bytes().all(|byte| matches!(byte, b'x' | b'*'))
}

/// A host name as it is sent: percent-decoded, numeric forms of IPv4 written out, other scripts in Punycode.
fn name(host: &str) -> Option<String> {
    let host = String::from_utf8(percent_decode(host)).ok()?;
    if let Some(address) = ipv4::normalise(&host) {
        return Some(address);
    }
    if host.is_ascii() {
        return Some(host);
    }
    host.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        .map(|label| {
            let label = label.to_lowercase();
            if label.is_ascii() {
                Some(label)
            } else {
                punycode::encode(&label).map(|code| format!("xn--{code}"))
            }
        })
        .collect::<Option<Vec<_>>>()
        .map(|labels| labels.join("."))
}

fn credentials(userinfo: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(userinfo) = userinfo else { return (None, None) };
    let decode = |text: &str| String::from_utf8_lossy(&percent_decode(text)).into_owned();
    let (user, password) = cut(userinfo, ':');
    (Some(decode(user)), password.map(decode))
}

/// Removes dot segments (RFC 3986, section 5.2.4).
pub(crate) fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    out.pop();
                }
                if last {
                    out.push("");
                }
            }
            other => out.push(other),
        }
    }
    format!("/{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_go() {
        for (path, expected) in
            [("/a/./b/../c", "/a/c"), ("/..", "/"), ("/a/..", "/"), ("/a/b/.", "/a/b/"), ("//a/../b", "//b")]
        {
            assert_eq!(without_dots(path), expected, "{path}");
        }
    }

    #[test]
    fn hosts_are_sent_as_curl_sends_them() {
        let host = |text: &str| Address::read(text, None, Dots::Removed).unwrap().authority();
        assert_eq!(host("http://münchen.example/"), "xn--mnchen-3ya.example");
        assert_eq!(host("Shop.Example:8080/a"), "Shop.Example:8080");
        assert_eq!(host("https://u:p@[::1]:443"), "[::1]");
        assert_eq!(host("http://0x7f.1/"), "127.0.0.1");
    }
}
