//! What a rule does (`src/http_act.c`, `src/tcp_act.c` in HAProxy).

use super::expression::Expression;
use super::rules::Next;
use super::run::Run;
use super::sample::{Sample, Stop};
use super::tree::{Line, State};
use crate::walk::{Answer, Belief, BelievedFrom};

/// Actions that change nothing which decides the request or which the next hop sees.
const NEUTRAL: &[&str] = &[
    "capture",
    "disable-l7-retry",
    "early-hint",
    "expect-netscaler-cip",
    "expect-proxy",
    "pause",
    "set-bandwidth-limit",
    "set-bc-mark",
    "set-bc-tos",
    "set-fc-mark",
    "set-fc-tos",
    "set-log-level",
    "set-mark",
    "set-nice",
    "set-priority-class",
    "set-priority-offset",
    "set-retries",
    "set-src-port",
    "set-timeout",
    "set-tos",
    "strict-mode",
    "wait-for-body",
    "wait-for-handshake",
];
/// Actions on counters and tables.
const COUNTING: &[&str] = &["track-sc", "sc-", "add-acl", "del-acl", "add-map", "set-map", "del-map"];

impl<'a> Run<'a> {
    /// Does what the rule says; the action is word number `at`.
    pub(super) fn act(&mut self, line: &'a Line, at: usize) -> Result<Next, Stop> {
        let (action, argument) = split_action(line.word(at));
        Ok(match action {
            "allow" | "accept" => Next::EndOfList,
            "deny" => Next::Answer(self.status(line, at, 403)),
            "tarpit" => Next::Answer(self.status(line, at, 500)),
            "reject" | "silent-drop" => Next::Answer(Answer::Closed),
            "return" => Next::Answer(self.status(line, at, 200)),
            "auth" => Next::Answer(Answer::Status(self.error_status(401))),
            "redirect" => self.redirect(line, at)?,
            "set-header" => {
                let value = self.format_value(line.word(at + 2));
                self.set_header(line, line.word(at + 1), value)
            }
            "add-header" => {
                let value = self.format_value(line.word(at + 2));
                self.add_header(line, line.word(at + 1), value)
            }
            "del-header" => self.delete_header(line, at)?,
            "replace-header" | "replace-value" => self.replace_header(line, at)?,
            "set-method" => {
                self.method = self.format(line.word(at + 1))?;
                Next::Rule
            }
            "set-path" | "set-pathq" | "set-query" | "set-uri" | "replace-path" | "replace-pathq"
            | "replace-uri" => {
                self.target = self.changed_target(action, line, at);
                Next::Rule
            }
            "set-var" | "set-var-fmt" | "unset-var" => self.set_variable(action, argument, line.word(at + 1)),
            "set-src" => self.set_source(line, at),
            "cache-use" => {
                self.assuming.push(crate::walk::Needs(format!(
                    "whether the cache holds the answer (`{}`)",
                    line.text()
                )));
                Next::Rule
            }
            action if is_neutral(action) => Next::Rule,
            action => return Err(Stop::Needs(format!("the action `{action}`, which is not modelled"))),
        })
    }

    /// Whether the rule may answer the request or end its list of rules.
    pub(super) fn decides(&self, line: &Line, at: usize) -> bool {
        let (action, _) = split_action(line.word(at));
        let changes =
            action.starts_with("set-") || action.starts_with("replace-") || action.ends_with("-header");
        !(changes && action != "set-method")
            && action != "unset-var"
            && !is_neutral(action)
            && action != "cache-use"
    }

    /// What the rule would change is unknown from here on.
    pub(super) fn blur(&mut self, line: &'a Line, at: usize, stop: &Stop) {
        let (action, argument) = split_action(line.word(at));
        match action {
            "set-header" | "add-header" | "replace-header" | "replace-value" | "del-header" => {
                self.blur_headers(line, at, stop);
            }
            "set-var" | "set-var-fmt" | "unset-var" => {
                self.variables.insert(variable_name(argument), Err(stop.clone()));
            }
            "set-src" => self.source = Err(stop.clone()),
            action if action.starts_with("set-") && is_neutral(action) => {}
            action if action.starts_with("set-") || action.starts_with("replace-") => {
                self.target = Err(stop.clone())
            }
            _ => {}
        }
    }

    /// The status of an answer that HAProxy makes itself; without a text of its own the error file's.
    fn status(&mut self, line: &Line, at: usize, default: u16) -> Answer {
        let mut status = default;
        let mut has_text = line.word(at) == "return";
        let mut words = line.words.iter().skip(at + 1).map(|word| &**word);
        while let Some(word) = words.next() {
            match word {
                "status" | "deny_status" => {
                    status = words.next().and_then(|code| code.parse().ok()).unwrap_or(default)
                }
                "string" | "lf-string" | "file" | "lf-file" | "errorfile" | "errorfiles" => {
                    has_text = true;
                    words.next();
                }
                "content-type" => drop(words.next()),
                "hdr" => drop((words.next(), words.next())),
                "default-errorfiles" => has_text = false,
                "if" | "unless" => break,
                _ => {}
            }
        }
        // `status` without a text is an empty answer; `deny_status` alone takes the error file.
        let explicit = line.words.iter().any(|word| &**word == "status");
        Answer::Status(if has_text || explicit { status } else { self.error_status(status) })
    }

    fn redirect(&mut self, line: &'a Line, at: usize) -> Result<Next, Stop> {
        let option = |name: &str| {
            let at = line.words.iter().position(|word| &**word == name)?;
            Some(line.word(at + 1))
        };
        let ignores_empty = line.words.iter().any(|word| &**word == "ignore-empty");
        if ignores_empty && self.format(line.word(at + 2))?.is_empty() {
            return Ok(Next::Rule);
        }
        let code = option("code").and_then(|code| code.parse().ok()).unwrap_or(302);
        Ok(Next::Answer(Answer::Status(code)))
    }

    fn set_variable(&mut self, action: &str, argument: &str, value: &'a str) -> Next {
        let name = variable_name(argument);
        if action == "unset-var" {
            self.variables.remove(&name);
            return Next::Rule;
        }
        if argument.contains(',') {
            let stop = Stop::Needs(format!("the condition of `{action}({argument})`"));
            self.variables.insert(name, Err(stop));
            return Next::Rule;
        }
        let found = if action == "set-var-fmt" {
            self.format(value).map(|text| Some(Sample::Text(text)))
        } else {
            match Expression::whole(value) {
                Some(expression) => self.sample(&expression),
                None => Err(Stop::Needs(format!("the value of `{value}`"))),
            }
        };
        // A value that cannot be had leaves the variable as it was.
        if let Some(value) = found.transpose() {
            self.variables.insert(name, value);
        }
        Next::Rule
    }

    /// `set-src EXPRESSION`: from here on another address is the client's.
    fn set_source(&mut self, line: &'a Line, at: usize) -> Next {
        let word = line.word(at + 1);
        let found = match Expression::whole(word) {
            Some(expression) => self.sample(&expression),
            None => Err(Stop::Needs(format!("the value of `{word}`"))),
        };
        match found {
            Ok(Some(sample)) => {
                if let Some(address) = sample.address() {
                    let header = word
                        .split_once('(')
                        .map_or(word, |(_, rest)| rest.split([',', ')']).next().unwrap_or(rest));
                    let from = BelievedFrom::Header(header.to_owned());
                    self.client =
                        Belief { address: Some(address), from, place: Some(self.config.place(line)) };
                    self.source = Ok(());
                }
            }
            Ok(None) => {}
            Err(stop) => self.source = Err(stop),
        }
        Next::Rule
    }

    /// The status that the client sees of an error: `errorfile` and `errorloc` may change it (`http_error_message()`).
    pub(super) fn error_status(&self, status: u16) -> u16 {
        let code = status.to_string();
        let proxies = [self.backend, Some(self.frontend)];
        for proxy in proxies.into_iter().flatten() {
            let sections = [Some(proxy.section), proxy.defaults];
            let lines = sections.into_iter().flatten().flat_map(|section| section.active().rev());
            let mut lines = lines.filter(|line| line.word(1) == code && line.state == State::Active);
            let found = lines
                .find(|line| line.word(0).starts_with("errorfile") || line.word(0).starts_with("errorloc"));
            match found.map(|line| (line.word(0), line.word(2))) {
                Some(("errorloc" | "errorloc302", _)) => return 302,
                Some(("errorloc303", _)) => return 303,
                Some((_, file)) => return self.status_of_file(file).unwrap_or(status),
                None => {}
            }
        }
        status
    }

    /// The status line that an error file begins with, where the file was given.
    fn status_of_file(&self, path: &str) -> Option<u16> {
        let bytes = self.files.read(path).ok()?;
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
        head.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()
    }
}

/// `set-var(txn.a)` is an action with an argument.
fn split_action(word: &str) -> (&str, &str) {
    match word.split_once('(') {
        Some((action, argument)) => (action, argument.trim_end_matches(')')),
        None => (word, ""),
    }
}

fn variable_name(argument: &str) -> String {
    argument.split(',').next().unwrap_or(argument).to_owned()
}

fn is_neutral(action: &str) -> bool {
    NEUTRAL.contains(&action)
        || COUNTING.iter().any(|start| action.starts_with(start))
        || action == "inspect-delay"
}
