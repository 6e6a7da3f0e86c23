//! One set of rewrite rules over a path (`apply_rewrite_list()`, `apply_rewrite_rule()`).

use super::rewrite_expand::{self as expand, Escape, Groups};
use super::rewrite_rules::RewriteRule;
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::pattern::Case;
use crate::walk::{Needs, Verdict};

/// Rounds with `[N]`.
const MAX_ROUNDS: usize = 10_000;
/// Rules tried for one request; httpd has no such limit.
const MAX_TRIED: usize = 20_000;
/// Longer paths end the rewriting (twice `LimitRequestLine`).
const MAX_LENGTH: usize = 2 * 8190;

/// What is rewritten.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) path: String,
    pub(super) path_info: String,
    pub(super) args: Option<String>,
    /// The directory of the section; `None` in a server.
    pub(super) directory: Option<String>,
}

/// Where the rules lead.
#[derive(Debug, Clone)]
pub(super) enum Action<'a> {
    /// No rule changed anything.
    None,
    /// A status that is no redirect.
    Status(u16, &'a Directive),
    /// Another path or URL.
    Rewritten { how: How, by: &'a Directive, output: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Local,
    /// `[PT]`.
    PassThrough,
    /// `[P]`.
    Proxy,
    /// `[R]`, or a URL of another host.
    Redirect(u16),
}

/// What one rule did.
enum Ruled {
    NoMatch,
    Nothing,
    Changed(How),
    Status(u16),
}

impl<'a> Run<'a> {
    pub(super) fn rewrite(
        &mut self,
        rules: &[RewriteRule<'a>],
        subject: &mut Subject,
    ) -> Phase<'a, Action<'a>> {
        let mut action = Action::None;
        let mut rounds = 0;
        let mut index = 0;
        while let Some(rule) = rules.get(index) {
            index += 1;
            let flags = &rule.flags;
            let is_skipped = flags.has(&["ns", "nosubreq"]) || flags.redirect().is_some();
            if self.depth > 0 && is_skipped {
                continue;
            }
            self.rules_tried += 1;
            if self.rules_tried > MAX_TRIED {
                let needs = Needs(format!("the outcome of more than {MAX_TRIED} rewrite rules"));
                return self.unknown(rule.directive, needs);
            }
            let ruled = self.rewrite_rule(rule, subject)?;
            if let Ruled::NoMatch = ruled {
                while rules.get(index - 1).is_some_and(|rule| rule.flags.has(&["c", "chain"])) {
                    index += 1;
                }
                continue;
            }
            if subject.path.len() > MAX_LENGTH {
                let because = "the path became too long".to_owned();
                return self.refuse("rewrite", Some(rule.directive), 500, because);
            }
            match ruled {
                Ruled::Status(status) => return Ok(Action::Status(status, rule.directive)),
                Ruled::Changed(how) => {
                    action = Action::Rewritten { how, by: rule.directive, output: rule.output.clone() };
                }
                Ruled::NoMatch | Ruled::Nothing => {}
            }
            if flags.has(&["pt", "passthrough"]) && !matches!(ruled, Ruled::Changed(How::Proxy)) {
                if let Action::Rewritten { how: how @ How::Local, .. } = &mut action {
                    *how = How::PassThrough;
                }
                break;
            }
            if flags.has(&["end"]) {
                self.has_ended = true;
                break;
            }
            if flags.has(&["l", "last"]) || matches!(ruled, Ruled::Changed(How::Proxy)) {
                break;
            }
            if flags.has(&["n", "next"]) {
                rounds += 1;
                let limit =
                    flags.value(&["n", "next"]).and_then(|text| text.parse().ok()).unwrap_or(MAX_ROUNDS);
                if rounds + 1 >= limit.min(MAX_ROUNDS) {
                    let because = "too many rounds with `[N]`".to_owned();
                    return self.refuse("rewrite", Some(rule.directive), 500, because);
                }
                index = 0;
            } else if let Some(skip) = flags.value(&["s", "skip"]) {
                index += skip.parse::<usize>().unwrap_or(0);
            }
        }
        Ok(action)
    }

    fn rewrite_rule(&mut self, rule: &RewriteRule<'a>, subject: &mut Subject) -> Phase<'a, Ruled> {
        let directive = rule.directive;
        let mut text = subject.path.clone();
        if let Some(directory) = &subject.directory {
            text.push_str(&subject.path_info);
            if let Some(inside) = text.strip_prefix(directory.as_str()) {
                text = inside.to_owned();
            }
        }
        let case = if rule.flags.has(&["nc", "nocase"]) { Case::Insensitive } else { Case::Sensitive };
        let found = match self.patterns.get(&rule.pattern, case).and_then(|pattern| pattern.find(&text)) {
            Ok(found) => found,
            Err(needs) => return self.unknown(directive, needs),
        };
        if found.is_some() == rule.is_negated {
            self.step(
                "rewrite",
                Some(directive),
                Verdict::Miss,
                format!("the pattern does not fit `{text}`"),
            );
            return Ok(Ruled::NoMatch);
        }
        let mut groups =
            Groups { of_rule: found.map_or(Vec::new(), |found| found.groups), of_condition: Vec::new() };
        if let Some(failed) = self.first_failed(&rule.conditions, &mut groups)? {
            let because = format!("it fits `{text}`, but `{}` does not hold", failed.text());
            self.step("rewrite", Some(directive), Verdict::Miss, because);
            return Ok(Ruled::NoMatch);
        }
        self.substituted(rule, subject, &groups, &text)
    }

    fn substituted(
        &mut self,
        rule: &RewriteRule<'a>,
        subject: &mut Subject,
        groups: &Groups,
        text: &str,
    ) -> Phase<'a, Ruled> {
        let directive = rule.directive;
        let flags = &rule.flags;
        let is_dash = rule.output == "-";
        let escape =
            if flags.has(&["b", "escape_backreferences"]) { Escape::Groups } else { Escape::Nothing };
        let template = if rule.output.ends_with('?') && !flags.has(&["qsa", "qsappend"]) {
            &rule.output[..rule.output.len() - 1]
        } else {
            &rule.output
        };
        let expanded = match expand::expand(self, template, groups, escape) {
            Ok(expanded) => expanded,
            Err(needs) => return self.unknown(directive, needs),
        };
        if !is_dash && expanded.has_foreign_query && !flags.has(&["unsafeallow3f"]) {
            let because = "a `%3f` of the path would become a question mark".to_owned();
            return self.refuse("rewrite", Some(directive), 403, because);
        }
        self.rewrite_env(rule, groups)?;
        let forced = flags.forced_status();
        if is_dash {
            self.force_handler(rule, groups)?;
            let because = match forced {
                Some(status) => format!("it fits `{text}` and answers {status}"),
                None => format!("it fits `{text}` and changes nothing"),
            };
            self.step("rewrite", Some(directive), Verdict::Hit, because);
            return Ok(forced.map_or(Ruled::Nothing, Ruled::Status));
        }
        let how = self.take_output(rule, subject, expanded.text);
        if how == How::Local {
            self.force_handler(rule, groups)?;
        }
        let because = match forced {
            Some(status) => format!("it fits `{text}` and answers {status}"),
            None => format!("`{text}` becomes `{}`", subject.path),
        };
        self.step("rewrite", Some(directive), Verdict::Hit, because);
        Ok(forced.map_or(Ruled::Changed(how), Ruled::Status))
    }

    /// The second half of `apply_rewrite_rule()`.
    fn take_output(&mut self, rule: &RewriteRule<'a>, subject: &mut Subject, text: String) -> How {
        let flags = &rule.flags;
        let is_proxy = flags.has(&["p", "proxy"]);
        let mut path = text;
        if !path.starts_with('/') && !is_absolute(&path) {
            match &subject.directory {
                Some(directory) => path = format!("{directory}{path}"),
                None if !is_proxy && flags.redirect().is_none() => path = format!("/{path}"),
                None => {}
            }
        }
        if flags.has(&["dpi", "discardpath"]) && subject.directory.is_some() {
            subject.path_info.clear();
        }
        subject.path = path;
        split_query(rule, subject);
        if is_proxy {
            self.qualify(subject);
            return How::Proxy;
        }
        if let Some(status) = flags.redirect() {
            // A later rule may make a local path of it; the status stays.
            self.forced_status = Some((status, rule.directive.place.clone()));
            self.qualify(subject);
            return How::Redirect(status);
        }
        self.reduce(subject);
        if is_absolute(&subject.path) {
            return How::Redirect(302);
        }
        if !rule.output.starts_with("//") {
            while subject.path.starts_with("//") {
                subject.path.remove(0);
            }
        }
        How::Local
    }

    /// `fully_qualify_uri()`.
    fn qualify(&self, subject: &mut Subject) {
        if is_absolute(&subject.path) {
            return;
        }
        let scheme = self.request.scheme;
        let port = self.request.port();
        let port = if port == scheme.default_port() { String::new() } else { format!(":{port}") };
        let slash = if subject.path.starts_with('/') { "" } else { "/" };
        subject.path = format!("{}://{}{port}{slash}{}", scheme.name(), self.server_name(), subject.path);
    }

    /// `reduce_uri()`: a URL of this very server is a path.
    fn reduce(&self, subject: &mut Subject) {
        let scheme = self.request.scheme;
        let Some(rest) = subject.path.strip_prefix(&format!("{}://", scheme.name())) else { return };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(0)),
            None => (authority, scheme.default_port()),
        };
        if self.chosen.is_called(host, port) {
            subject.path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        }
    }

    /// `[E=name:value]`, `[E=!name]`.
    fn rewrite_env(&mut self, rule: &RewriteRule<'a>, groups: &Groups) -> Phase<'a> {
        let words: Vec<String> = rule.flags.values(&["e", "env"]).map(str::to_owned).collect();
        for word in words {
            let text = match expand::expand(self, &word, groups, Escape::Nothing) {
                Ok(expanded) => expanded.text,
                Err(needs) => return self.unknown(rule.directive, needs),
            };
            match (text.strip_prefix('!'), text.split_once(':')) {
                (Some(name), _) => self.env.unset(name),
                (None, Some((name, value))) => self.env.set(name, value.to_owned()),
                (None, None) => self.env.set(&text, String::new()),
            }
        }
        Ok(())
    }

    /// `[H=handler]`.
    fn force_handler(&mut self, rule: &RewriteRule<'a>, groups: &Groups) -> Phase<'a> {
        let Some(handler) = rule.flags.value(&["h", "handler"]) else { return Ok(()) };
        match expand::expand(self, handler, groups, Escape::Nothing) {
            Ok(expanded) if expanded.text.is_empty() => Ok(()),
            Ok(expanded) => {
                let place = Some(rule.directive.place.clone());
                self.forced_handler = Some((expanded.text.to_ascii_lowercase(), place));
                Ok(())
            }
            Err(needs) => self.unknown(rule.directive, needs),
        }
    }

    /// A control character or a space in the rewritten query (AH10410, AH10411).
    pub(super) fn check_rewritten_query(&mut self, action: &Action<'a>, subject: &Subject) -> Phase<'a> {
        let by = match action {
            Action::None => return Ok(()),
            Action::Rewritten { how: How::Redirect(_), .. } => return Ok(()),
            Action::Rewritten { by, .. } | Action::Status(_, by) => by,
        };
        if subject.args.as_ref().is_some_and(|args| args.bytes().any(|byte| byte <= b' ' || byte == 0x7f)) {
            let because = "the rewritten query has a space or a control character".to_owned();
            self.step("rewrite", Some(by), Verdict::Hit, because);
            return Err(End::Status(403, Some(by.place.clone())));
        }
        Ok(())
    }
}

/// `splitout_queryargs()`.
fn split_query(rule: &RewriteRule<'_>, subject: &mut Subject) {
    let flags = &rule.flags;
    let appends = flags.has(&["qsa", "qsappend"]);
    let discards = flags.has(&["qsd", "qsdiscard"]);
    if !appends && (rule.output.ends_with('?') || (discards && !rule.output.contains('?'))) {
        subject.args = None;
        return;
    }
    if discards {
        subject.args = None;
    }
    let split = if flags.has(&["qsl", "qslast"]) || (appends && rule.output.ends_with('?')) {
        subject.path.rsplit_once('?')
    } else {
        subject.path.split_once('?')
    };
    let Some((path, query)) = split.map(|(path, query)| (path.to_owned(), query.to_owned())) else { return };
    subject.path = path;
    let joined = match &subject.args {
        Some(args) if appends && !query.is_empty() => format!("{query}&{args}"),
        Some(args) if appends => args.clone(),
        _ => query,
    };
    let joined = joined.strip_suffix('&').unwrap_or(&joined).to_owned();
    subject.args = (!joined.is_empty()).then_some(joined);
}

/// `is_absolute_uri()`.
pub(super) fn is_absolute(text: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "ajp://",
        "balancer://",
        "ftp://",
        "fcgi://",
        "gopher://",
        "http://",
        "https://",
        "h2://",
        "h2c://",
        "ldap://",
        "mailto:",
        "news:",
        "nntp://",
        "scgi://",
        "ws://",
        "wss://",
        "unix:",
        "uwsgi://",
    ];
    let head = text.get(..12).unwrap_or(text).to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| head.starts_with(scheme))
}
