//! `server_name`: which of the servers on one socket takes the request.
//!
//! Exact names first, then the longest name with a leading `*`, then the longest with a trailing one, then
//! regular expressions in order, then the default server:
//! <https://nginx.org/en/docs/http/server_names.html>.

use super::listen::Listen;
use super::tree::Directive;
use crate::pattern::{Captures, Case, Pattern};
use crate::walk::Needs;

/// The chosen server, and how it was found.
#[derive(Debug, Clone)]
pub(super) struct Chosen<'a> {
    pub(super) server: &'a Directive,
    pub(super) because: String,
    pub(super) captures: Option<Captures>,
}

/// The server for a host on one socket.
pub(super) fn choose<'a>(socket: &[&Listen<'a>], host: &str) -> Result<Chosen<'a>, Needs> {
    let marked = socket.iter().find(|listen| listen.is_default);
    let Some(default) = marked.or(socket.first()).map(|listen| listen.server) else {
        return Err(Needs("a server on this socket".to_owned()));
    };
    let chosen = |server, because, captures| Ok(Chosen { server, because, captures });
    let mut best: Option<(u8, usize, &'a Directive, String)> = None;
    for listen in socket {
        for name in names(listen.server) {
            let Some((rank, length)) = rank(&name, host) else { continue };
            if best.as_ref().is_none_or(|(r, l, ..)| (rank, length) > (*r, *l)) {
                best = Some((rank, length, listen.server, name));
            }
        }
    }
    if let Some((_, _, server, name)) = best {
        return chosen(server, format!("`{host}` matches its name `{name}`"), None);
    }
    for listen in socket {
        for name in names(listen.server) {
            let Some(regex) = name.strip_prefix('~') else { continue };
            // Names are compared in lower case (ngx_http_server_names(), NGX_REGEX_CASELESS).
            if let Some(captures) = Pattern::new(regex, Case::Insensitive)?.find(host)? {
                let because = format!("`{host}` matches its regular expression `{name}`");
                return chosen(listen.server, because, Some(captures));
            }
        }
    }
    let how = if marked.is_some() { "is marked `default_server`" } else { "comes first on this socket" };
    let what = if host.is_empty() {
        "the request names no host".to_owned()
    } else {
        format!("no name matches `{host}`")
    };
    chosen(default, format!("{what}, and it {how}"), None)
}

/// The names of a server, in lower case; without `server_name` the empty one.
pub(super) fn names(server: &Directive) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for directive in server.named("server_name") {
        for name in directive.args() {
            names.push(if name.starts_with('~') { name.to_string() } else { name.to_ascii_lowercase() });
        }
    }
    if names.is_empty() {
        names.push(String::new());
    }
    names
}

/// How well a name that is no regular expression matches: 3 exact, 2 leading star, 1 trailing star.
pub(super) fn rank(name: &str, host: &str) -> Option<(u8, usize)> {
    if name.starts_with('~') {
        return None;
    }
    if name == host {
        return Some((3, name.len()));
    }
    if let Some(suffix) = name.strip_prefix('.') {
        if host == suffix {
            return Some((3, name.len()));
        }
        return host.ends_with(name).then_some((2, name.len()));
    }
    if let Some(suffix) = name.strip_prefix('*') {
        return (host.ends_with(suffix) && host.len() > suffix.len()).then_some((2, suffix.len()));
    }
    let prefix = name.strip_suffix('*')?;
    (prefix.ends_with('.') && host.starts_with(prefix) && host.len() > prefix.len())
        .then_some((1, prefix.len()))
}
