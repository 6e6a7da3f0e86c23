//! Facts from a machine's disk, or from a copy of one below a root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Account, Acl, Kind, Node};
use crate::source::FileTree;

/// Links followed for one path (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// The components of a path from the root of the tree down, links followed inside it.
///
/// Names of owners come from the tree's own `/etc/passwd` and `/etc/group`. POSIX ACLs cannot be read here: a
/// component with one is marked as [`Acl::Unseen`] when the account is neither owner nor superuser.
pub fn collect(files: &FileTree, path: &str) -> Vec<Node> {
    let users = names(files, "/etc/passwd");
    let groups = names(files, "/etc/group");
    let mut nodes = vec![node(files, "/", &users, &groups)];
    let mut pending: Vec<String> = parts(path);
    let mut here = String::new();
    let mut links = 0;
    while let Some(part) = pending.pop() {
        if part == ".." {
            here.truncate(here.rfind('/').unwrap_or(0));
            continue;
        }
        let next = format!("{here}/{part}");
        let node = node(files, &next, &users, &groups);
        match &node.kind {
            Kind::Link(target) if links < MAX_LINKS => {
                links += 1;
                if target.starts_with('/') {
                    here.clear();
                }
                pending.extend(parts(target));
            }
            _ => here = next,
        }
        let is_end = node.kind == Kind::Absent;
        nodes.push(node);
        if is_end {
            break;
        }
    }
    nodes
}

/// An account of the tree's own `/etc/passwd`, with its groups; `None` when it has none of that name.
pub fn account(files: &FileTree, name: &str) -> Option<Account> {
    let passwd = text(files, "/etc/passwd");
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let fields: Vec<&str> = line.split(':').collect();
    let (uid, gid) = (fields.get(2)?.parse().ok(), *fields.get(3)?);
    let mut groups = Vec::new();
    for line in text(files, "/etc/group").lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [group, _, number, members] = fields[..] else { continue };
        if number == gid || members.split(',').any(|member| member == name) {
            groups.push(group.to_owned());
        }
    }
    Some(Account { name: name.to_owned(), uid, groups })
}

fn node(files: &FileTree, path: &str, users: &[(u32, String)], groups: &[(u32, String)]) -> Node {
    // The last component itself, not what it links to: the parent is resolved, the name is added.
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = files.on_disk(if parent.is_empty() { "/" } else { parent });
    let metadata = parent.and_then(|parent| {
        let real = if name.is_empty() { parent } else { parent.join(name) };
        fs::symlink_metadata(&real).ok().map(|metadata| (real, metadata))
    });
    let Some((real, metadata)) = metadata else {
        return Node {
            path: path.to_owned(),
            kind: Kind::Absent,
            mode: 0,
            owner: String::new(),
            group: String::new(),
            acl: Acl::None,
            context: None,
        };
    };
    let named = |names: &[(u32, String)], number: u32| {
        names.iter().find(|(n, _)| *n == number).map_or(number.to_string(), |(_, name)| name.clone())
    };
    Node {
        path: path.to_owned(),
        kind: kind(&real, &metadata),
        mode: metadata.mode() & 0o777,
        owner: named(users, metadata.uid()),
        group: named(groups, metadata.gid()),
        acl: acl(&real),
        context: None,
    }
}

fn kind(real: &Path, metadata: &fs::Metadata) -> Kind {
    if metadata.is_symlink() {
        let target = fs::read_link(real).map(|target| target.to_string_lossy().into_owned());
        return Kind::Link(target.unwrap_or_default());
    }
    match (metadata.is_dir(), metadata.is_file()) {
        (true, _) => Kind::Directory,
        (_, true) => Kind::File,
        _ => Kind::Special,
    }
}

/// An ACL shows itself as the attribute `system.posix_acl_access` (`acl(5)`).
fn acl(real: &Path) -> Acl {
    let mut buffer = [0u8; 1];
    match rustix::fs::lgetxattr(real, "system.posix_acl_access", &mut buffer) {
        Ok(_) | Err(rustix::io::Errno::RANGE) => Acl::Unseen,
        Err(_) => Acl::None,
    }
}

/// The components of a path, the last first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}

fn names(files: &FileTree, path: &str) -> Vec<(u32, String)> {
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    text(files, path).lines().filter_map(entry).collect()
}

fn text(files: &FileTree, path: &str) -> String {
    files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
