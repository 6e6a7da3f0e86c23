//! Kong, declarative (`kong.yml`): which route takes a request, and which plugin refuses it.
//!
//! Facts come from Kong's manual (<https://developer.konghq.com/gateway/>) and sources: routes are matched and
//! ranked as `kong/router/transform.lua` does (the default flavour, `traditional_compatible`), plugins run in the
//! order of their `PRIORITY` (`kong/plugins/*/handler.lua`). No Kong was run: the tests hold the tables of Kong's own
//! published tests against this module, and nothing compares it with the running program.

mod credential;
mod plugin;
mod route;
mod run;

use std::sync::Arc;

use crate::chain;
use crate::check::Finding;
use crate::document::{self, Node};
use crate::fix::Fix;
use crate::request::Request;
use crate::source::{FileTree, Place, Source, Sources, Warning};
use crate::walk::Walk;

/// A declarative configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    root: Node,
    file: Arc<str>,
    /// The file, verbatim.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

/// Reads a declarative configuration; `main` is the path that `declarative_config` names.
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
    config
}

impl Config {
    /// What Kong does with a request, rule by rule. `files` is not looked at: Kong serves no files.
    pub fn simulate(&self, request: &Request, _files: &FileTree) -> Walk {
        run::simulate(self, request)
    }

    /// None: what a plugin refuses, it refuses on purpose, and no change was tried on a running Kong.
    pub fn fixes(&self, _request: &Request, _files: &FileTree) -> Vec<Fix> {
        Vec::new()
    }

    /// Routes that take every request of nobody, as far as the file shows them.
    pub fn check(&self) -> Vec<Finding> {
        let empty = self.routes().into_iter().filter(|(route, _)| route::is_empty(route));
        empty
            .map(|(route, _)| Finding {
                check: "route-without-rule",
                place: self.place(route),
                text: route.text_of("name").unwrap_or("route").to_owned(),
                because:
                    "it has neither hosts, paths, methods, headers nor snis, so that Kong does not take it"
                        .to_owned(),
                other: None,
            })
            .collect()
    }

    /// None: `proxy_listen` stands in `kong.conf`.
    pub fn listeners(&self) -> Vec<chain::Listener> {
        Vec::new()
    }

    pub(crate) fn place(&self, node: &Node) -> Place {
        node.place(&self.file)
    }

    pub(crate) fn entities(&self, kind: &str) -> &[Node] {
        self.root.get(kind).map_or(&[], Node::items)
    }

    /// All routes with their service, where they have one.
    pub(crate) fn routes(&self) -> Vec<(&Node, Option<&Node>)> {
        let services = self.entities("services");
        let mut found: Vec<(&Node, Option<&Node>)> = Vec::new();
        for service in services {
            found.extend(service.list("routes").iter().map(|route| (route, Some(service))));
        }
        for route in self.entities("routes") {
            let service = route.get("service").and_then(reference);
            found.push((route, services.iter().find(|known| is_named(known, service))));
        }
        found
    }
}

/// The name or id by which an entity is referred to: `service: shop`, `service: {name: shop}`.
pub(crate) fn reference(node: &Node) -> Option<&str> {
    node.text()
        .or_else(|| node.text_of("name"))
        .or_else(|| node.text_of("id"))
        .or_else(|| node.text_of("username"))
}

/// Whether an entity has this name or id.
pub(crate) fn is_named(node: &Node, name: Option<&str>) -> bool {
    let own = ["name", "id", "username", "custom_id"];
    name.is_some() && own.iter().any(|key| node.text_of(key) == name)
}
