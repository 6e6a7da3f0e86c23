//! What the next hop receives (`modules/caddyhttp/reverseproxy/reverseproxy.go`).

use super::matching::in_ranges;
use super::placeholders::Unset;
use super::route::{Handler, Proxy};
use super::run::{Flow, Run};
use crate::request::{Header, Scheme, Value, Version};
use crate::walk::{Answer, Forwarded, HeaderChange, HowChanged, Needs, Verdict};

/// Fields of one connection (`hopHeaders`).
const OF_THE_CONNECTION: &[&str] = &[
    "Alt-Svc",
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Content-Length",
];

impl<'a> Run<'a> {
    pub(super) fn proxy(&mut self, handler: &'a Handler, proxy: &'a Proxy) -> Result<Flow, Needs> {
        let upstream = proxy.upstreams.first().cloned();
        let to = upstream.unwrap_or_else(|| "an upstream that is found at run time".to_owned());
        if proxy.asks {
            return Err(Needs(format!("what {to} answers to the question of `{}`", handler.text)));
        }
        let because = match proxy.upstreams.len() {
            0 | 1 => format!("the request goes to `{to}`"),
            count => {
                format!("the request goes to one of {count} upstreams, which are taken to be alike and up")
            }
        };
        self.handler_step(handler, Verdict::Hit, because);
        if proxy.handles_answers {
            self.assuming.push(Needs(format!("that no `handle_response` of `{}` applies", handler.text)));
        }
        // The copy for the next hop does not touch the request itself.
        let kept = (self.headers.clone(), self.host.clone(), self.uri.clone(), self.method.clone());
        let forwarded = self.forwarded(handler, proxy, &to);
        (self.headers, self.host, self.uri, self.method) = kept;
        Ok(Flow::Answer(Answer::Upstream(Box::new(forwarded?)), Some(handler.place.clone())))
    }

    fn forwarded(&mut self, handler: &Handler, proxy: &Proxy, to: &str) -> Result<Forwarded, Needs> {
        if let Some(rewrite) = &proxy.rewrite {
            self.rewrite(rewrite)?;
        }
        self.drop_fields_of_the_connection();
        self.add_forwarded_fields(proxy)?;
        let to = self.replace(to, Unset::Empty).unwrap_or_else(|_| to.to_owned());
        self.placeholders.insert("http.reverse_proxy.upstream.hostport".to_owned(), to.clone());
        self.change_headers(&proxy.headers, handler)?;
        let is_bodyless = proxy
            .rewrite
            .as_ref()
            .is_some_and(|rewrite| matches!(rewrite.method.as_deref(), Some("GET" | "HEAD")));
        let body_length = if is_bodyless { 0 } else { self.request.body_length };
        self.add_fields_of_the_transport(body_length);
        let scheme = if proxy.is_tls { Scheme::Https } else { Scheme::Http };
        let destination = match (proxy.is_fastcgi, to.starts_with("unix/")) {
            (true, _) => format!("fastcgi://{to}"),
            (false, true) => format!("unix:{}", to.trim_start_matches("unix/")),
            (false, false) => format!("{}://{to}", scheme.name()),
        };
        let mut headers = vec![Header::new("Host", &self.host)];
        headers.append(&mut self.headers);
        Ok(Forwarded {
            destination,
            scheme,
            method: self.method.clone(),
            target: Value::Known(self.uri.target()),
            version: if proxy.is_fastcgi { self.request.version } else { Version::Http11 },
            headers,
            changes: std::mem::take(&mut self.changes),
            body_length,
            client: self.client.clone(),
        })
    }

    fn drop_fields_of_the_connection(&mut self) {
        let listed: Vec<String> = self.header_values("Connection").unwrap_or_default();
        let listed: Vec<String> = listed
            .iter()
            .flat_map(|line| line.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .collect();
        let upgrade = listed
            .iter()
            .any(|name| name == "upgrade")
            .then(|| self.header_values("Upgrade").unwrap_or_default());
        let upgrade = upgrade.and_then(|values| values.into_iter().next());
        let wants_trailers =
            self.header_values("Te").unwrap_or_default().iter().any(|value| value.contains("trailers"))
                && !listed.iter().any(|name| name == "te");
        let goes = |header: &Header| {
            OF_THE_CONNECTION.contains(&header.name.as_str())
                || listed.contains(&header.name.to_ascii_lowercase())
        };
        let gone: Vec<String> =
            self.headers.iter().filter(|header| goes(header)).map(|header| header.name.clone()).collect();
        self.headers.retain(|header| !goes(header));
        if wants_trailers {
            self.headers.push(Header::new("Te", "trailers"));
        }
        if let Some(protocol) = upgrade {
            self.headers.push(Header::new("Connection", "Upgrade"));
            self.headers.push(Header::new("Upgrade", &protocol));
        }
        for name in gone.into_iter().filter(|name| name != "Content-Length") {
            let because = "it belongs to one connection".to_owned();
            self.changes.push(HeaderChange { name, how: HowChanged::Dropped, place: None, because });
        }
    }

    /// `X-Forwarded-*`: what a proxy says that is not trusted is replaced (`addForwardedHeaders()`).
    fn add_forwarded_fields(&mut self, proxy: &Proxy) -> Result<(), Needs> {
        let Some(client) = self.request.client else {
            for name in ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"] {
                self.set_field(name, Value::Unknown(Needs("the client's address".to_owned())));
            }
            return Ok(());
        };
        let trusted = in_ranges(client, &proxy.trusted)? || in_ranges(client, &self.server.trusted)?;
        let before = if trusted { self.header_values("X-Forwarded-For")?.join(", ") } else { String::new() };
        let chain = if before.is_empty() { client.to_string() } else { format!("{before}, {client}") };
        self.set_field("X-Forwarded-For", Value::Known(chain));
        for (name, own) in [
            ("X-Forwarded-Proto", self.request.scheme.name().to_owned()),
            ("X-Forwarded-Host", self.host.clone()),
        ] {
            let before = if trusted { self.header_values(name)?.last().cloned() } else { None };
            self.set_field(name, Value::Known(before.filter(|value| !value.is_empty()).unwrap_or(own)));
        }
        Ok(())
    }

    fn set_field(&mut self, name: &str, value: Value) {
        let before =
            self.headers.iter().find(|header| header.name == name).map(|header| header.value.clone());
        let how = match before {
            Some(before) if before == value => None,
            Some(_) => Some(HowChanged::Rewritten),
            None => Some(HowChanged::Added),
        };
        self.headers.retain(|header| header.name != name);
        self.headers.push(Header { name: name.to_owned(), value });
        if let Some(how) = how {
            let because = "Caddy sets it, and believes no other proxy unless told to".to_owned();
            self.changes.push(HeaderChange { name: name.to_owned(), how, place: None, because });
        }
    }

    /// What Go's transport adds (`net/http/transport.go`, `transfer.go`).
    fn add_fields_of_the_transport(&mut self, body_length: u64) {
        let has = |run: &Self, name: &str| run.headers.iter().any(|header| header.name == name);
        if !has(self, "Accept-Encoding") && !has(self, "Range") && self.method != "HEAD" {
            self.headers.push(Header::new("Accept-Encoding", "gzip"));
        }
        if body_length > 0 || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            self.headers.push(Header::new("Content-Length", &body_length.to_string()));
        }
    }
}
