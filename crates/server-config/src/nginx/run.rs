//! One request through nginx's phases, with internal redirects.

use std::collections::HashMap;

use super::Config;
use super::error_page::Page;
use super::location::{self, How};
use super::request_head::{self, Head};
use super::scope::Scope;
use super::server::Chosen;
use super::tree::Directive;
use crate::pattern::Captures;
use crate::request::{Header, Request, Value};
use crate::source::{FileTree, Place};
use crate::walk::{Answer, Belief, Forwarded, Loser, Needs, Outcome, Step, Verdict, Walk};

/// Rewrites and internal redirects of one request (`NGX_HTTP_MAX_URI_CHANGES` is 10, counted down from 11).
const URI_CHANGES: u32 = 11;
/// Subrequests in subrequests (`auth_request` behind `auth_request`).
const MAX_SUBREQUESTS: u32 = 5;

/// The state of one request.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) files: &'a FileTree,
    pub(super) request: &'a Request,
    pub(super) server: Scope<'a>,
    pub(super) scope: Scope<'a>,
    /// The header fields that nginx took in.
    pub(super) headers: Vec<Header>,
    pub(super) host: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) args: String,
    pub(super) target: String,
    /// Whether `internal` locations are open.
    pub(super) is_internal: bool,
    pub(super) path_changed: bool,
    /// Whether the path still is the one of the request line.
    pub(super) target_holds: bool,
    /// Whether the location was found by the path: `proxy_pass` then replaces the location's name.
    pub(super) location_holds: bool,
    uri_changes: u32,
    pub(super) captures: Vec<Option<String>>,
    pub(super) variables: HashMap<String, Value>,
    pub(super) client: Belief,
    pub(super) body_discarded: bool,
    /// The handler of an `if` block that a later `if` replaced: it stays, without its settings.
    pub(super) stale_handler: Option<&'a Directive>,
    /// The status that an error page keeps, and the rule that made it.
    pub(super) kept: Option<(u16, Option<Place>)>,
    pub(super) page_used: bool,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
    pub(super) depth: u32,
    pub(super) nesting: u32,
}

/// How a phase ends.
pub(super) enum Flow<'a> {
    /// On to the next phase.
    Next,
    /// A status that may have an error page.
    Refuse(u16, Option<Place>),
    /// A status with its own body.
    Send(u16, Option<Place>),
    File(String),
    Pass(Box<Forwarded>, Place),
    Close(Option<Place>),
    /// To another path, with other arguments.
    Redirect(String, String, &'a Directive),
    /// To a named location.
    Named(String, &'a Directive),
}

/// A phase's end, or what would have to be known, with the directive that needs it.
pub(super) type Phase<'a> = Result<Flow<'a>, (Needs, Option<Place>)>;

/// Where the phases start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Server,
    Location,
}

pub(super) fn simulate(config: &Config, request: &Request, files: &FileTree) -> Walk {
    let mut steps = Vec::new();
    match request_head::take(config, request, &mut steps) {
        Err((answer, place)) => {
            let client = Belief::connection(request.client);
            Walk { steps, client, outcome: Outcome::new(answer, place) }
        }
        Ok((head, chosen)) => {
            let mut run = Run::new(config, request, files, head, chosen, steps);
            let outcome = run.finish_main();
            Walk { steps: run.steps, client: run.client, outcome }
        }
    }
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        request: &'a Request,
        files: &'a FileTree,
        head: Head,
        chosen: Chosen<'a>,
        steps: Vec<Step>,
    ) -> Self {
        let server = Scope::server(config.http(), chosen.server);
        let mut run = Self {
            config,
            files,
            request,
            scope: server.clone(),
            server,
            headers: head.headers,
            host: head.host,
            method: request.method.clone(),
            path: head.target.path,
            args: head.target.args,
            target: request.target.clone(),
            is_internal: false,
            path_changed: false,
            target_holds: true,
            location_holds: true,
            uri_changes: URI_CHANGES,
            captures: Vec::new(),
            variables: HashMap::new(),
            client: Belief::connection(request.client),
            body_discarded: false,
            stale_handler: None,
            kept: None,
            page_used: false,
            steps,
            assuming: Vec::new(),
            depth: 0,
            nesting: 0,
        };
        run.remember(chosen.captures);
        run
    }

    fn finish_main(&mut self) -> Outcome {
        let early = request_head::refused_early(self);
        let mut outcome = match early {
            Some((status, place)) => self.finish(Err((status, place))),
            None => match self.client_certificate() {
                Ok(()) => {
                    self.take_client_address(&self.server.clone());
                    self.finish(Ok(Start::Server))
                }
                Err((needs, place)) => Outcome::new(Answer::Unknown(needs), place),
            },
        };
        outcome.assuming = std::mem::take(&mut self.assuming);
        outcome
    }

    /// The status of a subrequest (`ngx_http_subrequest()`): GET, internal, without the access phase.
    pub(super) fn subrequest(&mut self, path: &str, args: &str) -> Option<Answer> {
        if self.depth >= MAX_SUBREQUESTS {
            return None;
        }
        let mut run = Self {
            config: self.config,
            files: self.files,
            request: self.request,
            server: self.server.clone(),
            scope: self.server.clone(),
            headers: self.headers.clone(),
            host: self.host.clone(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            args: args.to_owned(),
            target: self.target.clone(),
            is_internal: true,
            path_changed: false,
            target_holds: false,
            location_holds: true,
            uri_changes: URI_CHANGES,
            captures: Vec::new(),
            variables: std::mem::take(&mut self.variables),
            client: self.client.clone(),
            body_discarded: self.body_discarded,
            stale_handler: None,
            kept: None,
            page_used: false,
            steps: std::mem::take(&mut self.steps),
            assuming: std::mem::take(&mut self.assuming),
            depth: self.depth + 1,
            nesting: 0,
        };
        let before = run.steps.len();
        let outcome = run.finish(Ok(Start::Server));
        self.variables = run.variables;
        self.steps = run.steps;
        self.steps.iter_mut().skip(before).for_each(|step| step.phase = "subrequest");
        self.assuming = run.assuming;
        Some(outcome.answer)
    }

    /// Runs the phases until there is an answer.
    fn finish(&mut self, start: Result<Start, (u16, Option<Place>)>) -> Outcome {
        let mut next = match start {
            Ok(start) => self.phases(start),
            Err((status, place)) => Ok(Flow::Refuse(status, place)),
        };
        loop {
            let flow = match next {
                Ok(flow) => flow,
                Err((needs, place)) => return Outcome::new(Answer::Unknown(needs), place),
            };
            next = match flow {
                Flow::Next => Ok(Flow::Refuse(404, None)),
                Flow::Refuse(444, place) | Flow::Close(place) => return Outcome::new(Answer::Closed, place),
                Flow::Refuse(status, place) => match self.error_page(status, place) {
                    Ok(Page::None(outcome)) => return outcome,
                    Ok(Page::Flow(flow)) => Ok(flow),
                    Err(stop) => Err(stop),
                },
                Flow::Send(status, place) => return self.answered(Answer::Status(status), place),
                Flow::File(path) => return self.answered(Answer::File(path), None),
                Flow::Pass(forwarded, place) => {
                    return self.answered(Answer::Upstream(forwarded), Some(place));
                }
                Flow::Redirect(path, args, by) => self.redirect(path, args, by),
                Flow::Named(name, by) => self.named(&name, by),
            };
        }
    }

    /// An error page answers with the status it was shown for, unless `=` says otherwise.
    fn answered(&mut self, answer: Answer, place: Option<Place>) -> Outcome {
        match self.kept.take() {
            // A subrequest tells of the request's body and does not send it; a server that waits for it never answers.
            Some((_, by)) if self.depth > 0 && self.request.body_length > 0 && is_upstream(&answer) => {
                let needs = "whether the next server answers a subrequest that lacks its body".to_owned();
                Outcome::new(Answer::Unknown(Needs(needs)), by)
            }
            Some((status, by)) => Outcome::new(Answer::Status(status), by),
            None => Outcome::new(answer, place),
        }
    }

    fn redirect(&mut self, path: String, args: String, by: &'a Directive) -> Phase<'a> {
        if !self.count_change(Some(by)) {
            return Ok(Flow::Refuse(500, Some(self.config.place(by))));
        }
        if path.is_empty() {
            return Ok(Flow::Refuse(500, Some(self.config.place(by))));
        }
        (self.path, self.args) = (path, args);
        self.is_internal = true;
        self.target_holds = false;
        self.location_holds = true;
        self.phases(Start::Server)
    }

    fn named(&mut self, name: &str, by: &'a Directive) -> Phase<'a> {
        if !self.count_change(Some(by)) {
            return Ok(Flow::Refuse(500, Some(self.config.place(by))));
        }
        let found = location::locations(&self.server)
            .find(|candidate| matches!(location::kind(candidate), location::Kind::Named(n) if n == name));
        let Some(found) = found else {
            self.step("location", Some(by), Verdict::Hit, format!("there is no location `{name}`"));
            return Ok(Flow::Refuse(500, Some(self.config.place(by))));
        };
        self.step("location", Some(found), Verdict::Hit, format!("`{}` leads here", by.text()));
        self.is_internal = true;
        self.path_changed = false;
        self.stale_handler = None;
        self.scope = self.server.inside(found);
        self.limit_except();
        self.phases(Start::Location)
    }

    fn phases(&mut self, start: Start) -> Phase<'a> {
        if start == Start::Server {
            self.scope = self.server.clone();
            self.path_changed = false;
            match self.rewrite_server()? {
                Flow::Next => {}
                other => return Ok(other),
            }
            match self.find_location()? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        loop {
            match self.rewrite_location()? {
                Flow::Next => {}
                other => return Ok(other),
            }
            if !self.path_changed {
                break;
            }
            if !self.count_change(None) {
                return Ok(Flow::Refuse(500, None));
            }
            self.scope = self.server.clone();
            match self.find_location()? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        self.unmodelled()?;
        self.preaccess()?;
        if self.depth == 0 {
            match self.access()? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        match self.try_files()? {
            Flow::Next => self.content(),
            other => Ok(other),
        }
    }

    fn find_location(&mut self) -> Phase<'a> {
        self.path_changed = false;
        self.stale_handler = None;
        let found = location::find(&self.server, &self.path).map_err(|needs| (needs, None))?;
        self.remember(found.captures);
        self.scope = found.scope;
        let winner = self.scope.innermost().header.filter(|_| found.how != How::Server);
        let because = match found.how {
            How::Server => "no location matches, so the server block itself holds".to_owned(),
            How::Exact => format!("the path is exactly `{}`", self.path),
            How::Prefix => {
                format!("the longest prefix of `{}`, and no regular expression goes before it", self.path)
            }
            How::Regex => format!("the first regular expression that matches `{}`", self.path),
            How::AddSlash => format!("`{}` lacks only its last slash", self.path),
        };
        self.step("location", winner, Verdict::Hit, because);
        let losers = found.losers.into_iter().map(|(loser, because)| Loser {
            place: Some(self.config.place(loser)),
            text: loser.text(),
            because,
        });
        let losers: Vec<Loser> = losers.collect();
        if let Some(step) = self.steps.last_mut() {
            step.losers = losers;
        }
        if let Some(internal) = self.scope.one("internal").filter(|_| !self.is_internal) {
            self.step(
                "location",
                Some(internal),
                Verdict::Hit,
                "only internal redirects may come here".to_owned(),
            );
            return Ok(Flow::Refuse(404, Some(self.config.place(internal))));
        }
        self.limit_except();
        if let Some(flow) = self.body_size().map_err(|needs| (needs, None))? {
            return Ok(flow);
        }
        if found.how == How::AddSlash {
            return Ok(Flow::Refuse(301, winner.map(|winner| self.config.place(winner))));
        }
        Ok(Flow::Next)
    }

    pub(super) fn remember(&mut self, captures: Option<Captures>) {
        if let Some(captures) = captures {
            self.captures = captures.groups;
            for (name, value) in captures.named {
                self.variables.insert(name.to_ascii_lowercase(), Value::Known(value));
            }
        }
    }

    fn count_change(&mut self, by: Option<&'a Directive>) -> bool {
        self.uri_changes -= 1;
        if self.uri_changes == 0 {
            self.uri_changes = 1;
            self.page_used = true;
            self.step("location", by, Verdict::Hit, "more than 10 rewrites or internal redirects".to_owned());
            return false;
        }
        true
    }
}

fn is_upstream(answer: &Answer) -> bool {
    matches!(answer, Answer::Upstream(_))
}
