//! Whether a route's `match` fits (config.route.v3.RouteMatch; `common/router/config_impl.cc`).

use super::matcher::{fraction, regex, snake};
use super::run::Run;
use crate::document::Node;
use crate::walk::Needs;

/// Conditions of a match that only the running Envoy knows.
const UNSEEN: [&str; 4] = ["tls_context", "dynamic_metadata", "filter_state", "cookies"];

impl Run<'_> {
    /// `Ok(Err(reason))` where it does not fit.
    pub(super) fn route_matches(&self, matcher: &Node) -> Result<Result<(), String>, Needs> {
        if !self.path_matches(matcher)? {
            return Ok(Err(format!("its {} does not match", described(matcher))));
        }
        for header in matcher.list("headers") {
            if !self.header_matches(header)? {
                return Ok(Err(format!(
                    "its header matcher `{}` does not match",
                    header.text_of("name").unwrap_or("")
                )));
            }
        }
        for parameter in matcher.list("query_parameters") {
            if !self.query_matches(parameter)? {
                return Ok(Err(format!(
                    "its query parameter `{}` does not match",
                    parameter.text_of("name").unwrap_or("")
                )));
            }
        }
        if matcher.field("grpc").is_some() && !self.is_grpc() {
            return Ok(Err("it takes gRPC only".to_owned()));
        }
        if let Some(name) = UNSEEN.iter().find(|name| matcher.field(name).is_some()) {
            return Err(Needs(format!("the route's `{name}`")));
        }
        match matcher.field("runtime_fraction").map(|runtime| fraction(runtime.field("default_value"))) {
            None | Some(Some(true)) => Ok(Ok(())),
            Some(Some(false)) => Ok(Err("its runtime fraction is 0".to_owned())),
            Some(None) => Err(Needs("chance: the route takes a fraction of all requests".to_owned())),
        }
    }

    pub(super) fn path_matches(&self, matcher: &Node) -> Result<bool, Needs> {
        let is_sensitive = matcher.text_of("case_sensitive") != Some("false");
        let path = self.bare_path();
        let folded = |text: &str| if is_sensitive { text.to_owned() } else { text.to_ascii_lowercase() };
        let Some((key, wanted)) = specifier(matcher) else {
            return Err(Needs("a path in the match".to_owned()));
        };
        let text = folded(wanted.text().unwrap_or(""));
        match key.as_str() {
            "prefix" => Ok(folded(path).starts_with(&text)),
            "path" => Ok(folded(path) == text),
            "safe_regex" => regex(wanted, path),
            "path_separated_prefix" => Ok(folded(path)
                .strip_prefix(&text)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))),
            "connect_matcher" => Ok(false),
            other => Err(Needs(format!("the path matcher `{other}`"))),
        }
    }
}

fn specifier(matcher: &Node) -> Option<(String, &Node)> {
    const NAMES: [&str; 6] =
        ["prefix", "path", "safe_regex", "path_separated_prefix", "connect_matcher", "path_match_policy"];
    let mut entries = matcher.entries().map(|(key, node)| (snake(&key.text), node));
    entries.find(|(key, _)| NAMES.contains(&key.as_str()))
}

/// `prefix /api`, as a reader calls a match.
pub(super) fn described(matcher: &Node) -> String {
    match specifier(matcher) {
        Some((key, wanted)) => {
            let text = wanted.text().or_else(|| wanted.text_of("regex")).unwrap_or("");
            format!("{} {text}", key.replace("safe_regex", "regex"))
        }
        None => "match".to_owned(),
    }
}
