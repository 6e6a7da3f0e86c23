//! Envoy: which listener, filter chain, route and HTTP filter decides a request.
//!
//! [`load`] reads a bootstrap in YAML or JSON, [`Config::simulate`] walks one request through the connection
//! manager: listener and filter chain, checks of the codec, the client's address, virtual host and route, then
//! the HTTP filters in their order, and what the upstream receives. Only what stands in the file is known: routes,
//! listeners and secrets that come from a control plane (`rds`, `lds`) are *unknown* by name.
//!
//! Facts come from the API's reference (<https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api>) and Envoy 1.40's
//! sources (paths below `source/` in comments), and are compared with the real program by `tests/real_servers/envoy`. The
//! deciding step quotes the `response_code_details` that Envoy writes to its access log.

mod address;
mod connection;
mod cross_site;
mod filters;
mod fixes;
mod fixes_policy;
mod listener;
mod matcher;
mod normalize;
mod rbac;
mod route;
mod route_match;
mod run;
mod tokens;
mod upstream;

use std::sync::Arc;

use crate::chain;
use crate::check::Finding;
use crate::document::{self, Key, Node};
use crate::request::Request;
use crate::source::{FileTree, Place, Source, Sources, Warning};
use crate::walk::Walk;

/// An Envoy bootstrap as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    root: Node,
    file: Arc<str>,
    /// The file, verbatim.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

/// Reads a bootstrap; `main` is the path that `envoy -c` takes.
pub fn load(files: &FileTree, main: &str) -> Config {
    let file: Arc<str> = Arc::from(main);
    let mut config = Config {
        root: Node::default(),
        file: file.clone(),
        sources: Sources::default(),
        warnings: Vec::new(),
    };
    let bytes = match files.read(main) {
        Ok(bytes) => bytes,
        Err(error) => {
            config.warnings.push(Warning { place: None, text: format!("{main}: {error}") });
            return config;
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    config.sources.add(Source { name: file.clone(), bytes, included_from: None });
    match document::parse(&text, &file) {
        Ok(root) => config.root = root,
        Err(warning) => config.warnings.push(warning),
    }
    let unread = config.listeners_of().iter().filter(|listener| listener::socket(listener).is_none());
    let unread: Vec<Warning> = unread
        .map(|listener| Warning {
            place: Some(listener.place(&file)),
            text: "the listener has no address and port that are known here".to_owned(),
        })
        .collect();
    config.warnings.extend(unread);
    if config.warnings.is_empty() && config.listeners_of().is_empty() {
        let text = "no listener stands in `static_resources`; what a control plane sends is not in this file";
        config.warnings.push(Warning { place: Some(config.root.place(&file)), text: text.to_owned() });
    }
    config
}

impl Config {
    /// What Envoy does with a request, rule by rule. `files` is not looked at: Envoy serves no files.
    pub fn simulate(&self, request: &Request, _files: &FileTree) -> Walk {
        run::simulate(self, request)
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<crate::fix::Fix> {
        fixes::propose(self, request, files)
    }

    /// Rules that can never apply, or refuse every program's POST.
    pub fn check(&self) -> Vec<Finding> {
        fixes::check(self)
    }

    /// The sockets that the static listeners take connections on.
    pub fn listeners(&self) -> Vec<chain::Listener> {
        let taken = |node: &Node| {
            let (address, port) = listener::socket(node)?;
            let is_tls =
                node.list("filter_chains").iter().any(|chain| chain.field("transport_socket").is_some());
            Some(chain::Listener::new(address, port, is_tls))
        };
        self.listeners_of().iter().filter_map(taken).collect()
    }

    pub(crate) fn listeners_of(&self) -> &[Node] {
        self.root.path(&["static_resources", "listeners"]).map_or(&[], Node::items)
    }

    pub(crate) fn cluster(&self, name: &str) -> Option<&Node> {
        let clusters = self.root.path(&["static_resources", "clusters"])?.items();
        clusters.iter().find(|cluster| cluster.text_of("name") == Some(name))
    }

    /// Whether clusters may come from a control plane as well.
    pub(crate) fn has_dynamic_clusters(&self) -> bool {
        self.root.path(&["dynamic_resources", "cds_config"]).is_some()
    }

    pub(crate) fn place(&self, node: &Node) -> Place {
        node.place(&self.file)
    }

    pub(crate) fn key_place(&self, key: &Key) -> Place {
        key.place(&self.file)
    }
}
