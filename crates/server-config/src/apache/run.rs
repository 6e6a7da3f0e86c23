//! One request through httpd's hooks, with subrequests and internal redirects
//! (`ap_process_request_internal()` in `server/request.c`).

use super::Config;
use super::directory::Walked;
use super::env::{Env, Where};
use super::head::{self, Head};
use super::layers::{Scope, Shelf};
use super::rewrite_rules::Patterns;
use super::tree::Directive;
use super::uri::{self, BadPath, EncodedSlashes, Slashes};
use super::vhost::Chosen;
use crate::request::{Header, Request};
use crate::source::{Entry, FileTree, Place};
use crate::walk::{Answer, Belief, HeaderChange, Needs, Outcome, Step, Verdict, Walk};

/// Internal redirects of one request (`LimitInternalRecursion`).
const MAX_REDIRECTS: usize = 10;
/// Subrequests in subrequests.
const MAX_SUBREQUESTS: usize = 5;
/// Subrequests of one request in all; httpd has no such limit.
const MAX_LOOKUPS: usize = 500;

/// The state of one request: `request_rec`, and what the walk writes down.
#[derive(Clone)]
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) files: &'a FileTree,
    pub(super) request: &'a Request,
    pub(super) shelf: &'a Shelf,
    pub(super) chosen: Chosen<'a>,
    /// `lookup_defaults`: the directives of the server itself.
    pub(super) defaults: Scope<'a>,
    /// `per_dir_config`: the directives that hold now.
    pub(super) scope: Scope<'a>,
    pub(super) headers: Vec<Header>,
    pub(super) hostname: String,
    pub(super) method: String,
    /// The decoded path.
    pub(super) uri: String,
    /// The target as it came.
    pub(super) unparsed: String,
    pub(super) args: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) path_info: String,
    /// The last walk over the directories, which the next one takes over for the same directory.
    pub(super) walked: Option<Walked<'a>>,
    /// What is at `filename`; `Unknown` before it was looked at.
    pub(super) entry: Entry,
    pub(super) handler: Option<(String, Option<Place>)>,
    /// `[H=...]` of a rewrite rule.
    pub(super) forced_handler: Option<(String, Option<Place>)>,
    /// Where rewrite rules of sections lead.
    pub(super) rewritten: Option<(String, &'a Directive)>,
    /// The URL that the request is to be passed on to, and the rule that says so.
    pub(super) proxy: Option<(String, &'a Directive)>,
    /// The `Alias` that matched: the prefix and the directory (`ap_set_context_info()`).
    pub(super) context: Option<(String, String)>,
    pub(super) is_script_aliased: bool,
    /// What `RequestHeader` did.
    pub(super) header_changes: Vec<HeaderChange>,
    pub(super) env: Env,
    pub(super) user: Option<String>,
    pub(super) client: Belief,
    /// The status that `RewriteRule ... [R]` gave, and where.
    pub(super) forced_status: Option<(u16, Place)>,
    /// The settings of the request before this one, of which it is a part or which leads here; that one was let in.
    pub(super) before: Option<Scope<'a>>,
    /// How deep in subrequests.
    pub(super) depth: usize,
    pub(super) redirects: usize,
    /// Subrequests in all.
    lookups: usize,
    pub(super) rules_tried: usize,
    pub(super) patterns: Patterns,
    /// `RewriteRule ... [END]` was met.
    pub(super) has_ended: bool,
    pub(super) steps: Vec<Step>,
    pub(super) assuming: Vec<Needs>,
}

/// How a phase ends when the next one does not follow.
pub(super) enum End<'a> {
    /// A status, which may have an `ErrorDocument`.
    Status(u16, Option<Place>),
    /// It would have to be known.
    Unknown(Needs, Option<Place>),
    /// An answer as it is.
    Answer(Answer, Option<Place>),
    /// An internal redirect to a URL path with its query.
    Restart(String, &'a Directive),
}

pub(super) type Phase<'a, T = ()> = Result<T, End<'a>>;

/// How a subrequest went: the status it was refused with, and by which rule.
pub(super) type Looked = Result<(), (u16, Option<Place>)>;

pub(super) fn simulate(config: &Config, request: &Request, files: &FileTree) -> Walk {
    let shelf = Shelf::default();
    let mut steps = Vec::new();
    match head::take(config, request, &mut steps) {
        Err((answer, place)) => {
            let client = Belief::connection(request.client);
            Walk { steps, client, outcome: Outcome::new(answer, place) }
        }
        Ok(head) => {
            let mut run = Run::new(config, request, files, &shelf, head, steps);
            let mut outcome = run.finish();
            outcome.assuming = std::mem::take(&mut run.assuming);
            Walk { steps: run.steps, client: run.client, outcome }
        }
    }
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        request: &'a Request,
        files: &'a FileTree,
        shelf: &'a Shelf,
        head: Head<'a>,
        steps: Vec<Step>,
    ) -> Self {
        let defaults = head::defaults(&head.chosen);
        let mut run = Self {
            config,
            files,
            request,
            shelf,
            chosen: head.chosen,
            scope: defaults.clone(),
            defaults,
            headers: head.headers,
            hostname: head.hostname,
            method: request.method.clone(),
            uri: String::new(),
            unparsed: head.raw_path,
            args: head.args,
            filename: None,
            path_info: String::new(),
            walked: None,
            entry: Entry::Unknown,
            handler: None,
            forced_handler: None,
            rewritten: None,
            proxy: None,
            context: None,
            is_script_aliased: false,
            header_changes: Vec::new(),
            env: Env::default(),
            user: None,
            client: Belief::connection(request.client),
            forced_status: None,
            before: None,
            depth: 0,
            redirects: 0,
            lookups: 0,
            rules_tried: 0,
            patterns: Patterns::default(),
            has_ended: false,
            steps,
            assuming: Vec::new(),
        };
        run.take_path(head.path);
        run
    }

    /// The path that was decoded, or what is wrong with it; the first walk over the sections comes before.
    fn take_path(&mut self, path: Result<String, BadPath>) {
        self.uri = path.unwrap_or_else(|bad| match bad {
            BadPath::Malformed => "\0malformed".to_owned(),
            BadPath::Forbidden => "\0forbidden".to_owned(),
            BadPath::NotText => "\0bytes".to_owned(),
        });
    }

    /// Runs until there is an answer.
    fn finish(&mut self) -> Outcome {
        let mut end = self.first().err().unwrap_or(End::Status(500, None));
        loop {
            end = match end {
                End::Unknown(needs, place) => return Outcome::new(Answer::Unknown(needs), place),
                End::Answer(answer @ (Answer::File(_) | Answer::Status(200)), place) => {
                    return match self.forced_status.take() {
                        Some((status, place)) => Outcome::new(Answer::Status(status), Some(place)),
                        None => Outcome::new(answer, place),
                    };
                }
                End::Answer(answer, place) => return Outcome::new(answer, place),
                End::Status(status, place) => return self.error_document(status, place),
                End::Restart(target, by) => match self.restart(&target, by) {
                    Err(end) => end,
                    Ok(()) => End::Status(500, None),
                },
            }
        }
    }

    fn first(&mut self) -> Phase<'a> {
        self.transport()?;
        self.post_read_request()?;
        self.path_faults()?;
        self.process()?;
        self.handle()
    }

    /// `ap_internal_redirect()`: all phases again, with a fresh environment.
    fn restart(&mut self, target: &str, by: &'a Directive) -> Phase<'a> {
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            let because = format!("more than {MAX_REDIRECTS} internal redirects");
            self.step("request", Some(by), Verdict::Hit, because);
            return Err(End::Status(500, Some(by.place.clone())));
        }
        let (path, args) = match target.split_once('?') {
            Some((path, args)) => (path, Some(args.to_owned())),
            None => (target, None),
        };
        path.clone_into(&mut self.unparsed);
        self.args = args;
        self.before = Some(self.scope.clone());
        self.forced_status = None;
        let path = uri::normalise(path, Slashes::Merge, EncodedSlashes::Forbidden);
        self.take_path(path);
        self.forget();
        self.env = std::mem::take(&mut self.env).redirected();
        self.post_read_request()?;
        self.path_faults()?;
        self.process()?;
        self.handle()
    }

    /// Whether an internal redirect to a page of this server, by GET, is not refused.
    pub(super) fn serves(&self, page: &str) -> bool {
        let mut redirected = self.clone();
        redirected.method = "GET".to_owned();
        redirected.before = Some(self.scope.clone());
        redirected.args = None;
        redirected.take_path(uri::normalise(page, Slashes::Merge, EncodedSlashes::Forbidden));
        redirected.forget();
        redirected.env = std::mem::take(&mut redirected.env).redirected();
        !matches!(redirected.process(), Err(End::Status(..)))
    }

    /// What a new request does not know yet.
    fn forget(&mut self) {
        self.filename = None;
        self.path_info.clear();
        self.entry = Entry::Unknown;
        self.handler = None;
        self.forced_handler = None;
        self.rewritten = None;
        self.proxy = None;
        self.context = None;
        self.is_script_aliased = false;
    }

    fn post_read_request(&mut self) -> Phase<'a> {
        if self.redirects == 0 {
            self.take_client_address()?;
        }
        self.waf_head();
        self.request_headers(true)?;
        self.set_env_if(Where::Server)
    }

    fn path_faults(&mut self) -> Phase<'a> {
        let (status, because) = match self.uri.as_str() {
            "\0malformed" => (400, "the path has a broken escape or leads above the root"),
            "\0forbidden" => (404, "the path has an encoded slash, and `AllowEncodedSlashes` is off"),
            "\0bytes" => {
                return Err(End::Unknown(Needs("a path that is no UTF-8".to_owned()), None));
            }
            _ => return Ok(()),
        };
        let rule = self.scope.last("AllowEncodedSlashes");
        self.step("request", rule, Verdict::Hit, because.to_owned());
        Err(End::Status(status, rule.map(|rule| rule.place.clone())))
    }

    /// All phases up to the handler.
    pub(super) fn process(&mut self) -> Phase<'a> {
        self.scope = self.defaults.clone();
        self.locations_and_ifs(false)?;
        self.translate()?;
        self.scope = self.defaults.clone();
        self.map_to_storage()?;
        self.locations_and_ifs(true)?;
        self.unmodelled()?;
        if self.depth == 0 {
            self.set_env_if(Where::Sections)?;
        }
        self.access()?;
        self.find_type()?;
        self.fixups()
    }

    /// A lookup of another path of this server (`ap_sub_req_lookup_uri()`): as GET, up to the handler.
    pub(super) fn lookup(&mut self, path: &str, args: Option<String>) -> Phase<'a, (Looked, Self)> {
        let mut sub = self.clone();
        sub.before = Some(self.scope.clone());
        if self.depth >= MAX_SUBREQUESTS {
            return Ok((Err((500, None)), sub));
        }
        self.lookups += 1;
        if self.lookups > MAX_LOOKUPS {
            return Err(End::Unknown(
                Needs(format!("the outcome of more than {MAX_LOOKUPS} subrequests")),
                None,
            ));
        }
        sub.lookups = self.lookups;
        sub.depth += 1;
        sub.method = "GET".to_owned();
        sub.forget();
        path.clone_into(&mut sub.uri);
        path.clone_into(&mut sub.unparsed);
        sub.args = args;
        let before = sub.steps.len();
        let end = sub.process();
        sub.steps.iter_mut().skip(before).for_each(|step| step.phase = "subrequest");
        self.lookups = sub.lookups;
        self.rules_tried = sub.rules_tried;
        self.steps = std::mem::take(&mut sub.steps);
        self.assuming = std::mem::take(&mut sub.assuming);
        match end {
            Ok(()) | Err(End::Answer(..) | End::Restart(..)) => Ok((Ok(()), sub)),
            Err(End::Status(status, place)) => Ok((Err((status, place)), sub)),
            Err(End::Unknown(needs, place)) => Err(End::Unknown(needs, place)),
        }
    }

    fn map_to_storage(&mut self) -> Phase<'a> {
        if self.proxy.is_some() {
            return self.proxy_sections();
        }
        self.trace_and_options()?;
        let walked = self.directory_walk();
        if walked.is_err() {
            // What the sections on the way say of error pages and bodies was not merged yet.
            self.scope = self.defaults.clone();
        }
        walked?;
        self.file_walk()
    }

    /// TRACE is answered before any check of access (`ap_send_http_trace()`).
    fn trace_and_options(&mut self) -> Phase<'a> {
        if self.method == "OPTIONS" && self.uri == "*" {
            self.step("content", None, Verdict::Hit, "`OPTIONS *` is about the server itself".to_owned());
            return Err(End::Answer(Answer::Status(200), None));
        }
        if self.method != "TRACE" {
            return Ok(());
        }
        let rule = self.defaults.last("TraceEnable");
        let setting = rule.map_or("on", |rule| rule.arg(0)).to_ascii_lowercase();
        let place = rule.map(|rule| rule.place.clone());
        if setting == "off" {
            self.step("content", rule, Verdict::Hit, "TRACE is switched off".to_owned());
            return Err(End::Status(405, place));
        }
        if self.request.body_length > 0 && setting != "extended" {
            self.step("content", rule, Verdict::Hit, "TRACE may have no body".to_owned());
            return Err(End::Status(413, place));
        }
        self.step("content", rule, Verdict::Hit, "TRACE is answered before any check of access".to_owned());
        Err(End::Answer(Answer::Status(200), place))
    }
}
