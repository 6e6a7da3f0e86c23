//! Traefik, file provider: which router takes a request, and which middleware refuses it.
//!
//! Facts come from Traefik's manual (<https://doc.traefik.io/traefik/v3.5/>) and sources (`pkg/muxer/http`,
//! `pkg/middlewares`, `pkg/ip`), and are compared with the real program, version 3.7, by `tests/real_servers/traefik`.

mod forwarded;
mod matching;
mod middleware;
mod rule;
mod run;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::chain;
use crate::check::Finding;
use crate::document::{self, Node};
use crate::fix::Fix;
use crate::request::Request;
use crate::source::{FileTree, Place, Source, Sources, Warning};
use crate::walk::Walk;

/// Files of one file provider that are read.
const MAX_FILES: usize = 512;

/// A static configuration with the dynamic one that its file provider names, or either alone.
#[derive(Debug, Clone)]
pub struct Config {
    documents: Vec<(Arc<str>, Node)>,
    /// All files, verbatim.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

/// An entry of a section: its file, its name and its settings.
pub(crate) type Named<'a> = (&'a Arc<str>, &'a str, &'a Node);

/// Reads a configuration; `main` is the static file (`traefik.yml`, `traefik.toml`) or a dynamic one.
pub fn load(files: &FileTree, main: &str) -> Config {
    let mut config = Config { documents: Vec::new(), sources: Sources::default(), warnings: Vec::new() };
    let mut pending = VecDeque::from([(main.to_owned(), None)]);
    while let Some((path, from)) = pending.pop_front() {
        if config.documents.len() >= MAX_FILES {
            let text = format!("only the first {MAX_FILES} files are read");
            config.warnings.push(Warning { place: from, text });
            break;
        }
        let file: Arc<str> = Arc::from(path.as_str());
        let bytes = match files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                config.warnings.push(Warning { place: from, text: format!("{path}: {error}") });
                continue;
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        config.sources.add(Source { name: file.clone(), bytes, included_from: from });
        let read = match path.ends_with(".toml") {
            true => document::parse_toml(&text, &file),
            false => document::parse(&text, &file),
        };
        match read {
            // Only the main file is a static one: a file provider's files name no provider.
            Ok(root) => {
                if config.documents.is_empty() {
                    pending.extend(provided(files, &root, &file));
                }
                config.documents.push((file, root));
            }
            Err(warning) => config.warnings.push(warning),
        }
    }
    config
}

/// The files that `providers.file` names.
fn provided(files: &FileTree, root: &Node, file: &Arc<str>) -> Vec<(String, Option<Place>)> {
    let Some(provider) = root.get("providers").and_then(|providers| providers.get("file")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some((name, path)) = provider.get("filename").and_then(|node| Some((node, node.text()?))) {
        found.push((path.to_owned(), Some(name.place(file))));
    }
    if let Some((name, directory)) = provider.get("directory").and_then(|node| Some((node, node.text()?))) {
        let directory = directory.trim_end_matches('/');
        for ending in ["yml", "yaml", "toml"] {
            let paths = files.glob(&format!("{directory}/*.{ending}"));
            found.extend(paths.into_iter().map(|path| (path, Some(name.place(file)))));
        }
    }
    found
}

impl Config {
    /// What Traefik does with a request, rule by rule. `files` is not looked at: Traefik serves no files.
    pub fn simulate(&self, request: &Request, _files: &FileTree) -> Walk {
        run::simulate(self, request)
    }

    /// None yet.
    pub fn fixes(&self, _request: &Request, _files: &FileTree) -> Vec<Fix> {
        Vec::new()
    }

    /// Routers whose rule cannot be read: Traefik leaves them out, and their requests get 404.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (file, name, router) in self.section("routers") {
            let Some(rule) = router.get("rule") else { continue };
            let text = rule.text().unwrap_or("");
            if let Err(error) = rule::parse(text) {
                let because =
                    format!("the rule cannot be read ({error}), so that the router `{name}` is left out");
                let place = rule.place(file);
                found.push(Finding {
                    check: "unreadable-rule",
                    place,
                    text: text.to_owned(),
                    because,
                    other: None,
                });
            }
        }
        found
    }

    /// The entry points of the static configuration.
    pub fn listeners(&self) -> Vec<chain::Listener> {
        let mut found = Vec::new();
        for (_, _, entry) in self.entry_points() {
            let port = entry.text_of("address").and_then(port);
            found.extend(port.map(|port| chain::Listener {
                address: None,
                port,
                is_tls: entry.path(&["http", "tls"]).is_some(),
            }));
        }
        found
    }

    /// All entries of a section of `http` in the dynamic files.
    pub(crate) fn section(&self, name: &'static str) -> Vec<Named<'_>> {
        let sections =
            self.documents.iter().filter_map(move |(file, root)| Some((file, root.get("http")?.get(name)?)));
        let entries = sections.flat_map(|(file, section)| {
            section.entries().map(move |(key, node)| (file, key.text.as_str(), node))
        });
        entries.collect()
    }

    /// The entry points by name.
    pub(crate) fn entry_points(&self) -> Vec<Named<'_>> {
        let sections =
            self.documents.iter().filter_map(|(file, root)| Some((file, root.get("entryPoints")?)));
        sections
            .flat_map(|(file, section)| {
                section.entries().map(move |(key, node)| (file, key.text.as_str(), node))
            })
            .collect()
    }

    /// What `core.defaultRuleSyntax` says.
    pub(crate) fn uses_old_syntax(&self) -> bool {
        self.documents.iter().any(|(_, root)| {
            root.get("core").and_then(|core| core.text_of("defaultRuleSyntax")) == Some("v2")
        })
    }
}

/// The port of an entry point's address: `:80`, `0.0.0.0:443/tcp`.
pub(crate) fn port(address: &str) -> Option<u16> {
    address.split('/').next()?.rsplit(':').next()?.parse().ok()
}
