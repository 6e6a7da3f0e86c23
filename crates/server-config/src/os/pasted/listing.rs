//! Lines that begin with a mode: `namei -l`, `ls -l`, `ls -lZ`.

use crate::os::{Acl, Facts, Kind, Label, Node, Seen, walk::parts};

/// What the lines so far say about those that follow.
#[derive(Default)]
pub(super) struct Listing {
    /// The directory that the listing is of, or the component that `namei` has come to.
    here: Option<String>,
    is_namei: bool,
}

impl Listing {
    /// `namei` begins a path.
    pub(super) fn begin_namei(&mut self) {
        (self.here, self.is_namei) = (Some(String::new()), true);
    }

    /// `ls` was called for this path.
    pub(super) fn begin_ls(&mut self, path: &str) {
        (self.here, self.is_namei) = (Some(path.trim_end_matches('/').to_owned()), false);
    }

    /// Reads a line; false when it is none of a listing.
    pub(super) fn line(&mut self, facts: &mut Facts, line: &str, seen: Seen) -> bool {
        if let Some(directory) = line.strip_suffix(':').filter(|path| path.starts_with('/')) {
            self.begin_ls(directory);
            return true;
        }
        if self.is_namei
            && let Some((name, _)) = line.split_once(" - No such file")
        {
            let path = self.below(name.trim());
            facts.add_node(Node { seen: Some(seen), ..Node::absent(&path) });
            return true;
        }
        if let Some((context, path)) = label(line) {
            facts.add_label(Label { path: path.to_owned(), context: context.to_owned(), seen });
            return true;
        }
        let Some(node) = entry(line, seen) else { return false };
        let node = if self.is_namei { self.namei(node) } else { self.ls(node) };
        let Some(node) = node else { return true };
        if let Some(context) = &node.context {
            facts.add_label(Label { path: node.path.clone(), context: context.clone(), seen });
        }
        facts.add_node(node);
        true
    }

    /// Names are relative to the component before; a link's own components follow it.
    fn namei(&mut self, mut node: Node) -> Option<Node> {
        node.path = self.below(&node.path);
        match &node.kind {
            Kind::Link(target) if target.starts_with('/') => self.here = Some(String::new()),
            Kind::Link(_) => {}
            _ => self.here = Some(node.path.trim_end_matches('/').to_owned()),
        }
        Some(node)
    }

    fn below(&self, name: &str) -> String {
        let here = self.here.as_deref().unwrap_or("");
        match name {
            "/" => "/".to_owned(),
            ".." => absolute(here.rfind('/').map_or("", |at| &here[..at])),
            "." => absolute(here),
            name => format!("{here}/{name}"),
        }
    }

    fn ls(&mut self, mut node: Node) -> Option<Node> {
        match (&self.here, node.path.as_str()) {
            (_, path) if path.starts_with('/') => {}
            (None, "." | "..") => return None,
            (None, _) => {}
            (Some(_), _) => node.path = self.below(&node.path),
        }
        Some(node)
    }
}

fn absolute(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// `unconfined_u:object_r:user_home_t:s0 /home/ann`, as `ls -Z` writes without `-l`.
fn label(line: &str) -> Option<(&str, &str)> {
    let (context, path) = line.split_once(' ')?;
    let is_context = context.split(':').count() >= 3 && context.contains(":object_r:");
    is_context.then_some((context, path.trim()))
}

/// A line that begins with a mode.
fn entry(line: &str, seen: Seen) -> Option<Node> {
    let mut rest = line;
    let (kind, mode, has_acl) = mode(word(&mut rest)?)?;
    let (second, third) = (word(&mut rest)?, word(&mut rest)?);
    let before = rest;
    let fourth = word(&mut rest)?;
    // `namei` writes mode, owner, group, name; `ls` has a number of links first, and a size and a date before the name.
    let is_ls = second.bytes().all(|byte| byte.is_ascii_digit())
        && !is_context(fourth)
        && rest.split_whitespace().count() >= 3;
    let (owner, group, context, name) = match (is_ls, is_context(fourth)) {
        (true, _) => {
            let (context, name) = after_group(rest)?;
            (third, fourth, context, name)
        }
        (false, true) => (second, third, Some(fourth.to_owned()), rest),
        (false, false) => (second, third, None, before),
    };
    let (name, kind) = match (kind, name.trim().split_once(" -> ")) {
        (Kind::Link(_), Some((name, target))) => (name, Kind::Link(target.to_owned())),
        (kind, _) => (name.trim(), kind),
    };
    let path = plain(name);
    (!path.is_empty()).then(|| Node {
        path,
        kind,
        mode,
        owner: owner.to_owned(),
        group: group.to_owned(),
        acl: if has_acl { Acl::Unseen } else { Acl::None },
        context,
        seen: Some(seen),
    })
}

/// `ls`, behind the group: the context, size or device numbers, a date in one of three styles, the name.
fn after_group(mut rest: &str) -> Option<(Option<String>, &str)> {
    let mut size = word(&mut rest)?;
    let context = is_context(size).then(|| size.to_owned());
    if context.is_some() {
        size = word(&mut rest)?;
    }
    if size.ends_with(',') {
        word(&mut rest)?;
    }
    let day = word(&mut rest)?;
    word(&mut rest)?;
    let zone = rest.trim_start();
    let has_zone = zone.starts_with(['+', '-']) && zone[1..].starts_with(|c: char| c.is_ascii_digit());
    if !day.contains('-') || has_zone {
        word(&mut rest)?;
    }
    Some((context, rest))
}

/// The next word; `rest` goes on behind it.
fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let trimmed = rest.trim_start();
    let (word, after) = trimmed.split_at(trimmed.find(char::is_whitespace).unwrap_or(trimmed.len()));
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// One spelling for a path; `ls` quotes names with blanks on a terminal.
fn plain(name: &str) -> String {
    let name = name.trim_matches('\'');
    if !name.starts_with('/') {
        return name.trim_start_matches("./").trim_end_matches('/').to_owned();
    }
    let mut parts = parts(name);
    parts.reverse();
    format!("/{}", parts.join("/"))
}

fn is_context(word: &str) -> bool {
    word.matches(':').count() >= 2 && word.contains("_r:")
}

/// `drwxr-x---`, with `.` or `+` behind it, as `ls -l` writes modes: what it is, twelve bits, whether there is an ACL.
pub(super) fn mode(word: &str) -> Option<(Kind, u32, bool)> {
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
        let special = 0o1000 << ((8 - index) / 3);
        let is_set = match letter {
            b'r' | b'w' | b'x' => true,
            b's' | b't' => {
                mode |= special;
                true
            }
            b'S' | b'T' => {
                mode |= special;
                false
            }
            b'-' => false,
            _ => return None,
        };
        mode |= u32::from(is_set) << (8 - index);
    }
    matches!(bytes.len(), 10 | 11).then(|| (kind, mode, bytes.get(10) == Some(&b'+')))
}
