//! The request as the upstream receives it (`common/router/router.cc`, `common/http/conn_manager_utility.cc`).

use super::run::Run;
use crate::document::Node;
use crate::request::{Header, Scheme, Value, Version};
use crate::source::Place;
use crate::walk::{Forwarded, HeaderChange, HowChanged, Needs};

/// Where a route sends a request.
pub(super) struct Destination<'a> {
    text: String,
    scheme: Scheme,
    cluster: &'a Node,
}

/// Fields of one connection, which are not passed on (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"];

impl<'a> Run<'a> {
    /// `Err(None)` where the cluster does not exist.
    pub(super) fn destination(&self, action: &'a Node) -> Result<Destination<'a>, Option<Needs>> {
        if action.field("cluster_header").is_some() || action.field("cluster_specifier_plugin").is_some() {
            return Err(Some(Needs("the cluster that the request itself names".to_owned())));
        }
        let weighted = action.path(&["weighted_clusters", "clusters"]).map_or(&[][..], Node::items);
        let name = match (action.text_of("cluster"), weighted) {
            (Some(name), _) => name,
            (None, [only]) => only.text_of("name").unwrap_or(""),
            (None, _) => return Err(Some(Needs("chance: the route has several clusters".to_owned()))),
        };
        let Some(cluster) = self.config.cluster(name) else {
            let elsewhere = self
                .config
                .has_dynamic_clusters()
                .then(|| Needs(format!("the cluster `{name}`, which a control plane sends")));
            return Err(elsewhere);
        };
        let endpoints = endpoints(cluster);
        let scheme = if cluster.field("transport_socket").is_some() { Scheme::Https } else { Scheme::Http };
        let text = match endpoints.as_slice() {
            [one] => format!("{}://{one}", scheme.name()),
            _ => format!("cluster {name}"),
        };
        if endpoints.is_empty()
            && cluster.field("load_assignment").is_none()
            && cluster.text_of("type") != Some("ORIGINAL_DST")
        {
            return Err(Some(Needs(format!("the endpoints of the cluster `{name}`"))));
        }
        Ok(Destination { text, scheme, cluster })
    }

    pub(super) fn forwarded(
        &self,
        route: &'a Node,
        action: &'a Node,
        destination: Destination<'a>,
    ) -> Forwarded {
        let mut copy = Copy { run: self, headers: self.request.headers.clone(), changes: Vec::new() };
        copy.hop_by_hop();
        copy.stripped_host();
        copy.host(action, &destination);
        copy.forwarding();
        copy.configured(route);
        let target = self.target(route, action);
        Forwarded {
            destination: destination.text,
            scheme: destination.scheme,
            method: self.request.method.clone(),
            target,
            version: Version::Http11,
            headers: copy.headers,
            changes: copy.changes,
            body_length: self.request.body_length,
            client: self.client.clone(),
        }
    }

    fn target(&self, route: &Node, action: &Node) -> Value {
        if action.field("regex_rewrite").is_some() || action.field("path_rewrite_policy").is_some() {
            return Value::Unknown(Needs("the rewritten path".to_owned()));
        }
        let Some(rewrite) = action.text_of("prefix_rewrite").filter(|rewrite| !rewrite.is_empty()) else {
            return Value::Known(self.path.clone());
        };
        let matched = route.field("match").and_then(|matcher| {
            ["prefix", "path", "path_separated_prefix"].iter().find_map(|name| matcher.text_of(name))
        });
        match matched.filter(|matched| self.path.len() >= matched.len()) {
            Some(matched) => Value::Known(format!("{rewrite}{}", &self.path[matched.len()..])),
            None => Value::Unknown(Needs("the rewritten path".to_owned())),
        }
    }
}

/// The header fields on their way.
struct Copy<'r, 'a> {
    run: &'r Run<'a>,
    headers: Vec<Header>,
    changes: Vec<HeaderChange>,
}

impl Copy<'_, '_> {
    fn note(&mut self, name: &str, how: HowChanged, place: Option<Place>, because: &str) {
        self.changes.push(HeaderChange { name: name.to_owned(), how, place, because: because.to_owned() });
    }

    fn hop_by_hop(&mut self) {
        let is_hop = |header: &Header| {
            let name = header.name.to_ascii_lowercase();
            let trailers =
                header.value.known().is_some_and(|value| value.trim().eq_ignore_ascii_case("trailers"));
            HOP_BY_HOP.contains(&name.as_str()) || (name == "te" && !trailers)
        };
        let dropped: Vec<String> =
            self.headers.iter().filter(|header| is_hop(header)).map(|header| header.name.clone()).collect();
        self.headers.retain(|header| !is_hop(header));
        for name in dropped {
            self.note(&name, HowChanged::Dropped, None, "it is of one connection only");
        }
    }

    /// Sets a field, in place of all of its name.
    fn set(&mut self, name: &str, value: Value, place: Option<Place>, because: &str) {
        let before = self.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        self.headers.retain(|header| !header.name.eq_ignore_ascii_case(name));
        self.headers.push(Header { name: name.to_owned(), value });
        let how = if before { HowChanged::Rewritten } else { HowChanged::Added };
        self.note(name, how, place, because);
    }

    /// The host without the port that the connection manager strips.
    fn stripped_host(&mut self) {
        let authority = Value::Known(self.run.authority.clone());
        if self.run.request.header("Host").is_some_and(|host| *host != authority) {
            self.set("Host", authority, None, "the connection manager strips a port or a final dot");
        }
    }

    fn host(&mut self, action: &Node, destination: &Destination<'_>) {
        if let Some((key, host)) = action.entry("host_rewrite_literal") {
            let place = Some(self.run.config.key_place(key));
            let value = Value::Known(host.text().unwrap_or("").to_owned());
            self.set("Host", value, place, "`host_rewrite_literal` gives the upstream this host");
            return;
        }
        let rewrites =
            ["auto_host_rewrite", "host_rewrite_header", "host_rewrite_path_regex", "host_rewrite"];
        let rewriting = rewrites
            .iter()
            .find_map(|name| action.entry(name))
            .filter(|(_, node)| node.text() != Some("false"));
        if let Some((key, _)) = rewriting {
            let place = Some(self.run.config.key_place(key));
            let name = destination.cluster.text_of("name").unwrap_or("");
            let needs = Needs(format!("the host name of the chosen endpoint of `{name}`"));
            self.set(
                "Host",
                Value::Unknown(needs),
                place,
                "the upstream gets another host than the client asked for",
            );
        }
    }

    /// The fields that the connection manager adds.
    fn forwarding(&mut self) {
        let manager = self.run.manager;
        let appends = manager
            .is_some_and(|manager| manager.is_on("use_remote_address") && !manager.is_on("skip_xff_append"));
        let place = manager
            .and_then(|manager| manager.entry("use_remote_address"))
            .map(|(key, _)| self.run.config.key_place(key));
        if appends {
            let value = match self.run.forwarded_for() {
                Ok(value) => Value::Known(value.unwrap_or_default()),
                Err(needs) => Value::Unknown(needs),
            };
            self.set(
                "X-Forwarded-For",
                value,
                place,
                "the address of the connection's other end is appended",
            );
        }
        let proto = match self.run.forwarded_proto() {
            Ok(value) => Value::Known(value),
            Err(needs) => Value::Unknown(needs),
        };
        let known = self.run.request.header("X-Forwarded-Proto");
        if known != Some(&proto) {
            self.set("X-Forwarded-Proto", proto, None, "the connection manager says how the client came");
        }
        if manager.is_none_or(|manager| manager.text_of("generate_request_id") != Some("false")) {
            let needs = Needs("the number that Envoy draws".to_owned());
            self.set("X-Request-Id", Value::Unknown(needs), None, "every request gets one");
        }
    }

    /// `request_headers_to_remove` and `request_headers_to_add`: of the route, then the virtual host, then all.
    fn configured(&mut self, route: &Node) {
        let chosen = self.run.chosen;
        let outer = [chosen.and_then(|chosen| chosen.host), chosen.map(|chosen| chosen.config)];
        for level in std::iter::once(Some(route)).chain(outer).flatten() {
            for name in level.list("request_headers_to_remove") {
                let Some(text) = name.text() else { continue };
                if self.headers.iter().any(|header| header.name.eq_ignore_ascii_case(text)) {
                    self.headers.retain(|header| !header.name.eq_ignore_ascii_case(text));
                    let place = Some(self.run.config.place(name));
                    self.note(text, HowChanged::Dropped, place, "`request_headers_to_remove` names it");
                }
            }
            for option in level.list("request_headers_to_add") {
                self.add(option);
            }
        }
    }

    fn add(&mut self, option: &Node) {
        let Some(header) = option.field("header") else { return };
        let (name, text) = (header.text_of("key").unwrap_or(""), header.text_of("value").unwrap_or(""));
        let value = match text.contains('%') {
            true => Value::Unknown(Needs(format!("the value of `{text}`"))),
            false => Value::Known(text.to_owned()),
        };
        let present = self.headers.iter().any(|known| known.name.eq_ignore_ascii_case(name));
        let place = Some(self.run.config.place(option));
        let because = "`request_headers_to_add` names it";
        let appends = option.text_of("append") != Some("false");
        match option.text_of("append_action").unwrap_or("") {
            "OVERWRITE_IF_EXISTS_OR_ADD" => self.set(name, value, place, because),
            "ADD_IF_ABSENT" if present => {}
            "OVERWRITE_IF_EXISTS" if !present => {}
            "OVERWRITE_IF_EXISTS" => self.set(name, value, place, because),
            _ if !appends => self.set(name, value, place, because),
            _ => {
                self.headers.push(Header { name: name.to_owned(), value });
                self.note(name, HowChanged::Added, place, because);
            }
        }
    }
}

/// The addresses of a cluster's endpoints.
fn endpoints(cluster: &Node) -> Vec<String> {
    let groups = cluster.path(&["load_assignment", "endpoints"]).map_or(&[][..], Node::items);
    let all = groups.iter().flat_map(|group| group.list("lb_endpoints"));
    let address = |endpoint: &Node| {
        let socket = endpoint.path(&["endpoint", "address", "socket_address"])?;
        Some(format!("{}:{}", socket.text_of("address")?, socket.text_of("port_value")?))
    };
    all.filter_map(address).collect()
}
