//! Caddy: which directive of which site decides a request.
//!
//! [`load`] reads a Caddyfile or a JSON file, [`Config::simulate`] walks one request through the routes that Caddy makes of it.
//! Facts come from the sources of Caddy 2.6 (the paths in comments) and from <https://caddyserver.com/docs>.

mod check;
mod conditions;
mod directives;
mod files;
mod fixes;
mod fixes_header;
mod handlers;
mod headers;
mod json;
mod json_config;
mod lexer;
mod long_names;
mod matcher_sets;
mod matching;
mod one_handler;
mod parse;
mod placeholders;
mod proxy_options;
mod route;
mod run;
mod sites;
mod tree;
mod upstream;
mod uri;

use std::sync::Arc;

use crate::chain::Listener;
use crate::request::Request;
use crate::source::{FileTree, Place, Source, Sources, Warning};
use crate::walk::Walk;

pub use tree::{Directive, print};

/// A Caddy configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The sites in order, the global options (without words) first.
    pub blocks: Vec<Directive>,
    /// All files, verbatim; [`Directive::file`] is an index into them.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
    names: Vec<Arc<str>>,
    servers: Vec<route::Server>,
}

/// Reads a configuration; `main` is the path of a Caddyfile, usually `/etc/caddy/Caddyfile`, or of a JSON file.
pub fn load(files: &FileTree, main: &str) -> Config {
    if let Some(config) = load_json(files, main) {
        return config;
    }
    let parsed = parse::parse(files, main);
    let names = parsed.sources.iter().map(|source| source.name.clone()).collect();
    let mut config = Config {
        blocks: parsed.blocks,
        sources: parsed.sources,
        warnings: parsed.warnings,
        names,
        servers: Vec::new(),
    };
    warn_unknown(&mut config);
    config.servers = sites::servers(&config);
    config
}

/// A document that begins as a JSON object does; a Caddyfile's options have no quotes there.
fn load_json(files: &FileTree, main: &str) -> Option<Config> {
    let bytes = files.read(main).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.trim_start().strip_prefix('{').filter(|rest| rest.trim_start().starts_with('"'))?;
    let name: Arc<str> = Arc::from(main);
    let mut sources = Sources::default();
    sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: None });
    let (servers, warnings) = match json::parse(&text) {
        Ok(root) => (json_config::servers(&root, &name), Vec::new()),
        Err((line, fault)) => {
            let place = Some(Place { file: name.clone(), line, column: 1 });
            (Vec::new(), vec![Warning { place, text: fault.to_owned() }])
        }
    };
    Some(Config { blocks: Vec::new(), sources, warnings, names: vec![name], servers })
}

/// Directives of sites that are not known: plugins, and mistakes.
fn warn_unknown(config: &mut Config) {
    let sites = config.blocks.iter().filter(|block| !block.words.is_empty());
    let unknown =
        sites.flat_map(Directive::children).filter(|directive| !directives::is_known(directive.name()));
    let warnings: Vec<Warning> = unknown
        .take(200)
        .map(|directive| {
            let text = format!("unknown directive `{}`: what it does is not modelled", directive.name());
            Warning { place: Some(config.place(directive)), text }
        })
        .collect();
    config.warnings.extend(warnings);
}

impl Config {
    /// What Caddy does with a request, rule by rule. `files` is the server's file tree, for `file_server` and
    /// `try_files`.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        let mut walk = run::simulate(self, request, files);
        if let Some(place) = walk.outcome.decided_by.as_ref().filter(|_| walk.refuses()) {
            walk.outcome.conditions = conditions::of(self, place);
        }
        walk
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does. A refusal by a
    /// missing password or file has none, nor has one of a JSON configuration.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<crate::fix::Fix> {
        fixes::propose(self, request, files)
    }

    /// Changes that let a header field reach the next hop as it came; none of them was tried yet.
    pub(crate) fn header_fixes(&self, change: &crate::fix::header::Change<'_>) -> Vec<crate::fix::Fix> {
        fixes_header::propose(self, change)
    }

    /// The sockets that Caddy listens on.
    pub fn listeners(&self) -> Vec<Listener> {
        let listeners = |server: &route::Server| {
            let (port, is_tls) = (server.port, server.is_tls);
            match server.addresses.as_slice() {
                [] => vec![Listener { address: None, port, is_tls }],
                addresses => addresses.iter().map(|address| Listener::new(*address, port, is_tls)).collect(),
            }
        };
        self.servers.iter().flat_map(listeners).collect()
    }

    /// Where a directive stands.
    pub fn place(&self, directive: &Directive) -> Place {
        let file = self.names.get(directive.file as usize).cloned().unwrap_or_else(|| Arc::from(""));
        Place { file, line: directive.line, column: directive.column }
    }
}
