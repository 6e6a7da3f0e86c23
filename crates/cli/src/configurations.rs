//! Which configurations a command reads: the files and folders named, or those of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use intake::simulation::{Given, servers};
use server_config::{Entry, FileTree};

use crate::diagnosis;

/// Where configurations come from.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Origin {
    /// Find the configurations of this machine, at the paths that distributions use; nothing is changed
    #[arg(long)]
    pub(crate) here: bool,
    /// A copy of the server's file tree: paths of configurations and of what they include are looked up below it
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
}

/// Main files as packages and images lay them out: Debian, Red Hat, FreeBSD, Homebrew, the official images.
const USUAL: [&str; 22] = [
    "/etc/nginx/nginx.conf",
    "/usr/local/nginx/conf/nginx.conf",
    "/usr/local/etc/nginx/nginx.conf",
    "/opt/homebrew/etc/nginx/nginx.conf",
    "/etc/apache2/apache2.conf",
    "/etc/apache2/httpd.conf",
    "/etc/httpd/conf/httpd.conf",
    "/usr/local/apache2/conf/httpd.conf",
    "/usr/local/etc/apache24/httpd.conf",
    "/etc/haproxy/haproxy.cfg",
    "/usr/local/etc/haproxy/haproxy.cfg",
    "/etc/caddy/Caddyfile",
    "/etc/squid/squid.conf",
    "/etc/squid3/squid.conf",
    "/etc/envoy/envoy.yaml",
    "/etc/envoy/envoy.yml",
    "/etc/traefik/traefik.yml",
    "/etc/traefik/traefik.yaml",
    "/etc/traefik/traefik.toml",
    "/etc/kong/kong.yml",
    "/etc/kong/kong.yaml",
    "/usr/local/kong/declarative/kong.yml",
];

/// Main files by their name within a folder.
const MAIN: [&str; 10] = [
    "nginx.conf",
    "apache2.conf",
    "httpd.conf",
    "conf/httpd.conf",
    "haproxy.cfg",
    "Caddyfile",
    "squid.conf",
    "envoy.yaml",
    "traefik.yml",
    "kong.yml",
];

/// Reads the configurations that are named, and with `--here` those of this machine.
///
/// # Errors
/// When one cannot be read, is of no product that is simulated, or there is none.
pub(crate) fn read(origin: &Origin, paths: &[PathBuf]) -> Result<Given> {
    let files = match &origin.root {
        Some(root) => FileTree::rooted(root),
        None if origin.here => FileTree::live(),
        None => FileTree::perhaps_live(),
    };
    let mut texts = Vec::new();
    for path in paths {
        for file in expand(origin, &files, path)? {
            texts.push(text(origin, &files, &file)?);
        }
    }
    if origin.here {
        texts.extend(on_this_machine(origin, &files));
    }
    if texts.is_empty() {
        bail!("no configuration was {}; name its main file", if origin.here { "found" } else { "given" });
    }
    let given = servers(texts, Some(&files));
    match given.errors.first() {
        Some(error) if given.servers.is_empty() || !origin.here => bail!("{error}"),
        _ => Ok(given),
    }
}

/// A folder stands for its main file, else for the files in it.
pub(crate) fn expand(origin: &Origin, files: &FileTree, path: &Path) -> Result<Vec<PathBuf>> {
    let folder = path.display().to_string();
    if files.entry(&folder) != Entry::Directory {
        return Ok(vec![path.to_owned()]);
    }
    let main = MAIN.iter().map(|name| path.join(name));
    if let Some(main) = main.into_iter().find(|main| files.entry(&main.display().to_string()) == Entry::File)
    {
        return Ok(vec![main]);
    }
    let names = files.list(&folder).into_iter().map(|name| path.join(name));
    let found: Vec<PathBuf> =
        names.filter(|file| files.entry(&file.display().to_string()) == Entry::File).collect();
    if found.is_empty() {
        let below =
            origin.root.as_ref().map_or_else(String::new, |root| format!(" below {}", root.display()));
        bail!("{folder}{below} holds no file; name a configuration's main file");
    }
    Ok(found)
}

fn text(origin: &Origin, files: &FileTree, path: &Path) -> Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    if origin.root.is_some() && name != "-" {
        let bytes = files.read(&name).with_context(|| format!("{name} cannot be read"))?;
        return Ok((name, bytes.to_vec()));
    }
    let document = diagnosis::document(path)?;
    Ok((document.name, document.bytes))
}

/// The main files at their usual places. Where nginx's is at none of them, nginx itself is asked with `-T`, which prints
/// the configuration and starts nothing.
fn on_this_machine(origin: &Origin, files: &FileTree) -> Vec<(String, Vec<u8>)> {
    let read = |path: &&'static str| Some(((*path).to_owned(), files.read(path).ok()?.to_vec()));
    let mut found: Vec<(String, Vec<u8>)> = USUAL.iter().filter_map(read).collect();
    let has_nginx = found.iter().any(|(name, _)| name.ends_with("nginx.conf"));
    if origin.root.is_none() && !has_nginx {
        let dump = Command::new("nginx").arg("-T").stdin(Stdio::null()).stderr(Stdio::null()).output();
        let dump = dump.ok().filter(|output| output.status.success() && !output.stdout.is_empty());
        found.extend(dump.map(|output| ("nginx -T".to_owned(), output.stdout)));
    }
    found
}
