//! `proxy_pass` and its relatives: where the request goes, and under which target.

use super::error_page::size;
use super::location::{self, Kind};
use super::run::{Flow, Phase, Run};
use super::tree::Directive;
use super::uri;
use crate::request::{Scheme, Value, Version};
use crate::walk::{Forwarded, Needs, Verdict};

impl<'a> Run<'a> {
    pub(super) fn pass(&mut self, rule: &'a Directive) -> Phase<'a> {
        if let Some(flow) = self.chunked_body_too_large() {
            return Ok(flow);
        }
        let to = match self.expand(rule.arg(0)) {
            Ok(to) => to,
            Err(needs) => return self.unknown(rule, needs),
        };
        self.step("content", Some(rule), Verdict::Hit, format!("the request goes to `{to}`"));
        let forwarded = match rule.name() {
            "proxy_pass" => self.proxied(rule, &to),
            "grpc_pass" => self.proxied(rule, &grpc_url(&to)),
            name => self.as_parameters(name.trim_end_matches("_pass"), &to),
        };
        Ok(Flow::Pass(Box::new(forwarded), self.config.place(rule)))
    }

    /// A chunked body shows its length only while it is read (`ngx_http_request_body_chunked_filter()`).
    fn chunked_body_too_large(&mut self) -> Option<Flow<'a>> {
        let is_chunked =
            self.headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
        let rule = self.scope.one("client_max_body_size");
        let limit = rule.map_or(Some(1 << 20), |rule| size(rule.arg(0)))?;
        if !is_chunked || limit == 0 || self.request.body_length <= limit {
            return None;
        }
        let because = format!("the body has {} bytes, and {limit} are allowed", self.request.body_length);
        self.step("content", rule, Verdict::Hit, because);
        Some(Flow::Refuse(413, rule.map(|rule| self.config.place(rule))))
    }

    fn proxied(&mut self, rule: &'a Directive, url: &str) -> Forwarded {
        let (scheme, rest) = match url.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some((_, rest)) => (Scheme::Http, rest),
            None => (Scheme::Http, url),
        };
        let (authority, path) = split_authority(rest);
        let method = match self.scope.one("proxy_method").map(|rule| rule.arg(0).to_owned()) {
            Some(method) => self.expand(&method).unwrap_or(method),
            None => self.method.clone(),
        };
        let version = match self.scope.one("proxy_http_version").map(|rule| rule.arg(0)) {
            Some("1.1") => Version::Http11,
            _ => Version::Http10,
        };
        let target = self.forwarded_target(rule, path);
        let host = proxy_host(authority, scheme);
        let (headers, changes) = self.forwarded_headers(&host, rule.name() == "grpc_pass");
        let has_body = self.scope.is_on("proxy_pass_request_body", "on");
        Forwarded {
            destination: format!("{}://{authority}", scheme.name()),
            scheme,
            method,
            target: Value::Known(target),
            version,
            headers,
            changes,
            body_length: if has_body { self.left_of_body() } else { 0 },
            client: self.client.clone(),
        }
    }

    /// The target with the location's name replaced by the path of `proxy_pass`
    /// (`ngx_http_proxy_create_request()`); without such a path it is as the client sent it.
    fn forwarded_target(&self, rule: &Directive, path: Option<&str>) -> String {
        let with_args = |path: String| {
            if self.args.is_empty() { path } else { format!("{path}?{}", self.args) }
        };
        match path {
            None if self.target_holds => self.target.clone(),
            None => with_args(uri::escape_path(&self.path)),
            Some(path) if rule.arg(0).contains('$') => path.to_owned(),
            // Behind a `break` the path is no longer the location's (`r->valid_location`).
            Some(_) if !self.location_holds => with_args(uri::escape_path(&self.path)),
            Some(path) => {
                let level = self.scope.without_inner_blocks().innermost().header;
                let name = level.map_or("", |level| match location::kind(level) {
                    Kind::Exact(name) | Kind::Prefix(name) | Kind::FinalPrefix(name) => name,
                    Kind::Regex(..) | Kind::Named(_) => "",
                });
                let rest = self.path.strip_prefix(name).unwrap_or("");
                with_args(format!("{path}{}", uri::escape_path(rest)))
            }
        }
    }

    /// FastCGI, uwsgi and SCGI carry the request as parameters; header fields become `HTTP_*`.
    fn as_parameters(&mut self, protocol: &str, to: &str) -> Forwarded {
        let (headers, changes) = self.parameters(protocol);
        Forwarded {
            destination: format!("{protocol}://{to}"),
            scheme: Scheme::Http,
            method: self.method.clone(),
            target: Value::Known(self.target.clone()),
            version: self.request.version,
            headers,
            changes,
            body_length: self.left_of_body(),
            client: self.client.clone(),
        }
    }

    /// A body that was too large is thrown away before its error page (`ngx_http_discard_request_body()`).
    pub(super) fn left_of_body(&self) -> u64 {
        if self.body_discarded { 0 } else { self.request.body_length }
    }

    pub(super) fn value(&mut self, template: &str) -> Value {
        match self.expand(template) {
            Ok(text) => Value::Known(text),
            Err(Needs(needs)) => Value::Unknown(Needs(needs)),
        }
    }
}

/// The address and the path of a URL without its scheme; `unix:/run/a.sock:/path` is split at its second colon.
fn split_authority(rest: &str) -> (&str, Option<&str>) {
    if let Some(path) = rest.strip_prefix("unix:") {
        return match path.find(':') {
            Some(colon) => (&rest[..colon + 5], Some(&path[colon + 1..])),
            None => (rest, None),
        };
    }
    match rest.find(['/', '?']) {
        Some(slash) => (&rest[..slash], Some(&rest[slash..])),
        None => (rest, None),
    }
}

/// `$proxy_host`: the name, with its port unless it is the usual one (`ngx_http_proxy_set_vars()`).
fn proxy_host(authority: &str, scheme: Scheme) -> String {
    if authority.starts_with("unix:") {
        return "localhost".to_owned();
    }
    let usual = format!(":{}", scheme.default_port());
    authority.strip_suffix(&usual).unwrap_or(authority).to_owned()
}

fn grpc_url(to: &str) -> String {
    match to.split_once("://") {
        Some(("grpcs", rest)) => format!("https://{rest}"),
        Some((_, rest)) => format!("http://{rest}"),
        None => format!("http://{to}"),
    }
}
