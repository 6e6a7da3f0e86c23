//! One path, component by component, as `path_resolution(7)` and `open(2)` go.

use super::permission::grant;
use super::{
    Access, Account, Component, Denial, Facts, Judgement, Kind, Node, needs_listing, quoted, remedy,
};
use crate::walk::{Needs, Verdict};

/// Links followed for one path (`path_resolution(7)`).
const MAX_LINKS: u32 = 40;
/// Components looked at for one path, links included; `PATH_MAX` is 4096 bytes.
const MAX_COMPONENTS: u32 = 4096;
/// Interpreters of interpreters (`execve(2)`).
const MAX_INTERPRETERS: u32 = 4;

/// Walks a path, and works out what would mend a refusal.
pub(super) fn judge(facts: &Facts, path: &str, account: &Account, access: Access) -> Judgement {
    let mut judgement = go(facts, path, account, access);
    if judgement.denial.is_some() {
        judgement.remedies = remedy::remedies(facts, path, account, access, &judgement);
    }
    judgement
}

/// The walk alone.
pub(super) fn go(facts: &Facts, path: &str, account: &Account, access: Access) -> Judgement {
    let mut walk = Walk { facts, account, components: Vec::new(), unseen: None, denial: None };
    walk.run(path, access, 0);
    let refusal = match (walk.denial, walk.unseen) {
        (Some(_), _) => Verdict::Hit,
        (None, Some(needs)) => Verdict::Unknown(needs),
        (None, None) => Verdict::Miss,
    };
    Judgement { components: walk.components, refusal, denial: walk.denial, remedies: Vec::new() }
}

struct Walk<'a> {
    facts: &'a Facts,
    account: &'a Account,
    components: Vec<Component>,
    /// The first thing that would have to be known.
    unseen: Option<Needs>,
    denial: Option<Denial>,
}

impl<'a> Walk<'a> {
    fn run(&mut self, path: &str, access: Access, depth: u32) {
        let Some(end) = self.resolve(path, access) else { return };
        let Some(node) = self.known(&end) else { return };
        if node.kind == Kind::Absent {
            self.component(&node, Verdict::Miss, "nothing is there: errno 2, no matter of permission");
            return;
        }
        if self.is_mounted_against(&node, access) {
            return;
        }
        if access == Access::Execute && node.kind != Kind::File {
            self.deny(&node, "it is no regular file, and only those are run", Denial::Execute);
            return;
        }
        if self.want(&node, access.bits(&node.kind), access.denial()) && access == Access::Execute {
            self.interpreter(&node, depth);
        }
    }

    /// Follows a path to its end; `None` when the walk is over before.
    fn resolve(&mut self, path: &str, access: Access) -> Option<String> {
        let mut pending = parts(path);
        let mut here = String::new();
        let (mut links, mut count) = (0, 0);
        while let Some(part) = pending.pop() {
            count += 1;
            if count > MAX_COMPONENTS {
                self.unseen.get_or_insert_with(|| Needs("a shorter path".to_owned()));
                return None;
            }
            let directory = self.known(if here.is_empty() { "/" } else { &here });
            if let Some(directory) = &directory {
                match directory.kind {
                    Kind::Directory => {
                        if !self.want(directory, 1, Denial::Search) {
                            return None;
                        }
                    }
                    Kind::Absent => {}
                    _ => {
                        self.component(directory, Verdict::Miss, "it is no directory: errno 20");
                        return None;
                    }
                }
            }
            if part == ".." {
                here.truncate(here.rfind('/').unwrap_or(0));
                continue;
            }
            let next = format!("{here}/{part}");
            let is_last = pending.is_empty();
            match self.facts.node(&next).map(|node| (node, &node.kind)) {
                Some((node, Kind::Link(target))) => {
                    links += 1;
                    if links > MAX_LINKS {
                        self.component(node, Verdict::Miss, "too many links: errno 40");
                        return None;
                    }
                    if is_last && self.is_link_refused(node, directory.as_ref()) {
                        return None;
                    }
                    self.component(node, Verdict::Miss, &format!("a link to {target}"));
                    if target.starts_with('/') {
                        here.clear();
                    }
                    pending.extend(parts(target));
                }
                Some((node, Kind::Absent)) => return self.absent(node, directory, access, is_last),
                _ => here = next,
            }
        }
        Some(if here.is_empty() { "/".to_owned() } else { here })
    }

    /// A last component that is to be created needs its directory writable; anything else ends with errno 2.
    fn absent(
        &mut self,
        node: &Node,
        directory: Option<Node>,
        access: Access,
        is_last: bool,
    ) -> Option<String> {
        let creates = is_last && access == Access::Write;
        let Some(directory) = directory.filter(|_| creates) else {
            self.component(node, Verdict::Miss, "nothing is there: errno 2, no matter of permission");
            return None;
        };
        if !self.is_mounted_against(&directory, access)
            && self.want(&directory, Access::Write.bits(&Kind::Directory), Denial::Write)
        {
            self.component(node, Verdict::Miss, "it can be created");
        }
        None
    }

    /// The component at a path, or its absence from the facts noted.
    fn known(&mut self, path: &str) -> Option<Node> {
        let node = self.facts.node(path).cloned();
        let node = node.or_else(|| {
            let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
            let mut node = self.facts.loose(name)?.clone();
            path.clone_into(&mut node.path);
            self.unseen
                .get_or_insert_with(|| Needs(format!("which directory the listing of `{name}` is of")));
            Some(node)
        });
        if node.is_none() {
            self.unseen.get_or_insert_with(|| needs_listing(path));
        }
        node
    }

    /// Whether a component grants these bits; the answer is a component of the way.
    fn want(&mut self, node: &Node, wanted: u32, denial: Denial) -> bool {
        match grant(node, self.account, wanted) {
            Err(needs) => {
                self.component(node, Verdict::Unknown(needs.clone()), "the ACL was not shown");
                self.unseen.get_or_insert(needs);
                true
            }
            Ok(grant) if grant.is_granted => {
                self.component(node, Verdict::Miss, &grant.because);
                true
            }
            Ok(grant) => {
                self.deny(node, &grant.because, denial);
                false
            }
        }
    }

    /// `EROFS` and `noexec` come before the mode (`sb_permission` and `may_open` in Linux, `fs/namei.c`).
    fn is_mounted_against(&mut self, node: &Node, access: Access) -> bool {
        let Some(mount) = self.facts.mount(&node.path) else { return false };
        let (option, denial) = match access {
            Access::Write => ("ro", Denial::ReadOnly),
            Access::Execute => ("noexec", Denial::NoExec),
            Access::Read | Access::Search => return false,
        };
        if !mount.has(option) || (access == Access::Write && node.kind == Kind::Special) {
            return false;
        }
        let mut shown = node.clone();
        shown.seen = mount.seen.or(shown.seen);
        self.deny(&shown, &format!("the file system at {} is mounted `{option}`", mount.point), denial);
        true
    }

    /// `fs.protected_symlinks` (proc_sys_fs(5)): the last link of a path, in a sticky directory that all may write.
    fn is_link_refused(&mut self, link: &Node, directory: Option<&Node>) -> bool {
        let Some(directory) = directory.filter(|directory| directory.mode & 0o1002 == 0o1002) else {
            return false;
        };
        if self.account.is(&link.owner) || directory.owner == link.owner {
            return false;
        }
        match self.facts.protected_symlinks() {
            Some(false) => false,
            Some(true) => {
                let because = format!(
                    "`fs.protected_symlinks` lets nobody but `{}` follow it in a sticky directory",
                    link.owner
                );
                self.deny(link, &because, Denial::Link);
                true
            }
            None => {
                self.unseen
                    .get_or_insert_with(|| Needs("the output of `sysctl fs.protected_symlinks`".to_owned()));
                false
            }
        }
    }

    /// A script is run by the program its first line names, which has to be run itself, and reads the script.
    fn interpreter(&mut self, script: &Node, depth: u32) {
        let Some(line) = self.facts.first_line(&script.path).and_then(|line| line.strip_prefix("#!")) else {
            return;
        };
        let Some(program) = line.split([' ', '\t']).find(|word| !word.is_empty()).map(str::to_owned) else {
            return;
        };
        if depth >= MAX_INTERPRETERS {
            return;
        }
        if line.trim_end().ends_with("^M") {
            let because = format!("its first line ends as on Windows, so the system looks for `{program}`");
            self.deny(script, &because, Denial::NoInterpreter);
            return;
        }
        if !program.starts_with('/') {
            return;
        }
        let before = self.components.len();
        self.run(&program, Access::Execute, depth + 1);
        let ends_nowhere = self.components.last().is_some_and(|last| last.node.kind == Kind::Absent);
        if self.denial.is_none() && self.components.len() > before && ends_nowhere {
            self.deny(
                script,
                &format!("its interpreter {} is absent", quoted(&program)),
                Denial::NoInterpreter,
            );
        } else if self.denial.is_some_and(|denial| denial != Denial::NoInterpreter) {
            self.denial = Some(Denial::Interpreter);
        }
        if self.denial.is_none() {
            self.want(script, 4, Denial::Read);
        }
    }

    fn deny(&mut self, node: &Node, because: &str, denial: Denial) {
        self.component(node, Verdict::Hit, because);
        self.denial = Some(denial);
    }

    /// Notes a component; what was said of it last is not said again.
    fn component(&mut self, node: &Node, verdict: Verdict, because: &str) {
        let component = Component { node: node.clone(), verdict, because: because.to_owned() };
        if !self.components.contains(&component) {
            self.components.push(component);
        }
    }
}

/// The components of a path, the last first.
pub(super) fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}
