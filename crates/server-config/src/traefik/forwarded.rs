//! The header fields on the way through: what the entry point makes of `X-Forwarded-*`
//! (`pkg/middlewares/forwardedheaders/forwarded_header.go`), and what the proxy sends to the service
//! (`pkg/proxy/httputil/proxy.go`, and Go's `net/http/httputil/reverseproxy.go` and `net/http/transfer.go`).

use super::run::Run;
use crate::request::{Header, Scheme, Value};
use crate::walk::{HeaderChange, HowChanged, Needs};

/// The fields that Traefik manages: only a trusted client may bring them.
const MANAGED: [&str; 13] = [
    "X-Forwarded-Proto",
    "X-Forwarded-Scheme",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Uri",
    "X-Forwarded-Method",
    "X-Forwarded-Prefix",
    "X-Forwarded-Tls-Client-Cert",
    "X-Forwarded-Tls-Client-Cert-Info",
    "X-Scheme",
    "X-Real-Ip",
];

/// What ends with each connection (`hopHeaders`).
const HOP_BY_HOP: [&str; 9] = [
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// A name as Go writes it: a capital at its start and behind each hyphen (`textproto.CanonicalMIMEHeaderKey()`).
pub(super) fn canonical(name: &str) -> String {
    let mut starts = true;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        out.push(if starts { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
        starts = c == '-';
    }
    out
}

/// Go's server keeps a name with underscores beside the one with hyphens, and both are managed.
fn is_managed(name: &str) -> bool {
    let plain = canonical(&name.replace('_', "-"));
    MANAGED.contains(&plain.as_str())
}

impl Run<'_> {
    /// The fields as routers see them.
    pub(super) fn enter(&mut self) {
        for header in &mut self.headers {
            header.name = canonical(&header.name);
        }
        match self.trusts_forwarded {
            Some(true) => {}
            Some(false) => {
                let names: Vec<String> = self
                    .headers
                    .iter()
                    .map(|header| header.name.clone())
                    .filter(|name| is_managed(name))
                    .collect();
                for name in names {
                    self.drop_header(&name, "the entry point's `forwardedHeaders` do not trust the client");
                }
            }
            None => {
                let needs =
                    || Needs("the entry point's `forwardedHeaders`, which keep or drop it".to_owned());
                for header in self.headers.iter_mut().filter(|header| is_managed(&header.name)) {
                    header.value = Value::Unknown(needs());
                }
            }
        }
        self.add_forwarded();
        self.drop_named_by_connection();
    }

    fn first(&self, name: &str) -> Option<&Value> {
        self.headers.iter().find(|header| header.name == name).map(|header| &header.value)
    }

    fn add_forwarded(&mut self) {
        let client = match self.request.client {
            Some(address) => Value::Known(address.to_string()),
            None => Value::Unknown(Needs("the client's address".to_owned())),
        };
        let is_tls = self.request.scheme == Scheme::Https;
        let asks = |name: &str, wanted: &str| {
            let value = self.first(name).and_then(Value::known).unwrap_or("");
            value.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted))
        };
        let scheme = match asks("Connection", "upgrade") && asks("Upgrade", "websocket") {
            true => {
                if is_tls {
                    "wss"
                } else {
                    "ws"
                }
            }
            false => {
                if is_tls {
                    "https"
                } else {
                    "http"
                }
            }
        };
        let host = self.request.header("Host").cloned();
        self.add_missing("X-Real-Ip", client);
        self.add_missing("X-Forwarded-Proto", Value::Known(scheme.to_owned()));
        let port = self.forwarded_port(host.as_ref().and_then(Value::known).unwrap_or(""), is_tls);
        self.add_missing("X-Forwarded-Port", port);
        if let Some(host) = host {
            self.add_missing("X-Forwarded-Host", host);
        }
        self.join_forwarded_for(None);
        let server = Value::Unknown(Needs("the name of Traefik's machine".to_owned()));
        self.set_header("X-Forwarded-Server", server, None, "the entry point says who passed it on");
    }

    fn add_missing(&mut self, name: &str, value: Value) {
        if self.first(name).is_none_or(|value| value.known() == Some("")) {
            self.set_header(name, value, None, "the entry point says how the client came");
        }
    }

    fn forwarded_port(&self, host: &str, is_tls: bool) -> Value {
        let port = host.rsplit_once(':').filter(|(name, port)| !name.ends_with(':') && !port.contains(']'));
        let is_encrypted = match self.first("X-Forwarded-Proto") {
            Some(Value::Unknown(needs)) => return Value::Unknown(needs.clone()),
            Some(Value::Known(scheme)) => is_tls || scheme == "https" || scheme == "wss",
            None => is_tls,
        };
        Value::Known(match port {
            Some((_, port)) if !port.is_empty() => port.to_owned(),
            _ if is_encrypted => "443".to_owned(),
            _ => "80".to_owned(),
        })
    }

    /// Several `X-Forwarded-For` become one, with another address at its end.
    fn join_forwarded_for(&mut self, more: Option<Value>) {
        let name = "X-Forwarded-For";
        let values =
            self.headers.iter().filter(|header| header.name == name).map(|header| header.value.clone());
        let values: Vec<Value> = values.chain(more).collect();
        if values.is_empty() {
            return;
        }
        let texts: Option<Vec<&str>> = values.iter().map(Value::known).collect();
        let unknown = values.iter().find_map(|value| match value {
            Value::Unknown(needs) => Some(needs.clone()),
            Value::Known(_) => None,
        });
        let joined = match (texts, unknown) {
            (Some(texts), _) => Value::Known(texts.join(", ")),
            (None, needs) => Value::Unknown(needs.unwrap_or(Needs("the addresses before it".to_owned()))),
        };
        self.set_header(name, joined, None, "the address of the connection's other end is appended");
    }

    /// `Connection` names fields that end here; it cannot name a managed one.
    fn drop_named_by_connection(&mut self) {
        let connection: Vec<String> = self
            .headers
            .iter()
            .filter(|header| header.name == "Connection")
            .filter_map(|header| header.value.known().map(str::to_owned))
            .collect();
        for name in connection.iter().flat_map(|value| value.split(',')).map(|name| canonical(name.trim())) {
            if !name.is_empty() && !is_managed(&name) && name != "Upgrade" {
                self.drop_header(&name, "`Connection` names it");
            }
        }
    }

    /// The fields as the service receives them.
    pub(super) fn leave(&mut self) {
        let takes_trailers = self
            .first("Te")
            .and_then(Value::known)
            .is_some_and(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("trailers")));
        for name in HOP_BY_HOP {
            self.drop_header(name, "it holds for one connection only");
        }
        if takes_trailers {
            self.headers.push(Header { name: "Te".to_owned(), value: Value::Known("trailers".to_owned()) });
        }
        let client = match self.request.client {
            Some(address) => Value::Known(address.to_string()),
            None => Value::Unknown(Needs("the client's address".to_owned())),
        };
        self.join_forwarded_for(Some(client));
        let asks_for = |name: &str| self.first(name).is_some();
        if !asks_for("Accept-Encoding") && !asks_for("Range") && self.request.method != "HEAD" {
            let gzip = Value::Known("gzip".to_owned());
            self.set_header("Accept-Encoding", gzip, None, "Traefik takes a compressed answer for itself");
        }
        self.headers.retain(|header| header.name != "Content-Length");
        let has_length = matches!(self.request.method.as_str(), "POST" | "PUT" | "PATCH");
        if self.request.body_length > 0 || has_length {
            let length = Value::Known(self.request.body_length.to_string());
            self.headers.push(Header { name: "Content-Length".to_owned(), value: length });
        }
    }

    fn drop_header(&mut self, name: &str, because: &str) {
        if self.first(name).is_none() {
            return;
        }
        self.headers.retain(|header| header.name != name);
        let because = because.to_owned();
        let change = HeaderChange { name: name.to_owned(), how: HowChanged::Dropped, place: None, because };
        self.changes.push(change);
    }

    /// The first value of a field as middlewares see it.
    pub(super) fn seen(&self, name: &str) -> Result<Option<&str>, Needs> {
        match self.first(&canonical(name)) {
            None => Ok(None),
            Some(Value::Known(text)) => Ok(Some(text)),
            Some(Value::Unknown(needs)) => Err(needs.clone()),
        }
    }
}
