//! Squid: which `http_access` rule decides a request, and where it goes.
//!
//! [`load`] reads a configuration, [`Config::simulate`] walks one request through its lists of rules. Facts come
//! from the sources of Squid 5.7 (the paths in comments) and from <http://www.squid-cache.org/Versions/v5/cfgman/>.

mod acl;
mod check;
mod fixes;
mod forward;
mod keywords;
mod parse;
mod run;
mod tree;
mod url;

use std::sync::Arc;

use crate::chain::Listener;
use crate::request::Request;
use crate::source::{FileTree, Place, Sources, Warning};
use crate::walk::Walk;

pub use tree::{Line, State, print};

/// ACLs that need no definition.
pub(in crate::squid) const PREDEFINED: &[&str] = &["all", "localhost", "to_localhost", "manager", "CONNECT"];

/// Unknown directives that are warned of.
const MAX_UNKNOWN: usize = 200;

/// A Squid configuration as it was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The lines in order, those of included files in place.
    pub lines: Vec<Line>,
    /// All files, verbatim; [`Line::file`] is an index into them.
    pub sources: Sources,
    /// What could not be read.
    pub warnings: Vec<Warning>,
    names: Vec<Arc<str>>,
}

/// Reads a configuration; `main` is the path that `squid -f` takes, usually `/etc/squid/squid.conf`.
pub fn load(files: &FileTree, main: &str) -> Config {
    let parsed = parse::parse(files, main);
    let names = parsed.sources.iter().map(|source| source.name.clone()).collect();
    let mut config =
        Config { lines: parsed.lines, sources: parsed.sources, warnings: parsed.warnings, names };
    let unknown =
        config.lines.iter().filter(|line| line.state != State::Skipped && !keywords::is_known(line));
    let warnings: Vec<Warning> = unknown
        .take(MAX_UNKNOWN)
        .map(|line| Warning {
            place: Some(config.place(line)),
            text: format!("unknown directive `{}`", line.name()),
        })
        .collect();
    config.warnings.extend(warnings);
    config
}

impl Config {
    /// What Squid does with a request, rule by rule. `files` is the server's file tree, for lists in files.
    ///
    /// A request without a [`listener`](Request::listener) is taken to be sent to the proxy as such: over TLS as
    /// CONNECT, otherwise with the whole URL.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        run::simulate(self, request, files)
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does. A missing
    /// password has none.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<crate::fix::Fix> {
        fixes::propose(self, request, files)
    }

    /// The sockets that Squid listens on.
    pub fn listeners(&self) -> Vec<Listener> {
        let listener = |line: &Line| {
            let (host, port) = line.word(1).rsplit_once(':').unwrap_or(("", line.word(1)));
            let address = host.trim_matches(['[', ']']).parse().ok();
            Some(Listener { address, port: port.parse().ok()?, is_tls: line.name() == "https_port" })
        };
        self.named("http_port").chain(self.named("https_port")).filter_map(listener).collect()
    }

    /// Whether none of its ports takes requests in place of an origin.
    pub(crate) fn is_forward_proxy(&self) -> bool {
        let in_place = ["accel", "vhost", "intercept", "tproxy", "transparent"];
        let takes = |word: &str| in_place.contains(&word) || word.starts_with("defaultsite=");
        let mut ports = self.named("http_port").chain(self.named("https_port"));
        !ports.any(|line| line.words.iter().any(|word| takes(word)))
    }

    /// Where a line stands.
    pub fn place(&self, line: &Line) -> Place {
        let file = self.names.get(line.file as usize).cloned().unwrap_or_else(|| Arc::from(""));
        Place { file, line: line.line, column: line.column }
    }

    /// The lines of that name that Squid reads, or may read.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name() == name && line.state != State::Skipped)
    }

    /// The value of the last line of that name.
    fn value(&self, name: &str) -> Option<String> {
        self.named(name).last().map(|line| line.rest(1).join(" "))
    }

    /// The lines that define an ACL.
    fn acl_lines(&self, name: &str) -> Vec<&Line> {
        self.named("acl").filter(|line| line.word(1) == name).collect()
    }

    /// The URL that a request is for.
    fn url_of(&self, request: &Request) -> Option<url::Url> {
        run::url_of(self, request)
    }
}
