//! One request through HAProxy's stages: TCP rules, HTTP rules, the choice of the backend, and its rules
//! (the analysers in `src/stream.c` and `src/http_ana.c`).

use std::collections::HashMap;

use super::Config;
use super::bind::{self, Bind};
use super::proxy::{Mode, Proxy};
use super::sample::{Sample, Stop};
use super::tree::{Line, Section};
use crate::request::{Header, Request, Value};
use crate::source::{FileTree, Place};
use crate::walk::{Answer, Belief, BelievedFrom, HeaderChange, Needs, Outcome, Step, Verdict, Walk};

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) files: &'a FileTree,
    pub(super) request: &'a Request,
    pub(super) bind: Bind<'a>,
    pub(super) frontend: Proxy<'a>,
    /// The backend, once it is chosen.
    pub(super) backend: Option<Proxy<'a>>,
    /// The section whose ACLs hold.
    pub(super) scope: &'a Section,
    /// Whether the client's address is what `client` says.
    pub(super) source: Result<(), Stop>,
    pub(super) client: Belief,
    pub(super) method: String,
    pub(super) target: Result<String, Stop>,
    pub(super) headers: Vec<Header>,
    pub(super) variables: HashMap<String, Result<Sample, Stop>>,
    pub(super) changes: Vec<HeaderChange>,
    /// Counters are taken for 0, to see what a rule does below every limit.
    pub(super) counters_low: bool,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
}

/// An answer and the rule that gave it; `None`: on to the next stage.
pub(super) type Decision = Option<(Answer, Option<Place>)>;

/// What a stage ends with, or what would have to be known, with the line that needs it.
pub(super) type Stage<T = Decision> = Result<T, (Needs, Option<Place>)>;

pub(super) fn simulate(config: &Config, request: &Request, files: &FileTree) -> Walk {
    let (bind, step) = match bind::choose(config, request) {
        Ok(chosen) => chosen,
        Err(needs) => {
            let outcome = Outcome::new(Answer::Unknown(needs), None);
            return Walk { steps: Vec::new(), client: Belief::connection(request.client), outcome };
        }
    };
    let mut run = Run::new(config, request, files, bind);
    run.steps.push(step);
    let mut outcome = match run.stages() {
        Ok(Some((answer, place))) => Outcome::new(answer, place),
        Ok(None) => Outcome::new(Answer::Status(503), None),
        Err((needs, place)) => Outcome::new(Answer::Unknown(needs), place),
    };
    outcome.assuming = std::mem::take(&mut run.assuming);
    Walk { steps: run.steps, client: run.client, outcome }
}

impl<'a> Run<'a> {
    fn new(config: &'a Config, request: &'a Request, files: &'a FileTree, bind: Bind<'a>) -> Self {
        let frontend = bind.proxy;
        let mut run = Self {
            config,
            files,
            request,
            frontend,
            backend: None,
            scope: frontend.section,
            source: Ok(()),
            client: Belief::connection(request.client),
            method: request.method.clone(),
            target: Ok(request.target.clone()),
            headers: request.headers.clone(),
            variables: HashMap::new(),
            changes: Vec::new(),
            counters_low: false,
            steps: Vec::new(),
            assuming: Vec::new(),
            bind,
        };
        for header in &mut run.headers {
            header.name = header.name.to_ascii_lowercase();
            if let Value::Known(value) = &mut header.value {
                *value = value.trim_matches([' ', '\t']).to_owned();
            }
        }
        if run.bind.takes_proxy_protocol {
            run.source = Err(Stop::Needs("the client's address in the PROXY protocol's line".to_owned()));
            let place = Some(config.place(run.bind.line));
            run.client = Belief { address: None, from: BelievedFrom::ProxyProtocol, place };
        }
        run
    }

    fn stages(&mut self) -> Stage {
        let frontend = self.frontend;
        for level in ["connection", "session", "content"] {
            if let Some(decision) = self.tcp_rules(frontend, level)? {
                return Ok(Some(decision));
            }
        }
        if frontend.mode() == Mode::Other {
            return Err((
                Needs("what a proxy does that is neither in mode `http` nor `tcp`".to_owned()),
                None,
            ));
        }
        if frontend.mode() == Mode::Http {
            for stage in [Self::request_line, Self::monitor] {
                if let Some(decision) = stage(self)? {
                    return Ok(Some(decision));
                }
            }
            if let Some(decision) = self.http_rules(frontend)? {
                return Ok(Some(decision));
            }
        }
        let Some(backend) = self.switch()? else { return Ok(None) };
        self.backend = Some(backend);
        if !backend.is_same(&frontend) {
            self.scope = backend.section;
            if let Some(decision) = self.tcp_rules(backend, "content")? {
                return Ok(Some(decision));
            }
            if frontend.mode() == Mode::Http
                && let Some(decision) = self.http_rules(backend)?
            {
                return Ok(Some(decision));
            }
        }
        self.forward(backend)
    }

    /// The ACLs of a name in the section whose rules are looked at.
    pub(super) fn acl_lines(&self, name: &str) -> Vec<&'a Line> {
        self.scope.all("acl").filter(|line| line.word(1) == name).collect()
    }

    /// Whether something outside of the configuration may set variables.
    pub(super) fn has_foreign_variables(&self) -> bool {
        let proxies = [Some(self.frontend), self.backend];
        let mut lines = proxies.into_iter().flatten().flat_map(|proxy| proxy.section.active());
        lines.any(|line| {
            (line.word(0) == "filter" && line.word(1) == "spoe") || line.word(1).starts_with("lua.")
        })
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

    /// A stop at a line, for what we would have to know.
    pub(super) fn unknown<T>(&mut self, phase: &'static str, line: &Line, stop: &Stop) -> Stage<T> {
        let needs = stop.needs();
        let because = format!("{needs} would have to be known");
        self.step(phase, Some(line), Verdict::Unknown(needs.clone()), because);
        Err((needs, Some(self.config.place(line))))
    }
}
