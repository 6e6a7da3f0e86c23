//! The network filters before the connection manager, and what its codec refuses by itself.

use super::listener::name;
use super::run::{Answered, Run};
use crate::document::Node;
use crate::request::{Value, Version};
use crate::walk::{Answer, Needs, Step, Verdict};

const MANAGER: &str = ".http_connection_manager.v3.HttpConnectionManager";

/// The methods that the HTTP/1 parser knows and routes forward without more.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"];

impl<'a> Run<'a> {
    /// The connection manager's settings; other network filters may close the connection before it.
    pub(super) fn network_filters(
        &mut self,
        listener: &'a Node,
        chain: &'a Node,
    ) -> Result<&'a Node, Answered> {
        let is_proxied =
            listener.list("listener_filters").iter().any(|filter| kind(filter).ends_with(".ProxyProtocol"));
        if is_proxied {
            return Err(self.unknown("the PROXY protocol's line"));
        }
        for filter in chain.list("filters") {
            let kind = kind(filter);
            if kind.ends_with(MANAGER) {
                let empty = || Needs("the settings of the connection manager".to_owned());
                return filter.field("typed_config").ok_or_else(|| self.unknown(empty().0));
            }
            if kind.ends_with(".network.rbac.v3.RBAC") {
                self.network_rbac(filter)?;
                continue;
            }
            return Err(self.unknown_at(
                "network-filter",
                filter,
                Needs(format!("the network filter `{}`", name(filter))),
            ));
        }
        Err(self.unknown_at(
            "network-filter",
            chain,
            Needs("an HTTP connection manager in this chain".to_owned()),
        ))
    }

    /// What is refused before any route is looked at (`common/http/conn_manager_impl.cc`, `decodeHeaders`).
    pub(super) fn codec(&mut self, manager: &'a Node) -> Result<(), Answered> {
        let request = self.request;
        if !METHODS.contains(&request.method.as_str()) {
            return Err(self.unknown(format!("Envoy's handling of the method `{}`", request.method)));
        }
        let is_plain = request.target.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'#');
        if !is_plain || !request.target.starts_with('/') {
            return Err(self.unknown("the codec's reading of such a request target"));
        }
        // The parser meets a field's name before the version and the host are looked at.
        self.underscores(manager)?;
        let accepts_old =
            manager.path(&["http_protocol_options", "accept_http_10"]).and_then(Node::text) == Some("true");
        if request.version == Version::Http10 && !accepts_old {
            let because = "HTTP/1.0 is not accepted unless `accept_http_10` is on";
            return Err(self.local_reply("codec", None, "HTTP/1.0", 426, because, "low_version"));
        }
        let host = match request.header("Host") {
            Some(Value::Known(host)) => host.clone(),
            Some(Value::Unknown(needs)) => return Err(self.unknown(needs.0.clone())),
            None if request.version == Version::Http10 => {
                return Err(self.unknown("the default host for HTTP/1.0"));
            }
            None => {
                let because = "HTTP/1.1 wants a host";
                return Err(self.local_reply("codec", None, "Host", 400, because, "missing_host_header"));
            }
        };
        if request.headers_named("Host").count() > 1 {
            return Err(self.unknown("the codec's reading of several hosts"));
        }
        self.strip_port(manager, host);
        Ok(())
    }

    /// `headers_with_underscores_action`: kept unless told otherwise.
    fn underscores(&mut self, manager: &'a Node) -> Result<(), Answered> {
        let setting = manager.path(&["common_http_protocol_options", "headers_with_underscores_action"]);
        let Some(setting) = setting.filter(|setting| setting.text().is_some_and(|text| text != "ALLOW"))
        else {
            return Ok(());
        };
        let Some(header) = self.request.headers.iter().find(|header| header.name.contains('_')) else {
            return Ok(());
        };
        let text = format!("headers_with_underscores_action: {}", setting.text().unwrap_or(""));
        if setting.text() != Some("REJECT_REQUEST") {
            let because = format!("`{}` is dropped", header.name);
            let place = Some(self.config.place(setting));
            self.steps.push(Step::new("codec", place, text, Verdict::Hit, because));
            return Ok(());
        }
        let because = format!("the name of `{}` holds an underscore", header.name);
        let place = Some(self.config.place(setting));
        Err(self.local_reply("codec", place, text, 400, &because, "http1.unexpected_underscore"))
    }

    fn strip_port(&mut self, manager: &'a Node, host: String) {
        let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
        let number = port.and_then(|at| host[at + 1..].parse::<u16>().ok());
        let matches_own = number.is_some() && number == self.request.listener.map(|own| own.port());
        let strips = manager.is_on("strip_any_host_port")
            || (manager.is_on("strip_matching_host_port") && matches_own);
        let mut host = match port {
            Some(at) if strips && number.is_some() => host[..at].to_owned(),
            _ => host,
        };
        if manager.is_on("strip_trailing_host_dot") && host.ends_with('.') {
            host.pop();
        }
        self.authority = host;
    }

    /// A request to change the protocol needs `upgrade_configs`; without, it is refused with 403.
    pub(super) fn upgrade(&mut self, manager: &'a Node) -> Result<(), Answered> {
        let Some(Value::Known(protocol)) = self.request.header("Upgrade") else { return Ok(()) };
        let asks = self.request.headers_named("Connection").filter_map(Value::known);
        let asks =
            asks.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
        // HTTP/2 over plain text is not offered, and the field is ignored.
        if !asks || protocol.eq_ignore_ascii_case("h2c") {
            return Ok(());
        }
        // Without a route the filters run as for any request (`hasCachedRoute()` in `common/http/conn_manager_impl.cc`).
        if self.chosen.is_none_or(|chosen| chosen.route.is_none()) {
            self.is_upgrade = true;
            return Ok(());
        }
        if !protocol.eq_ignore_ascii_case("websocket") {
            return Err(self.unknown(format!("the codec's handling of `Upgrade: {protocol}`")));
        }
        let action = self.chosen.and_then(|chosen| chosen.route).and_then(|route| route.field("route"));
        let of_route = action.map_or(&[][..], |action| action.list("upgrade_configs"));
        let configs = manager.list("upgrade_configs").iter().chain(of_route);
        if configs.into_iter().next().is_some() {
            return Err(self.unknown("the filters of `upgrade_configs`"));
        }
        let because = "nothing in `upgrade_configs` lets this protocol be spoken";
        Err(self.local_reply("upgrade", None, format!("Upgrade: {protocol}"), 403, because, "upgrade_failed"))
    }

    fn network_rbac(&mut self, filter: &'a Node) -> Result<(), Answered> {
        let Some(rules) = filter.path(&["typed_config", "rules"]) else { return Ok(()) };
        match self.policies(rules) {
            Err(needs) => Err(self.unknown_at("network-filter", filter, needs)),
            Ok(ruling) if ruling.is_allowed => {
                let because = ruling.because.clone();
                self.miss("network-filter", filter, name(filter), &because);
                Ok(())
            }
            Ok(ruling) => {
                let step = Step::new(
                    "network-filter",
                    Some(ruling.place.clone()),
                    ruling.text,
                    Verdict::Hit,
                    format!("{}: the connection is closed", ruling.because),
                );
                self.steps.push(step);
                Err(self.answer(Answer::Closed, Some(ruling.place)))
            }
        }
    }
}

/// The type in a `typed_config`, its last parts.
pub(super) fn kind(filter: &Node) -> &str {
    filter.path(&["typed_config", "@type"]).and_then(Node::text).unwrap_or("")
}
