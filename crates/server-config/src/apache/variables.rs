//! `%{NAME}`: what expressions and rewrite rules know of a request (`server/util_expr_eval.c`,
//! `lookup_variable()` in `modules/mappers/mod_rewrite.c`).

use super::run::Run;
use super::vhost;
use crate::request::{Scheme, Version};
use crate::walk::Needs;

/// Header fields that have a variable of their own.
const FIELDS: &[(&str, &str)] = &[
    ("HTTP_ACCEPT", "Accept"),
    ("HTTP_COOKIE", "Cookie"),
    ("HTTP_FORWARDED", "Forwarded"),
    ("HTTP_HOST", "Host"),
    ("HTTP_PROXY_CONNECTION", "Proxy-Connection"),
    ("HTTP_REFERER", "Referer"),
    ("HTTP_USER_AGENT", "User-Agent"),
];

/// Variables that only the running server knows.
const UNSEEN: &[&str] = &[
    "REMOTE_HOST",
    "REMOTE_PORT",
    "REMOTE_IDENT",
    "SERVER_ADMIN",
    "LAST_MODIFIED",
    "SCRIPT_USER",
    "SCRIPT_GROUP",
    "CONTENT_TYPE",
    "REQUEST_LOG_ID",
    "CONN_LOG_ID",
    "REQUEST_STATUS",
    "SERVER_SOFTWARE",
    "API_VERSION",
];

impl Run<'_> {
    /// `Ok(None)` for a name that does not exist.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>, Needs> {
        let upper = name.to_ascii_uppercase();
        if let Some((_, field)) = FIELDS.iter().find(|(own, _)| *own == upper) {
            return self.header_text(field).map(Some);
        }
        if UNSEEN.contains(&upper.as_str()) || upper.starts_with("TIME") || upper.starts_with("SSL_") {
            return Err(Needs(format!("the value of `%{{{name}}}`")));
        }
        let known = match upper.as_str() {
            "REQUEST_METHOD" => self.method.clone(),
            "REQUEST_URI" | "DOCUMENT_URI" => self.uri.clone(),
            "REQUEST_SCHEME" => self.request.scheme.name().to_owned(),
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" => self.filename.clone().unwrap_or_default(),
            "PATH_INFO" => self.path_info.clone(),
            "QUERY_STRING" => self.args.clone().unwrap_or_default(),
            "IS_SUBREQ" => if self.depth > 0 { "true" } else { "false" }.to_owned(),
            "THE_REQUEST" => {
                format!("{} {} {}", self.request.method, self.request.target, self.request.version.name())
            }
            "REMOTE_ADDR" => return self.address().map(Some),
            "CONN_REMOTE_ADDR" => {
                let address = self.request.client.ok_or_else(|| Needs("the client's address".to_owned()))?;
                address.to_canonical().to_string()
            }
            "REMOTE_USER" => self.user.clone().unwrap_or_default(),
            "AUTH_TYPE" => if self.user.is_some() { "Basic" } else { "" }.to_owned(),
            "SERVER_ADDR" => match self.request.listener {
                Some(listener) => listener.ip().to_canonical().to_string(),
                None => return Err(Needs("the server's address".to_owned())),
            },
            "SERVER_NAME" => self.server_name(),
            "SERVER_PORT" => self.request.port().to_string(),
            "SERVER_PROTOCOL" => self.request.version.name().to_owned(),
            "SERVER_PROTOCOL_VERSION" => {
                self.protocol().iter().map(|part| part * 1000).sum::<u32>().to_string()
            }
            "SERVER_PROTOCOL_VERSION_MAJOR" => self.protocol()[0].to_string(),
            "SERVER_PROTOCOL_VERSION_MINOR" => self.protocol()[1].to_string(),
            "DOCUMENT_ROOT" => self.document_root(),
            "CONTEXT_PREFIX" => self.context.as_ref().map_or(String::new(), |(prefix, _)| prefix.clone()),
            "CONTEXT_DOCUMENT_ROOT" => {
                self.context.as_ref().map_or_else(|| self.document_root(), |(_, root)| root.clone())
            }
            "HANDLER" => self.handler.as_ref().map_or(String::new(), |(name, _)| name.clone()),
            "HTTPS" => if self.request.scheme == Scheme::Https { "on" } else { "off" }.to_owned(),
            "HTTP2" => if self.request.version == Version::Http2 { "on" } else { "off" }.to_owned(),
            "IPV6" => match self.client.address {
                Some(address) => if address.to_canonical().is_ipv6() { "on" } else { "off" }.to_owned(),
                None => return Err(Needs("the client's address".to_owned())),
            },
            _ => return Ok(None),
        };
        Ok(Some(known))
    }

    fn protocol(&self) -> [u32; 2] {
        match self.request.version {
            Version::Http10 => [1, 0],
            Version::Http11 => [1, 1],
            Version::Http2 => [2, 0],
            Version::Http3 => [3, 0],
        }
    }

    fn address(&self) -> Result<String, Needs> {
        let address = self.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?;
        Ok(address.to_canonical().to_string())
    }

    /// `ap_get_server_name()` with `UseCanonicalName Off`: the host of the request.
    pub(super) fn server_name(&self) -> String {
        let own = self.defaults.last("ServerName").map(|rule| vhost::server_name(rule.arg(0)).to_owned());
        let is_canonical = self.scope.is_on("UseCanonicalName", false);
        if self.hostname.is_empty() || is_canonical { own.unwrap_or_default() } else { self.hostname.clone() }
    }

    /// `ap_document_root()`.
    pub(super) fn document_root(&self) -> String {
        if let Some(htaccess) = &self.config.htaccess {
            return if htaccess.directory.is_empty() { "/".to_owned() } else { htaccess.directory.clone() };
        }
        let rule = self.defaults.last("DocumentRoot");
        let root = rule.map_or("htdocs", |rule| rule.arg(0));
        let full = super::include::below(&self.config.server_root, root);
        if full.len() > 1 { full.trim_end_matches('/').to_owned() } else { full }
    }
}
