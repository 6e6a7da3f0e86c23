//! Facts from the pasted output of `namei -l`, `ls -lZ` and `getfacl`.

use super::{Acl, AclEntry, Kind, Node, Whom};

/// The components in the output of `namei -l PATH` (util-linux): `drwxr-x--- root www-data etc`, links indented.
pub fn namei(text: &str) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut here = String::new();
    for line in text.lines().filter(|line| !line.starts_with("f:")) {
        let mut words = line.split_whitespace();
        let (Some(mode), Some(owner), Some(group), Some(name)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let rest: Vec<&str> = words.collect();
        let Some((kind, bits, has_acl)) = mode_string(mode) else { continue };
        let kind = match (kind, rest.as_slice()) {
            (Kind::Link(_), ["->", target @ ..]) => Kind::Link(target.join(" ")),
            (kind, _) => kind,
        };
        let path = match (name, here.is_empty() || here == "/") {
            ("/", _) => "/".to_owned(),
            (name, true) => format!("/{name}"),
            (name, false) => format!("{here}/{name}"),
        };
        match &kind {
            Kind::Link(target) if target.starts_with('/') => here.clear(),
            Kind::Link(_) => {}
            _ => here.clone_from(&path),
        }
        let acl = if has_acl { Acl::Unseen } else { Acl::None };
        let (owner, group) = (owner.to_owned(), group.to_owned());
        nodes.push(Node { path, kind, mode: bits, owner, group, acl, context: None });
    }
    nodes
}

/// The lines of `ls -lZ` or `ls -ldZ`: mode, links, owner, group, context, size, time, name.
pub fn ls(text: &str) -> Vec<Node> {
    text.lines().filter_map(ls_line).collect()
}

fn ls_line(line: &str) -> Option<Node> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (kind, mode, has_acl) = mode_string(words.first()?)?;
    let (owner, group) = (words.get(2)?.to_string(), words.get(3)?.to_string());
    let context = words.get(4).filter(|word| word.matches(':').count() >= 2).map(|word| word.to_string());
    let name = words.iter().rposition(|word| *word == "->").map_or(words.len(), |arrow| arrow);
    let path = words.get(name.checked_sub(1)?)?.to_string();
    let kind = match kind {
        Kind::Link(_) => Kind::Link(words.get(name + 1..)?.join(" ")),
        kind => kind,
    };
    let acl = if has_acl { Acl::Unseen } else { Acl::None };
    Some(Node { path, kind, mode, owner, group, acl, context })
}

/// Puts the entries of `getfacl PATH` (names may lack their first slash) into the component they are for.
pub fn add_getfacl(nodes: &mut [Node], text: &str) {
    let mut file = String::new();
    let mut entries: Vec<AclEntry> = Vec::new();
    for line in text.lines().chain(["# file: "]) {
        if let Some(name) = line.strip_prefix("# file: ") {
            let done = std::mem::take(&mut entries);
            let path = format!("/{}", file.trim_matches('/'));
            if let Some(node) = nodes.iter_mut().find(|node| node.path == path).filter(|_| !file.is_empty()) {
                node.acl = Acl::Entries(done);
            }
            name.trim().clone_into(&mut file);
        } else {
            entries.extend(acl_entry(line));
        }
    }
}

/// `user:NAME:rwx`, `group::r-x`, `mask::r-x`; the owner's and the others' bits are in the mode.
fn acl_entry(line: &str) -> Option<AclEntry> {
    let line = line.split('#').next()?.trim();
    let mut fields = line.split(':');
    let (kind, name, bits) = (fields.next()?, fields.next()?, fields.next()?);
    let whom = match (kind, name) {
        ("user", "") => return None,
        ("user", name) => Whom::User(name.to_owned()),
        ("group", name) => Whom::Group(name.to_owned()),
        ("mask", _) => Whom::Mask,
        _ => return None,
    };
    let bits = bits.bytes().zip([(b'r', 4), (b'w', 2), (b'x', 1)]);
    Some(AclEntry {
        whom,
        bits: bits.map(|(byte, (letter, bit))| if byte == letter { bit } else { 0 }).sum(),
    })
}

/// `drwxr-x---`, with `.` or `+` behind it, as `ls -l` writes modes.
fn mode_string(word: &str) -> Option<(Kind, u32, bool)> {
    let bytes = word.as_bytes();
    let kind = match bytes.first()? {
        b'd' => Kind::Directory,
        b'-' => Kind::File,
        b'l' => Kind::Link(String::new()),
        b'c' | b'b' | b'p' | b's' => Kind::Special,
        _ => return None,
    };
    let letters = bytes.get(1..10)?;
    let mut mode = 0;
    for (index, letter) in letters.iter().enumerate() {
        let is_set = match letter {
            b'r' | b'w' | b'x' | b's' | b't' => true,
            b'-' | b'S' | b'T' => false,
            _ => return None,
        };
        mode |= u32::from(is_set) << (8 - index);
    }
    Some((kind, mode, bytes.get(10) == Some(&b'+')))
}
