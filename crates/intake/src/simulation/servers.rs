//! The servers that a set of configuration texts stands for.

use server_config::chain::Server;
use server_config::{Configuration, Coverage, FileTree, LoadError, Product, nginx};

use super::fragments::{self, Merged};

/// The servers that were read, and what could not be.
#[derive(Debug, Default)]
pub struct Given {
    /// The servers, in the order they were given.
    pub servers: Vec<Server>,
    /// The document of each.
    pub names: Vec<String>,
    /// Why others are none.
    pub errors: Vec<LoadError>,
}

/// Reads named texts as configurations. What they include is looked for among `files`, or among the texts alone. A text
/// that another one includes is no server of its own, nor are the fragments of one nginx.
#[must_use]
pub fn servers(texts: Vec<(String, Vec<u8>)>, files: Option<&FileTree>) -> Given {
    let given = read(texts.clone(), files);
    let tree = tree(texts.clone(), files);
    // A text that another one includes is in that one already.
    let own = |(name, _): &(String, Vec<u8>)| given.names.contains(name);
    let Some(merged) = fragments::merge(&tree, &texts.into_iter().filter(own).collect::<Vec<_>>()) else {
        return given;
    };
    one_server(given, merged)
}

/// The fragments' places in the list are taken by the one server that they make, at the first of them.
fn one_server(given: Given, merged: Merged) -> Given {
    let mut out = Given { errors: given.errors, ..Given::default() };
    let Merged { configuration, files, fragments } = merged;
    let mut whole = Some(Server { configuration, files, peer: None });
    for (server, name) in given.servers.into_iter().zip(given.names) {
        if !fragments.contains(&name) {
            out.servers.push(server);
            out.names.push(name);
        } else if let Some(server) = whole.take() {
            out.servers.push(server);
            out.names.push(name);
        }
    }
    out
}

fn tree(texts: Vec<(String, Vec<u8>)>, files: Option<&FileTree>) -> FileTree {
    match files {
        Some(files) => {
            texts.into_iter().fold(files.clone(), |tree, (name, bytes)| tree.with_file(&name, bytes))
        }
        None => FileTree::in_memory(Coverage::Part, texts),
    }
}

/// Each text as a server.
fn read(texts: Vec<(String, Vec<u8>)>, files: Option<&FileTree>) -> Given {
    let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
    let dumps: Vec<Option<(FileTree, String)>> = texts.iter().map(|(_, bytes)| dump(bytes)).collect();
    let tree = tree(texts, files);
    let mut given = Given::default();
    for (name, dump) in names.into_iter().zip(dumps) {
        let (files, main, product) = match dump {
            Some((files, main)) => (files, main, Ok(Product::Nginx)),
            None => (tree.clone(), name.clone(), Configuration::recognise_main(&tree, &name)),
        };
        let loaded = product.and_then(|product| {
            let configuration = Configuration::load(product, &files, &main);
            configuration.ok_or_else(|| LoadError::NotSimulated(main.clone(), product))
        });
        match loaded {
            Ok(configuration) => {
                given.servers.push(Server { configuration, files, peer: None });
                given.names.push(name);
            }
            Err(error) => given.errors.push(error),
        }
    }
    without_included(given)
}

/// The files in the output of `nginx -T`.
fn dump(bytes: &[u8]) -> Option<(FileTree, String)> {
    const MARK: &[u8] = b"# configuration file ";
    memchr::memmem::find(bytes, MARK)?;
    nginx::files_of_dump(&String::from_utf8_lossy(bytes))
}

/// Leaves out those that another one includes.
fn without_included(mut given: Given) -> Given {
    let includes = |server: &Server, name: &str| {
        server.configuration.sources().iter().skip(1).any(|source| same_file(&source.name, name))
    };
    let kept: Vec<bool> =
        given.names.iter().map(|name| !given.servers.iter().any(|server| includes(server, name))).collect();
    let mut keep = kept.iter();
    given.servers.retain(|_| *keep.next().unwrap_or(&true));
    let mut keep = kept.iter();
    given.names.retain(|_| *keep.next().unwrap_or(&true));
    given
}

fn same_file(one: &str, other: &str) -> bool {
    one.trim_start_matches("./") == other.trim_start_matches("./")
}
