//! The header fields that the next hop receives (`ap_proxy_create_hdrbrgd()` in `modules/proxy/proxy_util.c`).

use super::proxy::NextHop;
use super::run::Run;
use super::vhost;
use crate::request::{Header, Value};
use crate::source::Place;
use crate::walk::{HeaderChange, HowChanged, Needs};

/// Fields of one connection, which are never passed on.
const OF_THE_CONNECTION: &[&str] = &[
    "Connection",
    "Keep-Alive",
    "Upgrade",
    "Trailer",
    "TE",
    "Transfer-Encoding",
    "Content-Length",
    "Expect",
];

type Headers = (Vec<Header>, Vec<HeaderChange>);

impl<'a> Run<'a> {
    pub(super) fn forwarded_headers(&self, hop: &NextHop<'_>, url: &str) -> Headers {
        let mut out: Headers = (Vec::new(), self.header_changes.clone());
        let listed = self.header_text("Connection").unwrap_or_default();
        let is_listed = |name: &str| listed.split(',').any(|own| own.trim().eq_ignore_ascii_case(name));
        for header in &self.headers {
            let name = header.name.as_str();
            if name.eq_ignore_ascii_case("host") {
                continue;
            }
            let is_own = OF_THE_CONNECTION.iter().any(|own| own.eq_ignore_ascii_case(name));
            let is_spent = name.eq_ignore_ascii_case("Proxy-Authorization") && self.user.is_some();
            if is_own || is_listed(name) || is_spent {
                if !name.eq_ignore_ascii_case("content-length") {
                    let because = "it belongs to one connection".to_owned();
                    out.1.push(change(name, HowChanged::Dropped, None, because));
                }
                continue;
            }
            out.0.push(header.clone());
        }
        self.host(hop, &mut out);
        self.forwarded_for(&mut out);
        self.via(&mut out);
        if self.has_body_header() {
            out.0.push(Header::new("Content-Length", &self.request.body_length.to_string()));
        }
        out.0.push(Header::new("Connection", if self.is_reused(url) { "Keep-Alive" } else { "close" }));
        out
    }

    /// Connections are kept to the URLs that `ProxyPass` names as they are (`ap_proxy_get_worker()`).
    fn is_reused(&self, url: &str) -> bool {
        let sections = super::head::sections(&self.chosen, &["Location", "LocationMatch"]);
        let of_sections = sections.into_iter().flat_map(|section| section.children());
        let of_server =
            self.defaults.layers.iter().flat_map(|layer| layer.rules.iter().map(|rule| rule.directive));
        of_server.chain(of_sections).filter(|rule| rule.is_active && super::proxy::is_pass(rule)).any(
            |rule| {
                let target = rule.words.iter().find(|word| word.contains("://"));
                let is_kept = !rule.words.iter().any(|word| word.eq_ignore_ascii_case("disablereuse=on"));
                is_kept && target.is_some_and(|target| !target.contains('$') && url.starts_with(&**target))
            },
        )
    }

    /// A request with a length keeps one, even a zero.
    fn has_body_header(&self) -> bool {
        self.request.body_length > 0 || self.header("Content-Length").is_some()
    }

    /// `ProxyPreserveHost` keeps the client's; else it is the name in the URL.
    fn host(&self, hop: &NextHop<'_>, out: &mut Headers) {
        let before = self.header("Host").cloned();
        if self.scope.is_on("ProxyPreserveHost", false) {
            let own = before.unwrap_or_else(|| Value::Known(self.server_name()));
            out.0.push(Header { name: "Host".to_owned(), value: own });
            return;
        }
        let value = if hop.protocol == "balancer" {
            self.member_of(hop.authority)
        } else {
            Value::Known(host_field(hop.authority))
        };
        if before.as_ref() != Some(&value) {
            let place = self.proxy.as_ref().map(|(_, rule)| rule.place.clone());
            let because = "`ProxyPreserveHost` is off, so it is the name in the URL".to_owned();
            out.1.push(change("Host", HowChanged::Rewritten, place, because));
        }
        out.0.push(Header { name: "Host".to_owned(), value });
    }

    /// The one member of a balancer; with several nobody knows.
    fn member_of(&self, name: &str) -> Value {
        let url = format!("balancer://{name}");
        let sections = super::head::sections(&self.chosen, &["Proxy"]);
        let own = sections.into_iter().filter(|section| section.arg(0).trim_end_matches('/') == url);
        let members: Vec<&str> = own
            .flat_map(|section| section.children().iter())
            .filter(|rule| rule.is_active && rule.is("BalancerMember"))
            .map(|rule| rule.arg(0))
            .collect();
        match members.as_slice() {
            [one] => {
                let authority = one.split_once("://").map_or(*one, |(_, rest)| rest);
                Value::Known(host_field(authority.split('/').next().unwrap_or(authority)))
            }
            _ => Value::Unknown(Needs(format!("the member of `{url}` that is chosen"))),
        }
    }

    /// `X-Forwarded-For`, `-Host`, `-Server`, unless `ProxyAddHeaders Off`.
    fn forwarded_for(&self, out: &mut Headers) {
        let rule = self.scope.last("ProxyAddHeaders");
        if rule.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("off")) {
            return;
        }
        let client = match self.client.address {
            Some(address) => Value::Known(address.to_canonical().to_string()),
            None => Value::Unknown(Needs("the client's address".to_owned())),
        };
        self.merge(out, "X-Forwarded-For", client);
        if let Some(host) = self.header("Host").cloned() {
            self.merge(out, "X-Forwarded-Host", host);
        }
        let own = self.defaults.last("ServerName").map(|rule| vhost::server_name(rule.arg(0)).to_owned());
        let name = own.map_or(Value::Unknown(Needs("the server's own name".to_owned())), Value::Known);
        self.merge(out, "X-Forwarded-Server", name);
    }

    fn via(&self, out: &mut Headers) {
        let Some(rule) = self.defaults.last("ProxyVia") else { return };
        match rule.arg(0).to_ascii_lowercase().as_str() {
            "block" => out.0.retain(|header| !header.name.eq_ignore_ascii_case("via")),
            "off" => {}
            _ => self.merge(out, "Via", Value::Unknown(Needs("the server's name and version".to_owned()))),
        }
    }

    /// Behind what is there already, with a comma (`apr_table_mergen()`).
    fn merge(&self, out: &mut Headers, name: &str, value: Value) {
        let own = out.0.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name));
        let how = match own {
            Some(header) => {
                header.value = match (&header.value, value) {
                    (Value::Known(before), Value::Known(more)) => Value::Known(format!("{before}, {more}")),
                    (Value::Unknown(needs), _) => Value::Unknown(needs.clone()),
                    (_, unknown) => unknown,
                };
                HowChanged::Rewritten
            }
            None => {
                out.0.push(Header { name: name.to_owned(), value });
                HowChanged::Added
            }
        };
        let place = self.proxy.as_ref().map(|(_, rule)| rule.place.clone());
        out.1.push(change(name, how, place, "a request that is passed on gets it".to_owned()));
    }
}

fn change(name: &str, how: HowChanged, place: Option<Place>, because: String) -> HeaderChange {
    HeaderChange { name: name.to_owned(), how, place, because }
}

/// The name with its port, unless it is 80.
fn host_field(authority: &str) -> String {
    authority.strip_suffix(":80").unwrap_or(authority).to_owned()
}
