//! Fragments of one nginx that come as separate files (`sites-enabled/shop`, `conf.d/limits.conf`), without the main file that
//! includes them: they are read as its `http` block would include them.

use server_config::nginx;
use server_config::{Configuration, FileTree, Product};

/// What several fragments are read as.
pub(super) struct Merged {
    /// The configuration.
    pub(super) configuration: Configuration,
    /// The files, with the main file that was made up.
    pub(super) files: FileTree,
    /// The fragments, in the order in which they are included.
    pub(super) fragments: Vec<String>,
}

/// Directories that main files include, in the order in which they do.
const INCLUDED: [&str; 6] = ["conf.d", "http.d", "vhosts.d", "sites-available", "sites-enabled", "servers"];

/// Reads the nginx fragments among named texts as one server; `None` where there are not two of one machine.
pub(super) fn merge(files: &FileTree, texts: &[(String, Vec<u8>)]) -> Option<Merged> {
    let mut fragments: Vec<(&str, String)> = texts
        .iter()
        .map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes).into_owned()))
        .filter(|(name, text)| is_fragment(files, name, text))
        .collect();
    if fragments.len() < 2 || fragments.iter().any(|one| fragments.iter().any(|other| passes_on(one, other)))
    {
        return None;
    }
    fragments.sort_by_key(|(name, _)| (rank(name), name.to_string()));
    let fragments: Vec<String> = fragments.into_iter().map(|(name, _)| name.to_owned()).collect();
    let main = main_name(&fragments[0]);
    let includes: String = fragments.iter().map(|name| format!("include \"{name}\";\n")).collect();
    let files = files.clone().with_file(&main, format!("http {{\n{includes}}}\n"));
    let configuration = Configuration::load(Product::Nginx, &files, &main)?;
    Some(Merged { configuration, files, fragments })
}

/// A part of an `http` block: it has what only stands there, and no block of the main file.
fn is_fragment(files: &FileTree, name: &str, text: &str) -> bool {
    let is_nginx = Configuration::recognise_main(files, name).is_ok_and(|product| product == Product::Nginx);
    let begins = |words: &[&str]| {
        text.lines().map(str::trim_start).any(|line| words.iter().any(|word| line.starts_with(word)))
    };
    let of_http = ["server {", "server{", "upstream ", "map ", "geo ", "limit_req_zone ", "limit_conn_zone "];
    is_nginx
        && begins(&of_http)
        && !begins(&["http {", "http{", "events {", "events{", "# configuration file "])
}

/// Whether one fragment passes requests on to a socket that another listens on: these are two servers in a row.
fn passes_on((one, text): &(&str, String), (other, listening): &(&str, String)) -> bool {
    let ports: Vec<u16> =
        nginx::load(&FileTree::in_memory(server_config::Coverage::Part, [("a", listening.as_str())]), "a")
            .listeners()
            .iter()
            .map(|listener| listener.port)
            .collect();
    let passed = text.split("_pass ").skip(1).filter_map(|rest| rest.split(';').next());
    let lines = text.lines().map(str::trim_start);
    let members = lines.filter(|line| line.starts_with("server ") && !line.ends_with('{'));
    let mut targets = passed.chain(members);
    let reaches = |line: &str| ports.iter().any(|port| line.contains(&format!(":{port}")));
    one != other && targets.any(reaches)
}

/// Where the directory of a fragment stands in the usual order.
fn rank(name: &str) -> usize {
    let directory = name.rsplit('/').nth(1).unwrap_or("");
    INCLUDED.iter().position(|known| *known == directory).unwrap_or(INCLUDED.len())
}

/// A name for the main file that nobody gave, beside which relative names are looked up.
fn main_name(fragment: &str) -> String {
    let mut parts: Vec<&str> = fragment.split('/').collect();
    parts.pop();
    if parts.last().is_some_and(|last| INCLUDED.contains(last)) {
        parts.pop();
    }
    parts.push("nginx.conf (not given)");
    parts.join("/")
}
