//! The operating system under the server: may this account use this path, and which bit says no.
//!
//! The facts come from a live machine or a copy of one ([`collect`]), or from the pasted output of `namei -l`,
//! `ls -lZ` and `getfacl` ([`pasted`]); [`judge`] walks them in the order in which the kernel does
//! (`path_resolution(7)`) and stops at the first refusal. What the facts do not show is *unknown*.

mod live;
pub mod pasted;

use crate::source::Place;
use crate::walk::{Needs, Step, Verdict};

pub use live::{account, collect};

/// A user and the groups it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name, as `ls -l` shows it.
    pub name: String,
    /// The number, when it is known.
    pub uid: Option<u32>,
    /// The names of all groups, the first one among them.
    pub groups: Vec<String>,
}

/// One component of a path, as the kernel meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The path up to and with this component.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// The lower nine bits of the mode; with an ACL the group's bits are its mask.
    pub mode: u32,
    /// The owner's name.
    pub owner: String,
    /// The group's name.
    pub group: String,
    /// The POSIX ACL beyond the mode.
    pub acl: Acl,
    /// The SELinux context.
    pub context: Option<String>,
}

/// What a component is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link; the components it leads to follow.
    Link(String),
    /// A device, a pipe or a socket.
    Special,
    /// Nothing is there.
    Absent,
}

/// The POSIX ACL of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acl {
    /// There is none beyond the mode.
    None,
    /// There is one (`+` in `ls -l`), but its entries are not known.
    Unseen,
    /// Its named entries, and the mask.
    Entries(Vec<AclEntry>),
}

/// One named entry of an ACL: `user:NAME:rwx`, `group:NAME:rwx`, or the owning group's own `group::rwx`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is for.
    pub whom: Whom,
    /// The three bits, before the mask.
    pub bits: u32,
}

/// Whom an entry of an ACL is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// A user by name.
    User(String),
    /// A group by name; empty for the owning group.
    Group(String),
    /// The mask over all but the owner and others.
    Mask,
}

/// What the server wants of the last component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Read,
    /// Write it, or create files in it.
    Write,
    /// Run it.
    Execute,
}

/// What [`judge`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Each component with the bit that counts, in order.
    pub steps: Vec<Step>,
    /// Whether the mode and the ACL let the account through: a hit is a refusal (errno 13, `EACCES`).
    pub refusal: Verdict,
    /// The smallest command that would mend it, for a person to judge; never more than one bit for one group.
    pub fix: Option<String>,
}

/// Walks the components of a path as an account; every directory needs its search bit, the last what is asked.
pub fn judge(nodes: &[Node], account: &Account, access: Access) -> Judgement {
    let mut steps = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let is_last = index + 1 == nodes.len();
        let wanted = match (&node.kind, is_last) {
            (Kind::Link(_), _) => continue,
            (Kind::Absent, _) => {
                steps.push(step(
                    node,
                    Verdict::Miss,
                    "nothing is there: errno 2, no matter of permission".to_owned(),
                ));
                return Judgement { steps, refusal: Verdict::Miss, fix: None };
            }
            (Kind::Directory, false) => 1,
            (_, _) => match access {
                Access::Read => 4,
                Access::Write if node.kind == Kind::Directory => 3,
                Access::Write => 2,
                Access::Execute => 1,
            },
        };
        let (bits, because) = match granted(node, account) {
            Ok(granted) => granted,
            Err(needs) => {
                steps.push(step(node, Verdict::Unknown(needs.clone()), "the ACL was not shown".to_owned()));
                return Judgement { steps, refusal: Verdict::Unknown(needs), fix: None };
            }
        };
        if bits & wanted != wanted {
            let because = format!("{because} gives {}, and {} is needed", letters(bits), letters(wanted));
            steps.push(step(node, Verdict::Hit, because));
            let fix =
                format!("setfacl -m u:{}:{} {}", account.name, letters(bits | wanted), quoted(&node.path));
            return Judgement { steps, refusal: Verdict::Hit, fix: Some(fix) };
        }
        steps.push(step(node, Verdict::Miss, format!("{because} gives {}", letters(bits))));
    }
    Judgement { steps, refusal: Verdict::Miss, fix: None }
}

/// The bits that count for an account, and whose they are: the owner's, else named entries, else the groups',
/// else the others' (`acl(5)`, "Access check algorithm"). The superuser reads and searches everything.
fn granted(node: &Node, account: &Account) -> Result<(u32, String), Needs> {
    if account.uid == Some(0) || account.name == "root" {
        let runs = node.kind == Kind::Directory || node.mode & 0o111 != 0;
        return Ok((if runs { 7 } else { 6 }, "the superuser's right".to_owned()));
    }
    if node.owner == account.name {
        return Ok((node.mode >> 6 & 7, format!("the owner `{}`", node.owner)));
    }
    let in_group = |group: &str| account.groups.iter().any(|name| name == group);
    match &node.acl {
        Acl::None if in_group(&node.group) => Ok((node.mode >> 3 & 7, format!("the group `{}`", node.group))),
        Acl::None => Ok((node.mode & 7, "the mode for others".to_owned())),
        Acl::Unseen => Err(Needs(format!("the output of `getfacl {}`", quoted(&node.path)))),
        Acl::Entries(entries) => Ok(by_acl(node, account, entries)),
    }
}

fn by_acl(node: &Node, account: &Account, entries: &[AclEntry]) -> (u32, String) {
    let mask = entries.iter().find(|entry| entry.whom == Whom::Mask).map_or(7, |entry| entry.bits);
    let own = Whom::User(account.name.clone());
    if let Some(entry) = entries.iter().find(|entry| entry.whom == own) {
        return (entry.bits & mask, format!("the ACL entry of user `{}`", account.name));
    }
    let mut group_bits = None;
    for entry in entries {
        let Whom::Group(name) = &entry.whom else { continue };
        let name = if name.is_empty() { &node.group } else { name };
        if account.groups.contains(name) {
            group_bits = Some(group_bits.unwrap_or(0) | entry.bits & mask);
        }
    }
    match group_bits {
        Some(bits) => (bits, "the ACL entries of its groups".to_owned()),
        None => (node.mode & 7, "the mode for others".to_owned()),
    }
}

fn step(node: &Node, verdict: Verdict, because: String) -> Step {
    let mode = format!("{}{}{}", letters(node.mode >> 6), letters(node.mode >> 3), letters(node.mode));
    let place = Place { file: node.path.as_str().into(), line: 0, column: 0 };
    let text = format!("{mode} {} {} {}", node.owner, node.group, node.path);
    Step::new("file system", Some(place), text, verdict, because)
}

fn letters(bits: u32) -> String {
    let letter = |bit: u32, letter: char| if bits & bit != 0 { letter } else { '-' };
    [letter(4, 'r'), letter(2, 'w'), letter(1, 'x')].iter().collect()
}

/// The path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
