//! One request through a server's routes (`modules/caddyhttp/server.go`, `routes.go`).

use std::collections::{BTreeMap, BTreeSet};

use super::matching::Fit;
use super::placeholders::split_host;
use super::route::{Handler, Kind, Route, Server};
use super::uri::{BadTarget, Uri};
use super::{Config, headers};
use crate::request::{Header, Request, Scheme, Value, Version};
use crate::source::{FileTree, Place};
use crate::walk::{Answer, Belief, BelievedFrom, HeaderChange, Loser, Needs, Outcome, Step, Verdict, Walk};

/// Subroutes in subroutes.
const MAX_DEPTH: u32 = 100;

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) files: &'a FileTree,
    pub(super) request: &'a Request,
    pub(super) server: &'a Server,
    pub(super) method: String,
    pub(super) original: Uri,
    pub(super) uri: Uri,
    pub(super) host: String,
    pub(super) headers: Vec<Header>,
    pub(super) vars: BTreeMap<String, String>,
    pub(super) placeholders: BTreeMap<String, String>,
    pub(super) client: Belief,
    /// The error that is being handled, and the rule that made it.
    pub(super) error: Option<(u16, Option<Place>)>,
    groups: BTreeSet<String>,
    pub(super) changes: Vec<HeaderChange>,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
    depth: u32,
}

/// What a handler leads to.
pub(super) enum Flow {
    /// The next handler.
    Next,
    /// The end, with the rule that made it.
    Answer(Answer, Option<Place>),
    /// An error, which `handle_errors` may handle.
    Error(u16, Option<Place>),
    /// The end without a word: an empty answer.
    End,
}

/// A flow, or what would have to be known, with its place.
pub(super) type Flows = Result<Flow, (Needs, Option<Place>)>;

pub(super) fn simulate(config: &Config, request: &Request, files: &FileTree) -> Walk {
    let mut steps = Vec::new();
    let client = Belief::connection(request.client);
    let early =
        |answer, place, steps| Walk { steps, client: client.clone(), outcome: Outcome::new(answer, place) };
    let server = match choose(config, request, &mut steps) {
        Ok(server) => server,
        Err((answer, place)) => return early(answer, place, steps),
    };
    let mut run = match Run::new(request, files, server) {
        Ok(run) => run,
        Err(answer) => {
            if answer == Answer::Status(400) {
                steps.push(Step::new(
                    "request",
                    None,
                    &*request.target,
                    Verdict::Hit,
                    "the request is malformed",
                ));
            }
            return early(answer, None, steps);
        }
    };
    run.steps = steps;
    run.believe(server);
    let mut outcome = run.serve();
    outcome.assuming = std::mem::take(&mut run.assuming);
    Walk { steps: run.steps, client: run.client, outcome }
}

/// The server on the port, or the redirect to TLS that Caddy adds by itself (`modules/caddyhttp/autohttps.go`).
fn choose<'a>(
    config: &'a Config,
    request: &Request,
    steps: &mut Vec<Step>,
) -> Result<&'a Server, (Answer, Option<Place>)> {
    let port = request.port();
    let fits = |server: &&Server| {
        let address = request.listener.map(|listener| listener.ip());
        server.port == port
            && (server.addresses.is_empty()
                || address.is_none_or(|address| server.addresses.contains(&address)))
    };
    let mut found: Vec<&Server> = config.servers.iter().filter(fits).collect();
    found.sort_by_key(|server| server.addresses.is_empty());
    let host =
        request.header("host").and_then(Value::known).map(|host| split_host(host).0).unwrap_or_default();
    let redirect = || {
        let mut hosts = config.servers.iter().flat_map(|server| &server.redirected);
        hosts
            .find(|(name, _)| name.eq_ignore_ascii_case(&host) || wildcard_fits(name, &host))
            .map(|(_, place)| place.clone())
    };
    let Some(server) = found.first().copied() else {
        if port == config.http_port()
            && request.scheme == Scheme::Http
            && let Some(place) = redirect()
        {
            let because = "Caddy redirects the site's plain requests to TLS by itself";
            steps.push(Step::new("server", Some(place.clone()), &*host, Verdict::Hit, because));
            return Err((Answer::Status(308), Some(place)));
        }
        let needs = format!("a site on port {port}, which this configuration does not have");
        return Err((Answer::Unknown(Needs(needs)), None));
    };
    match (server.is_tls, request.scheme) {
        (true, Scheme::Http) => {
            steps.push(Step::new(
                "server",
                None,
                format!(":{port}"),
                Verdict::Hit,
                "plain HTTP was sent to a TLS port",
            ));
            Err((Answer::Status(400), None))
        }
        (false, Scheme::Https) => {
            Err((Answer::Unknown(Needs(format!("TLS on port {port}, which has none"))), None))
        }
        _ => Ok(server),
    }
}

fn wildcard_fits(pattern: &str, host: &str) -> bool {
    pattern
        .strip_prefix("*.")
        .is_some_and(|rest| host.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)))
}

impl<'a> Run<'a> {
    /// The request as Go's server takes it in (`net/http/server.go`).
    fn new(request: &'a Request, files: &'a FileTree, server: &'a Server) -> Result<Self, Answer> {
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if request.target == "*" && request.method == "OPTIONS" {
            return Err(Answer::Status(200));
        }
        let uri = match Uri::parse(&request.target) {
            Ok(uri) => uri,
            Err(BadTarget::Malformed) => return Err(Answer::Status(400)),
            Err(BadTarget::NotText) => {
                return Err(Answer::Unknown(Needs("Caddy's reading of a path that is no UTF-8".to_owned())));
            }
        };
        let hosts: Vec<&Value> = request.headers_named("host").collect();
        let host = match hosts.as_slice() {
            [Value::Known(host)] => host.trim().to_owned(),
            [Value::Unknown(needs)] => return Err(Answer::Unknown(needs.clone())),
            [] if request.version != Version::Http11 => String::new(),
            _ => return Err(Answer::Status(400)),
        };
        if !is_token(&request.method) || !request.headers.iter().all(|header| is_token(&header.name)) {
            return Err(Answer::Status(400));
        }
        if request.method.len() > 32 {
            return Err(Answer::Status(405));
        }
        let fields = request.headers.iter().filter(|header| !header.name.eq_ignore_ascii_case("host"));
        let headers = fields
            .map(|header| Header { name: headers::canonical(&header.name), value: header.value.clone() })
            .collect();
        Ok(Self {
            files,
            request,
            server,
            method: request.method.clone(),
            original: uri.clone(),
            uri,
            host,
            headers,
            vars: BTreeMap::new(),
            placeholders: BTreeMap::new(),
            client: Belief::connection(request.client),
            error: None,
            groups: BTreeSet::new(),
            changes: Vec::new(),
            steps: Vec::new(),
            assuming: Vec::new(),
            depth: 0,
        })
    }

    /// `servers.trusted_proxies`: the client's address is the first one in `X-Forwarded-For` (Caddy 2.7).
    fn believe(&mut self, server: &Server) {
        let Some(connection) = self.request.client else { return };
        if !super::matching::in_ranges(connection, &server.trusted).unwrap_or(false) {
            return;
        }
        let values = self.header_values("X-Forwarded-For").unwrap_or_default();
        let first =
            values.first().and_then(|value| value.split(',').next()).map(|word| split_host(word.trim()).0);
        if let Some(Ok(address)) = first.map(|word| word.parse()) {
            let from = BelievedFrom::Header("X-Forwarded-For".to_owned());
            self.client = Belief { address: Some(address), from, place: None };
        }
    }

    fn serve(&mut self) -> Outcome {
        let server = self.server;
        let (status, place) = match self.routes(&server.routes) {
            Ok(Flow::Answer(answer, place)) => return Outcome::new(answer, place),
            Ok(Flow::Next | Flow::End) => {
                self.step(
                    "route",
                    None,
                    Verdict::Hit,
                    "no handler answers, so that the answer is empty".to_owned(),
                );
                return Outcome::new(Answer::Status(200), None);
            }
            Ok(Flow::Error(status, place)) => (status, place),
            Err((needs, place)) => return Outcome::new(Answer::Unknown(needs), place),
        };
        if server.errors.is_empty() {
            return Outcome::new(Answer::Status(status), place);
        }
        // The error routes see the request as it was, but for its header fields.
        self.method.clone_from(&self.request.method);
        self.uri = self.original.clone();
        self.error = Some((status, place.clone()));
        match self.routes(&server.errors) {
            Ok(Flow::Answer(answer, by)) => {
                // A page with the error's own status is still the refusal of the rule that made it.
                let place = if answer == Answer::Status(status) { place } else { by };
                Outcome::new(answer, place)
            }
            Ok(_) => Outcome::new(Answer::Status(status), place),
            Err((needs, place)) => Outcome::new(Answer::Unknown(needs), place),
        }
    }

    /// Routes in order, each with its handlers.
    pub(super) fn routes(&mut self, routes: &'a [Route]) -> Flows {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err((Needs("what routes nested this deeply do".to_owned()), None));
        }
        let flow = self.each_route(routes);
        self.depth -= 1;
        flow
    }

    fn each_route(&mut self, routes: &'a [Route]) -> Flows {
        let mut losers: Vec<Loser> = Vec::new();
        for route in routes {
            let first = route.handlers.first();
            let place = first.map(|handler| handler.place.clone());
            match self.any_set(&route.matchers) {
                Ok(Fit::Yes) => {}
                Ok(Fit::No(because)) => {
                    if let Some(handler) = first {
                        // Of the sites only the chosen one has a step; the others are its losers.
                        if !route.terminal {
                            self.handler_step(handler, Verdict::Miss, because.clone());
                        }
                        losers.push(Loser { place, text: handler.text.clone(), because });
                    }
                    continue;
                }
                Ok(Fit::Error(status)) => return Ok(Flow::Error(status, place)),
                Err(needs) => {
                    if let Some(handler) = first {
                        self.handler_step(
                            handler,
                            Verdict::Unknown(needs.clone()),
                            format!("{needs} would have to be known"),
                        );
                    }
                    return Err((needs, place));
                }
            }
            if let Some(group) = &route.group
                && !self.groups.insert(group.clone())
            {
                if let Some(handler) = first {
                    self.handler_step(
                        handler,
                        Verdict::Miss,
                        "another one of its group came first".to_owned(),
                    );
                }
                continue;
            }
            for handler in &route.handlers {
                match self.handle(handler, &mut losers)? {
                    Flow::Next => {}
                    flow => return Ok(flow),
                }
            }
            if route.terminal {
                return Ok(Flow::End);
            }
        }
        Ok(Flow::Next)
    }

    fn handle(&mut self, handler: &'a Handler, losers: &mut Vec<Loser>) -> Flows {
        if let Kind::Subroute { routes, errors } = &handler.kind {
            self.handler_step(handler, Verdict::Hit, "it fits".to_owned());
            if let Some(step) = self.steps.last_mut() {
                step.losers = std::mem::take(losers);
            }
            return match self.routes(routes)? {
                Flow::Error(status, place) if !errors.is_empty() => {
                    self.error = Some((status, place));
                    self.routes(errors)
                }
                flow => Ok(flow),
            };
        }
        self.act(handler).map_err(|needs| {
            self.handler_step(
                handler,
                Verdict::Unknown(needs.clone()),
                format!("{needs} would have to be known"),
            );
            (needs, Some(handler.place.clone()))
        })
    }

    pub(super) fn handler_step(&mut self, handler: &Handler, verdict: Verdict, because: String) {
        let place = Some(handler.place.clone());
        self.steps.push(Step::new("route", place, &*handler.text, verdict, because));
    }

    pub(super) fn step(
        &mut self,
        phase: &'static str,
        place: Option<Place>,
        verdict: Verdict,
        because: String,
    ) {
        self.steps.push(Step::new(phase, place, "", verdict, because));
    }
}
