//! Placeholders: `{http.request.host}` and the like (`replacer.go`, `modules/caddyhttp/replacer.go`).

use super::run::Run;
use crate::walk::Needs;

/// What becomes of a placeholder that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// It is empty (`ReplaceAll()`).
    Empty,
    /// It stays as it is (`ReplaceKnown()`).
    Kept,
}

/// Replaced text beyond this is given up.
const MAX_TEXT: usize = 1 << 20;

impl Run<'_> {
    pub(super) fn replace(&self, text: &str, unset: Unset) -> Result<String, Needs> {
        self.replace_each(text, unset, |_, value| value)
    }

    /// The text with each placeholder's value as `change` makes it.
    pub(super) fn replace_each(
        &self,
        text: &str,
        unset: Unset,
        change: impl Fn(&str, String) -> String,
    ) -> Result<String, Needs> {
        if text.contains("{$") {
            return Err(Needs(format!("the environment variable in `{text}`")));
        }
        if !text.contains('{') {
            return Ok(text.to_owned());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            if at > 0 && rest.as_bytes()[at - 1] == b'\\' {
                out.push_str(&rest[..at - 1]);
                out.push('{');
                rest = &rest[at + 1..];
                continue;
            }
            let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
            out.push_str(&rest[..at]);
            let key = &rest[at + 1..end];
            match self.value(key)? {
                Some(value) => out.push_str(&change(key, value)),
                None if unset == Unset::Empty => {}
                None => {
                    out.push('{');
                    rest = &rest[at + 1..];
                    continue;
                }
            }
            rest = &rest[end + 1..];
            if out.len() > MAX_TEXT {
                return Err(Needs(format!("the value of `{text}`, which is too long")));
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A placeholder's value; `None` when there is no such placeholder.
    pub(super) fn value(&self, key: &str) -> Result<Option<String>, Needs> {
        let unknown = || Err(Needs(format!("the value of `{{{key}}}`")));
        if let Some(value) = self.placeholders.get(key) {
            return Ok(Some(value.clone()));
        }
        if let Some(name) = key.strip_prefix("http.vars.") {
            return Ok(Some(self.vars.get(name).cloned().unwrap_or_default()));
        }
        if let Some(value) = key.strip_prefix("http.request.") {
            return self.request_value(value);
        }
        match key {
            "http.error.status_code" => Ok(self.error.as_ref().map(|(status, _)| status.to_string())),
            _ if key.starts_with("http.regexp.") => Ok(None),
            _ if key.starts_with("env.")
                || key.starts_with("http.")
                || key.starts_with("system.")
                || key.starts_with("time.") =>
            {
                unknown()
            }
            _ => Ok(None),
        }
    }

    fn request_value(&self, key: &str) -> Result<Option<String>, Needs> {
        let unknown = || Err(Needs(format!("the value of `{{http.request.{key}}}`")));
        let path = &self.uri.path;
        let split = |path: &str| {
            path.rfind('/').map_or((String::new(), path.to_owned()), |at| {
                (path[..=at].to_owned(), path[at + 1..].to_owned())
            })
        };
        let (host, port) = split_host(&self.host);
        if let Some(name) = key.strip_prefix("header.") {
            return self.header_values(name).map(|values| Some(values.join(",")));
        }
        if let Some(name) = key.strip_prefix("cookie.") {
            let cookies = self.header_values("Cookie")?.join("; ");
            let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            let found = pairs.find(|(cookie, _)| cookie.eq_ignore_ascii_case(name));
            return Ok(found.map(|(_, value)| value.trim_matches('"').to_owned()));
        }
        if let Some(name) = key.strip_prefix("uri.query.") {
            let values = query_values(&self.uri.query, name);
            return Ok(Some(values.join(",")));
        }
        if let Some(number) = key.strip_prefix("host.labels.") {
            let labels: Vec<&str> = host.split('.').collect();
            let Ok(number) = number.parse::<usize>() else { return Ok(None) };
            return Ok(Some(labels.len().checked_sub(number + 1).map_or("", |at| labels[at]).to_owned()));
        }
        if let Some(Ok(number)) = key.strip_prefix("uri.path.").map(str::parse::<usize>) {
            let parts = path.strip_prefix('/').unwrap_or(path).split('/');
            return Ok(Some(parts.into_iter().nth(number).unwrap_or("").to_owned()));
        }
        Ok(Some(match key {
            "method" => self.method.clone(),
            "scheme" => self.request.scheme.name().to_owned(),
            "proto" => self.request.version.name().to_owned(),
            "host" => host,
            "port" => port,
            "hostport" => self.host.clone(),
            "remote.host" => match self.request.client {
                Some(address) => address.to_string(),
                None => return unknown(),
            },
            "uri" => self.uri.target(),
            "uri.path" => path.clone(),
            "uri.path.file" => split(path).1,
            "uri.path.dir" => split(path).0,
            "uri.query" => self.uri.query.clone(),
            "orig_method" => self.request.method.clone(),
            "orig_uri" => self.request.target.clone(),
            "orig_uri.path" => self.original.path.clone(),
            "orig_uri.path.file" => split(&self.original.path).1,
            "orig_uri.path.dir" => split(&self.original.path).0,
            "orig_uri.query" => self.original.query.clone(),
            _ => return unknown(),
        }))
    }
}

/// Host and port, brackets of IPv6 taken off (`net.SplitHostPort()`).
pub(super) fn split_host(host: &str) -> (String, String) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
            (name.trim_start_matches('[').trim_end_matches(']').to_owned(), port.to_owned())
        }
        _ => (host.trim_start_matches('[').trim_end_matches(']').to_owned(), String::new()),
    }
}

/// The values of a parameter, decoded (`url.ParseQuery()`).
pub(super) fn query_values(query: &str, name: &str) -> Vec<String> {
    let decode = |text: &str| super::uri::unescaped(&text.replace('+', " "));
    let pairs = query.split('&').filter(|pair| !pair.contains(';') && !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| decode(key) == name).map(|(_, value)| decode(value)).collect()
}
