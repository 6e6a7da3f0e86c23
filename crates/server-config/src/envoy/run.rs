//! One request through Envoy's connection manager.

use std::net::IpAddr;

use super::Config;
use super::listener::name;
use super::route::Chosen;
use crate::document::Node;
use crate::request::{Request, Scheme, Value};
use crate::source::Place;
use crate::walk::{Answer, Belief, Needs, Outcome, Step, Verdict, Walk};

/// The walk is over: the answer is noted in the run.
pub(super) struct Answered;

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) request: &'a Request,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
    pub(super) client: Belief,
    /// The path with its query, as normalised.
    pub(super) path: String,
    /// The value of `:authority`, as ports are stripped.
    pub(super) authority: String,
    /// The connection manager's settings; known once the filter chain is chosen.
    pub(super) manager: Option<&'a Node>,
    /// The virtual host and route; known once they are chosen.
    pub(super) chosen: Option<Chosen<'a>>,
    /// Another protocol was asked for, and the request went on: its body has no end.
    pub(super) is_upgrade: bool,
    outcome: Option<Outcome>,
}

/// Walks a request.
pub(super) fn simulate(config: &Config, request: &Request) -> Walk {
    let mut run = Run {
        config,
        request,
        steps: Vec::new(),
        assuming: Vec::new(),
        client: Belief::connection(request.client),
        path: request.target.clone(),
        authority: String::new(),
        manager: None,
        chosen: None,
        is_upgrade: false,
        outcome: None,
    };
    // Every way through ends with an answer.
    let Answered = match run.walk() {
        Ok(answered) | Err(answered) => answered,
    };
    let nothing = || Outcome::new(Answer::Unknown(Needs("a listener".to_owned())), None);
    let mut outcome = run.outcome.take().unwrap_or_else(nothing);
    outcome.assuming = run.assuming;
    Walk { steps: run.steps, client: run.client, outcome }
}

impl<'a> Run<'a> {
    fn walk(&mut self) -> Result<Answered, Answered> {
        let listener = self.listener()?;
        let chain = self.filter_chain(listener)?;
        let manager = self.network_filters(listener, chain)?;
        self.manager = Some(manager);
        self.codec(manager)?;
        self.believe(manager)?;
        self.normalise(manager)?;
        self.choose_route(manager)?;
        self.upgrade(manager)?;
        self.http_filters(manager)?;
        Ok(self.router())
    }

    /// Ends the walk with an answer.
    pub(super) fn answer(&mut self, answer: Answer, place: Option<Place>) -> Answered {
        self.outcome = Some(Outcome::new(answer, place));
        Answered
    }

    /// Ends the walk with what would have to be known.
    pub(super) fn unknown(&mut self, needs: impl Into<String>) -> Answered {
        self.answer(Answer::Unknown(Needs(needs.into())), None)
    }

    /// Ends the walk with what a rule would have to know, and notes the rule.
    pub(super) fn unknown_at(&mut self, phase: &'static str, node: &Node, needs: Needs) -> Answered {
        let place = Some(self.config.place(node));
        let because = format!("it depends on {needs}");
        self.steps.push(Step::new(
            phase,
            place.clone(),
            name(node),
            Verdict::Unknown(needs.clone()),
            because,
        ));
        self.answer(Answer::Unknown(needs), place)
    }

    /// An answer of Envoy's own; `details` are the `response_code_details` in its access log. A configuration may give
    /// such answers another status (`local_reply_config`).
    pub(super) fn local_reply(
        &mut self,
        phase: &'static str,
        place: Option<Place>,
        text: impl Into<String>,
        status: u16,
        because: &str,
        details: &str,
    ) -> Answered {
        // A gRPC client gets every such answer as HTTP 200 with a `grpc-status` (`common/http/utility.cc`, sendLocalReply).
        let is_grpc = !matches!(details, "low_version" | "http1.unexpected_underscore") && self.is_grpc();
        let because = match is_grpc {
            true => format!("{because}; a gRPC client gets {status} as `grpc-status` in a 200 (`{details}`)"),
            false => format!("{because} (`{details}`)"),
        };
        let status = if is_grpc { 200 } else { status };
        self.steps.push(Step::new(phase, place.clone(), text, Verdict::Hit, because));
        let mappers = self.manager.and_then(|manager| manager.path(&["local_reply_config", "mappers"]));
        match mappers.filter(|mappers| !mappers.items().is_empty()) {
            Some(mappers) => {
                let needs = Needs("the status that `local_reply_config` gives".to_owned());
                let place = Some(self.config.place(mappers));
                self.answer(Answer::Unknown(needs), place)
            }
            None => self.answer(Answer::Status(status), place),
        }
    }

    pub(super) fn miss(&mut self, phase: &'static str, node: &Node, text: impl Into<String>, because: &str) {
        let place = Some(self.config.place(node));
        self.steps.push(Step::new(phase, place, text, Verdict::Miss, because));
    }

    /// The value that a header matcher sees: pseudo-headers, the connection manager's own fields, several lines joined.
    pub(super) fn header_value(&self, name: &str) -> Result<Option<String>, Needs> {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            ":method" => return Ok(Some(self.request.method.clone())),
            ":path" => return Ok(Some(self.path.clone())),
            ":authority" | "host" => return Ok(Some(self.authority.clone())),
            ":scheme" => return Ok(Some(self.request.scheme.name().to_owned())),
            "x-forwarded-proto" => return self.forwarded_proto().map(Some),
            "x-forwarded-for" => return self.forwarded_for(),
            "x-request-id" | "x-envoy-external-address" | "x-envoy-internal" | "x-client-trace-id" => {
                return Err(Needs(format!("the value that Envoy gives `{lower}`")));
            }
            // The codec takes these for itself.
            "connection" | "transfer-encoding" | "keep-alive" | "proxy-connection" | "upgrade" | "te"
            | "http2-settings" => {
                return Err(Needs(format!("Envoy's handling of `{lower}`")));
            }
            _ => {}
        }
        let mut values = Vec::new();
        for value in self.request.headers_named(name) {
            match value {
                Value::Known(text) => values.push(text.trim().to_owned()),
                Value::Unknown(needs) => return Err(needs.clone()),
            }
        }
        Ok((!values.is_empty()).then(|| values.join(",")))
    }

    /// Whether the request is of gRPC, by its content type.
    pub(super) fn is_grpc(&self) -> bool {
        let kind = self.request.header("Content-Type").and_then(Value::known).unwrap_or("");
        kind == "application/grpc" || kind.starts_with("application/grpc+")
    }

    /// The host's name without its port.
    pub(super) fn host_name(&self) -> Option<String> {
        let host = self.request.header("Host").and_then(Value::known)?;
        let end = host.rfind(':').filter(|at| !host[*at..].contains(']')).unwrap_or(host.len());
        Some(host[..end].to_owned())
    }

    /// The path without query and fragment, as routes and `url_path` see it.
    pub(super) fn bare_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or("")
    }

    pub(super) fn is_tls(&self) -> bool {
        self.request.scheme == Scheme::Https
    }

    pub(super) fn peer(&self) -> Result<IpAddr, Needs> {
        self.request.client.ok_or_else(|| Needs("the client's address".to_owned()))
    }
}
