//! HAProxy: which rule of which proxy decides a request.
//!
//! [`load`] reads a configuration, [`Config::simulate`] walks one request through the stages of a stream. Facts
//! come from the sources of HAProxy 2.6 (the paths in comments) and from <https://docs.haproxy.org/2.6/configuration.html>.

mod acl;
mod actions;
mod arguments;
mod auth;
mod bind;
mod check;
mod conditional;
mod conditions;
mod convert;
mod expression;
mod fetch;
mod fixes;
mod fixes_header;
mod format;
mod forward;
mod keywords;
mod matching;
mod parse;
mod patterns;
mod proxy;
mod request_line;
mod rewrite;
mod rules;
mod run;
mod sample;
mod tree;
mod words;

use std::sync::Arc;

use crate::request::Request;
use crate::source::{FileTree, Place, Sources, Warning};
use crate::walk::Walk;

pub use tree::{Line, Section, State, print};

/// An HAProxy configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The sections in order, of all files.
    pub sections: Vec<Section>,
    /// All files, verbatim; [`Line::file`] is an index into them.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
    main: String,
    names: Vec<Arc<str>>,
}

/// Reads a configuration; `main` is the path that `haproxy -f` takes: a file, or a directory of `*.cfg` files.
pub fn load(files: &FileTree, main: &str) -> Config {
    let parsed = parse::parse(files, main);
    let names = parsed.sources.iter().map(|source| source.name.clone()).collect();
    Config {
        sections: parsed.sections,
        sources: parsed.sources,
        warnings: parsed.warnings,
        main: main.to_owned(),
        names,
    }
}

impl Config {
    /// What HAProxy does with a request, rule by rule. `files` is the server's file tree, for maps, lists of
    /// patterns and error files.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        let mut walk = run::simulate(self, request, files);
        if let Some(place) = walk.outcome.decided_by.as_ref().filter(|_| walk.refuses()) {
            walk.outcome.conditions = conditions::of(self, place);
        }
        walk
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does. A refusal by a
    /// missing password, or for want of a server, has none.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<crate::fix::Fix> {
        fixes::propose(self, request, files)
    }

    /// Changes that let a header field reach the next hop as it came; none of them was tried yet.
    pub(crate) fn header_fixes(&self, change: &crate::fix::header::Change<'_>) -> Vec<crate::fix::Fix> {
        fixes_header::propose(self, change)
    }

    /// Where a line stands.
    pub fn place(&self, line: &Line) -> Place {
        let file = self.names.get(line.file as usize).cloned().unwrap_or_else(|| Arc::from(""));
        Place { file, line: line.line, column: line.column }
    }
}
