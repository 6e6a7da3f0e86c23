//! Routes: what a Caddyfile and a JSON configuration have in common (`modules/caddyhttp/routes.go`).

use std::net::IpAddr;

use super::tree::Directive;
use crate::source::Place;

/// A server: its sockets, and its routes in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Server {
    /// The addresses; none for all of the machine's.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    pub(super) routes: Vec<Route>,
    pub(super) errors: Vec<Route>,
    /// The hosts of sites whose plain requests are redirected to TLS, with their places.
    pub(super) redirected: Vec<(String, Place)>,
    /// Networks whose forwarded addresses are believed (`servers.trusted_proxies`, Caddy 2.7).
    pub(super) trusted: Vec<String>,
}

/// A route: the handlers run when one of the sets of matchers fits, or there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Route {
    pub(super) matchers: Vec<Vec<Matcher>>,
    pub(super) handlers: Vec<Handler>,
    /// Of the routes of a group the first that fits runs alone.
    pub(super) group: Option<String>,
    pub(super) terminal: bool,
}

/// A handler and the directive that it comes from.
#[derive(Debug, Clone)]
pub(super) struct Handler {
    pub(super) kind: Kind,
    pub(super) place: Place,
    pub(super) text: String,
}

/// What a handler does.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Vars(Vec<(String, String)>),
    RequestHeaders(Vec<HeaderOperation>),
    BodyLimit(u64),
    Respond {
        status: String,
    },
    Abort,
    Error {
        status: String,
    },
    Rewrite(Rewrite),
    /// The users of HTTP Basic authentication.
    Users(Vec<String>),
    Subroute {
        routes: Vec<Route>,
        errors: Vec<Route>,
    },
    Files(Files),
    Proxy(Proxy),
    /// It changes nothing that decides the request or which the next hop sees.
    Neutral,
    /// It may decide, and how is not modelled.
    Unknown(String),
}

/// A change to a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderOperation {
    Add(String, String),
    Set(String, String),
    Delete(String),
    /// Name, pattern, replacement.
    Replace(String, String, String),
}

/// A change to method or URI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rewrite {
    pub(super) method: Option<String>,
    pub(super) uri: Option<String>,
    pub(super) strip_prefix: Option<String>,
    pub(super) strip_suffix: Option<String>,
    /// Text, replacement.
    pub(super) substrings: Vec<(String, String)>,
    /// Pattern, replacement.
    pub(super) patterns: Vec<(String, String)>,
}

/// A server of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) root: Option<String>,
    pub(super) index: Vec<String>,
    pub(super) hide: Vec<String>,
    pub(super) passes_through: bool,
    pub(super) browses: bool,
    pub(super) status: String,
}

/// A reverse proxy.
#[derive(Debug, Clone, Default)]
pub(super) struct Proxy {
    pub(super) upstreams: Vec<String>,
    pub(super) is_tls: bool,
    pub(super) is_fastcgi: bool,
    pub(super) headers: Vec<HeaderOperation>,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) trusted: Vec<String>,
    /// The answer decides whether the request goes on (`forward_auth`).
    pub(super) asks: bool,
    /// Some answers are handled otherwise.
    pub(super) handles_answers: bool,
}

/// A matcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matcher {
    Host(Vec<String>),
    Path(Vec<String>),
    /// Name, pattern.
    PathRegexp(String, String),
    Method(Vec<String>),
    Query(Vec<(String, Vec<String>)>),
    /// `None`: the field must not be there; no values: any value.
    Header(Vec<(String, Option<Vec<String>>)>),
    /// Name, field, pattern.
    HeaderRegexp(Vec<(String, String, String)>),
    /// Ranges, and whether the first address in `X-Forwarded-For` is taken.
    RemoteIp(Vec<String>, bool),
    ClientIp(Vec<String>),
    Protocol(String),
    Not(Vec<Vec<Matcher>>),
    /// Root, files to try.
    File(Option<String>, Vec<String>),
    Vars(Vec<(String, Vec<String>)>),
    Unknown(String),
}

impl Handler {
    pub(super) fn new(kind: Kind, directive: &Directive, place: Place) -> Self {
        Self { kind, place, text: directive.text() }
    }
}

/// Networks as matchers name them; `private_ranges` stands for several.
pub(super) fn ranges(words: &[Box<str>]) -> Vec<String> {
    let private = ["192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1"];
    let expand = |word: &str| match word {
        "private_ranges" => private.iter().map(|range| (*range).to_owned()).collect(),
        word => vec![word.to_owned()],
    };
    words.iter().flat_map(|word| expand(word)).collect()
}
