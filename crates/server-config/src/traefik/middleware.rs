//! The middlewares of a router, in their order (`pkg/middlewares`).

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use super::run::{Answered, Run, in_list};
use crate::document::Node;
use crate::request::{Header, Scheme, Value};
use crate::walk::{HeaderChange, HowChanged, Needs, Step, Verdict};

/// Chains in chains that are followed.
const MAX_CHAINS: usize = 16;

/// Kinds that refuse nothing.
const HARMLESS: &[&str] =
    &["compress", "retry", "circuitBreaker", "contentType", "passTLSClientCert", "errors", "grpcWeb"];

/// A middleware with its place.
struct Middleware<'a> {
    file: &'a Arc<str>,
    name: &'a str,
    node: &'a Node,
}

impl<'a> Run<'a> {
    /// Runs the middleware of a name: `limit`, `limit@file`.
    pub(super) fn middleware(&mut self, name: &str, depth: usize) -> Result<(), Answered> {
        let (plain, provider) = name.split_once('@').unwrap_or((name, "file"));
        let known = self.config.section("middlewares").into_iter().find(|(_, known, _)| *known == plain);
        let Some((file, name, node)) = known.filter(|_| provider == "file") else {
            return Err(self.unknown(format!("the middleware `{name}`, which is not in these files")));
        };
        let one = Middleware { file, name, node };
        let Some((kind, settings)) = node.entries().next() else { return Ok(()) };
        match kind.text.as_str() {
            "chain" => {
                if depth >= MAX_CHAINS {
                    return Err(self.unknown("a chain that does not lead to itself"));
                }
                for inner in settings.list("middlewares") {
                    self.middleware(inner.text().unwrap_or(""), depth + 1)?;
                }
                Ok(())
            }
            "ipAllowList" | "ipWhiteList" => self.allow_list(&one, settings),
            "basicAuth" | "digestAuth" => self.password(&one, settings, &kind.text),
            "forwardAuth" => {
                let address = settings.text_of("address").unwrap_or("").to_owned();
                Err(self
                    .unknown_at(&one, Needs(format!("the answer of {address}, which `forwardAuth` asks"))))
            }
            "headers" => self.headers(&one, settings),
            "rateLimit" | "inFlightReq" => {
                let needs = Needs(format!("the counters of `{}`", kind.text));
                let because = format!("it depends on {needs}");
                self.note(&one, Verdict::Unknown(needs.clone()), &because);
                self.assuming.push(needs);
                Ok(())
            }
            "buffering" => self.buffering(&one, settings),
            "redirectScheme" => self.redirect_scheme(&one, settings),
            "stripPrefix" | "addPrefix" | "replacePath" | "stripPrefixRegex" | "replacePathRegex" => {
                self.rewrite(&one, settings, &kind.text)
            }
            harmless if HARMLESS.contains(&harmless) => {
                self.note(&one, Verdict::Miss, "it refuses nothing");
                Ok(())
            }
            other => Err(self.unknown_at(&one, Needs(format!("what the middleware `{other}` does")))),
        }
    }

    fn note(&mut self, one: &Middleware<'a>, verdict: Verdict, because: &str) {
        let place = Some(one.node.place(one.file));
        self.steps.push(Step::new("middleware", place, one.name, verdict, because));
    }

    fn unknown_at(&mut self, one: &Middleware<'a>, needs: Needs) -> Answered {
        let because = format!("it depends on {needs}");
        self.note(one, Verdict::Unknown(needs.clone()), &because);
        self.unknown(needs.0)
    }

    fn deny(&mut self, one: &Middleware<'a>, at: &Node, status: u16, because: &str) -> Result<(), Answered> {
        Err(self.answer(Some(at.place(one.file)), "middleware", one.name, status, because))
    }

    /// `ipAllowList`, and `ipWhiteList` of version 2: by the connection's address unless `ipStrategy` says otherwise.
    fn allow_list(&mut self, one: &Middleware<'a>, settings: &'a Node) -> Result<(), Answered> {
        let ranges = settings.get("sourceRange").unwrap_or(settings);
        let address =
            self.strategy(settings.get("ipStrategy")).map_err(|needs| self.unknown_at(one, needs))?;
        let status =
            settings.number("rejectStatusCode").and_then(|status| u16::try_from(status).ok()).unwrap_or(403);
        let Some(address) = address else {
            return self.deny(one, ranges, status, "`ipStrategy` finds no address in `X-Forwarded-For`");
        };
        let held = in_list(ranges.items(), address).map_err(|needs| self.unknown_at(one, needs))?;
        match held {
            true => {
                self.note(one, Verdict::Miss, &format!("{address} is in `sourceRange`"));
                Ok(())
            }
            false => self.deny(one, ranges, status, &format!("{address} is not in `sourceRange`")),
        }
    }

    /// The address that a strategy finds (`pkg/ip/strategy.go`): so many from the right, or the last that is not excluded.
    fn strategy(&self, strategy: Option<&Node>) -> Result<Option<IpAddr>, Needs> {
        let depth = strategy.and_then(|strategy| strategy.number("depth")).unwrap_or(0) as usize;
        let excluded = strategy.map_or(&[][..], |strategy| strategy.list("excludedIPs"));
        if depth == 0 && excluded.is_empty() {
            return self.request.client.map(Some).ok_or_else(|| Needs("the client's address".to_owned()));
        }
        if strategy.is_some_and(|strategy| strategy.get("ipv6Subnet").is_some()) {
            return Err(Needs("the subnet that `ipv6Subnet` makes of an address".to_owned()));
        }
        let joined = self.seen("X-Forwarded-For")?.unwrap_or("");
        let parts: Vec<&str> = joined.split(',').map(str::trim).collect();
        let found = match depth {
            0 => {
                let mut found = None;
                for part in parts.iter().rev().filter(|part| !part.is_empty()) {
                    // What is no address is not excluded, and in no list either.
                    let is_excluded = match IpAddr::from_str(part) {
                        Ok(address) => in_list(excluded, address)?,
                        Err(_) => false,
                    };
                    if !is_excluded {
                        found = Some(*part);
                        break;
                    }
                }
                found
            }
            depth => parts.len().checked_sub(depth).map(|at| parts[at]),
        };
        Ok(found.and_then(|part| IpAddr::from_str(part).ok()))
    }

    fn password(&mut self, one: &Middleware<'a>, settings: &'a Node, kind: &str) -> Result<(), Answered> {
        let scheme = if kind == "basicAuth" { "basic " } else { "digest " };
        let sent = self.request.header("Authorization");
        let names = |value: &Value| {
            value.known().is_none_or(|text| {
                text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            })
        };
        if !sent.is_some_and(names) {
            return self.deny(one, settings, 401, "the request has no user and password");
        }
        if self.request.user.is_some() {
            self.note(one, Verdict::Miss, "the user and password are taken as right");
            return Ok(());
        }
        Err(self.unknown_at(one, Needs(format!("whether the password is right, for `{kind}`"))))
    }

    /// Fields for the service; with CORS settings the middleware answers preflights itself.
    fn headers(&mut self, one: &Middleware<'a>, settings: &'a Node) -> Result<(), Answered> {
        let cors = settings.entries().any(|(key, _)| key.text.starts_with("accessControlAllow"));
        let has = |name: &str| self.request.header(name).is_some();
        if cors && self.request.method == "OPTIONS" && has("Origin") && has("Access-Control-Request-Method") {
            return self.deny(one, settings, 200, "the middleware answers the preflight");
        }
        if settings.get("allowedHosts").is_some_and(|hosts| !hosts.items().is_empty()) {
            return Err(self.unknown_at(one, Needs("the check of `allowedHosts`".to_owned())));
        }
        if let Some(custom) = settings.get("customRequestHeaders") {
            for (key, value) in custom.entries() {
                let place = Some(key.place(one.file));
                let text = Value::Known(value.text().unwrap_or("").to_owned());
                self.set_header(&key.text, text, place, "`customRequestHeaders` names it");
            }
        }
        self.note(one, Verdict::Miss, "it changes header fields");
        Ok(())
    }

    fn buffering(&mut self, one: &Middleware<'a>, settings: &'a Node) -> Result<(), Answered> {
        let limit = settings.number("maxRequestBodyBytes").filter(|limit| *limit > 0);
        match limit.filter(|limit| self.request.body_length > *limit) {
            Some(limit) => {
                let at = settings.get("maxRequestBodyBytes").unwrap_or(settings);
                let because =
                    format!("the body has {} bytes, and {limit} are allowed", self.request.body_length);
                self.deny(one, at, 413, &because)
            }
            None => {
                self.note(one, Verdict::Miss, "the body is not larger than allowed");
                Ok(())
            }
        }
    }

    fn redirect_scheme(&mut self, one: &Middleware<'a>, settings: &'a Node) -> Result<(), Answered> {
        let wanted = settings.text_of("scheme").unwrap_or("");
        let is_tls = self.request.scheme == Scheme::Https;
        let sent = self.seen("X-Forwarded-Proto").map(|sent| sent.unwrap_or("").to_ascii_lowercase());
        let own = match sent.map_err(|needs| self.unknown_at(one, needs))?.as_str() {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ if is_tls => "https",
            _ => "http",
        };
        // The URL is compared as a whole, so that a port counts, too (`redirect.go`).
        let usual = |scheme: &str| if scheme == "https" { "443" } else { "80" };
        let host = self.request.header("Host").and_then(Value::known).unwrap_or("");
        let port = host.rsplit_once(':').map_or("", |(_, port)| port).trim_end_matches(']');
        let port = if port == usual(own) { "" } else { port };
        let target = settings.text_of("port").filter(|target| *target != usual(wanted)).unwrap_or("");
        if wanted == own && port == target {
            self.note(one, Verdict::Miss, "the request has that scheme and port already");
            return Ok(());
        }
        let is_permanent = settings.text_of("permanent") == Some("true");
        let is_forced = settings.text_of("forcePermanentRedirect") == Some("true");
        let status = match (is_permanent, self.request.method.as_str()) {
            _ if is_forced => 308,
            (true, "GET") => 301,
            (true, _) => 308,
            (false, "GET") => 302,
            (false, _) => 307,
        };
        self.deny(one, settings, status, &format!("it redirects to {wanted}"))
    }

    fn rewrite(&mut self, one: &Middleware<'a>, settings: &'a Node, kind: &str) -> Result<(), Answered> {
        let path = self.path.take();
        self.path = match (kind, path) {
            ("stripPrefix", Some(path)) => {
                let prefixes = settings.list("prefixes").iter().filter_map(Node::text).map(str::trim);
                let found =
                    prefixes.into_iter().find_map(|prefix| Some((prefix, path.strip_prefix(prefix)?)));
                let Some((prefix, rest)) = found else {
                    self.path = Some(path);
                    self.note(one, Verdict::Miss, "the path has none of its prefixes");
                    return Ok(());
                };
                // An empty path stays empty until the request is sent on.
                let rest = match rest {
                    "" => String::new(),
                    rest => format!("/{}", rest.strip_prefix('/').unwrap_or(rest)),
                };
                if rest.contains("//") || rest.split('/').any(|part| part == "." || part == "..") {
                    let because = format!("`{rest}`, which is left of the path, is not in its normal form");
                    return self.deny(one, settings, 400, &because);
                }
                self.add_header("X-Forwarded-Prefix", prefix);
                Some(rest)
            }
            ("addPrefix", Some(path)) => Some(format!("{}{path}", settings.text_of("prefix").unwrap_or(""))),
            ("replacePath", Some(path)) => {
                self.add_header("X-Replaced-Path", &path);
                settings.text_of("path").map(str::to_owned)
            }
            _ => None,
        };
        self.note(one, Verdict::Miss, "it changes the path for the service");
        Ok(())
    }

    /// Another value of a field, beside those that it has.
    fn add_header(&mut self, name: &str, value: &str) {
        self.headers.push(Header { name: name.to_owned(), value: Value::Known(value.to_owned()) });
        let because = "the middleware says what it changed".to_owned();
        let change = HeaderChange { name: name.to_owned(), how: HowChanged::Added, place: None, because };
        self.changes.push(change);
    }
}
