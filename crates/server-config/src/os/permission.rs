//! Whether one component grants an account what it wants: the kernel's own order.
//!
//! Linux, `fs/namei.c` (`acl_permission_check`, `generic_permission`) and `fs/posix_acl.c`
//! (`posix_acl_permission`); acl(5), "Access check algorithm".

use super::{Account, Acl, AclEntry, Kind, Node, Whom, bits, quoted};
use crate::walk::Needs;

/// The answer, with whose bits counted.
pub(super) struct Grant {
    pub(super) is_granted: bool,
    pub(super) because: String,
}

/// Whether all of the `wanted` bits are granted.
pub(super) fn grant(node: &Node, account: &Account, wanted: u32) -> Result<Grant, Needs> {
    if account.is_superuser() {
        // CAP_DAC_OVERRIDE runs nothing that has no execute bit at all.
        let runs = node.kind == Kind::Directory || node.mode & 0o111 != 0;
        let is_granted = wanted & 1 == 0 || runs;
        let because = if is_granted { "the superuser may" } else { "nobody has the execute bit" };
        return Ok(Grant { is_granted, because: because.to_owned() });
    }
    if account.is(&node.owner) {
        return Ok(judged(node.mode >> 6, wanted, format!("the owner `{}`", node.owner)));
    }
    // The kernel looks at an ACL only if its mask, which is the mode's group bits, grants anything at all.
    if node.mode & 0o070 != 0 {
        match &node.acl {
            Acl::Unseen => return Err(Needs(format!("the output of `getfacl {}`", quoted(&node.path)))),
            Acl::Entries(entries) => return by_acl(node, account, entries, wanted),
            Acl::None => {}
        }
    }
    if account.groups.is_empty() && node.mode >> 3 & wanted != node.mode & wanted {
        return Err(Needs(format!("the output of `id {}`", account.name)));
    }
    if account.is_in(&node.group) {
        return Ok(judged(node.mode >> 3, wanted, format!("the group `{}`", node.group)));
    }
    Ok(judged(node.mode, wanted, "the mode for others".to_owned()))
}

fn judged(given: u32, wanted: u32, whose: String) -> Grant {
    let is_granted = given & wanted == wanted;
    let because = match is_granted {
        true => format!("{whose} gives {}", bits(given)),
        false => format!("{whose} gives {}, and {} is needed", bits(given), bits(wanted)),
    };
    Grant { is_granted, because }
}

/// The named user, else the first group entry that has all bits by itself, else the others if no group matched.
fn by_acl(node: &Node, account: &Account, entries: &[AclEntry], wanted: u32) -> Result<Grant, Needs> {
    let mask = entries.iter().find(|entry| entry.whom == Whom::Mask).map_or(7, |entry| entry.bits);
    let masked = |given: u32, whose: String| match given & !mask & 7 {
        0 => judged(given, wanted, whose),
        _ => judged(given & mask, wanted, format!("{whose} ({}, with the mask {})", bits(given), bits(mask))),
    };
    let named = entries.iter().find(|entry| matches!(&entry.whom, Whom::User(name) if account.is(name)));
    if let Some(entry) = named {
        return Ok(masked(entry.bits, format!("the ACL entry of user `{}`", account.name)));
    }
    if account.groups.is_empty() {
        return Err(Needs(format!("the output of `id {}`", account.name)));
    }
    let group_of = |entry: &AclEntry| match &entry.whom {
        Whom::Group(name) if name.is_empty() => Some(node.group.clone()),
        Whom::Group(name) => Some(name.clone()),
        _ => None,
    };
    let groups = entries.iter().filter_map(|entry| Some((group_of(entry)?, entry.bits)));
    let groups: Vec<(String, u32)> = groups.filter(|(name, _)| account.is_in(name)).collect();
    if let Some((name, given)) = groups.iter().find(|(_, given)| given & wanted == wanted) {
        return Ok(masked(*given, format!("the ACL entry of group `{name}`")));
    }
    Ok(match groups.first() {
        Some((name, given)) => judged(*given, wanted, format!("the ACL entry of group `{name}`")),
        None => judged(node.mode, wanted, "the mode for others".to_owned()),
    })
}
