//! What is known of a machine, from any number of documents.

use std::collections::BTreeMap;

use super::{Access, Account, Acl, Judgement, Mount, Node, Seen, pasted, walk};

/// Components kept of all documents; a listing of a real site's way is a thousand times shorter.
const MAX_NODES: usize = 200_000;

/// An SELinux context of a file, as `ls -Z` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file, as it was listed.
    pub path: String,
    /// The context: `unconfined_u:object_r:user_home_t:s0`.
    pub context: String,
    /// Where it was read.
    pub seen: Seen,
}

/// What is known of a machine.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    nodes: BTreeMap<String, Node>,
    loose: Vec<Node>,
    accounts: Vec<Account>,
    mounts: Vec<Mount>,
    scripts: BTreeMap<String, String>,
    labels: Vec<Label>,
    asked: Vec<String>,
    protected_symlinks: Option<bool>,
}

impl Facts {
    /// Reads the output of commands that describe a machine; `document` is what the caller calls it. Lines that are no
    /// such output are passed over.
    pub fn read(&mut self, document: u32, text: &str) {
        pasted::read(self, document, text);
    }

    /// Walks a path as an account.
    pub fn judge(&self, path: &str, account: &Account, access: Access) -> Judgement {
        walk::judge(self, path, account, access)
    }

    /// The accounts that were described.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The account of that name or number; its groups are unknown (none) when no document describes it.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.is(name))
    }

    /// The paths that the documents were made for: the arguments of `namei` and `ls`.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// The SELinux contexts that were shown, in order.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// All components that were shown with their whole path.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.loose.is_empty()
    }

    /// The component at a path.
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// The only component of that name in a listing that does not say which directory it is of.
    pub(super) fn loose(&self, name: &str) -> Option<&Node> {
        let mut named = self.loose.iter().filter(|node| node.path == name);
        named.next().filter(|_| named.next().is_none())
    }

    /// The innermost file system that holds a path; the last one mounted at a point is the one that is seen.
    pub(super) fn mount(&self, path: &str) -> Option<&Mount> {
        let covering = self.mounts.iter().filter(|mount| mount.covers(path));
        covering.max_by_key(|mount| mount.point.len())
    }

    /// The first line of a script.
    pub(super) fn first_line(&self, path: &str) -> Option<&str> {
        self.scripts.get(path).map(String::as_str)
    }

    pub(super) fn protected_symlinks(&self) -> Option<bool> {
        self.protected_symlinks
    }

    pub(super) fn add_node(&mut self, mut node: Node) {
        if self.nodes.len() + self.loose.len() >= MAX_NODES {
            return;
        }
        if !node.path.starts_with('/') {
            self.loose.push(node);
            return;
        }
        if let Some(known) = self.nodes.get(&node.path) {
            // Each command shows a part: `namei` no entries of an ACL, `getfacl` no label.
            if node.acl == Acl::Unseen {
                node.acl = known.acl.clone();
            }
            node.context = node.context.or_else(|| known.context.clone());
        }
        self.nodes.insert(node.path.clone(), node);
    }

    pub(super) fn add_acl(&mut self, path: &str, acl: Acl, fallback: Option<Node>) {
        match self.nodes.get_mut(path) {
            Some(node) => node.acl = acl,
            None => {
                if let Some(node) = fallback {
                    self.add_node(node);
                }
            }
        }
    }

    pub(super) fn add_account(&mut self, account: Account) {
        self.accounts.retain(|known| known.name != account.name);
        self.accounts.push(account);
    }

    pub(super) fn add_mount(&mut self, mount: Mount) {
        self.mounts.retain(|known| known.point != mount.point);
        self.mounts.push(mount);
    }

    pub(super) fn add_script(&mut self, path: &str, first_line: &str) {
        self.scripts.insert(path.to_owned(), first_line.to_owned());
    }

    pub(super) fn add_label(&mut self, label: Label) {
        self.labels.push(label);
    }

    pub(super) fn add_asked(&mut self, path: &str) {
        if !self.asked.iter().any(|known| known == path) {
            self.asked.push(path.to_owned());
        }
    }

    pub(super) fn set_protected_symlinks(&mut self, is_set: bool) {
        self.protected_symlinks = Some(is_set);
    }

    /// The same facts with one component changed: to try a remedy.
    pub(super) fn with(&self, node: Node) -> Self {
        let mut facts = self.clone();
        facts.nodes.insert(node.path.clone(), node);
        facts
    }
}
