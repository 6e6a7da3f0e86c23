//! Whether a matcher fits a request (`modules/caddyhttp/matchers.go`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::placeholders::{Unset, query_values, split_host};
use super::route::Matcher;
use super::run::Run;
use super::uri;
use crate::pattern::{Case, Pattern};
use crate::request::{Scheme, Version};
use crate::walk::Needs;

/// Whether a set fits, with the matcher that does not; an error of its own ends the request.
pub(super) type Fits = Result<Fit, Needs>;

/// What a matcher says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    /// With the reason.
    No(String),
    /// The matcher refuses the request with this status (`try_files ... =404`).
    Error(u16),
}

impl Run<'_> {
    /// Any of the sets, or no set at all (`MatcherSets.AnyMatch()`).
    pub(super) fn any_set(&mut self, sets: &[Vec<Matcher>]) -> Fits {
        let mut reasons = Vec::new();
        let mut unsure = None;
        for set in sets {
            match self.set(set) {
                Ok(Fit::Yes) => return Ok(Fit::Yes),
                Ok(Fit::Error(status)) => return Ok(Fit::Error(status)),
                Ok(Fit::No(reason)) => reasons.push(reason),
                Err(needs) => unsure = Some(needs),
            }
        }
        match unsure {
            Some(needs) => Err(needs),
            None if sets.is_empty() => Ok(Fit::Yes),
            None => Ok(Fit::No(reasons.join("; "))),
        }
    }

    /// All matchers of a set must fit; one that does not goes before one that cannot be told.
    fn set(&mut self, set: &[Matcher]) -> Fits {
        let mut unsure = None;
        for matcher in set {
            match self.matches(matcher) {
                Ok(Fit::Yes) => {}
                Err(needs) => unsure = Some(needs),
                other => return other,
            }
        }
        unsure.map_or(Ok(Fit::Yes), Err)
    }

    fn matches(&mut self, matcher: &Matcher) -> Fits {
        let fits = match matcher {
            Matcher::Host(hosts) => self.host_fits(hosts)?,
            Matcher::Path(paths) => self.path_fits(paths)?,
            Matcher::PathRegexp(name, pattern) => {
                let path = uri::clean(&self.uri.path, true);
                self.regexp(name, pattern, &path)?
            }
            Matcher::Method(methods) => methods.contains(&self.method),
            Matcher::Query(fields) => self.query_fits(fields)?,
            Matcher::Header(fields) => self.header_fits(fields)?,
            Matcher::HeaderRegexp(fields) => {
                let mut all = true;
                for (name, field, pattern) in fields {
                    let mut any = false;
                    for value in self.field_values(field)? {
                        any = self.regexp(name, pattern, &value)?;
                        if any {
                            break;
                        }
                    }
                    all &= any;
                }
                all
            }
            Matcher::RemoteIp(ranges, forwarded) => self.remote_fits(ranges, *forwarded)?,
            Matcher::ClientIp(ranges) => {
                let address = self.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?;
                in_ranges(address, ranges)?
            }
            Matcher::Protocol(protocol) => self.protocol_fits(protocol)?,
            Matcher::Not(sets) => match sets.is_empty() {
                true => true,
                false => match self.any_set(sets)? {
                    Fit::Yes => false,
                    Fit::No(_) => true,
                    error => return Ok(error),
                },
            },
            Matcher::File(root, tries) => return self.file_fits(root.as_deref(), tries),
            Matcher::Vars(pairs) => self.vars_fit(pairs)?,
            Matcher::Unknown(text) => {
                return Err(Needs(format!("the matcher `{text}`, which is not modelled")));
            }
        };
        Ok(if fits { Fit::Yes } else { Fit::No(format!("{} does not fit", describe(matcher))) })
    }

    fn host_fits(&self, hosts: &[String]) -> Result<bool, Needs> {
        let (host, _) = split_host(&self.host);
        for pattern in hosts {
            let pattern = self.replace(pattern, Unset::Empty)?;
            if !pattern.contains('*') {
                if host.eq_ignore_ascii_case(&pattern) {
                    return Ok(true);
                }
                continue;
            }
            let (wanted, parts): (Vec<&str>, Vec<&str>) =
                (pattern.split('.').collect(), host.split('.').collect());
            let same = |(wanted, part): (&&str, &&str)| *wanted == "*" || wanted.eq_ignore_ascii_case(part);
            if wanted.len() == parts.len() && wanted.iter().zip(&parts).all(same) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Without regard to case; `*` at an end is a prefix, a suffix or a part, elsewhere a shell pattern.
    fn path_fits(&self, paths: &[String]) -> Result<bool, Needs> {
        let path = self.uri.path.to_lowercase();
        let path = path.trim_end_matches(['.', ' ']);
        for pattern in paths {
            let pattern = self.replace(&pattern.to_lowercase(), Unset::Empty)?;
            if pattern == "*" {
                return Ok(true);
            }
            if pattern.contains('%') {
                return Err(Needs(format!("Caddy's match of the escaped path `{pattern}`")));
            }
            let path = uri::clean(path, !pattern.contains("//"));
            let stars = pattern.matches('*').count();
            let fits = match (stars, pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
                (2, Some(_), Some(_)) if pattern.len() > 1 => path.contains(&pattern[1..pattern.len() - 1]),
                (1, Some(suffix), _) => path.ends_with(suffix),
                (1, _, Some(prefix)) => path.starts_with(prefix),
                _ => {
                    // `path.Match()` does not let a star cross a slash, as glob(7) does not.
                    pattern == path || (pattern.contains(['*', '?', '[', '\\']) && glob(&pattern, &path))
                }
            };
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn regexp(&mut self, name: &str, pattern: &str, subject: &str) -> Result<bool, Needs> {
        let Some(found) = Pattern::new(pattern, Case::Sensitive)?.find(subject)? else { return Ok(false) };
        let prefix = if name.is_empty() { "http.regexp".to_owned() } else { format!("http.regexp.{name}") };
        for (number, group) in found.groups.iter().enumerate() {
            self.placeholders.insert(format!("{prefix}.{number}"), group.clone().unwrap_or_default());
        }
        for (group, value) in found.named {
            self.placeholders.insert(format!("{prefix}.{group}"), value);
        }
        Ok(true)
    }

    fn query_fits(&self, fields: &[(String, Vec<String>)]) -> Result<bool, Needs> {
        let is_sound = |pair: &str| !pair.contains(';') && uri::Uri::parse(&format!("/{pair}")).is_ok();
        if !self.uri.query.split('&').all(is_sound) {
            return Ok(false);
        }
        if fields.is_empty() {
            return Ok(self.uri.query.is_empty());
        }
        // One field that fits is enough (Caddy 2.6); later versions want all of them.
        let mut fitting = 0;
        for (name, wanted) in fields {
            let values = query_values(&self.uri.query, &self.replace(name, Unset::Empty)?);
            let Some(first) = values.first() else { continue };
            for value in wanted {
                let value = self.replace(value, Unset::Empty)?;
                if value == "*" || value == *first {
                    fitting += 1;
                    break;
                }
            }
        }
        match fitting {
            0 => Ok(false),
            all if all == fields.len() => Ok(true),
            _ => Err(Needs("Caddy's version: whether one query parameter is enough".to_owned())),
        }
    }

    fn header_fits(&self, fields: &[(String, Option<Vec<String>>)]) -> Result<bool, Needs> {
        for (name, wanted) in fields {
            let values = self.field_values(name)?;
            let fits = match wanted {
                None => values.is_empty(),
                Some(wanted) if wanted.is_empty() => !values.is_empty(),
                Some(wanted) => {
                    let mut any = false;
                    for wanted in wanted {
                        let wanted = self.replace(wanted, Unset::Empty)?;
                        any |= values.iter().any(|value| value_fits(value, &wanted));
                    }
                    any
                }
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `Host` is not among the fields, and is taken from the request.
    fn field_values(&self, name: &str) -> Result<Vec<String>, Needs> {
        if name.eq_ignore_ascii_case("host") && !self.host.is_empty() {
            return Ok(vec![self.host.clone()]);
        }
        self.header_values(name)
    }

    fn remote_fits(&self, ranges: &[String], forwarded: bool) -> Result<bool, Needs> {
        let connection = self.request.client;
        let address = if forwarded {
            match self.header_values("X-Forwarded-For")?.first().and_then(|value| value.split(',').next()) {
                Some(first) if !first.trim().is_empty() => match split_host(first.trim()).0.parse::<IpAddr>()
                {
                    Ok(address) => Some(address),
                    Err(_) => return Ok(false),
                },
                _ => connection,
            }
        } else {
            connection
        };
        in_ranges(address.ok_or_else(|| Needs("the client's address".to_owned()))?, ranges)
    }

    fn protocol_fits(&self, protocol: &str) -> Result<bool, Needs> {
        let version = self.request.version;
        Ok(match protocol {
            "https" => self.request.scheme == Scheme::Https,
            "http" => self.request.scheme == Scheme::Http,
            "grpc" => self
                .header_values("Content-Type")?
                .first()
                .is_some_and(|value| value.starts_with("application/grpc")),
            "http/1.0" => version == Version::Http10,
            "http/1.0+" => true,
            "http/1.1" => version == Version::Http11,
            "http/1.1+" => version >= Version::Http11,
            "http/2" => version == Version::Http2,
            "http/2+" => version >= Version::Http2,
            "http/3" | "http/3+" => version == Version::Http3,
            _ => false,
        })
    }

    fn vars_fit(&self, pairs: &[(String, Vec<String>)]) -> Result<bool, Needs> {
        for (key, values) in pairs {
            let value = match key.strip_prefix('{').and_then(|key| key.strip_suffix('}')) {
                Some(key) => self.value(key)?.unwrap_or_default(),
                None => self.vars.get(key).cloned().unwrap_or_default(),
            };
            let in_hundred =
                |wanted: &str| wanted.len() == 3 && wanted.ends_with("xx") && value.starts_with(&wanted[..1]);
            for wanted in values {
                if self.replace(wanted, Unset::Empty)? == value
                    || (key == "{http.error.status_code}" && in_hundred(wanted))
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn value_fits(value: &str, wanted: &str) -> bool {
    if wanted == "*" {
        return true;
    }
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(_), Some(_)) => value.contains(&wanted[1..wanted.len() - 1]),
        (Some(suffix), None) => value.ends_with(suffix),
        (None, Some(prefix)) => value.starts_with(prefix),
        (None, None) => value == wanted,
    }
}

pub(super) fn in_ranges(address: IpAddr, ranges: &[String]) -> Result<bool, Needs> {
    for range in ranges {
        let network = range.parse::<IpNet>().map(|network| network.trunc());
        let network = network.or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
        let Ok(network) = network else { return Err(Needs(format!("the network `{range}`"))) };
        if network.contains(&address) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A shell pattern over a whole path, stars within its parts.
fn glob(pattern: &str, path: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    patterns.len() == parts.len()
        && patterns.iter().zip(&parts).all(|(pattern, part)| crate::source::glob_match(pattern, part))
}

fn describe(matcher: &Matcher) -> String {
    let words = |name: &str, words: &[String]| format!("`{name} {}`", words.join(" "));
    match matcher {
        Matcher::Host(hosts) => words("host", hosts),
        Matcher::Path(paths) => words("path", paths),
        Matcher::PathRegexp(_, pattern) => format!("`path_regexp {pattern}`"),
        Matcher::Method(methods) => words("method", methods),
        Matcher::Query(_) => "`query`".to_owned(),
        Matcher::Header(fields) => {
            words("header", &fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
        }
        Matcher::HeaderRegexp(_) => "`header_regexp`".to_owned(),
        Matcher::RemoteIp(ranges, _) => words("remote_ip", ranges),
        Matcher::ClientIp(ranges) => words("client_ip", ranges),
        Matcher::Protocol(protocol) => format!("`protocol {protocol}`"),
        Matcher::Not(_) => "`not`".to_owned(),
        Matcher::File(_, tries) => words("file", tries),
        Matcher::Vars(_) => "`vars`".to_owned(),
        Matcher::Unknown(text) => format!("`{text}`"),
    }
}
