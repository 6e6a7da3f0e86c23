//! The choice of the backend, and what its server receives.

use std::net::IpAddr;

use super::acl::Truth;
use super::matching::network;
use super::proxy::{Mode, Proxy, proxies};
use super::run::{Run, Stage};
use super::sample::Stop;
use super::tree::Line;
use crate::request::{Header, Scheme, Value, Version};
use crate::walk::{Answer, Forwarded, HeaderChange, HowChanged, Loser, Needs, Verdict};

/// Fields of one connection, which are never passed on (`h1_parse_connection_header()` in `src/h1.c`).
const OF_THE_CONNECTION: &[&str] = &["connection", "proxy-connection"];

impl<'a> Run<'a> {
    /// `use_backend` in order, then `default_backend`, then a `listen` itself (`process_switching_rules()`).
    pub(super) fn switch(&mut self) -> Stage<Option<Proxy<'a>>> {
        let frontend = self.frontend;
        self.scope = frontend.section;
        let mut losers = Vec::new();
        let mut chosen = None;
        for line in frontend.own("use_backend") {
            let judged = self.condition(line);
            match judged.truth {
                Truth::Yes => {
                    let name = match self.format(line.word(1)) {
                        Ok(name) => name,
                        Err(stop) => return self.unknown("use_backend", line, &stop),
                    };
                    chosen = self.backend_named(&name).map(|backend| (backend, line, judged.because));
                    if chosen.is_some() {
                        break;
                    }
                    losers.push(self.loser(line, format!("there is no backend `{name}`")));
                    if line.word(1).contains('%') {
                        break;
                    }
                }
                Truth::No => losers.push(self.loser(line, judged.because)),
                Truth::Unknown(stop)
                    if matches!(stop, Stop::Counter(_)) && self.misses_below_limits(line) =>
                {
                    losers
                        .push(self.loser(line, format!("{} is taken to be within the limit", stop.needs())));
                    self.assuming.push(stop.needs());
                }
                Truth::Unknown(stop) => return self.unknown("use_backend", line, &stop),
            }
        }
        if chosen.is_none()
            && let Some(line) = frontend.setting("default_backend")
        {
            let because = "no `use_backend` applies".to_owned();
            chosen = self.backend_named(line.word(1)).map(|backend| (backend, line, because));
        }
        let Some((backend, line, because)) = chosen else {
            if frontend.is_backend() {
                return Ok(Some(frontend));
            }
            self.step("use_backend", None, Verdict::Hit, "there is no backend for it".to_owned());
            return Ok(None);
        };
        self.step("use_backend", Some(line), Verdict::Hit, because);
        if let Some(step) = self.steps.last_mut() {
            step.losers = losers;
        }
        Ok(Some(backend))
    }

    fn loser(&self, line: &Line, because: String) -> Loser {
        Loser { place: Some(self.config.place(line)), text: line.text(), because }
    }

    fn backend_named(&self, name: &str) -> Option<Proxy<'a>> {
        proxies(self.config).into_iter().find(|proxy| proxy.is_backend() && proxy.section.name() == name)
    }

    /// The request as a server of the backend receives it; 503 when there is no server.
    pub(super) fn forward(&mut self, backend: Proxy<'a>) -> Stage {
        if let Some(line) =
            backend.own("filter").chain(self.frontend.own("filter")).find(|line| line.word(1) == "spoe")
        {
            self.assuming.push(Needs(format!("what the agent of `{}` says", line.text())));
        }
        let servers: Vec<&Line> = backend.own("server").chain(backend.own("server-template")).collect();
        let has = |line: &Line, word: &str| line.words.iter().skip(3).any(|other| **other == *word);
        let up = servers.iter().find(|line| !has(line, "disabled") && !has(line, "backup"));
        let up = up.or_else(|| servers.iter().find(|line| !has(line, "disabled")));
        let Some(server) = up.copied().or_else(|| backend.setting("dispatch")) else {
            if backend.option("transparent").is_some() || backend.option("http_proxy").is_some() {
                return Err((Needs("where a transparent proxy sends the request".to_owned()), None));
            }
            let place = Some(self.config.place(&backend.section.header));
            self.step("server", None, Verdict::Hit, format!("`{}` has no server that is up", backend.text()));
            return Ok(Some((Answer::Status(self.error_status(503)), place)));
        };
        self.step("server", Some(server), Verdict::Hit, self.choice(&servers));
        self.answers_of_responses(backend);
        let place = Some(self.config.place(server));
        let passes = self.frontend.mode() == Mode::Tcp && !self.bind.is_tls;
        let scheme = match has(server, "ssl") {
            true => Scheme::Https,
            false if passes => self.request.scheme,
            false => Scheme::Http,
        };
        let at = if server.word(0) == "dispatch" {
            1
        } else if server.word(0) == "server" {
            2
        } else {
            3
        };
        let (headers, changes) = match self.frontend.mode() {
            Mode::Http => self.forwarded_headers(backend),
            _ => (self.request.headers.clone(), Vec::new()),
        };
        let forwarded = Forwarded {
            destination: destination(scheme, server.word(at)),
            scheme,
            method: self.method.clone(),
            target: self.target.clone().map_or_else(|stop| Value::Unknown(stop.needs()), Value::Known),
            version: if self.request.version == Version::Http10 { Version::Http10 } else { Version::Http11 },
            headers,
            changes,
            body_length: self.request.body_length,
            client: self.client.clone(),
        };
        Ok(Some((Answer::Upstream(Box::new(forwarded)), place)))
    }

    fn choice(&self, servers: &[&Line]) -> String {
        match servers.len() {
            0 | 1 => "it is the only server".to_owned(),
            count => format!("it stands for the {count} servers, which are taken to be alike and up"),
        }
    }

    /// `http-response` rules that may refuse what the server answers.
    fn answers_of_responses(&mut self, backend: Proxy<'a>) {
        let frontend = self.frontend;
        let both = if backend.is_same(&frontend) { vec![backend] } else { vec![backend, frontend] };
        for line in both.iter().flat_map(|proxy| proxy.rules("http-response")).map(|(line, _)| line) {
            if matches!(
                line.word(1),
                "deny" | "return" | "redirect" | "set-status" | "reject" | "silent-drop"
            ) {
                let needs = Needs(format!("whether `{}` applies to the server's answer", line.text()));
                self.step(
                    "http-response",
                    Some(line),
                    Verdict::Unknown(needs.clone()),
                    "the answer is not known".to_owned(),
                );
                self.assuming.push(needs);
            }
        }
    }

    fn forwarded_headers(&mut self, backend: Proxy<'a>) -> (Vec<Header>, Vec<HeaderChange>) {
        self.connection_fields();
        self.add_client_address(backend, "forwardfor", "x-forwarded-for", self.client.address);
        self.add_client_address(
            backend,
            "originalto",
            "x-original-to",
            self.request.listener.map(|socket| socket.ip()),
        );
        if let Some(line) = self.frontend.setting("unique-id-header") {
            let needs = Needs("the unique ID of the request".to_owned());
            self.add_header(line, line.word(1), Value::Unknown(needs));
        }
        if let Some(line) = backend.setting("http-send-name-header") {
            let needs = Needs("the name of the server".to_owned());
            self.set_header(line, line.word(1), Value::Unknown(needs));
        }
        (self.headers.clone(), std::mem::take(&mut self.changes))
    }

    /// Fields that `Connection` names stay; it itself is made anew.
    fn connection_fields(&mut self) {
        let upgrades = self.headers.iter().any(|header| {
            let value = header.value.known().unwrap_or("");
            header.name == "connection"
                && value.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
        });
        let chunked = self.headers.iter().any(|header| header.name == "transfer-encoding");
        let goes = |name: &str| OF_THE_CONNECTION.contains(&name) || (name == "content-length" && chunked);
        let (gone, kept): (Vec<Header>, Vec<Header>) =
            std::mem::take(&mut self.headers).into_iter().partition(|header| goes(&header.name));
        self.headers = kept;
        for header in gone {
            let because = "it belongs to one connection".to_owned();
            self.changes.push(HeaderChange {
                name: header.name,
                how: HowChanged::Dropped,
                place: None,
                because,
            });
        }
        if upgrades {
            self.headers.push(Header::new("connection", "upgrade"));
        }
    }

    /// `option forwardfor` and `option originalto` of either proxy (`http_process_request()`).
    fn add_client_address(
        &mut self,
        backend: Proxy<'a>,
        option: &str,
        default: &str,
        address: Option<IpAddr>,
    ) {
        let lines: Vec<&Line> =
            [backend, self.frontend].iter().filter_map(|proxy| proxy.option(option)).collect();
        let Some(line) = lines.first().copied() else { return };
        let parameter = |line: &'a Line, name: &str| {
            let at = line.words.iter().position(|word| &**word == name)?;
            Some(line.word(at + 1))
        };
        // The option sets a name where it is written without one (`cfgparse-listen.c`), and the backend's goes first.
        let name = parameter(line, "header").unwrap_or(default).to_ascii_lowercase();
        let always = lines.iter().any(|line| !line.words.iter().any(|word| &**word == "if-none"));
        if !always && self.headers.iter().any(|header| header.name == name) {
            return;
        }
        let excepted = lines.iter().filter_map(|line| network(parameter(line, "except")?));
        let value = match (&self.source, address) {
            (Ok(()), Some(address))
                if excepted.clone().any(|network| network.contains(&address.to_canonical())) =>
            {
                return;
            }
            (Ok(()), Some(address)) => Value::Known(address.to_string()),
            (Err(stop), _) => Value::Unknown(stop.needs()),
            (Ok(()), None) => Value::Unknown(Needs("the client's address".to_owned())),
        };
        self.add_header(line, &name, value);
    }
}

/// `http://127.0.0.1:8080`, `unix:/run/app.sock`
fn destination(scheme: Scheme, address: &str) -> String {
    let address = address.strip_prefix("ipv4@").or(address.strip_prefix("ipv6@")).unwrap_or(address);
    match address.strip_prefix("unix@") {
        Some(path) => format!("unix:{path}"),
        None if address.starts_with('/') => format!("unix:{address}"),
        None => format!("{}://{address}", scheme.name()),
    }
}
