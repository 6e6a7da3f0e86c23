//! One request through Kong: the route, then its plugins.

use super::Config;
use super::route::Fitting;
use crate::document::Node;
use crate::request::{Header, Request, Scheme, Value, Version};
use crate::source::Place;
use crate::walk::{Answer, Belief, Forwarded, HeaderChange, HowChanged, Needs, Outcome, Step, Verdict, Walk};

/// The walk is over: the answer is noted in the run.
pub(super) struct Answered;

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) request: &'a Request,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
    /// The consumer that an authentication plugin found.
    pub(super) consumer: Option<&'a Node>,
    /// Whether a credential was accepted.
    pub(super) is_authenticated: bool,
    outcome: Option<Outcome>,
}

/// Walks a request.
pub(super) fn simulate(config: &Config, request: &Request) -> Walk {
    let mut run = Run {
        config,
        request,
        steps: Vec::new(),
        assuming: Vec::new(),
        consumer: None,
        is_authenticated: false,
        outcome: None,
    };
    let Answered = match run.walk() {
        Ok(answered) | Err(answered) => answered,
    };
    let nothing = || Outcome::new(Answer::Unknown(Needs("a route".to_owned())), None);
    let mut outcome = run.outcome.take().unwrap_or_else(nothing);
    outcome.assuming = run.assuming;
    // Which headers Kong believes is set in kong.conf (`trusted_ips`); by default none.
    Walk { steps: run.steps, client: Belief::connection(request.client), outcome }
}

impl<'a> Run<'a> {
    fn walk(&mut self) -> Result<Answered, Answered> {
        if !self.request.target.starts_with('/')
            || self.request.target.contains('%')
            || self.request.target.contains("/.")
        {
            return Err(self.unknown("Kong's normal form of such a path"));
        }
        let chosen = self.choose_route().map_err(|needs| self.unknown(needs.0))?;
        let Some(chosen) = chosen else {
            self.plugins(None)?;
            return Ok(self.refuse(
                "route",
                None,
                "routes",
                404,
                "no route matches: `no Route matched with those values`",
            ));
        };
        self.protocol(&chosen)?;
        self.plugins(Some(chosen))?;
        let Some(service) = chosen.service else {
            let place = Some(self.config.place(chosen.route));
            return Ok(self.refuse("service", place, "route", 503, "the route has no service"));
        };
        Ok(self.pass_on(&chosen, service))
    }

    /// A route for `https` alone answers plain requests itself.
    fn protocol(&mut self, chosen: &Fitting<'a>) -> Result<(), Answered> {
        let protocols: Vec<&str> = chosen.route.list("protocols").iter().filter_map(Node::text).collect();
        let takes = |name: &str| protocols.is_empty() || protocols.contains(&name);
        if self.request.scheme == Scheme::Https || takes("http") {
            return Ok(());
        }
        if !takes("https") {
            return Err(self.unknown("a route for another protocol than HTTP"));
        }
        let status = chosen
            .route
            .number("https_redirect_status_code")
            .and_then(|code| u16::try_from(code).ok())
            .unwrap_or(426);
        let node = chosen.route.get("protocols").unwrap_or(chosen.route);
        let place = Some(self.config.place(node));
        Err(self.refuse(
            "route",
            place,
            "protocols",
            status,
            "the route takes HTTPS only: `Please use HTTPS protocol`",
        ))
    }

    /// Ends the walk with what would have to be known.
    pub(super) fn unknown(&mut self, needs: impl Into<String>) -> Answered {
        self.outcome = Some(Outcome::new(Answer::Unknown(Needs(needs.into())), None));
        Answered
    }

    /// Ends the walk with an answer of Kong's own.
    pub(super) fn refuse(
        &mut self,
        phase: &'static str,
        place: Option<Place>,
        text: &str,
        status: u16,
        because: &str,
    ) -> Answered {
        self.steps.push(Step::new(phase, place.clone(), text, Verdict::Hit, because));
        self.outcome = Some(Outcome::new(Answer::Status(status), place));
        Answered
    }

    /// The host in lower case without its port, and the port that was reached.
    pub(super) fn host(&self) -> (String, u16) {
        let host = self.request.header("Host").and_then(Value::known).unwrap_or("").to_ascii_lowercase();
        let end = host.rfind(':').filter(|at| !host[*at..].contains(']')).unwrap_or(host.len());
        (host[..end].to_owned(), self.request.port())
    }

    /// The path, several slashes as one.
    pub(super) fn path(&self) -> String {
        let mut path = self.request.target.split('?').next().unwrap_or("/").to_owned();
        while path.contains("//") {
            path = path.replace("//", "/");
        }
        path
    }

    /// The values of a header's lines.
    pub(super) fn values(&self, name: &str) -> Result<Vec<String>, Needs> {
        let value = |value: &Value| match value {
            Value::Known(text) => Ok(text.trim().to_owned()),
            Value::Unknown(needs) => Err(needs.clone()),
        };
        self.request.headers_named(name).map(value).collect()
    }

    fn pass_on(&mut self, chosen: &Fitting<'a>, service: &'a Node) -> Answered {
        let place = Some(self.config.place(service));
        let text = service.text_of("name").unwrap_or("service").to_owned();
        let url = service.text_of("url").map(str::to_owned).or_else(|| {
            let scheme = service.text_of("protocol").unwrap_or("http");
            let host = service.text_of("host")?;
            let port = service.text_of("port").map_or(String::new(), |port| format!(":{port}"));
            Some(format!("{scheme}://{host}{port}{}", service.text_of("path").unwrap_or("")))
        });
        let Some(url) = url else {
            return self.unknown("the URL of the service");
        };
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let keeps_host = chosen.route.get("preserve_host").and_then(Node::text) == Some("true");
        let mut headers = self.request.headers.clone();
        let mut changes = Vec::new();
        let mut set = |name: &str, value: Value, because: &str| {
            let before = headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
            headers.retain(|header| !header.name.eq_ignore_ascii_case(name));
            headers.push(Header { name: name.to_owned(), value });
            let how = if before { HowChanged::Rewritten } else { HowChanged::Added };
            changes.push(HeaderChange {
                name: name.to_owned(),
                how,
                place: place.clone(),
                because: because.to_owned(),
            });
        };
        if !keeps_host {
            set(
                "Host",
                Value::Known(authority.to_owned()),
                "`preserve_host` is off, so the service's own host is sent",
            );
        }
        let forwarded = Needs("kong.conf's `trusted_ips`".to_owned());
        set("X-Forwarded-For", Value::Unknown(forwarded), "the client's address is appended");
        let strips = chosen.route.get("strip_path").and_then(Node::text) != Some("false");
        let (path, query) =
            self.request.target.split_at(self.request.target.find('?').unwrap_or(self.request.target.len()));
        let target = match (strips, chosen.prefix) {
            (false, _) => Value::Known(format!("{}{path}{query}", base.trim_end_matches('/'))),
            (true, Some(length)) if path.len() >= length => {
                let rest = path[length..].trim_start_matches('/');
                Value::Known(format!("{}/{rest}{query}", base.trim_end_matches('/')))
            }
            _ => Value::Unknown(Needs("the path behind a stripped pattern".to_owned())),
        };
        let forwarded = Forwarded {
            destination: format!("{scheme}://{authority}"),
            scheme: if scheme == "https" { Scheme::Https } else { Scheme::Http },
            method: self.request.method.clone(),
            target,
            version: Version::Http11,
            headers,
            changes,
            body_length: self.request.body_length,
            client: Belief::connection(self.request.client),
        };
        self.steps.push(Step::new("service", place.clone(), text, Verdict::Hit, "the request is passed on"));
        self.outcome = Some(Outcome::new(Answer::Upstream(Box::new(forwarded)), place));
        Answered
    }
}
