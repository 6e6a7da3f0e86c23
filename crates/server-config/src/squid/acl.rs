//! ACLs (`src/acl/` of Squid, <http://www.squid-cache.org/Versions/v5/cfgman/acl.html>).

use std::net::IpAddr;

use ipnet::IpNet;

use super::run::Run;
use super::tree::{Line, State};
use super::url;
use crate::credentials;
use crate::pattern::{Case, Pattern};
use crate::source::ReadError;
use crate::walk::Needs;

/// Whether an ACL matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    Unknown(Needs),
    /// Either it does not match, or the client is asked for a password.
    MayChallenge(Needs),
    /// A count of other connections, taken to be within its limit.
    Counter(Needs),
    /// The request lacks credentials, which ends the list with a challenge.
    Challenge,
}

/// ACLs in ACLs (`any-of`, `all-of`).
const MAX_DEPTH: u32 = 16;

/// Types whose values are counts of other requests.
const COUNTING: &[&str] = &["maxconn", "max_user_ip"];

impl Run<'_> {
    /// An ACL by its name, `!` in front negates it.
    pub(super) fn acl(&mut self, name: &str, depth: u32) -> Match {
        if let Some(name) = name.strip_prefix('!') {
            return match self.acl(name, depth) {
                Match::Yes => Match::No,
                Match::No => Match::Yes,
                other => other,
            };
        }
        self.last_acl = name.to_owned();
        if depth > MAX_DEPTH {
            return Match::Unknown(Needs(format!("the ACL `{name}`, which leads back to itself")));
        }
        let lines = self.config.acl_lines(name);
        let Some(first) = lines.first() else { return self.predefined(name) };
        let kind = first.word(2).to_owned();
        if let Some(State::Unsure(needs)) =
            lines.iter().map(|line| &line.state).find(|state| **state != State::Active)
        {
            return Match::Unknown(Needs(needs.to_string()));
        }
        match kind.as_str() {
            "any-of" | "all-of" => return self.group(&kind, &lines, depth),
            kind if COUNTING.contains(&kind) => {
                return Match::Counter(Needs(format!(
                    "the count of connections that `{name}` has a limit for"
                )));
            }
            _ => {}
        }
        match self.values(&lines) {
            Ok(values) => self.typed(name, &kind, &values),
            Err(needs) => Match::Unknown(needs),
        }
    }

    /// ACLs that Squid defines by itself (`src/cf.data.pre`).
    fn predefined(&mut self, name: &str) -> Match {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        match name {
            "all" => Match::Yes,
            "localhost" => self.typed(name, "src", &values(&["127.0.0.1/32", "::1"])),
            "to_localhost" => {
                self.typed(name, "dst", &values(&["127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128"]))
            }
            "CONNECT" => self.typed(name, "method", &values(&["CONNECT"])),
            "manager" => self.typed(
                name,
                "url_regex",
                &values(&["-i", "^cache_object://", "+i", "^[^:]+://[^/]+/squid-internal-mgr/"]),
            ),
            _ => Match::Unknown(Needs(format!("the ACL `{name}`, which is not defined"))),
        }
    }

    /// `any-of`: one of the names; `all-of`: all of a line's. Several lines are alternatives.
    fn group(&mut self, kind: &str, lines: &[&Line], depth: u32) -> Match {
        let mut unsure = None;
        for line in lines {
            let names: Vec<String> = line.rest(3).iter().map(ToString::to_string).collect();
            let found = match kind {
                "all-of" => self.all(&names, depth + 1),
                _ => {
                    let mut any = Match::No;
                    for name in &names {
                        match self.acl(name, depth + 1) {
                            Match::No => {}
                            found @ (Match::Yes | Match::Challenge) => {
                                any = found;
                                break;
                            }
                            other => any = other,
                        }
                    }
                    any
                }
            };
            match found {
                Match::No => {}
                found @ (Match::Yes | Match::Challenge) => return found,
                other => unsure = Some(other),
            }
        }
        unsure.unwrap_or(Match::No)
    }

    /// All of the ACLs, in order, up to the first that does not match.
    pub(super) fn all(&mut self, names: &[String], depth: u32) -> Match {
        let mut unsure = None;
        for name in names {
            match self.acl(name, depth) {
                Match::Yes => {}
                Match::No => return Match::No,
                // A challenge comes only when nothing before it is in doubt.
                Match::Challenge if unsure.is_none() => return Match::Challenge,
                Match::Challenge => {
                    unsure = Some(Match::MayChallenge(Needs("whether a password is asked for".to_owned())))
                }
                other => unsure = unsure.or(Some(other)),
            }
        }
        unsure.unwrap_or(Match::Yes)
    }

    /// The values of all lines, those in files too.
    fn values(&self, lines: &[&Line]) -> Result<Vec<String>, Needs> {
        let mut values = Vec::new();
        for word in lines.iter().flat_map(|line| line.rest(3)) {
            match word.strip_prefix(['"', '\'']) {
                Some(path) => values.extend(self.list_file(path.trim_end_matches(['"', '\'']))?),
                None => values.push(word.to_string()),
            }
        }
        Ok(values)
    }

    fn list_file(&self, path: &str) -> Result<Vec<String>, Needs> {
        let bytes = self.files.read(path).map_err(|error| match error {
            ReadError::NotGiven => Needs(format!("the file `{path}`")),
            error => Needs(format!("the file `{path}`: {error}")),
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let entry = |line: &str| {
            let before_comment = line.split(" #").next().unwrap_or(line);
            before_comment.trim().to_owned()
        };
        Ok(text.lines().map(entry).filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
    }

    fn typed(&mut self, name: &str, kind: &str, values: &[String]) -> Match {
        let result = match kind {
            "src" => self.client.address.map_or_else(
                || Err(Needs("the client's address".to_owned())),
                |address| in_any(address, values),
            ),
            "localip" => match self.request.listener {
                Some(listener) if !listener.ip().is_unspecified() => in_any(listener.ip(), values),
                _ => Err(Needs("the proxy's address that the connection reached".to_owned())),
            },
            "localport" | "myport" => Ok(in_ranges(self.request.port(), values)),
            "myportname" => Ok(values.contains(&self.port_name)),
            "dst" => self.destination(values),
            "dstdomain" => self.domain(values),
            "dstdom_regex" => self.domain_regex(values),
            "port" => Ok(in_ranges(self.url.port, values)),
            "method" => Ok(values.contains(&self.request_method)),
            "proto" if self.url.scheme.is_empty() => {
                Err(Needs("the protocol of a CONNECT request (`proto`)".to_owned()))
            }
            "proto" => Ok(values.iter().any(|value| value.eq_ignore_ascii_case(&self.url.scheme))),
            "url_regex" => unescaped(&self.url.text()).and_then(|text| any_regex(values, &text)),
            "urlpath_regex" if self.url.path.is_empty() => Ok(false),
            "urlpath_regex" => unescaped(&self.url.path).and_then(|text| any_regex(values, &text)),
            "browser" => self.header_regex("User-Agent", values),
            "referer_regex" => self.header_regex("Referer", values),
            "req_mime_type" => self.header_regex("Content-Type", values),
            "req_header" => match values.split_first() {
                Some((field, patterns)) => self.header_regex(field, patterns),
                None => Ok(false),
            },
            "proxy_auth" | "proxy_auth_regex" => return self.authenticated(kind, values),
            kind => Err(Needs(format!("the ACL `{name}` of the type `{kind}`, which is not modelled"))),
        };
        match result {
            Ok(true) => Match::Yes,
            Ok(false) => Match::No,
            Err(needs) => Match::Unknown(needs),
        }
    }

    /// The addresses of the URL's host; a name has to be looked up.
    fn destination(&self, values: &[String]) -> Result<bool, Needs> {
        match self.url.address() {
            Some(address) => in_any(address, values),
            None if values.iter().any(|value| value == "all") => Ok(true),
            None => Err(Needs(format!("the address of `{}` (`dst`)", self.url.host))),
        }
    }

    /// `shop.example` is the host itself, `.example` also all below it. An address is looked up unless `-n` is given.
    fn domain(&self, values: &[String]) -> Result<bool, Needs> {
        let fits = |value: &String| match value.to_ascii_lowercase().strip_prefix('.') {
            Some(domain) => self.url.host == domain || self.url.host.ends_with(&format!(".{domain}")),
            None => self.url.host == value.to_ascii_lowercase(),
        };
        let looks_up = !values.iter().any(|value| value == "-n");
        match values.iter().any(fits) {
            true => Ok(true),
            false if self.url.address().is_some() && looks_up => {
                Err(Needs(format!("the name of `{}` (`dstdomain`)", self.url.host)))
            }
            false => Ok(false),
        }
    }

    fn domain_regex(&self, values: &[String]) -> Result<bool, Needs> {
        let found = any_regex(values, &self.url.host)?;
        if !found && self.url.address().is_some() && !values.iter().any(|value| value == "-n") {
            return Err(Needs(format!("the name of `{}` (`dstdom_regex`)", self.url.host)));
        }
        Ok(found)
    }

    /// All fields of a name are one list; without the field nothing matches.
    fn header_regex(&self, field: &str, patterns: &[String]) -> Result<bool, Needs> {
        let mut values = Vec::new();
        for value in self.request.headers_named(field) {
            match value {
                crate::request::Value::Known(text) => values.push(text.trim().to_owned()),
                crate::request::Value::Unknown(needs) => return Err(needs.clone()),
            }
        }
        if values.is_empty() { Ok(false) } else { any_regex(patterns, &values.join(", ")) }
    }

    /// Credentials for the proxy; a reverse proxy takes those for the site.
    fn authenticated(&self, kind: &str, values: &[String]) -> Match {
        let field = if self.is_accelerator { "Authorization" } else { "Proxy-Authorization" };
        let header = self.request.header(field).and_then(|value| value.known());
        let Some(header) = header else { return Match::Challenge };
        let Some((user, _)) = credentials::basic(header) else {
            return Match::Unknown(Needs(format!("what the helper of `auth_param` makes of `{field}`")));
        };
        if self.request.user.as_deref() != Some(&user) {
            return Match::Unknown(Needs(format!("whether the password of `{user}` is right")));
        }
        let listed = match kind {
            "proxy_auth_regex" => any_regex(values, &user),
            _ => {
                let ignores_case = values.iter().any(|value| value == "-i");
                let same =
                    |value: &String| *value == user || (ignores_case && value.eq_ignore_ascii_case(&user));
                Ok(values.iter().any(|value| value == "REQUIRED" || same(value)))
            }
        };
        match listed {
            Ok(true) => Match::Yes,
            Ok(false) => Match::No,
            Err(needs) => Match::Unknown(needs),
        }
    }
}

fn unescaped(text: &str) -> Result<String, Needs> {
    url::unescape(text).ok_or_else(|| Needs("Squid's reading of a URL that is no UTF-8".to_owned()))
}

/// `-i` and `+i` hold for the patterns behind them. Squid's patterns are POSIX extended ones.
fn any_regex(values: &[String], subject: &str) -> Result<bool, Needs> {
    let mut case = Case::Sensitive;
    let mut unsure = None;
    for value in values {
        match value.as_str() {
            "-i" => case = Case::Insensitive,
            "+i" => case = Case::Sensitive,
            "-n" | "--" => {}
            pattern => match posix(pattern, case).and_then(|pattern| pattern.find(subject)) {
                Ok(Some(_)) => return Ok(true),
                Ok(None) => {}
                Err(needs) => unsure = Some(needs),
            },
        }
    }
    unsure.map_or(Ok(false), Err)
}

/// A pattern that POSIX and PCRE read alike.
fn posix(pattern: &str, case: Case) -> Result<Pattern, Needs> {
    let differs =
        ["(?", "*?", "+?", "??", "}?", "\\d", "\\D", "\\Q", "\\x", "\\p", "\\A", "\\z", "[[", "\\1"];
    if differs.iter().any(|part| pattern.contains(part)) {
        return Err(Needs(format!("POSIX's reading of the regular expression `{pattern}`")));
    }
    Pattern::new(pattern, case)
}

fn in_ranges(port: u16, values: &[String]) -> bool {
    values.iter().any(|value| match value.split_once('-') {
        Some((low, high)) => {
            low.parse().is_ok_and(|low: u16| low <= port) && high.parse().is_ok_and(|high: u16| port <= high)
        }
        None => value.parse() == Ok(port),
    })
}

fn in_any(address: IpAddr, values: &[String]) -> Result<bool, Needs> {
    let mut unsure = None;
    for value in values.iter().filter(|value| !value.starts_with('-')) {
        match contains(value, address.to_canonical()) {
            Some(true) => return Ok(true),
            Some(false) => {}
            None => unsure = Some(Needs(format!("the address of `{value}`"))),
        }
    }
    unsure.map_or(Ok(false), Err)
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`, `all`, `ipv4`, `ipv6`; `None` for a name.
fn contains(value: &str, address: IpAddr) -> Option<bool> {
    match value {
        "all" => return Some(true),
        "ipv4" => return Some(address.is_ipv4()),
        "ipv6" => return Some(address.is_ipv6()),
        _ => {}
    }
    if let Some((low, high)) = value.split_once('-') {
        let (low, high): (IpAddr, IpAddr) = (low.parse().ok()?, high.split('/').next()?.parse().ok()?);
        return Some(low.is_ipv4() == address.is_ipv4() && low <= address && address <= high);
    }
    if let Ok(network) = value.parse::<IpNet>() {
        return Some(network.trunc().contains(&address));
    }
    if let Ok(other) = value.parse::<IpAddr>() {
        return Some(other == address);
    }
    let (network, mask) = value.split_once('/')?;
    Some(IpNet::with_netmask(network.parse().ok()?, mask.parse().ok()?).ok()?.trunc().contains(&address))
}
