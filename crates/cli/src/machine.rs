//! What the server's file tree says of the files that the refusal is about: the tree of `--root DIR`, or this machine's where
//! the server answers at a loopback address.

use std::net::SocketAddr;
use std::path::Path;

use intake::Document;
use model::Evidence;
use server_config::{FileTree, os};

use crate::args::Options;

/// Describes the files that the logs name, as `namei -l`, `getfacl`, `id` and `mount` would, and adds that to the evidence.
pub(crate) fn describe(options: &Options, evidence: &mut Evidence) {
    let files = match &options.root {
        Some(root) if !root.is_dir() => {
            evidence.warn(
                None,
                format!("{} is no directory; --root takes the root of a server's file tree", root.display()),
            );
            return;
        }
        Some(root) => FileTree::rooted(root),
        None if answers_here(evidence) => FileTree::live(),
        None => return,
    };
    let questions = intake::questions(evidence);
    let accounts: Vec<&str> = questions.accounts.iter().map(String::as_str).collect();
    let document = |path: &String| Document {
        name: format!("files on the way to {path}"),
        bytes: os::listing(&files, path, &accounts).into_bytes(),
    };
    // A server in a container answers here too, and has other files: what is not here tells nothing.
    let known = |path: &&String| options.root.is_some() || is_there(&files, path);
    let mut documents: Vec<Document> = questions.paths.iter().filter(known).map(document).collect();
    if options.root.is_some() {
        documents.extend(unit_files(&files, evidence));
    }
    if documents.is_empty() && options.root.is_some() {
        evidence.warn(
            None,
            "no document names a file that was refused, so there was nothing to look up in --root",
        );
    }
    intake::add_documents(evidence, documents);
}

/// Whether a server of this very machine answered: it was reached at a loopback address.
fn answers_here(evidence: &Evidence) -> bool {
    let peer = evidence.refused.peer.as_ref().and_then(|peer| peer.parse::<SocketAddr>().ok());
    peer.is_some_and(|peer| peer.ip().is_loopback())
}

fn is_there(files: &FileTree, path: &str) -> bool {
    files.on_disk(path).is_some_and(|path| path.exists())
}

/// The service's unit file and its drop-ins, where a configuration or a log tells the product.
fn unit_files(files: &FileTree, evidence: &Evidence) -> Vec<Document> {
    const SERVICES: [(&str, &str); 4] =
        [("nginx", "nginx"), ("apache", "apache2"), ("apache", "httpd"), ("haproxy", "haproxy")];
    let names = |product: &str| {
        let set = evidence.settings.iter().any(|setting| setting.product == product);
        set || evidence.log_lines.iter().any(|line| line.format.starts_with(product))
    };
    let services = SERVICES.iter().filter(|(product, _)| names(product)).map(|(_, service)| *service);
    let mut found = Vec::new();
    for service in services {
        // The administrator's unit hides the distribution's (systemd.unit(5), "Unit File Load Path").
        let units =
            ["/etc", "/run", "/usr/lib", "/lib"].map(|top| format!("{top}/systemd/system/{service}.service"));
        found.extend(units.iter().filter(|path| is_file(files, path)).take(1).cloned());
        for top in ["/usr/lib", "/run", "/etc"] {
            found.extend(files.glob(&format!("{top}/systemd/system/{service}.service.d/*.conf")));
        }
    }
    let read = |path: String| Some(Document { bytes: files.read(&path).ok()?.to_vec(), name: path });
    found.into_iter().filter_map(read).collect()
}

fn is_file(files: &FileTree, path: &str) -> bool {
    files.on_disk(path).as_deref().is_some_and(Path::is_file)
}
