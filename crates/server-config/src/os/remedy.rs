//! The smallest commands that let an account through, each tried on the facts before it is shown.

use super::permission::grant;
use super::{Access, Account, Acl, AclEntry, Denial, Facts, Judgement, Kind, Node, Whom, bits, walk};
use crate::fix::over_grant;

/// Closed components mended in one remedy; more are a sign of the wrong place for the files.
const MAX_STEPS: usize = 8;

/// One way to mend a refusal by the file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The commands, joined by ` && `, to be run as root.
    pub command: String,
    /// What it newly allows.
    pub opens: String,
}

/// How one component is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A bit of the mode: the owner's, the group's.
    Mode,
    /// An entry for the account alone.
    Acl,
    /// The component is given to the account's own group, with the bit.
    Group,
}

/// The remedies for a refused walk; none where a mode is not what refuses.
pub(super) fn remedies(
    facts: &Facts,
    path: &str,
    account: &Account,
    access: Access,
    judgement: &Judgement,
) -> Vec<Remedy> {
    match judgement.denial {
        Some(Denial::ReadOnly | Denial::NoExec) => remount(facts, judgement),
        Some(Denial::Search | Denial::Read | Denial::Write | Denial::Execute | Denial::Interpreter) => {
            let ways: &[Way] =
                if account.is_superuser() { &[Way::Mode] } else { &[Way::Mode, Way::Acl, Way::Group] };
            let mut found: Vec<Remedy> = Vec::new();
            for way in ways {
                let remedy = along(facts, path, account, access, *way);
                found.extend(remedy.filter(|new| found.iter().all(|known| known.command != new.command)));
            }
            found
        }
        Some(Denial::Link | Denial::NoInterpreter) | None => Vec::new(),
    }
}

/// Opens one component after the other until the walk passes.
fn along(facts: &Facts, path: &str, account: &Account, access: Access, way: Way) -> Option<Remedy> {
    let mut facts = facts.clone();
    let (mut commands, mut opens): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    while commands.len() < MAX_STEPS {
        let judgement = walk::go(&facts, path, account, access);
        let Some(denial) = judgement.denial else {
            let command = commands.join(" && ");
            let fine = !commands.is_empty() && over_grant(&command).is_none();
            return fine.then(|| Remedy { command, opens: opens.join("; ") });
        };
        let node = &judgement.components.last()?.node;
        // A loose listing does not say where the file is, so no command can name it.
        facts.node(&node.path)?;
        let wanted = wanted(denial, node, access)?;
        let (after, command, what) = open(node, account, wanted, way)?;
        grant(&after, account, wanted).ok().filter(|grant| grant.is_granted)?;
        facts = facts.with(after);
        commands.push(command);
        opens.push(what);
    }
    None
}

fn wanted(denial: Denial, node: &Node, access: Access) -> Option<u32> {
    match denial {
        Denial::Search => Some(1),
        Denial::Read => Some(4),
        Denial::Execute | Denial::Interpreter if node.kind == Kind::File => Some(1),
        Denial::Interpreter if node.kind == Kind::Directory => Some(1),
        Denial::Write => Some(access.bits(&node.kind)),
        _ => None,
    }
}

/// The component opened in one way, the command, and what it opens.
fn open(node: &Node, account: &Account, wanted: u32, way: Way) -> Option<(Node, String, String)> {
    let path = quoted(&node.path);
    let letters: String = bits(wanted).replace('-', "");
    let verb = verb(wanted, &node.kind);
    let mut after = node.clone();
    if account.is(&node.owner) || account.is_superuser() {
        after.mode |= wanted << 6;
        let what = format!("its owner `{}` may {verb} {}", node.owner, node.path);
        return (way == Way::Mode).then(|| (after, format!("chmod u+{letters} {path}"), what));
    }
    match way {
        // With an ACL the mode's group bits are the mask: `chmod g+` would widen every entry.
        Way::Mode => {
            after.mode |= wanted << 3;
            let what = format!("every member of the group `{}` may {verb} {}", node.group, node.path);
            let fits = account.is_in(&node.group) && node.acl == Acl::None;
            fits.then(|| (after, format!("chmod g+{letters} {path}"), what))
        }
        Way::Acl => {
            let (after, given) = with_entry(after, account, wanted);
            let what = format!("`{}` alone may {verb} {}", account.name, node.path);
            Some((after, format!("setfacl -m u:{}:{} {path}", account.name, bits(given)), what))
        }
        Way::Group => {
            let group =
                account.groups.first().filter(|group| node.acl == Acl::None && **group != node.group)?;
            after.group.clone_from(group);
            after.mode |= wanted << 3;
            let what = format!(
                "every member of the group `{group}` may {verb} {}, and the group `{}` is left with what others may",
                node.path, node.group
            );
            Some((after, format!("chgrp {group} {path} && chmod g+{letters} {path}"), what))
        }
    }
}

/// The entry that `setfacl -m u:NAME:BITS` makes; it also sets the mask to the union of all entries (setfacl(1)).
fn with_entry(mut node: Node, account: &Account, wanted: u32) -> (Node, u32) {
    let mut entries = match std::mem::replace(&mut node.acl, Acl::None) {
        Acl::Entries(entries) => entries,
        Acl::None | Acl::Unseen => {
            vec![AclEntry { whom: Whom::Group(String::new()), bits: node.mode >> 3 & 7 }]
        }
    };
    let own = |entry: &AclEntry| matches!(&entry.whom, Whom::User(name) if account.is(name));
    let given = entries.iter().find(|entry| own(entry)).map_or(0, |entry| entry.bits) | wanted;
    entries.retain(|entry| !own(entry) && entry.whom != Whom::Mask);
    entries.push(AclEntry { whom: Whom::User(account.name.clone()), bits: given });
    let mask = entries.iter().fold(0, |mask, entry| mask | entry.bits);
    entries.push(AclEntry { whom: Whom::Mask, bits: mask });
    node.mode = node.mode & !0o070 | mask << 3;
    node.acl = Acl::Entries(entries);
    (node, given)
}

fn remount(facts: &Facts, judgement: &Judgement) -> Vec<Remedy> {
    let last = judgement.components.last();
    let Some(mount) = last.and_then(|last| facts.mount(&last.node.path)) else { return Vec::new() };
    let (option, what) = match judgement.denial {
        Some(Denial::ReadOnly) => {
            ("rw", "everything on that file system can be changed again; find out first why it is read-only")
        }
        _ => ("exec", "every program on that file system can be run; moving the one script opens less"),
    };
    let command = format!("mount -o remount,{option} {}", quoted(&mount.point));
    vec![Remedy { command, opens: what.to_owned() }]
}

fn verb(wanted: u32, kind: &Kind) -> &'static str {
    match (wanted, kind) {
        (1, Kind::Directory) => "pass, not list,",
        (1, _) => "run",
        (4, Kind::Directory) => "list",
        (4, _) => "read",
        (_, Kind::Directory) => "create and remove files in",
        _ => "write",
    }
}

/// A path as a shell takes it.
pub fn quoted(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    if plain && !path.is_empty() { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
