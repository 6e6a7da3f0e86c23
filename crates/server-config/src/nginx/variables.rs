//! The variables of the HTTP core: <https://nginx.org/en/docs/http/ngx_http_core_module.html#variables>.

use super::run::Run;
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::request::{Scheme, Value};
use crate::walk::Needs;

impl<'a> Run<'a> {
    /// The value of a variable; names compare without regard to case.
    pub(super) fn variable(&mut self, name: &str) -> Result<String, Needs> {
        let name = name.to_ascii_lowercase();
        if let Some(value) = self.variables.get(&name) {
            return match value {
                Value::Known(text) => Ok(text.clone()),
                Value::Unknown(needs) => Err(needs.clone()),
            };
        }
        if let Some(value) = self.table(&name) {
            return value;
        }
        if let Some(value) = self.core_variable(&name) {
            return value;
        }
        if let Some(value) = self.prefixed_variable(&name) {
            return value;
        }
        // A variable that only a `set` elsewhere defines is empty.
        if sets(self.config.http(), &name) {
            return Ok(String::new());
        }
        Err(Needs(format!("the value of `${name}`")))
    }

    fn core_variable(&mut self, name: &str) -> Option<Result<String, Needs>> {
        let request = self.request;
        let address_unknown = || Needs("the client's address".to_owned());
        let value = match name {
            "uri" | "document_uri" => self.path.clone(),
            "request_uri" => self.target.clone(),
            "args" | "query_string" => self.args.clone(),
            "is_args" => if self.args.is_empty() { "" } else { "?" }.to_owned(),
            "host" if self.host.is_empty() => self.primary_name(),
            "host" => self.host.clone(),
            "server_name" => self.primary_name(),
            // Kept from its first use on; an error page changes the method.
            "request_method" => {
                let method = self.method.clone();
                self.variables.insert(name.to_owned(), Value::Known(method.clone()));
                method
            }
            "scheme" => request.scheme.name().to_owned(),
            "https" => if request.scheme == Scheme::Https { "on" } else { "" }.to_owned(),
            "server_port" => request.port().to_string(),
            "server_protocol" => request.version.name().to_owned(),
            "request" => format!("{} {} {}", request.method, request.target, request.version.name()),
            "content_length" if request.body_length > 0 => request.body_length.to_string(),
            "content_length" => return Some(self.header_text("content-length")),
            "content_type" => return Some(self.header_text("content-type")),
            "remote_addr" => {
                return Some(self.client.address.map(|ip| ip.to_string()).ok_or_else(address_unknown));
            }
            "realip_remote_addr" => {
                return Some(request.client.map(|ip| ip.to_string()).ok_or_else(address_unknown));
            }
            "server_addr" => {
                let unknown = || Needs("the server's address".to_owned());
                return Some(request.listener.map(|socket| socket.ip().to_string()).ok_or_else(unknown));
            }
            "remote_user" => return Some(self.remote_user()),
            "proxy_add_x_forwarded_for" => return Some(self.forwarded_for()),
            "document_root" | "request_filename" => return Some(self.file_variable(name)),
            "invalid_referer" => return Some(self.invalid_referer()),
            "proxy_protocol_addr" | "proxy_protocol_port" => String::new(),
            "limit_rate" => "0".to_owned(),
            "server_software" => return None,
            _ => return None,
        };
        Some(Ok(value))
    }

    fn prefixed_variable(&mut self, name: &str) -> Option<Result<String, Needs>> {
        if let Some(argument) = name.strip_prefix("arg_") {
            // Names of arguments compare without regard to case (ngx_http_arg()).
            let mut pairs = self.args.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(argument));
            return Some(Ok(found.map_or(String::new(), |(_, value)| value.to_owned())));
        }
        if let Some(header) = name.strip_prefix("http_") {
            return Some(self.header_text(&header.replace('_', "-")));
        }
        let cookie = name.strip_prefix("cookie_")?;
        let text = match self.header_text("cookie") {
            Ok(text) => text,
            Err(needs) => return Some(Err(needs)),
        };
        let mut pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(cookie));
        Some(Ok(found.map_or(String::new(), |(_, value)| value.to_owned())))
    }

    /// The values of a header joined by commas; a dash in the name also stands for an underscore.
    pub(super) fn header_text(&self, name: &str) -> Result<String, Needs> {
        let mut values = Vec::new();
        for header in &self.headers {
            if header.name.replace('_', "-").eq_ignore_ascii_case(name) {
                match &header.value {
                    Value::Known(text) => values.push(text.clone()),
                    Value::Unknown(needs) => return Err(needs.clone()),
                }
            }
        }
        let separator = if name.eq_ignore_ascii_case("cookie") { "; " } else { ", " };
        // Headers that may stand once are taken once.
        if !matches!(name, "cookie" | "x-forwarded-for") && values.len() > 1 && is_single(name) {
            values.truncate(1);
        }
        Ok(values.join(separator))
    }

    fn primary_name(&self) -> String {
        let header = self.server.innermost().header;
        let name =
            header.and_then(|server| super::server::names(server).into_iter().next()).unwrap_or_default();
        name.strip_prefix('.').unwrap_or(&name).to_owned()
    }

    fn forwarded_for(&self) -> Result<String, Needs> {
        let address = self.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?;
        let before = self.header_text("x-forwarded-for")?;
        Ok(if before.is_empty() { address.to_string() } else { format!("{before}, {address}") })
    }

    /// `$invalid_referer` is empty when the `Referer` is one of `valid_referers` (`ngx_http_referer_module.c`).
    fn invalid_referer(&mut self) -> Result<String, Needs> {
        let lists = self.scope.inherited(&["valid_referers"]);
        let words: Vec<&str> = lists.iter().flat_map(|list| list.args()).map(|word| &**word).collect();
        let referer = self.header_text("referer")?;
        let is_valid = if words.is_empty() {
            true
        } else if referer.is_empty() {
            words.contains(&"none")
        } else {
            let lower = referer.to_ascii_lowercase();
            match lower.strip_prefix("http://").or(lower.strip_prefix("https://")) {
                None => words.contains(&"blocked"),
                Some(rest) => self.referer_is_listed(rest, &words)?,
            }
        };
        Ok(if is_valid { "" } else { "1" }.to_owned())
    }

    fn referer_is_listed(&self, rest: &str, words: &[&str]) -> Result<bool, Needs> {
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = authority.split(':').next().unwrap_or(authority);
        for word in words {
            let listed = match *word {
                "none" | "blocked" => false,
                "server_names" => self.server.innermost().header.is_some_and(|server| {
                    super::server::names(server).iter().any(|name| super::server::rank(name, host).is_some())
                }),
                regex if regex.starts_with('~') => {
                    Pattern::new(&regex[1..], Case::Insensitive)?.find(rest)?.is_some()
                }
                word => {
                    let (name, start) = word.split_at(word.find('/').unwrap_or(word.len()));
                    super::server::rank(&name.to_ascii_lowercase(), host).is_some() && path.starts_with(start)
                }
            };
            if listed {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_single(name: &str) -> bool {
    matches!(name, "host" | "user-agent" | "referer" | "content-type" | "content-length" | "authorization")
}

/// Whether a `set` anywhere below defines the variable.
fn sets(directives: &[Directive], name: &str) -> bool {
    directives.iter().any(|directive| {
        (directive.name() == "set" && directive.arg(0).trim_start_matches('$').eq_ignore_ascii_case(name))
            || sets(directive.children(), name)
    })
}
