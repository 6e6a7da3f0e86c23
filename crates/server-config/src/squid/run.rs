//! One request through Squid: the port, the URL, `http_access`, and the way onwards
//! (`src/client_side.cc`, `src/client_side_request.cc`).

use super::Config;
use super::acl::Match;
use super::tree::{Line, State};
use super::url::Url;
use crate::request::{Request, Scheme, Value};
use crate::source::{FileTree, Place};
use crate::walk::{Answer, Belief, BelievedFrom, Needs, Outcome, Step, Verdict, Walk};

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) files: &'a FileTree,
    pub(super) request: &'a Request,
    /// CONNECT where the client opens a tunnel through the proxy.
    pub(super) request_method: String,
    pub(super) url: Url,
    pub(super) is_accelerator: bool,
    pub(super) port_name: String,
    pub(super) client: Belief,
    /// The ACL that was looked at last: `deny_info` goes by it.
    pub(super) last_acl: String,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
}

/// An answer and the rule that gave it; `None`: on to the next stage.
pub(super) type Decision = Option<(Answer, Option<Place>)>;

/// What a stage ends with, or what would have to be known, with the line that needs it.
pub(super) type Stage<T = Decision> = Result<T, (Needs, Option<Place>)>;

/// What a list of rules says.
pub(super) enum Said<'a> {
    /// Allowed, by a rule or because the last one denies.
    Allowed,
    /// Denied by this rule, or because the last one allows.
    Denied(Option<&'a Line>),
    /// Credentials are asked for.
    Challenge(&'a Line),
}

pub(super) fn simulate(config: &Config, request: &Request, files: &FileTree) -> Walk {
    let client = Belief::connection(request.client);
    let mut run = match Run::new(config, request, files) {
        Ok(run) => run,
        Err((answer, steps)) => return Walk { steps, client, outcome: Outcome::new(answer, None) },
    };
    let mut outcome = match run.stages() {
        Ok(Some((answer, place))) => Outcome::new(answer, place),
        Ok(None) => Outcome::new(Answer::Status(503), None),
        Err((needs, place)) => Outcome::new(Answer::Unknown(needs), place),
    };
    outcome.assuming = std::mem::take(&mut run.assuming);
    Walk { steps: run.steps, client: run.client, outcome }
}

/// The URL that a request is for, as the port that it reaches takes it.
pub(super) fn url_of(config: &Config, request: &Request) -> Option<Url> {
    let files = FileTree::in_memory(crate::source::Coverage::Part, Vec::<(String, Vec<u8>)>::new());
    Run::new(config, request, &files).ok().map(|run| run.url)
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        request: &'a Request,
        files: &'a FileTree,
    ) -> Result<Self, (Answer, Vec<Step>)> {
        let unknown = |needs: String| (Answer::Unknown(Needs(needs)), Vec::new());
        let ports: Vec<&Line> = config.named("http_port").chain(config.named("https_port")).collect();
        // Without a known connection the request is taken to be sent to the proxy as such.
        let port = match request.listener {
            Some(listener) => ports.iter().find(|line| port_of(line) == Some(listener.port())),
            None => ports.iter().find(|line| !has_mode(line)).or(ports.first()),
        };
        let Some(port) = port.copied() else {
            return Err(unknown(format!(
                "an `http_port` {}, which this configuration does not have",
                request.port()
            )));
        };
        if let State::Unsure(needs) = &port.state {
            return Err(unknown(format!("{needs}, for `{}`", port.text())));
        }
        let option =
            |name: &str| port.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let has = |name: &str| port.words.iter().any(|word| **word == *name);
        let is_accelerator = has("accel") || has("vhost") || option("defaultsite").is_some();
        if has("require-proxy-header") {
            return Err(unknown("the client's address in the PROXY protocol's line".to_owned()));
        }
        let is_tls_port = port.name() == "https_port";
        let host = request.header("host").and_then(Value::known).map(str::trim);
        let site = if is_accelerator { host.or_else(|| option("defaultsite")) } else { host };
        let site = if has("no-vhost") { option("defaultsite") } else { site };
        let origin_form = request.target.starts_with('/');
        let takes_origin_form = is_accelerator || has("intercept") || has("tproxy") || has("transparent");
        let (method, text) = match (origin_form, request.listener.is_none(), request.scheme, site) {
            (true, true, Scheme::Https, Some(host)) if !takes_origin_form => {
                let port = request.port();
                let name = host.split(':').next().unwrap_or(host);
                ("CONNECT".to_owned(), format!("{name}:{port}"))
            }
            (true, is_loose, scheme, Some(host)) if takes_origin_form || is_loose => {
                let scheme =
                    if is_tls_port || (is_loose && scheme == Scheme::Https) { "https" } else { "http" };
                (request.method.clone(), format!("{scheme}://{host}{}", request.target))
            }
            _ => (request.method.clone(), request.target.clone()),
        };
        let Some(url) = Url::parse(&method, &text) else {
            let because = "the request target is no URL that Squid takes";
            return Err((
                Answer::Status(400),
                vec![Step::new("request", None, &*request.target, Verdict::Hit, because)],
            ));
        };
        let mut run = Self {
            config,
            files,
            request,
            request_method: method,
            url,
            is_accelerator,
            port_name: option("name").unwrap_or(port.word(1)).to_owned(),
            client: Belief::connection(request.client),
            last_acl: String::new(),
            steps: Vec::new(),
            assuming: Vec::new(),
        };
        let because = match is_accelerator {
            true => "it is the port of a reverse proxy",
            false => "it is the port of the proxy",
        };
        run.step("http_port", Some(port), Verdict::Hit, because.to_owned());
        Ok(run)
    }

    fn stages(&mut self) -> Stage {
        for stage in [Self::request_line, Self::believe, Self::http_access, Self::services, Self::miss_access]
        {
            if let Some(decision) = stage(self)? {
                return Ok(Some(decision));
            }
        }
        self.forward()
    }

    /// Refusals before any rule (`clientProcessRequest()`).
    fn request_line(&mut self) -> Stage {
        let length = self.request.body_length;
        let limit = self.config.value("request_body_max_size").and_then(size).filter(|limit| *limit > 0);
        let is_reading = matches!(self.request_method.as_str(), "GET" | "HEAD");
        let takes_bodies = self.config.value("request_entities").is_some_and(|value| value == "on");
        let (status, because) = if is_reading && length > 0 && !takes_bodies {
            (411, "a GET or HEAD request has a body, and `request_entities` is off".to_owned())
        } else if limit.is_some_and(|limit| length > limit) && self.request_method != "CONNECT" {
            (413, format!("the body has {length} bytes, and {} are allowed", limit.unwrap_or(0)))
        } else {
            return Ok(None);
        };
        let line = if status == 413 { self.config.named("request_body_max_size").last() } else { None };
        self.step("request", line, Verdict::Hit, because);
        Ok(Some((Answer::Status(status), line.map(|line| self.config.place(line)))))
    }

    /// `follow_x_forwarded_for`: from which proxies the header is believed (`clientFollowXForwardedForCheck()`).
    fn believe(&mut self) -> Stage {
        let rules: Vec<&Line> = self.config.named("follow_x_forwarded_for").collect();
        let Some(first) = rules.first().copied() else { return Ok(None) };
        if self.config.value("acl_uses_indirect_client").is_some_and(|value| value == "off") {
            return Ok(None);
        }
        let fields: Vec<&str> =
            self.request.headers_named("X-Forwarded-For").filter_map(Value::known).collect();
        let mut chain: Vec<&str> = fields.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
        while let Some(next) = chain.pop() {
            if !matches!(self.list(&rules)?, Said::Allowed) {
                break;
            }
            let Ok(address) = next.parse() else { break };
            let from = BelievedFrom::Header("X-Forwarded-For".to_owned());
            self.client = Belief { address: Some(address), from, place: Some(self.config.place(first)) };
        }
        if self.client.from != BelievedFrom::Connection {
            let address = self.client.address.map(|address| address.to_string()).unwrap_or_default();
            self.step(
                "follow_x_forwarded_for",
                Some(first),
                Verdict::Hit,
                format!("`X-Forwarded-For` names {address}"),
            );
        }
        Ok(None)
    }

    fn http_access(&mut self) -> Stage {
        let rules: Vec<&Line> = self.config.named("http_access").collect();
        if rules.is_empty() {
            self.step(
                "http_access",
                None,
                Verdict::Hit,
                "there is no `http_access`, and Squid denies then".to_owned(),
            );
            return Ok(Some((Answer::Status(403), None)));
        }
        let said = self.rules(&rules, "http_access")?;
        self.refusal(said, rules.last().copied())
    }

    /// 403, or 407 when the last ACL asks for a user; `deny_info` may change it (`clientAccessCheckDone()`).
    pub(super) fn refusal(&mut self, said: Said<'a>, last: Option<&'a Line>) -> Stage {
        let (line, asks, is_challenge) = match said {
            Said::Allowed => return Ok(None),
            Said::Denied(line) => {
                let is_auth = |acl: &&Line| acl.word(2).starts_with("proxy_auth");
                (line, self.config.acl_lines(&self.last_acl).iter().any(is_auth), false)
            }
            Said::Challenge(line) => (Some(line), true, true),
        };
        let place = line.or(last).map(|line| self.config.place(line));
        let status = match (asks, self.is_accelerator) {
            (true, true) => 401,
            (true, false) => 407,
            (false, _) => 403,
        };
        // A redirect is no answer to a request that lacks credentials.
        let named = |info: &&Line| info.rest(2).iter().any(|name| **name == *self.last_acl);
        let info = self
            .config
            .named("deny_info")
            .filter(named)
            .find(|info| !(is_challenge && info.word(1).contains(':')));
        let answer = match info.map(|info| info.word(1)) {
            Some("TCP_RESET") => Answer::Closed,
            Some(page) => Answer::Status(self.page_status(page, status)),
            None => Answer::Status(status),
        };
        if let Some(info) = info {
            self.step("deny_info", Some(info), Verdict::Hit, format!("the last ACL was `{}`", self.last_acl));
        }
        Ok(Some((answer, place)))
    }

    /// A page may have a status of its own, and a URL is a redirect (`ErrorState::BuildHttpReply()`).
    fn page_status(&self, page: &str, default: u16) -> u16 {
        let is_reading = matches!(self.request_method.as_str(), "GET" | "HEAD");
        match page.split_once(':') {
            Some((status, _)) if status.len() == 3 && status.parse::<u16>().is_ok() => {
                status.parse().unwrap_or(default)
            }
            Some(_) if !is_reading && self.request.version >= crate::request::Version::Http11 => 307,
            Some(_) => 302,
            None => default,
        }
    }

    /// The first rule whose ACLs all match; none: the opposite of the last rule.
    pub(super) fn rules(&mut self, rules: &[&'a Line], phase: &'static str) -> Stage<Said<'a>> {
        let mut open: Option<(&'a Line, Needs)> = None;
        for rule in rules.iter().copied() {
            let names: Vec<String> = rule.rest(2).iter().map(ToString::to_string).collect();
            let found = match &rule.state {
                State::Unsure(needs) => Match::Unknown(Needs(needs.to_string())),
                _ => self.all(&names, 0),
            };
            let allows = rule.word(1) == "allow";
            match found {
                Match::Yes => {
                    self.step(phase, Some(rule), Verdict::Hit, "all its ACLs match".to_owned());
                    let said = if allows { Said::Allowed } else { Said::Denied(Some(rule)) };
                    return self.agreed(open, said);
                }
                Match::No => {
                    let because = format!("`{}` decides against it", self.last_acl);
                    self.step(phase, Some(rule), Verdict::Miss, because);
                }
                Match::Challenge => {
                    self.step(
                        phase,
                        Some(rule),
                        Verdict::Hit,
                        format!("`{}` asks for a user", self.last_acl),
                    );
                    return self.agreed(open, Said::Challenge(rule));
                }
                Match::Counter(needs) => {
                    let because =
                        format!("{needs} would have to be known; it is taken to be within the limit");
                    self.step(phase, Some(rule), Verdict::Unknown(needs.clone()), because);
                    self.assuming.push(needs);
                }
                // A rule that lets the request in either way still asks for a password first.
                Match::MayChallenge(needs) => {
                    let because = format!("{needs} would have to be known");
                    self.step(phase, Some(rule), Verdict::Unknown(needs.clone()), because);
                    return Err((needs, Some(self.config.place(rule))));
                }
                Match::Unknown(needs) => {
                    self.step(
                        phase,
                        Some(rule),
                        Verdict::Unknown(needs.clone()),
                        format!("{needs} would have to be known"),
                    );
                    open.get_or_insert((rule, needs));
                }
            }
        }
        let Some(last) = rules.last() else { return Ok(Said::Allowed) };
        let because = "no rule matches, and the opposite of the last one holds".to_owned();
        self.step(phase, Some(last), Verdict::Hit, because);
        let said = if last.word(1) == "allow" { Said::Denied(None) } else { Said::Allowed };
        self.agreed(open, said)
    }

    /// A rule in doubt does not matter when it says what is said without it.
    fn agreed(&self, open: Option<(&'a Line, Needs)>, said: Said<'a>) -> Stage<Said<'a>> {
        match (open, &said) {
            (Some((rule, _)), Said::Allowed) if rule.word(1) == "allow" => Ok(said),
            (Some((rule, needs)), _) => Err((needs, Some(self.config.place(rule)))),
            (None, _) => Ok(said),
        }
    }

    /// A list without steps of its own.
    pub(super) fn list(&mut self, rules: &[&'a Line]) -> Stage<Said<'a>> {
        let before = self.steps.len();
        let said = self.rules(rules, "acl");
        self.steps.truncate(before);
        said
    }

    pub(super) fn step(
        &mut self,
        phase: &'static str,
        line: Option<&Line>,
        verdict: Verdict,
        because: String,
    ) {
        let place = line.map(|line| self.config.place(line));
        let text = line.map(Line::text).unwrap_or_default();
        self.steps.push(Step { phase, place, text, verdict, because, losers: Vec::new() });
    }
}

fn port_of(line: &Line) -> Option<u16> {
    let word = line.word(1);
    word.rsplit_once(':').map_or(word, |(_, port)| port).parse().ok()
}

fn has_mode(line: &Line) -> bool {
    let modes = ["accel", "intercept", "tproxy", "transparent", "vhost"];
    line.name() == "https_port"
        || line.words.iter().any(|word| modes.contains(&&**word) || word.starts_with("defaultsite="))
}

/// `10 KB`, `5 MB`
fn size(text: String) -> Option<u64> {
    let mut words = text.split_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    let unit = match words.next().unwrap_or("bytes").to_ascii_lowercase().as_str() {
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => 1,
    };
    Some(number.saturating_mul(unit))
}
