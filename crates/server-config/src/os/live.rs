//! A machine's disk, or a copy of one below a root, described as the commands would: `namei -l`, `getfacl`, `id`,
//! `mount`, `head -n1`.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::walk::parts;
use super::{Account, Acl, AclEntry, Kind, Node, Whom, bits};
use crate::source::FileTree;

/// Links followed for one path (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// Interpreters of interpreters (`execve(2)`).
const MAX_INTERPRETERS: usize = 4;
/// The longest first line that the kernel reads (`BINPRM_BUF_SIZE`).
const FIRST_LINE: usize = 256;

/// What is known of a path and of these accounts: the text that [`super::Facts::read`] takes.
///
/// Names of owners come from the tree's own `/etc/passwd` and `/etc/group`; mount options and
/// `fs.protected_symlinks` are those of the running machine, and told only when the tree is its own.
pub fn listing(files: &FileTree, path: &str, accounts: &[&str]) -> String {
    let names = Names::of(files);
    let mut text = String::new();
    let (mut acls, mut heads) = (String::new(), String::new());
    let mut paths = Vec::new();
    let mut next = Some(path.to_owned());
    for _ in 0..=MAX_INTERPRETERS {
        let Some(path) = next.take() else { break };
        let nodes = collect(files, &path, &names);
        let _ = writeln!(text, "f: {path}");
        for node in &nodes {
            describe(node, &mut text, &mut acls);
            paths.push(node.path.clone());
        }
        let last = nodes.last().filter(|node| node.kind == Kind::File && node.mode & 0o111 != 0);
        let first = last.and_then(|last| Some((last, first_line(files, &last.path)?)));
        if let Some((last, line)) = first {
            let shown = line.replace('\r', "^M");
            let _ = writeln!(heads, "$ head -n1 {} | cat -v\n{shown}", printable(&last.path));
            next =
                line[2..].split_whitespace().next().filter(|word| word.starts_with('/')).map(str::to_owned);
        }
    }
    text.push_str(&acls);
    text.push_str(&heads);
    accounts.iter().filter_map(|name| account(files, name)).for_each(|account| text.push_str(&id(&account)));
    if files.on_disk("/").as_deref() == Some(Path::new("/")) {
        text.push_str(&machine(&paths));
    }
    text
}

/// An account of the tree's own `/etc/passwd`, by name or number, with its groups; `None` when it has none of that
/// name.
pub fn account(files: &FileTree, name: &str) -> Option<Account> {
    let passwd = text(files, "/etc/passwd");
    let fits = |line: &&str| {
        let mut fields = line.split(':');
        fields.next() == Some(name) || fields.nth(1) == Some(name)
    };
    let line = passwd.lines().find(fits)?;
    let fields: Vec<&str> = line.split(':').collect();
    let (name, uid, gid) = (*fields.first()?, fields.get(2)?.parse().ok(), *fields.get(3)?);
    let mut found = vec![(gid.to_owned(), gid.to_owned())];
    for line in text(files, "/etc/group").lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [group, _, number, members] = fields[..] else { continue };
        if number == gid {
            group.clone_into(&mut found[0].0);
        } else if members.split(',').any(|member| member == name) {
            found.push((group.to_owned(), number.to_owned()));
        }
    }
    let gids = found.iter().filter_map(|(_, number)| number.parse().ok()).collect();
    let groups = found.into_iter().map(|(group, _)| group).collect();
    Some(Account { name: name.to_owned(), uid, groups, gids, seen: None })
}

/// The components of a path from the root of the tree down, links followed inside it, each directory once.
fn collect(files: &FileTree, path: &str, names: &Names) -> Vec<Node> {
    let mut nodes = vec![node(files, "/", names)];
    let mut pending: Vec<String> = parts(path);
    let mut here = String::new();
    let mut links = 0;
    while let Some(part) = pending.pop() {
        if part == ".." {
            here.truncate(here.rfind('/').unwrap_or(0));
            nodes.push(Node {
                path: "..".to_owned(),
                ..node(files, if here.is_empty() { "/" } else { &here }, names)
            });
            continue;
        }
        let next = format!("{here}/{part}");
        let node = node(files, &next, names);
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
        let is_end = node.kind == Kind::Absent || links >= MAX_LINKS;
        nodes.push(node);
        if is_end {
            break;
        }
    }
    nodes
}

/// One line of `namei -l`, and the block of `getfacl` where there is an ACL.
fn describe(node: &Node, text: &mut String, acls: &mut String) {
    let name = match node.path.as_str() {
        "/" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    };
    if node.kind == Kind::Absent {
        let _ = writeln!(text, "{} - No such file or directory", printable(name));
        return;
    }
    let shown = Node { path: name.to_owned(), ..node.clone() };
    let _ = writeln!(text, "{}", printable(&shown.to_string()));
    let Acl::Entries(entries) = &node.acl else { return };
    let _ =
        writeln!(acls, "# file: {}\n# owner: {}\n# group: {}", printable(&node.path), node.owner, node.group);
    let _ = writeln!(acls, "user::{}", bits(node.mode >> 6));
    for entry in entries {
        let _ = match &entry.whom {
            Whom::User(name) => writeln!(acls, "user:{name}:{}", bits(entry.bits)),
            Whom::Group(name) => writeln!(acls, "group:{name}:{}", bits(entry.bits)),
            Whom::Mask => writeln!(acls, "mask::{}", bits(entry.bits)),
        };
    }
    let _ = writeln!(acls, "other::{}\n", bits(node.mode));
}

/// A name cannot make lines of its own.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn id(account: &Account) -> String {
    let numbered = |(index, name): (usize, &String)| match account.gids.get(index) {
        Some(gid) => format!("{gid}({name})"),
        None => name.clone(),
    };
    let groups: Vec<String> = account.groups.iter().enumerate().map(numbered).collect();
    let uid = account.uid.map_or_else(|| account.name.clone(), |uid| format!("{uid}({})", account.name));
    let first = groups.first().cloned().unwrap_or_default();
    format!("uid={uid} gid={first} groups={}\n", groups.join(","))
}

/// What only the running machine tells: the file systems around a path, and the policy for links.
fn machine(paths: &[String]) -> String {
    let mut text = String::new();
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    for line in mounts.lines() {
        if super::Mount::read(line).is_some_and(|mount| paths.iter().any(|path| mount.covers(path))) {
            let _ = writeln!(text, "{line}");
        }
    }
    if let Ok(value) = fs::read_to_string("/proc/sys/fs/protected_symlinks") {
        let _ = writeln!(text, "fs.protected_symlinks = {}", value.trim());
    }
    text
}

fn node(files: &FileTree, path: &str, names: &Names) -> Node {
    // The last component itself, not what it links to: the parent is resolved, the name is added.
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = files.on_disk(if parent.is_empty() { "/" } else { parent });
    let metadata = parent.and_then(|parent| {
        let real = if name.is_empty() { parent } else { parent.join(name) };
        fs::symlink_metadata(&real).ok().map(|metadata| (real, metadata))
    });
    let Some((real, metadata)) = metadata else { return Node::absent(path) };
    let kind = kind(&real, &metadata);
    let acl = if matches!(kind, Kind::Link(_)) { Acl::None } else { acl(&real, names) };
    Node {
        path: path.to_owned(),
        kind,
        mode: metadata.mode() & 0o7777,
        owner: names.user(metadata.uid()),
        group: names.group(metadata.gid()),
        acl,
        context: None,
        seen: None,
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

/// The attribute `system.posix_acl_access`: a version, then entries of tag, bits and number, little-endian
/// (Linux, `include/uapi/linux/posix_acl_xattr.h`).
fn acl(real: &Path, names: &Names) -> Acl {
    let mut buffer = vec![0u8; 64 << 10];
    let length = match rustix::fs::lgetxattr(real, "system.posix_acl_access", &mut buffer[..]) {
        Ok(length) => length,
        Err(rustix::io::Errno::RANGE) => return Acl::Unseen,
        Err(_) => return Acl::None,
    };
    let (version, entries) = buffer[..length].split_at(length.min(4));
    if version != [2, 0, 0, 0] {
        return Acl::Unseen;
    }
    let entry = |bytes: &[u8]| {
        let bits = u32::from(u16::from_le_bytes([bytes[2], bytes[3]])) & 7;
        let number = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let whom = match u16::from_le_bytes([bytes[0], bytes[1]]) {
            0x02 => Whom::User(names.user(number)),
            0x04 => Whom::Group(String::new()),
            0x08 => Whom::Group(names.group(number)),
            0x10 => Whom::Mask,
            _ => return None,
        };
        Some(AclEntry { whom, bits })
    };
    Acl::Entries(entries.chunks_exact(8).filter_map(entry).collect())
}

/// `#!...`, when the file is a script.
fn first_line(files: &FileTree, path: &str) -> Option<String> {
    use std::io::Read;
    let file = fs::File::open(files.on_disk(path)?).ok()?;
    let mut bytes = Vec::new();
    file.take(FIRST_LINE as u64).read_to_end(&mut bytes).ok()?;
    let line = bytes.split(|&byte| byte == b'\n').next().filter(|line| line.starts_with(b"#!"))?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// The names of a tree's accounts and groups.
struct Names {
    users: Vec<(u32, String)>,
    groups: Vec<(u32, String)>,
}

impl Names {
    fn of(files: &FileTree) -> Self {
        let entries = |path: &str| {
            let entry = |line: &str| {
                let mut fields = line.split(':');
                let name = fields.next()?.to_owned();
                Some((fields.nth(1)?.parse().ok()?, name))
            };
            text(files, path).lines().filter_map(entry).collect()
        };
        Self { users: entries("/etc/passwd"), groups: entries("/etc/group") }
    }

    fn user(&self, number: u32) -> String {
        named(&self.users, number)
    }

    fn group(&self, number: u32) -> String {
        named(&self.groups, number)
    }
}

fn named(names: &[(u32, String)], number: u32) -> String {
    names.iter().find(|(known, _)| *known == number).map_or(number.to_string(), |(_, name)| name.clone())
}

fn text(files: &FileTree, path: &str) -> String {
    files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
