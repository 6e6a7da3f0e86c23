//! Apache httpd: which virtual host, section and directive decides a request.
//!
//! [`load`] reads a configuration, [`Config::simulate`] walks one request through the hooks of httpd 2.4 in their
//! order. Facts come from its sources (paths such as `server/request.c` in comments are relative to them) and
//! from <https://httpd.apache.org/docs/2.4/>.

mod access;
mod addresses;
mod alias;
mod auth;
mod check;
mod check_rewrite;
mod client_address;
mod conditions;
mod content;
mod directives;
mod directory;
mod directory_index;
mod env;
mod error_document;
mod expr;
mod expr_functions;
mod expr_parse;
mod fixes;
mod fixes_access;
mod fixes_header;
mod fixes_options;
mod fnmatch;
mod hangs_on;
mod head;
mod htaccess;
mod include;
mod layers;
mod methods;
mod options;
mod parse;
mod passwords;
mod program;
mod providers;
mod proxy;
mod proxy_headers;
mod request_headers;
mod require;
mod rewrite;
mod rewrite_apply;
mod rewrite_conditions;
mod rewrite_expand;
mod rewrite_rules;
mod run;
mod sections;
mod trace;
mod tree;
mod unmodelled;
mod uri;
mod variables;
mod vhost;
mod words;

use crate::chain::Listener;
use crate::fix::Fix;
use crate::request::Request;
use crate::source::{FileTree, Sources, Warning};
use crate::walk::Walk;

pub use tree::{Directive, print};

/// An Apache configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The directives of the main file, with those of included files in place.
    pub directives: Box<[Directive]>,
    /// All files, verbatim.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
    /// The modules and variables at the end of the configuration.
    known: conditions::Known,
    server_root: String,
    /// The main file is a `.htaccess` by itself.
    htaccess: Option<Htaccess>,
}

/// Where a `.htaccess` that was given without its server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Htaccess {
    /// The directory, which is taken for the document root.
    directory: String,
    /// Whether the directory is one of the file tree, so that the files in it can be seen.
    is_placed: bool,
}

/// Reads a configuration; `main` is the path that `apache2 -f` takes: `/etc/apache2/apache2.conf` or
/// `/etc/httpd/conf/httpd.conf`.
///
/// A part of a configuration that loads no module is read as if all modules were loaded. A `.htaccess` holds for all
/// paths of a server whose document root is its directory.
pub fn load(files: &FileTree, main: &str) -> Config {
    let server_root = default_server_root(main);
    let mut known = conditions::Known { variables: include::environment(files, main), ..Default::default() };
    let mut parsed = parse::parse(files, main, known.clone(), &server_root);
    if parsed.known.modules.is_empty() {
        known.assume_modules = true;
        parsed = parse::parse(files, main, known, &server_root);
    }
    let mut config = Config {
        directives: parsed.directives.into(),
        sources: parsed.sources,
        warnings: parsed.warnings,
        known: parsed.known,
        server_root,
        htaccess: own_directory(main),
    };
    config.server_root = last_server_root(&config.directives).unwrap_or(config.server_root);
    config
}

/// The directory of a main file that is named like a `.htaccess`.
fn own_directory(main: &str) -> Option<Htaccess> {
    let (directory, name) = main.rsplit_once('/').unwrap_or(("", main));
    let is_placed = main.starts_with('/');
    let directory = if is_placed { directory.to_owned() } else { format!("/{directory}") };
    name.starts_with(".ht")
        .then(|| Htaccess { directory: directory.trim_end_matches('/').to_owned(), is_placed })
}

/// `HTTPD_ROOT` of the distributions: the directory above `conf` on Red Hat, that of the main file on Debian.
fn default_server_root(main: &str) -> String {
    let directory = main.rsplit_once('/').map_or("", |(directory, _)| directory);
    directory.strip_suffix("/conf").unwrap_or(directory).to_owned()
}

fn last_server_root(directives: &[Directive]) -> Option<String> {
    let root = directives.iter().rfind(|directive| directive.is_active && directive.is("ServerRoot"))?;
    Some(root.arg(0).trim_end_matches('/').to_owned())
}

impl Config {
    /// The directives of the server itself; a `.htaccess` has none.
    fn server_directives(&self) -> &[Directive] {
        if self.htaccess.is_some() { &[] } else { &self.directives }
    }

    /// What httpd does with a request, rule by rule. `files` is the server's file tree, for `.htaccess`, links,
    /// passwords, rewrite conditions and static files.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        let mut walk = run::simulate(self, request, files);
        if let Some(place) = walk.outcome.decided_by.as_ref().filter(|_| walk.refuses()) {
            walk.outcome.conditions = hangs_on::of(self, place);
        }
        walk
    }

    /// The sockets that the server listens on (`Listen`), in the order of the configuration.
    pub fn listeners(&self) -> Vec<Listener> {
        vhost::listeners(self)
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does. What a change
    /// cannot mend without opening more than the request (a deliberate `Redirect 403`, a hidden `.htaccess`) has
    /// none.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<Fix> {
        fixes::propose(self, request, files)
    }

    /// Changes that let a header field reach the next hop as it came; none of them was tried yet.
    pub(crate) fn header_fixes(&self, change: &crate::fix::header::Change<'_>) -> Vec<crate::fix::Fix> {
        fixes_header::propose(self, change)
    }
}
