//! The operating system under the server: may this account use this path, and which bit says no.
//!
//! [`Facts`] holds what is known of a machine: read from the pasted output of `namei -l`, `ls -lZ`, `getfacl`,
//! `stat`, `id` and `mount` ([`Facts::read`]), or written in the same form from a disk or a copy of one
//! ([`listing`]). [`Facts::judge`] walks a path in the order in which the kernel does (`path_resolution(7)`)
//! and stops at the first refusal. What the facts do not show is *unknown*.
//!
//! Beside the modes stand mandatory access control ([`selinux`], [`apparmor`]) and the service manager's
//! sandbox ([`systemd`]).

pub mod apparmor;
mod facts;
mod live;
mod mount;
mod pasted;
mod permission;
mod remedy;
pub mod selinux;
pub mod systemd;
mod walk;

use std::fmt;

use crate::walk::{Needs, Verdict};

pub use facts::{Facts, Label};
pub use live::{account, listing};
pub use mount::Mount;
pub use remedy::{Remedy, quoted};

/// A user and the groups it is in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// The name, as `ls -l` shows it.
    pub name: String,
    /// The number, when it is known.
    pub uid: Option<u32>,
    /// The names of all groups, the first one among them; none when they are not known.
    pub groups: Vec<String>,
    /// The numbers of the groups, as far as they are known.
    pub gids: Vec<u32>,
    /// Where it is described.
    pub seen: Option<Seen>,
}

/// A byte range in a document: where a fact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The number that the caller gave the document.
    pub document: u32,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The path; without its directories when a listing does not tell them.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// The lower twelve bits of the mode; with an ACL the group's bits are its mask.
    pub mode: u32,
    /// The owner's name, or the number where it has none.
    pub owner: String,
    /// The group's name, or the number where it has none.
    pub group: String,
    /// The POSIX ACL beyond the mode.
    pub acl: Acl,
    /// The SELinux context.
    pub context: Option<String>,
    /// Where it was read.
    pub seen: Option<Seen>,
}

/// What a component is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link to this target.
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
    /// Its named entries, the owning group's, and the mask.
    Entries(Vec<AclEntry>),
}

/// One entry of an ACL: `user:NAME:rwx`, `group:NAME:rwx`, the owning group's own `group::rwx`, or the mask.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Only to reach it: `stat()`.
    Search,
    /// Read it.
    Read,
    /// Write it; create it, or files in it if it is a directory.
    Write,
    /// Run it.
    Execute,
}

/// What [`Facts::judge`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Each component with the bit that counts, in order, the refusing one last.
    pub components: Vec<Component>,
    /// Whether the account is refused: a hit is a refusal.
    pub refusal: Verdict,
    /// What refuses.
    pub denial: Option<Denial>,
    /// The commands that would mend it, the smallest first, for a person to judge.
    pub remedies: Vec<Remedy>,
}

/// One component of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The component.
    pub node: Node,
    /// A hit is a refusal.
    pub verdict: Verdict,
    /// The reason, in one lower-case sentence without a full stop.
    pub because: String,
}

/// What refuses an access, in the kernel's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// A directory on the way has no search bit for the account (`EACCES`).
    Search,
    /// A link in a sticky directory that belongs to somebody else (`fs.protected_symlinks`, `EACCES`).
    Link,
    /// The last component cannot be read (`EACCES`).
    Read,
    /// The last component, or the directory it is to be created in, cannot be written (`EACCES`).
    Write,
    /// The last component cannot be run (`EACCES`).
    Execute,
    /// The interpreter of the script cannot be run (`EACCES`).
    Interpreter,
    /// The interpreter of the script is absent (`ENOENT`).
    NoInterpreter,
    /// The file system is mounted read-only (`EROFS`).
    ReadOnly,
    /// The file system is mounted `noexec` (`EACCES`).
    NoExec,
}

impl Denial {
    /// The system's error number.
    pub fn errno(self) -> u32 {
        match self {
            Self::ReadOnly => 30,
            Self::NoInterpreter => 2,
            _ => 13,
        }
    }
}

impl Access {
    /// The three bits that the last component needs; a directory to be written needs its search bit as well.
    pub(crate) fn bits(self, kind: &Kind) -> u32 {
        match (self, kind) {
            (Self::Search, _) => 0,
            (Self::Read, _) => 4,
            (Self::Write, Kind::Directory) => 3,
            (Self::Write, _) => 2,
            (Self::Execute, _) => 1,
        }
    }

    fn denial(self) -> Denial {
        match self {
            Self::Search => Denial::Search,
            Self::Read => Denial::Read,
            Self::Write => Denial::Write,
            Self::Execute => Denial::Execute,
        }
    }
}

impl Account {
    /// An account whose groups are not known.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), uid: name.parse().ok(), ..Self::default() }
    }

    /// Whether it may do everything that modes forbid.
    pub fn is_superuser(&self) -> bool {
        self.uid == Some(0) || self.name == "root"
    }

    /// Whether this owner, by name or number, is the account.
    pub(crate) fn is(&self, owner: &str) -> bool {
        owner == self.name || self.uid.is_some_and(|uid| owner.parse() == Ok(uid))
    }

    /// Whether it is in a group, by name or number.
    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|name| name == group)
            || group.parse().is_ok_and(|number| self.gids.contains(&number))
    }
}

impl Node {
    /// A component at which nothing is.
    pub(crate) fn absent(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            kind: Kind::Absent,
            mode: 0,
            owner: String::new(),
            group: String::new(),
            acl: Acl::None,
            context: None,
            seen: None,
        }
    }

    /// The type in the SELinux context: `httpd_sys_content_t`.
    pub fn label(&self) -> Option<&str> {
        self.context.as_deref()?.split(':').nth(2)
    }
}

/// As `namei -l` shows it: mode, owner, group, path.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.acl == Acl::None { "" } else { "+" };
        write!(
            f,
            "{}{mark} {} {} {}",
            mode_letters(&self.kind, self.mode),
            self.owner,
            self.group,
            self.path
        )?;
        match &self.kind {
            Kind::Link(target) => write!(f, " -> {target}"),
            _ => Ok(()),
        }
    }
}

/// `drwxr-x--t`, as `ls -l` writes modes.
fn mode_letters(kind: &Kind, mode: u32) -> String {
    let first = match kind {
        Kind::Directory => 'd',
        Kind::Link(_) => 'l',
        Kind::Special => 'p',
        Kind::File | Kind::Absent => '-',
    };
    let mut letters: Vec<char> = std::iter::once(first).collect();
    for (shift, bit, mark) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let three = bits(mode >> shift);
        letters.extend(three.chars());
        if mode & bit != 0 {
            let runs = three.ends_with('x');
            letters.pop();
            letters.push(if runs { mark } else { mark.to_ascii_uppercase() });
        }
    }
    letters.into_iter().collect()
}

/// `r-x`
pub(crate) fn bits(bits: u32) -> String {
    let letter = |bit: u32, letter: char| if bits & bit != 0 { letter } else { '-' };
    [letter(4, 'r'), letter(2, 'w'), letter(1, 'x')].iter().collect()
}

/// What has to be shown to judge a component.
fn needs_listing(path: &str) -> Needs {
    Needs(format!("the output of `namei -l {}`", quoted(path)))
}
