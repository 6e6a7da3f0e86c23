//! Servers and routes of a JSON configuration (<https://caddyserver.com/docs/json/>).

use std::sync::Arc;

use super::json::Json;
use super::route::{Files, Handler, HeaderOperation, Kind, Matcher, Proxy, Rewrite, Route, Server};
use crate::source::Place;

/// The servers below `apps.http`; their places are in this file.
pub(super) fn servers(root: &Json, file: &Arc<str>) -> Vec<Server> {
    let reader = Reader { file };
    let Some(http) = root.at(&["apps", "http"]) else { return Vec::new() };
    let port = |name: &str, default: u16| {
        http.at(&[name]).and_then(|port| port.text().parse().ok()).unwrap_or(default)
    };
    let https = port("https_port", 443);
    let servers = http.at(&["servers"]).map_or(&[][..], Json::fields);
    servers.iter().flat_map(|(_, server)| reader.server(server, https, port("http_port", 80))).collect()
}

struct Reader<'a> {
    file: &'a Arc<str>,
}

impl Reader<'_> {
    /// One server for each port that it listens on.
    fn server(&self, server: &Json, https: u16, http: u16) -> Vec<Server> {
        let routes = self.routes(server.at(&["routes"]));
        let errors = self.routes(server.at(&["errors", "routes"]));
        let automatic = !server.at(&["automatic_https", "disable"]).is_some_and(Json::is_true);
        let has_policies =
            server.at(&["tls_connection_policies"]).is_some_and(|list| !list.items().is_empty());
        let hosts = hosts(&routes);
        let redirects =
            automatic && !server.at(&["automatic_https", "disable_redirects"]).is_some_and(Json::is_true);
        let trusted = server.at(&["trusted_proxies", "ranges"]).map_or(Vec::new(), Json::texts);
        let mut found: Vec<Server> = Vec::new();
        for listen in server.at(&["listen"]).map_or(&[][..], Json::items) {
            let text = listen.text().trim_start_matches("tcp/");
            let Some((host, ports)) = text.rsplit_once(':').filter(|_| !text.starts_with("unix")) else {
                continue;
            };
            let Ok(port) = ports.split('-').next().unwrap_or(ports).parse() else { continue };
            let is_tls = has_policies || (automatic && port != http && (port == https || !hosts.is_empty()));
            let redirected = match redirects && is_tls {
                true => hosts.iter().map(|host| (host.clone(), self.place(listen))).collect(),
                false => Vec::new(),
            };
            let addresses = host.trim_matches(['[', ']']).parse().into_iter().collect();
            let (routes, errors, trusted) = (routes.clone(), errors.clone(), trusted.clone());
            found.push(Server { addresses, port, is_tls, routes, errors, redirected, trusted });
        }
        found
    }

    fn routes(&self, routes: Option<&Json>) -> Vec<Route> {
        routes.map_or(&[][..], Json::items).iter().map(|route| self.route(route)).collect()
    }

    fn route(&self, route: &Json) -> Route {
        let sets = route.at(&["match"]).map_or(&[][..], Json::items);
        let handlers = route.at(&["handle"]).map_or(&[][..], Json::items);
        Route {
            matchers: sets.iter().map(set).collect(),
            handlers: handlers.iter().map(|handler| self.handler(handler)).collect(),
            group: route
                .at(&["group"])
                .map(|group| group.text().to_owned())
                .filter(|group| !group.is_empty()),
            terminal: route.at(&["terminal"]).is_some_and(Json::is_true),
        }
    }

    fn place(&self, json: &Json) -> Place {
        Place { file: self.file.clone(), line: json.line, column: 1 }
    }

    fn handler(&self, handler: &Json) -> Handler {
        let text = |name: &str| handler.at(&[name]).map_or(String::new(), |value| value.text().to_owned());
        let flag = |name: &str| handler.at(&[name]).is_some_and(Json::is_true);
        let kind = match text("handler").as_str() {
            "subroute" => Kind::Subroute {
                routes: self.routes(handler.at(&["routes"])),
                errors: self.routes(handler.at(&["errors", "routes"])),
            },
            "static_response" if flag("abort") => Kind::Abort,
            "static_response" => Kind::Respond { status: text("status_code") },
            "error" => Kind::Error { status: text("status_code") },
            "vars" => {
                let own = handler.fields().iter().filter(|(name, _)| name != "handler");
                Kind::Vars(own.map(|(name, value)| (name.clone(), value.text().to_owned())).collect())
            }
            "rewrite" => rewrite(handler).map_or_else(|| Kind::Unknown("rewrite".to_owned()), Kind::Rewrite),
            "headers" => Kind::RequestHeaders(handler.at(&["request"]).map_or(Vec::new(), header_operations)),
            "request_body" => text("max_size").parse().map_or(Kind::Neutral, Kind::BodyLimit),
            "authentication" => match handler.at(&["providers", "http_basic", "accounts"]) {
                Some(accounts) => Kind::Users(
                    accounts
                        .items()
                        .iter()
                        .filter_map(|account| Some(account.at(&["username"])?.text().to_owned()))
                        .collect(),
                ),
                None => Kind::Unknown("authentication".to_owned()),
            },
            "file_server" => Kind::Files(Files {
                root: handler.at(&["root"]).map(|root| root.text().to_owned()),
                index: handler
                    .at(&["index_names"])
                    .map_or(vec!["index.html".to_owned(), "index.txt".to_owned()], Json::texts),
                hide: handler.at(&["hide"]).map_or(Vec::new(), Json::texts),
                passes_through: flag("pass_thru"),
                browses: handler.at(&["browse"]).is_some(),
                status: text("status_code"),
            }),
            "reverse_proxy" => Kind::Proxy(proxy(handler)),
            "metrics" => Kind::Respond { status: "200".to_owned() },
            "encode" | "templates" | "push" | "tracing" => Kind::Neutral,
            name => Kind::Unknown(name.to_owned()),
        };
        Handler { kind, place: self.place(handler), text: format!("\"handler\": \"{}\"", text("handler")) }
    }
}

/// The hosts of the routes that stand in the server itself.
fn hosts(routes: &[Route]) -> Vec<String> {
    let matchers = routes.iter().flat_map(|route| &route.matchers).flatten();
    let hosts = matchers.filter_map(|matcher| match matcher {
        Matcher::Host(hosts) => Some(hosts.clone()),
        _ => None,
    });
    hosts.flatten().collect()
}

fn set(set: &Json) -> Vec<Matcher> {
    set.fields().iter().map(|(name, value)| matcher(name, value)).collect()
}

fn matcher(name: &str, json: &Json) -> Matcher {
    let field = |path: &str| json.at(&[path]).map_or(String::new(), |value| value.text().to_owned());
    let list = |path: &str| json.at(&[path]).map_or(Vec::new(), Json::texts);
    match name {
        "host" => Matcher::Host(json.texts()),
        "path" => Matcher::Path(json.texts()),
        "method" => Matcher::Method(json.texts()),
        "protocol" => Matcher::Protocol(json.text().to_owned()),
        "path_regexp" => Matcher::PathRegexp(field("name"), field("pattern")),
        "query" => Matcher::Query(
            json.fields().iter().map(|(name, values)| (name.clone(), values.texts())).collect(),
        ),
        "header" => {
            let values = |values: &Json| (!values.is_null()).then(|| values.texts());
            Matcher::Header(json.fields().iter().map(|(name, json)| (name.clone(), values(json))).collect())
        }
        "header_regexp" => {
            let part = |json: &Json, name: &str| {
                json.at(&[name]).map_or(String::new(), |value| value.text().to_owned())
            };
            let fields = json
                .fields()
                .iter()
                .map(|(name, json)| (part(json, "name"), name.clone(), part(json, "pattern")));
            Matcher::HeaderRegexp(fields.collect())
        }
        "remote_ip" => Matcher::RemoteIp(list("ranges"), json.at(&["forwarded"]).is_some_and(Json::is_true)),
        "client_ip" => Matcher::ClientIp(list("ranges")),
        "not" => Matcher::Not(json.items().iter().map(set).collect()),
        "file" if matches!(field("try_policy").as_str(), "" | "first_exist") => {
            let tries = list("try_files");
            let tries = if tries.is_empty() { vec!["{http.request.uri.path}".to_owned()] } else { tries };
            Matcher::File(json.at(&["root"]).map(|root| root.text().to_owned()), tries)
        }
        "vars" => {
            Matcher::Vars(json.fields().iter().map(|(name, values)| (name.clone(), values.texts())).collect())
        }
        name => Matcher::Unknown(name.to_owned()),
    }
}

/// `None` when it has parts that are not modelled.
fn rewrite(json: &Json) -> Option<Rewrite> {
    let text =
        |name: &str| json.at(&[name]).map(|value| value.text().to_owned()).filter(|text| !text.is_empty());
    let pairs = |name: &str| {
        let part =
            |json: &Json, name: &str| json.at(&[name]).map_or(String::new(), |value| value.text().to_owned());
        let items = json.at(&[name]).map_or(&[][..], Json::items);
        items.iter().map(|item| (part(item, "find"), part(item, "replace"))).collect::<Vec<_>>()
    };
    let limits = json.at(&["uri_substring"]).map_or(&[][..], Json::items);
    let is_modelled =
        json.at(&["query"]).is_none() && limits.iter().all(|item| item.at(&["limit"]).is_none());
    is_modelled.then(|| Rewrite {
        method: text("method"),
        uri: text("uri"),
        strip_prefix: text("strip_path_prefix"),
        strip_suffix: text("strip_path_suffix"),
        substrings: pairs("uri_substring"),
        patterns: pairs("path_regexp"),
    })
}

fn header_operations(json: &Json) -> Vec<HeaderOperation> {
    let fields = |name: &str| json.at(&[name]).map_or(&[][..], Json::fields);
    let mut operations = Vec::new();
    for (name, values) in fields("add") {
        operations.extend(values.texts().into_iter().map(|value| HeaderOperation::Add(name.clone(), value)));
    }
    for (name, values) in fields("set") {
        operations.push(HeaderOperation::Set(name.clone(), values.texts().join(",")));
    }
    let deleted = json.at(&["delete"]).map_or(Vec::new(), Json::texts);
    operations.extend(deleted.into_iter().map(HeaderOperation::Delete));
    for (name, replacements) in fields("replace") {
        for item in replacements.items() {
            let part = |name: &str| item.at(&[name]).map_or(String::new(), |value| value.text().to_owned());
            operations.push(HeaderOperation::Replace(name.clone(), part("search_regexp"), part("replace")));
        }
    }
    operations
}

fn proxy(json: &Json) -> Proxy {
    let upstreams = json.at(&["upstreams"]).map_or(&[][..], Json::items);
    let dials = upstreams.iter().filter_map(|upstream| Some(upstream.at(&["dial"])?.text().to_owned()));
    let handled = json.at(&["handle_response"]).map_or(&[][..], Json::items);
    // `forward_auth` goes on behind an answer of 2xx.
    let goes_on = |item: &Json| {
        item.at(&["match", "status_code"]).is_some_and(|codes| codes.texts().contains(&"2".to_owned()))
    };
    Proxy {
        upstreams: dials.collect(),
        is_tls: json.at(&["transport", "tls"]).is_some(),
        is_fastcgi: json.at(&["transport", "protocol"]).is_some_and(|protocol| protocol.text() == "fastcgi"),
        headers: json.at(&["headers", "request"]).map_or(Vec::new(), header_operations),
        rewrite: json.at(&["rewrite"]).and_then(rewrite),
        trusted: json.at(&["trusted_proxies"]).map_or(Vec::new(), Json::texts),
        asks: handled.iter().any(goes_on),
        handles_answers: !handled.is_empty(),
    }
}
