//! The trace of one simulated request: every rule on its way, and what became of it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::request::{Header, Request, Scheme, Value, Version};
use crate::source::Place;

/// What a server does with one request, rule by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The rules that were looked at, in the server's own order.
    pub steps: Vec<Step>,
    /// The address that this server takes for the client's.
    pub client: Belief,
    /// What the server answers, and by which rule.
    pub outcome: Outcome,
}

/// One rule, or one choice between several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The server's own name of the phase: `server`, `location`, `access`, `http-request`.
    pub phase: &'static str,
    /// Where the rule stands; `None` for what the server does without being told.
    pub place: Option<Place>,
    /// The rule as it is written, without its block.
    pub text: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The reason, in one lower-case sentence without a full stop.
    pub because: String,
    /// For a choice: those that were not chosen, in the order of the configuration.
    pub losers: Vec<Loser>,
}

/// Whether a rule applied to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Hit,
    /// It did not.
    Miss,
    /// It cannot be told without knowing more.
    Unknown(Needs),
}

/// What would have to be known, in a few words, with the name of the directive: "the state of `limit_req` ...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs(pub String);

impl Needs {
    /// Whether a file is on the server.
    pub(crate) fn file(path: &str) -> Self {
        Self(format!("whether `{path}` {ON_THE_SERVER}"))
    }

    /// Whether only a file of the server would have to be seen.
    pub(crate) fn is_file(&self) -> bool {
        self.0.ends_with(ON_THE_SERVER)
    }
}

const ON_THE_SERVER: &str = "exists on the server";

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A candidate that was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loser {
    /// Where it stands.
    pub place: Option<Place>,
    /// As it is written, without its block.
    pub text: String,
    /// Why it lost, in one lower-case sentence without a full stop.
    pub because: String,
}

/// What the server answers, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// The rule that decided; `None` where the server does so without being told.
    pub decided_by: Option<Place>,
    /// What the deciding rule hangs on, as it is written: the blocks around it, its named conditions.
    pub conditions: Vec<Condition>,
    /// Checks on the way that depend on what happened before (rates, connection counts, stick tables): the
    /// answer holds if none of these limits is exceeded. Each has its own step with [`Verdict::Unknown`].
    pub assuming: Vec<Needs>,
}

/// Something that a rule hangs on: an `if`, a block on methods, an ACL that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Where it stands.
    pub place: Place,
    /// As it is written, without its block.
    pub text: String,
}

impl Outcome {
    /// An outcome that rests on no assumption, by a rule without conditions.
    pub fn new(answer: Answer, decided_by: Option<Place>) -> Self {
        Self { answer, decided_by, conditions: Vec::new(), assuming: Vec::new() }
    }
}

/// What the client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This status, made by the server itself: a refusal, a redirect, a fixed answer.
    Status(u16),
    /// Whatever the next hop answers to this request.
    Upstream(Box<Forwarded>),
    /// The file at this path, with status 200.
    File(String),
    /// Nothing: the connection is closed without an answer (`return 444`, `silent-drop`).
    Closed,
    /// It cannot be told without knowing more.
    Unknown(Needs),
}

/// The request as the next hop receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// Where it goes, as the configuration says: `http://127.0.0.1:8080`, `unix:/run/php.sock`.
    pub destination: String,
    /// How the connection to the next hop is protected.
    pub scheme: Scheme,
    /// The method.
    pub method: String,
    /// The request target.
    pub target: Value,
    /// The protocol version.
    pub version: Version,
    /// The header fields, `Host` among them.
    pub headers: Vec<Header>,
    /// What became of the header fields on the way.
    pub changes: Vec<HeaderChange>,
    /// The length of the body.
    pub body_length: u64,
    /// The address that this server took for the client's; the next hop sees this server's own.
    pub client: Belief,
}

/// One header field that the next hop sees otherwise than the server did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderChange {
    /// The header's name.
    pub name: String,
    /// What happened to it.
    pub how: HowChanged,
    /// The rule that did it; `None` where the server does so without being told.
    pub place: Option<Place>,
    /// The reason, in one lower-case sentence without a full stop.
    pub because: String,
}

/// What happened to a header field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HowChanged {
    /// It is new.
    Added,
    /// It has another value.
    Rewritten,
    /// The next hop does not see it.
    Dropped,
}

/// The client's address as a server believes it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belief {
    /// The address; `None` when it is not known.
    pub address: Option<IpAddr>,
    /// What the belief rests on.
    pub from: BelievedFrom,
    /// The rule that made the server believe it.
    pub place: Option<Place>,
}

/// What a belief about the client's address rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BelievedFrom {
    /// The other end of the connection.
    Connection,
    /// This header field.
    Header(String),
    /// The PROXY protocol's line.
    ProxyProtocol,
}

impl Belief {
    /// The belief of a server that trusts no header.
    pub fn connection(address: Option<IpAddr>) -> Self {
        Self { address, from: BelievedFrom::Connection, place: None }
    }
}

impl Walk {
    /// Whether the server itself refuses: a status from 400 up, or a closed connection.
    pub fn refuses(&self) -> bool {
        match self.outcome.answer {
            Answer::Status(status) => status >= 400,
            Answer::Closed => true,
            Answer::Upstream(_) | Answer::File(_) | Answer::Unknown(_) => false,
        }
    }
}

impl Step {
    /// A step without losers.
    pub fn new(
        phase: &'static str,
        place: Option<Place>,
        text: impl Into<String>,
        verdict: Verdict,
        because: impl Into<String>,
    ) -> Self {
        Self { phase, place, text: text.into(), verdict, because: because.into(), losers: Vec::new() }
    }
}

impl Forwarded {
    /// The request to simulate at the next hop, which listens at `listener` and sees `from` as its client.
    pub fn arrives_at(&self, listener: Option<SocketAddr>, from: Option<IpAddr>) -> Request {
        Request {
            scheme: self.scheme,
            listener,
            client: from,
            server_name: None,
            method: self.method.clone(),
            target: self.target.known().unwrap_or("/").to_owned(),
            version: self.version,
            headers: self.headers.clone(),
            body_length: self.body_length,
            user: None,
        }
    }

    /// The value of the first header field of that name.
    pub fn header(&self, name: &str) -> Option<&Value> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| &header.value)
    }
}
