//! Paths and targets as Go's `net/url` keeps them: decoded, and as they were sent.

use crate::walk::Needs;

/// A request's URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uri {
    /// The path, decoded.
    pub(super) path: String,
    /// The path as it was sent, where that is not how Go would escape it; stale after a change of `path`.
    raw: String,
    pub(super) query: String,
    /// A question mark without a query.
    force_query: bool,
}

/// Why a target is refused, or not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadTarget {
    Malformed,
    NotText,
}

impl Uri {
    /// Reads a request target (`url.ParseRequestURI()`).
    pub(super) fn parse(target: &str) -> Result<Self, BadTarget> {
        if target.bytes().any(|byte| byte < 0x20 || byte == 0x7f) || !target.starts_with('/') {
            return Err(BadTarget::Malformed);
        }
        let force_query = target.ends_with('?') && target.matches('?').count() == 1;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decoded = unescape(path)?;
        let raw = if escape_path(&decoded) == path { String::new() } else { path.to_owned() };
        Ok(Self { path: decoded, raw, query: query.to_owned(), force_query })
    }

    /// `EscapedPath()`
    pub(super) fn escaped_path(&self) -> String {
        let holds =
            !self.raw.is_empty() && is_valid(&self.raw) && unescape(&self.raw).as_deref() == Ok(&self.path);
        if holds { self.raw.clone() } else { escape_path(&self.path) }
    }

    /// `RequestURI()`
    pub(super) fn target(&self) -> String {
        let path =
            Some(self.escaped_path()).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        if self.force_query || !self.query.is_empty() { format!("{path}?{}", self.query) } else { path }
    }

    /// The path is made anew from the escaped one (`changePath()` in `modules/caddyhttp/rewrite`).
    pub(super) fn change_path(&mut self, change: impl Fn(&str) -> String) -> Result<(), Needs> {
        let raw = change(&self.escaped_path());
        match unescape(&raw) {
            Ok(path) if !path.is_empty() => self.path = path,
            Err(BadTarget::NotText) => {
                return Err(Needs("Caddy's reading of a path that is no UTF-8".to_owned()));
            }
            _ => self.path = change(&self.path),
        }
        self.raw = if raw == self.path { String::new() } else { raw };
        Ok(())
    }
}

fn unescape(text: &str) -> Result<String, BadTarget> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| (byte as char).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => out.push((high << 4 | low) as u8),
            _ => return Err(BadTarget::Malformed),
        }
    }
    String::from_utf8(out).map_err(|_| BadTarget::NotText)
}

/// `url.PathUnescape()` for text that is known to be sound; otherwise the text itself.
pub(super) fn unescaped(text: &str) -> String {
    unescape(text).unwrap_or_else(|_| text.to_owned())
}

fn escape_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `validEncoded()`
fn is_valid(raw: &str) -> bool {
    raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]%".contains(&byte))
}

/// `path.Clean()`, with its last slash (`CleanPath()` in `modules/caddyhttp/caddyhttp.go`). Double slashes stay
/// when they are asked for.
pub(super) fn clean(path: &str, merge_slashes: bool) -> String {
    const MARK: char = '\u{1}';
    if merge_slashes {
        return clean_merged(path);
    }
    let mut marked = String::new();
    let mut last = ' ';
    for c in path.chars() {
        if c == '/' && last == '/' {
            marked.push(MARK);
        }
        marked.push(c);
        last = c;
    }
    clean_merged(&marked).replace(MARK, "")
}

fn clean_merged(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    let cleaned = match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    };
    if cleaned != "/" && path.ends_with('/') { format!("{cleaned}/") } else { cleaned }
}

/// `filepath.Join(root, filepath.Clean("/" + path))`, with the last slash (`SanitizedPathJoin()`).
pub(super) fn join(root: &str, path: &str) -> String {
    let inside = clean_merged(&format!("/{path}"));
    let inside = inside.trim_end_matches('/');
    let joined = clean_merged(&format!("{root}{inside}"));
    let joined = joined.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(&joined).to_owned();
    if path.ends_with('/') && path.len() > 1 { format!("{joined}/") } else { joined }
}
