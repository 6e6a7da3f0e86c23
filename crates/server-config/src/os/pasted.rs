//! Facts from the pasted output of commands that describe a machine.
//!
//! `namei -l` (util-linux), `ls -l` and `ls -lZ` and `stat` (coreutils), `getfacl` (acl), `id`, `mount` and
//! `findmnt` and `/proc/mounts`, `head -n1` of a script, `sysctl fs.protected_symlinks`; in any order, with or
//! without the prompts that were copied along.

mod listing;

use super::{Account, Acl, AclEntry, Facts, Kind, Mount, Node, Seen, Whom};
use listing::Listing;

/// A longer line is no output of these commands.
const MAX_LINE: usize = 16 << 10;

/// Reads all lines of a document into the facts.
pub(super) fn read(facts: &mut Facts, document: u32, text: &str) {
    let mut reader = Reader { facts, listing: Listing::default(), acl: None, stat: None, script: None };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lead = line.len() - line.trim_start().len();
        let shown = line.trim();
        let seen = Seen { document, start: at + lead, end: at + lead + shown.len() };
        at += line.len();
        if shown.len() <= MAX_LINE {
            reader.line(shown, seen);
        }
    }
    reader.end_of_acl();
}

struct Reader<'a> {
    facts: &'a mut Facts,
    listing: Listing,
    acl: Option<Block>,
    stat: Option<String>,
    /// The script whose first line comes next.
    script: Option<String>,
}

/// The output of `getfacl` for one file.
struct Block {
    path: String,
    owner: String,
    group: String,
    mode: u32,
    entries: Vec<AclEntry>,
    seen: Seen,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, seen: Seen) {
        if let Some(script) = self.script.take()
            && line.starts_with("#!")
        {
            self.facts.add_script(&script, line);
            return;
        }
        if let Some(path) = line.strip_prefix("# file: ") {
            self.end_of_acl();
            self.begin_acl(path.trim(), seen);
            return;
        }
        if self.acl.is_some() && self.acl_line(line) {
            return;
        }
        self.end_of_acl();
        if let Some(command) = prompt(line) {
            self.command(command);
        } else if let Some(path) = line.strip_prefix("f: ") {
            self.facts.add_asked(path);
            self.listing.begin_namei();
        } else if let Some(account) = id(line, seen) {
            self.facts.add_account(account);
        } else if let Some(value) = line.strip_prefix("fs.protected_symlinks = ") {
            self.facts.set_protected_symlinks(value.trim() == "1");
        } else if !self.stat_line(line, seen) && !self.listing.line(self.facts, line, seen) {
            let mount = Mount::read(line).map(|mount| Mount { seen: Some(seen), ..mount });
            mount.into_iter().for_each(|mount| self.facts.add_mount(mount));
        }
    }

    /// A command that was copied along says what its output is of.
    fn command(&mut self, command: &str) {
        let mut words = command.split_whitespace().filter(|word| *word != "sudo");
        let name = words.next().unwrap_or("");
        let Some(path) = words.rfind(|word| word.starts_with('/')) else { return };
        match name {
            "head" => self.script = Some(path.to_owned()),
            "ls" => {
                self.facts.add_asked(path);
                self.listing.begin_ls(path);
            }
            "namei" => self.listing.begin_namei(),
            _ => {}
        }
    }

    /// `getfacl` leaves out the first slash unless it is told not to.
    fn begin_acl(&mut self, path: &str, seen: Seen) {
        let path = format!("/{}", path.trim_matches('/'));
        let (owner, group) = (String::new(), String::new());
        self.acl = Some(Block { path, owner, group, mode: 0, entries: Vec::new(), seen });
    }

    /// Reads a line of a block; false when the block is over.
    fn acl_line(&mut self, line: &str) -> bool {
        let Some(block) = &mut self.acl else { return false };
        if let Some(owner) = line.strip_prefix("# owner: ") {
            owner.clone_into(&mut block.owner);
            return true;
        }
        if let Some(group) = line.strip_prefix("# group: ") {
            group.clone_into(&mut block.group);
            return true;
        }
        if line.starts_with("# flags: ") || line.starts_with("default:") {
            return true;
        }
        let fields: Vec<&str> = line.split('#').next().unwrap_or("").trim().split(':').collect();
        let [kind, name, letters] = fields[..] else { return false };
        let bits = letters.bytes().zip([(b'r', 4), (b'w', 2), (b'x', 1)]);
        let bits: u32 = bits.map(|(byte, (letter, bit))| if byte == letter { bit } else { 0 }).sum();
        let whom = match (kind, name) {
            ("user", "") => {
                block.mode |= bits << 6;
                return true;
            }
            ("other", _) => {
                block.mode |= bits;
                return true;
            }
            ("user", name) => Whom::User(name.to_owned()),
            ("group", name) => Whom::Group(name.to_owned()),
            ("mask", _) => Whom::Mask,
            _ => return false,
        };
        block.entries.push(AclEntry { whom, bits });
        true
    }

    fn end_of_acl(&mut self) {
        let Some(block) = self.acl.take() else { return };
        if block.entries.is_empty() {
            return;
        }
        let extended = block.entries.len() > 1;
        let bits_of =
            |whom: &Whom| block.entries.iter().find(|entry| entry.whom == *whom).map(|entry| entry.bits);
        let group_bits = bits_of(&Whom::Mask).or(bits_of(&Whom::Group(String::new()))).unwrap_or(0);
        let mode = block.mode | group_bits << 3;
        // `getfacl` does not say what it is; only directories are usually searched by their owner.
        let kind = if mode & 0o100 != 0 { Kind::Directory } else { Kind::File };
        let acl = if extended { Acl::Entries(block.entries) } else { Acl::None };
        let node = Node {
            path: block.path.clone(),
            kind,
            mode,
            owner: block.owner,
            group: block.group,
            acl: acl.clone(),
            context: None,
            seen: Some(block.seen),
        };
        self.facts.add_acl(&block.path, acl, Some(node));
    }

    /// `File: /srv`, then `Access: (0750/drwxr-x---)  Uid: ( 1000/ ann)   Gid: ( 50/ staff)`.
    fn stat_line(&mut self, line: &str, seen: Seen) -> bool {
        if let Some(file) = line.strip_prefix("File: ") {
            let name = file.split(" -> ").next().unwrap_or(file);
            let quotes: &[char] = &['\'', '"', '\u{2018}', '\u{2019}', '`'];
            self.stat = Some(name.trim_matches(quotes).to_owned());
            return true;
        }
        let (Some(path), Some(rest)) = (&self.stat, line.strip_prefix("Access: (")) else { return false };
        let parts: Vec<&str> =
            rest.split(['/', '(', ')']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let [_, letters, "Uid:", _, owner, "Gid:", _, group] = parts[..] else { return false };
        let Some((kind, mode, _)) = listing::mode(letters) else { return false };
        let node = Node {
            path: path.clone(),
            kind,
            mode,
            owner: owner.to_owned(),
            group: group.to_owned(),
            acl: Acl::None,
            context: None,
            seen: Some(seen),
        };
        self.facts.add_node(node);
        self.stat = None;
        true
    }
}

/// The command behind a shell's prompt: `$ ls`, `# ls`, `ann@web:~$ ls`, `[root@web ~]# ls`.
fn prompt(line: &str) -> Option<&str> {
    let at = line.find(['$', '#']).filter(|at| *at < 80)?;
    let (before, rest) = line.split_at(at);
    let named = before.is_empty() || before.contains('@') || before.ends_with(']');
    rest[1..].strip_prefix(' ').filter(|_| named && !line.starts_with("# file:"))
}

/// `uid=33(www-data) gid=33(www-data) groups=33(www-data),4(adm)`
fn id(line: &str, seen: Seen) -> Option<Account> {
    let mut account = Account { seen: Some(seen), ..Account::default() };
    for part in line.strip_prefix("uid=").map(|_| line.split(' '))? {
        let Some((key, value)) = part.split_once('=') else { continue };
        match key {
            "uid" => {
                let (number, name) = numbered(value);
                account.uid = number.parse().ok();
                account.name = name.unwrap_or(number).to_owned();
            }
            "gid" | "groups" => {
                for group in value.split(',') {
                    let (number, name) = numbered(group);
                    let name = name.unwrap_or(number).to_owned();
                    if !account.groups.contains(&name) {
                        account.groups.push(name);
                    }
                    account.gids.extend(number.parse::<u32>());
                }
            }
            _ => {}
        }
    }
    account.gids.dedup();
    (!account.name.is_empty() && !account.groups.is_empty()).then_some(account)
}

/// `33(www-data)`
fn numbered(text: &str) -> (&str, Option<&str>) {
    match text.split_once('(') {
        Some((number, name)) => (number, Some(name.trim_end_matches(')'))),
        None => (text, None),
    }
}
