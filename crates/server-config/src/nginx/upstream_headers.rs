//! The header fields that the next hop receives.
//!
//! Defaults from `ngx_http_proxy_headers` in `modules/ngx_http_proxy_module.c`.

use super::run::Run;
use super::tree::Directive;
use crate::request::{Header, Value};
use crate::walk::{HeaderChange, HowChanged};

/// Fields of one connection, which are never passed on.
const OF_THE_CONNECTION: &[&str] =
    &["Connection", "Transfer-Encoding", "TE", "Keep-Alive", "Expect", "Upgrade", "Content-Length"];

type Headers = (Vec<Header>, Vec<HeaderChange>);

impl<'a> Run<'a> {
    /// What `proxy_set_header` makes of the fields. A block with one such directive inherits none.
    pub(super) fn forwarded_headers(&mut self, proxy_host: &str, is_grpc: bool) -> Headers {
        let name = if is_grpc { "grpc_set_header" } else { "proxy_set_header" };
        let rules = self.scope.inherited(&[name]);
        self.variables.insert("proxy_host".to_owned(), Value::Known(proxy_host.to_owned()));
        let mut out: Headers = (Vec::new(), Vec::new());
        for rule in &rules {
            let value = self.value(rule.arg(1));
            self.set_header(&mut out, rule.arg(0), value, Some(rule));
        }
        let is_set = |name: &str| rules.iter().any(|rule| rule.arg(0).eq_ignore_ascii_case(name));
        if !is_set("Host") {
            self.set_header(&mut out, "Host", Value::Known(proxy_host.to_owned()), None);
        }
        if !is_set("Connection") && !is_grpc {
            out.0.push(Header::new("Connection", "close"));
        }
        let has_body = self.request.body_length > 0 && self.scope.is_on("proxy_pass_request_body", "on");
        if !is_set("Content-Length") && has_body {
            out.0.push(Header::new("Content-Length", &self.left_of_body().to_string()));
        }
        let passes = self.scope.is_on("proxy_pass_request_headers", "on");
        for header in self.headers.clone() {
            if is_set(&header.name) || header.name.eq_ignore_ascii_case("host") {
                continue;
            }
            let of_connection = OF_THE_CONNECTION.iter().any(|name| name.eq_ignore_ascii_case(&header.name));
            if of_connection || !passes {
                if !header.name.eq_ignore_ascii_case("content-length") || !passes {
                    let because = if of_connection {
                        "it belongs to one connection"
                    } else {
                        "`proxy_pass_request_headers` is off"
                    };
                    out.1.push(self.dropped(&header.name, None, because));
                }
                continue;
            }
            out.0.push(header);
        }
        self.ignored(&mut out.1);
        out
    }

    /// One field that a rule, or nginx by itself, sets. An empty value is not sent at all.
    fn set_header(&self, out: &mut Headers, name: &str, value: Value, rule: Option<&Directive>) {
        let before = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        let because = rule.map_or("nginx sets it to the name in `proxy_pass`".to_owned(), |rule| {
            format!("`{}` sets it", rule.text())
        });
        if value.known() == Some("") {
            if before.is_some() {
                out.1.push(self.dropped(name, rule, "an empty value is not passed on"));
            }
            return;
        }
        let how = match before {
            Some(header) if header.value == value => None,
            Some(_) => Some(HowChanged::Rewritten),
            None => Some(HowChanged::Added),
        };
        if let Some(how) = how {
            let place = rule.map(|rule| self.config.place(rule));
            out.1.push(HeaderChange { name: name.to_owned(), how, place, because });
        }
        out.0.push(Header { name: name.to_owned(), value });
    }

    fn dropped(&self, name: &str, rule: Option<&Directive>, because: &str) -> HeaderChange {
        HeaderChange {
            name: name.to_owned(),
            how: HowChanged::Dropped,
            place: rule.map(|rule| self.config.place(rule)),
            because: because.to_owned(),
        }
    }

    /// Fields that nginx did not even take in.
    fn ignored(&self, changes: &mut Vec<HeaderChange>) {
        for header in &self.request.headers {
            if !self.headers.iter().any(|kept| kept.name == header.name) {
                let because = if header.name.contains('_') {
                    "its name has an underscore, and `underscores_in_headers` is off"
                } else {
                    "its name has an unusual character, and `ignore_invalid_headers` is on"
                };
                changes.push(self.dropped(&header.name, None, because));
            }
        }
    }

    /// The parameters `fastcgi_param` and the like set, and the client's fields; a `HTTP_*` one replaces a field.
    pub(super) fn parameters(&mut self, protocol: &str) -> Headers {
        let rules = self.scope.inherited(&[&format!("{protocol}_param")]);
        let mut out: Headers = (Vec::new(), Vec::new());
        for rule in rules {
            let value = self.value(rule.arg(1));
            let field = rule.arg(0).strip_prefix("HTTP_").map(|name| name.replace('_', "-"));
            self.set_header(&mut out, field.as_deref().unwrap_or(rule.arg(0)), value, Some(rule));
        }
        for header in &self.headers {
            if !out.0.iter().any(|set| set.name.eq_ignore_ascii_case(&header.name)) {
                out.0.push(header.clone());
            }
        }
        self.ignored(&mut out.1);
        out
    }
}
