//! nginx: which server, location and directive decides a request.
//!
//! [`load`] reads a configuration, [`Config::simulate`] walks one request through the phases of nginx's HTTP
//! engine. Facts come from the sources of nginx 1.22 (paths such as `ngx_http_core_module.c` in comments are
//! below `src/http/` there) and from <https://nginx.org/en/docs/>.

mod access;
mod addresses;
mod auth;
mod check;
mod client_address;
mod conditions;
mod content;
mod content_files;
mod directives;
mod dump;
mod error_page;
mod fixes;
mod fixes_condition;
mod fixes_header;
mod fixes_location;
mod lexer;
mod listen;
mod location;
mod lookup;
mod parse;
mod request_head;
mod rewrite;
mod rewrite_uri;
mod run;
mod scope;
mod server;
mod text;
mod trace;
mod tree;
mod upstream;
mod upstream_headers;
mod uri;
mod variables;

use std::sync::Arc;

use crate::chain::Listener;
use crate::request::Request;
use crate::source::{FileTree, Place, Sources, Warning};
use crate::walk::Walk;

pub use dump::files_of_dump;
pub use tree::{Directive, print};

/// An nginx configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The directives of the main file, with those of included files in place.
    pub directives: Box<[Directive]>,
    /// All files, verbatim; [`Directive::file`] is an index into them.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
    names: Vec<Arc<str>>,
}

/// Reads a configuration; `main` is the path that `nginx -c` takes, usually `/etc/nginx/nginx.conf`.
///
/// A file that holds only `server` or `location` blocks is read as if it stood in its context.
pub fn load(files: &FileTree, main: &str) -> Config {
    let parsed = parse::parse(files, main);
    let names = parsed.sources.iter().map(|source| source.name.clone()).collect();
    let mut config = Config {
        directives: scope::in_context(parsed.directives).into(),
        sources: parsed.sources,
        warnings: parsed.warnings,
        names,
    };
    directives::warn_unknown(&mut config);
    config
}

/// Reads the output of `nginx -T`; `None` when it is none.
pub fn load_dump(text: &str) -> Option<(Config, FileTree)> {
    let (files, main) = files_of_dump(text)?;
    Some((load(&files, &main), files))
}

impl Config {
    /// What nginx does with a request, rule by rule. `files` is the server's file tree, for `try_files`, `-f`,
    /// `index` and static files.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        let mut walk = run::simulate(self, request, files);
        if let Some(place) = walk.outcome.decided_by.as_ref().filter(|_| walk.refuses()) {
            walk.outcome.conditions = conditions::of(self, place);
        }
        walk
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does. What a change
    /// cannot mend without opening more than the request (a deliberate `return 403`) has none.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<crate::fix::Fix> {
        fixes::propose(self, request, files)
    }

    /// Changes that let a header field reach the next hop as it came; none of them was tried yet.
    pub(crate) fn header_fixes(&self, change: &crate::fix::header::Change<'_>) -> Vec<crate::fix::Fix> {
        fixes_header::propose(self, change)
    }

    /// The sockets that nginx listens on, in the order of the configuration.
    pub fn listeners(&self) -> Vec<Listener> {
        let listens = listen::listens(self.http());
        listens.iter().map(|listen| Listener::new(listen.address, listen.port, listen.is_tls)).collect()
    }

    /// The servers of an `upstream` block.
    pub fn members(&self, upstream: &str) -> Vec<String> {
        let named = self.http().iter().filter(|block| block.name() == "upstream" && block.arg(0) == upstream);
        named.flat_map(|block| block.named("server")).map(|server| server.arg(0).to_owned()).collect()
    }

    /// Where a directive stands.
    pub fn place(&self, directive: &Directive) -> Place {
        let file = self.names.get(directive.file as usize).cloned().unwrap_or_else(|| Arc::from(""));
        Place { file, line: directive.line, column: directive.column }
    }

    /// The `http` block's directives; more than one block does not start.
    pub fn http(&self) -> &[Directive] {
        self.directives.iter().find(|directive| directive.name() == "http").map_or(&[], Directive::children)
    }
}
