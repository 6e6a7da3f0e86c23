//! What HAProxy decides by itself: malformed requests, `monitor-uri`, header names, statistics.

use super::acl::Truth;
use super::fetch::path_of;
use super::proxy::Proxy;
use super::run::{Run, Stage};
use super::sample::Stop;
use crate::request::{Scheme, Value};
use crate::walk::{Answer, Verdict};

/// `stats uri` unless configured (`STATS_DEFAULT_URI`).
const STATS_URI: &str = "/haproxy?stats";

impl<'a> Run<'a> {
    /// Requests that the HTTP/1 parser refuses (`h1_headers_to_hdr_list()` in `src/h1.c`).
    pub(super) fn request_line(&mut self) -> Stage {
        let request = self.request;
        if self.bind.is_tls && request.scheme == Scheme::Http {
            let line = self.bind.line;
            self.step("request", Some(line), Verdict::Hit, "plain HTTP was sent to a TLS port".to_owned());
            return Ok(Some((Answer::Closed, Some(self.config.place(line)))));
        }
        let target = request.target.as_bytes();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let lengths: Vec<&Value> = request.headers_named("content-length").collect();
        let hosts: Vec<&Value> = request.headers_named("host").collect();
        let because = if target.iter().any(|byte| !(0x21..0x7f).contains(byte)) {
            "the target has a control character, a blank or a byte that is no ASCII"
        } else if target.contains(&b'#') {
            "the target has a fragment"
        } else if request.method.is_empty() || !request.method.bytes().all(is_token) {
            "the method is no token"
        } else if request
            .headers
            .iter()
            .any(|header| header.name.is_empty() || !header.name.bytes().all(is_token))
        {
            "the name of a header field is no token"
        } else if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
            "there are different `Content-Length` fields"
        } else if hosts.windows(2).any(|pair| pair[0] != pair[1]) {
            "there are different `Host` fields"
        } else {
            return Ok(None);
        };
        self.step("request", None, Verdict::Hit, because.to_owned());
        Ok(Some((Answer::Status(self.error_status(400)), None)))
    }

    /// `monitor-uri` answers 200 before all rules, or 503 when `monitor fail` says so (`http_wait_for_request()`).
    pub(super) fn monitor(&mut self) -> Stage {
        let Some(line) = self.frontend.setting("monitor-uri") else { return Ok(None) };
        let uri = line.word(1);
        let target = self.request.target.as_str();
        if path_of(target) != Some(uri) && target != uri {
            return Ok(None);
        }
        for rule in self.frontend.own("monitor") {
            match self.condition(rule).truth {
                Truth::Yes => {
                    self.step("monitor-uri", Some(rule), Verdict::Hit, "the monitor is to fail".to_owned());
                    return Ok(Some((Answer::Status(self.error_status(503)), Some(self.config.place(rule)))));
                }
                Truth::No => {}
                Truth::Unknown(stop) => return self.unknown("monitor-uri", rule, &stop),
            }
        }
        self.step("monitor-uri", Some(line), Verdict::Hit, "HAProxy itself answers this target".to_owned());
        Ok(Some((Answer::Status(self.error_status(200)), Some(self.config.place(line)))))
    }

    /// `option http-restrict-req-hdr-names` (`http_req_restrict_header_names()`).
    pub(super) fn restricted_names(&mut self, proxy: Proxy<'a>) -> Stage {
        let Some(line) = proxy.option("http-restrict-req-hdr-names") else { return Ok(None) };
        let is_usual = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let Some(odd) =
            self.headers.iter().find(|header| !is_usual(&header.name)).map(|header| header.name.clone())
        else {
            return Ok(None);
        };
        match line.word(2) {
            "reject" => {
                self.step(
                    "http-request",
                    Some(line),
                    Verdict::Hit,
                    format!("the name of `{odd}` has other characters"),
                );
                Ok(Some((Answer::Status(self.error_status(403)), Some(self.config.place(line)))))
            }
            "delete" => {
                self.step("http-request", Some(line), Verdict::Hit, format!("`{odd}` is dropped"));
                self.headers.retain(|header| is_usual(&header.name));
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The statistics page answers targets that begin with `stats uri`.
    pub(super) fn stats(&mut self, proxy: Proxy<'a>) -> Stage {
        let lines: Vec<_> = proxy.rules("stats").map(|(line, _)| line).collect();
        let Some(first) = lines.first().copied() else { return Ok(None) };
        // Other methods go on as if there were no page (`http_stats_check_uri()`); what counts is the method as it was
        // parsed (`txn->meth`), whatever `set-method` made of it.
        let method = self.request.method.as_str();
        if !matches!(method, "GET" | "HEAD" | "POST") {
            return Ok(None);
        }
        let uri = lines.iter().rev().find(|line| line.word(1) == "uri").copied();
        let prefix = uri.map_or(STATS_URI, |line| line.word(2));
        let target = match &self.target {
            Ok(target) => target.clone(),
            Err(stop) => return self.unknown("stats", first, &stop.clone()),
        };
        if !target.starts_with(prefix) {
            return Ok(None);
        }
        // A line with a password is not the one to show.
        let shown = lines.iter().copied().find(|line| line.word(1) != "auth");
        let line = uri.or(shown).unwrap_or(first);
        if lines.iter().any(|line| line.word(1) == "http-request") {
            return self.unknown(
                "stats",
                line,
                &Stop::Needs("`stats http-request`, which is not modelled".to_owned()),
            );
        }
        let allowed: Vec<_> = lines.iter().copied().filter(|line| line.word(1) == "auth").collect();
        let status = match self.stats_user(&allowed) {
            Ok(Some(false)) => self.error_status(401),
            Ok(_) if matches!(method, "GET" | "HEAD") => 200,
            Ok(_) => {
                return self.unknown(
                    "stats",
                    line,
                    &Stop::Needs("what the statistics page answers to a change".to_owned()),
                );
            }
            Err(stop) => return self.unknown("stats", line, &stop),
        };
        self.step("stats", Some(line), Verdict::Hit, format!("the target begins with `{prefix}`"));
        Ok(Some((Answer::Status(status), Some(self.config.place(line)))))
    }
}
