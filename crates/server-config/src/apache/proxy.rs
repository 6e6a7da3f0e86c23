//! `ProxyPass` and its relatives: which requests are passed on, where to, and under which target
//! (`modules/proxy/mod_proxy.c`, `proxy_http_canon()` in `mod_proxy_http.c`).

use super::alias::alias_matches;
use super::env;
use super::fnmatch;
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::request::{Scheme, Value, Version};
use crate::source::Place;
use crate::walk::{Answer, Forwarded, Needs, Verdict};

/// A URL of the next hop taken apart.
pub(super) struct NextHop<'u> {
    pub(super) protocol: &'u str,
    /// Name and port as they are written.
    pub(super) authority: &'u str,
    /// The path without its first slash.
    path: &'u str,
    /// `unix:/run/a.sock|`.
    socket: Option<&'u str>,
}

impl<'u> NextHop<'u> {
    fn parse(url: &'u str) -> Option<Self> {
        let (socket, url) = match url.strip_prefix("unix:").and_then(|rest| rest.split_once('|')) {
            Some((socket, url)) => (Some(socket), url),
            None => (None, url),
        };
        let (protocol, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some(Self { protocol, authority, path: path.trim_start_matches('/'), socket })
    }
}

impl<'a> Run<'a> {
    /// `proxy_trans()`: that of the `<Location>` first, then those of the server in order.
    pub(super) fn proxy_pass(&mut self) -> Phase<'a, bool> {
        if self.proxy.is_some() {
            return Ok(true);
        }
        if !self.config.known.has_module("proxy")
            || !self.uri.starts_with('/')
            || self.env.get("no-proxy").is_some()
        {
            return Ok(false);
        }
        let base = self.defaults.layers.len();
        let of_section = self.scope.layers.iter().skip(base).rev().find_map(|layer| {
            let rule = layer.rules.iter().map(|rule| rule.directive).rfind(|rule| is_pass(rule))?;
            Some((rule, layer.section))
        });
        if let Some((rule, Some(section))) = of_section
            && let Some(is_passed) = self.try_section(rule, section)?
        {
            return Ok(is_passed);
        }
        let rules: Vec<&'a Directive> = self
            .defaults
            .layers
            .iter()
            .flat_map(|layer| layer.rules.iter().map(|rule| rule.directive))
            .filter(|rule| is_pass(rule))
            .collect();
        for rule in rules {
            if let Some(is_passed) =
                self.try_pass(rule, rule.arg(0), rule.arg(1), rule.is("ProxyPassMatch"))?
            {
                return Ok(is_passed);
            }
        }
        Ok(false)
    }

    /// Inside a section the path is the section's own, and a regular expression where it has wildcards
    /// (`add_pass()`), whatever kind of section it is.
    fn try_section(&mut self, rule: &'a Directive, section: &'a Directive) -> Phase<'a, Option<bool>> {
        let path = if section.arg(0) == "~" { section.arg(1) } else { section.arg(0) };
        let is_regex = rule.is("ProxyPassMatch") || fnmatch::is_pattern(path);
        self.try_pass(rule, path, rule.arg(0), is_regex)
    }

    /// `ap_proxy_trans_match()`: `None` when the rule does not match, `Some(false)` for `!`.
    fn try_pass(
        &mut self,
        rule: &'a Directive,
        path: &str,
        to: &str,
        is_regex: bool,
    ) -> Phase<'a, Option<bool>> {
        let uri = self.uri.clone();
        let url = if is_regex {
            match Pattern::new(path, Case::Sensitive).and_then(|pattern| pattern.find(&uri)) {
                Ok(None) => return Ok(None),
                Ok(Some(_)) if to == "!" => String::new(),
                Ok(Some(captures)) => {
                    let url = env::substitute(to, &captures.groups);
                    if url == to { format!("{to}{uri}") } else { url }
                }
                Err(needs) => return self.unknown(rule, needs),
            }
        } else {
            let Some(length) = alias_matches(&uri, path) else { return Ok(None) };
            format!("{to}{}", self.after_prefix(rule, path, length))
        };
        if to == "!" {
            self.step("translate", Some(rule), Verdict::Hit, "what matches here is not passed on".to_owned());
            return Ok(Some(false));
        }
        if has_word(rule, "interpolate") {
            return self.unknown(rule, Needs(format!("the variables in `{}`", rule.text())));
        }
        self.step("translate", Some(rule), Verdict::Hit, format!("the request goes to `{url}`"));
        self.proxy = Some((url, rule));
        self.handler = Some(("proxy-server".to_owned(), Some(rule.place.clone())));
        Ok(Some(true))
    }

    /// `nocanon` keeps the path as it came, when the prefix still matches it.
    fn after_prefix(&self, rule: &Directive, path: &str, length: usize) -> String {
        let raw = has_word(rule, "nocanon").then(|| alias_matches(&self.unparsed, path)).flatten();
        match raw.filter(|raw| *raw == length) {
            Some(raw) => self.unparsed[raw..].to_owned(),
            None => self.uri[length..].to_owned(),
        }
    }

    /// `proxy_handler()`.
    pub(super) fn pass(&mut self, url: &str, place: Option<Place>) -> Phase<'a> {
        let Some(hop) = NextHop::parse(url) else {
            self.step("content", None, Verdict::Hit, format!("`{url}` is no URL"));
            return Err(End::Status(400, place));
        };
        self.pass_checks()?;
        let is_http = matches!(hop.protocol, "http" | "https" | "ws" | "wss" | "h2" | "h2c" | "balancer");
        let rule = self.proxy.as_ref().map(|(_, rule)| *rule);
        let is_raw = rule.is_some_and(|rule| has_word(rule, "nocanon"));
        let target = self.forwarded_target(&hop, rule, is_raw)?;
        let socket = hop.socket.map(|socket| format!("unix:{socket}|")).unwrap_or_default();
        let destination = format!("{socket}{}://{}", hop.protocol, hop.authority);
        let is_tls = matches!(hop.protocol, "https" | "wss" | "h2");
        let (headers, changes) = match hop.protocol {
            _ if is_http => self.forwarded_headers(&hop, url),
            "fcgi" | "scgi" => self.program_headers(hop.protocol, place.as_ref()),
            _ => (self.headers.clone(), self.header_changes.clone()),
        };
        let forwarded = Forwarded {
            destination,
            scheme: if is_tls { Scheme::Https } else { Scheme::Http },
            method: self.method.clone(),
            target: Value::Known(target),
            version: if self.env.get("force-proxy-request-1.0").is_some() {
                Version::Http10
            } else {
                Version::Http11
            },
            headers,
            changes,
            body_length: self.request.body_length,
            client: self.client.clone(),
        };
        self.step("content", None, Verdict::Hit, format!("`{}` answers", forwarded.destination));
        Err(End::Answer(Answer::Upstream(Box::new(forwarded)), place))
    }

    fn pass_checks(&mut self) -> Phase<'a> {
        if self.header("Max-Forwards").is_some() {
            return Err(End::Unknown(Needs("what `Max-Forwards` does".to_owned()), None));
        }
        if self.method != "TRACE" {
            return Ok(());
        }
        let rule = self.defaults.last("TraceEnable");
        if rule.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("off")) {
            return self.refuse("content", rule, 405, "TRACE is switched off".to_owned());
        }
        Ok(())
    }

    fn forwarded_target(
        &mut self,
        hop: &NextHop<'_>,
        rule: Option<&'a Directive>,
        is_raw: bool,
    ) -> Phase<'a, String> {
        let has_control = |text: &str| text.bytes().any(|byte| byte <= b' ' || byte == 0x7f);
        let path = if is_raw { hop.path.to_owned() } else { canonical(hop.path) };
        let args = self.args.clone();
        if (is_raw && has_control(&path)) || args.as_deref().is_some_and(has_control) {
            let because = "a space or a control character would be passed on".to_owned();
            return self.refuse("content", rule, 403, because);
        }
        Ok(match args {
            Some(args) => format!("/{path}?{args}"),
            None => format!("/{path}"),
        })
    }
}

pub(super) fn is_pass(rule: &Directive) -> bool {
    rule.is_any(&["ProxyPass", "ProxyPassMatch"])
}

fn has_word(rule: &Directive, word: &str) -> bool {
    rule.words.iter().any(|own| own.eq_ignore_ascii_case(word))
}

/// `ap_proxy_canonenc_ex()` for a path.
fn canonical(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"~$-_.+!*'(),;:@&=/".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
