//! The walk against the real kernel: random trees with modes, owners, ACLs and links × random users, each asked to
//! read, write, create and run. Needs root, python3, setfacl and setpriv.
//!
//! 2,000 trees × 3 users by default; `WHY403_PAIRS` for another number of trees, `WHY403_SEED` for other ones.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::random::Random;
use server_config::os::{Access, Account, Facts, listing};
use server_config::{FileTree, Verdict};

const USERS: [u32; 3] = [64001, 64002, 64003];
const GROUPS: [u32; 3] = [64101, 64102, 64103];
const BATCH: usize = 250;

/// Tries each line `ACCESS PATH` and prints the error's number, 0 where it went well.
const PROBE: &str = r#"
import os, subprocess, sys
for line in sys.stdin:
    kind, path = line.rstrip("\n").split(" ", 1)
    try:
        if kind == "r":
            os.close(os.open(path, os.O_RDONLY))
        elif kind == "w":
            os.close(os.open(path, os.O_WRONLY))
        elif kind == "c":
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
            os.unlink(path)
        elif kind == "x":
            run = subprocess.run([path], stdin=subprocess.DEVNULL, capture_output=True)
            if run.stdout != b"ok\n":
                print(13); continue
        print(0)
    except OSError as error:
        print(error.errno)
"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("why403-{name}-{}", std::process::id()));
        fs::create_dir(&folder).expect("a fresh folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_walk_agrees_with_the_kernel() {
    let mut random = Random::new(number("WHY403_SEED", 1) as u64);
    let (mut pairs, mut refused, mut trees) = (0, 0, 0);
    while trees < number("WHY403_PAIRS", 2000) {
        let folder = Folder::new("kernel");
        let mut acls = String::new();
        let built: Vec<String> = (0..BATCH).map(|n| tree(&mut random, &folder.0, n, &mut acls)).collect();
        restore(&acls);
        trees += built.len();
        let mut known = HashMap::new();
        for user in USERS {
            let account = account(&mut random, user);
            let asked: Vec<(char, String)> = built.iter().flat_map(|path| questions(path)).collect();
            for ((kind, path), errno) in asked.iter().zip(ask(&account, &asked)) {
                pairs += 1;
                refused += usize::from(errno == 13);
                let facts = known.entry(path.clone()).or_insert_with(|| facts(path));
                compare(facts, &account, *kind, path, errno);
            }
        }
    }
    println!("{trees} trees, {pairs} accesses agree with the kernel, {refused} of them refused");
    assert!(refused * 10 > pairs && refused * 10 < pairs * 9, "{refused} of {pairs} refused");
}

fn questions(path: &str) -> Vec<(char, String)> {
    let kind = if path.ends_with(".cgi") { 'x' } else { 'w' };
    let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    vec![('r', path.to_owned()), (kind, path.to_owned()), ('c', format!("{folder}/new"))]
}

/// The listing of a path, and what is read from it.
fn facts(path: &str) -> (String, Facts) {
    let text = listing(&FileTree::live(), path, &[]);
    let mut facts = Facts::default();
    facts.read(0, &text);
    (text, facts)
}

fn compare((text, facts): &(String, Facts), account: &Account, kind: char, path: &str, errno: u32) {
    let access = match kind {
        'r' => Access::Read,
        'x' => Access::Execute,
        _ => Access::Write,
    };
    let judgement = facts.judge(path, account, access);
    let expected = match (&judgement.refusal, judgement.denial) {
        (Verdict::Hit, Some(denial)) => denial.errno(),
        (Verdict::Miss, _) => 0,
        other => panic!("{other:?} for {kind} {path}\n{text}"),
    };
    // Links that lead nowhere or around: neither is a matter of permission.
    let observed = if kind != 'x' && matches!(errno, 2 | 20 | 40) { 0 } else { errno };
    assert_eq!(expected, observed, "{kind} {path} as {account:?}\n{:#?}\n{text}", judgement.components);
    for remedy in &judgement.remedies {
        assert!(!remedy.command.contains("777"), "{remedy:?}");
    }
}

/// A path with a file at its end, each component of a random owner, group and mode.
fn tree(random: &mut Random, base: &Path, number: usize, acls: &mut String) -> String {
    let mut here = base.join(format!("t{number}"));
    for depth in 0..1 + random.below(3) {
        fs::create_dir(&here).expect("a folder");
        dress(random, &here, acls);
        here = if depth > 0 && random.chance(20) {
            let (link, real) = (here.join("link"), here.join("real"));
            let target = if random.chance(50) { "real".into() } else { real.clone() };
            symlink(target, &link).expect("a link");
            fs::create_dir(&real).expect("a folder");
            dress(random, &real, acls);
            link.join("d")
        } else {
            here.join("d")
        };
    }
    fs::create_dir(&here).expect("a folder");
    dress(random, &here, acls);
    let is_script = random.chance(30);
    let file = here.join(if is_script { "f.cgi" } else { "f" });
    let interpreter = *random.pick(&["/bin/sh", "/bin/sh", "/usr/bin/env sh", "/nowhere/sh"]);
    fs::write(&file, format!("#!{interpreter}\necho ok\n")).expect("a file");
    dress(random, &file, acls);
    let link = here.join("l");
    if random.chance(15) && !is_script {
        symlink("f", &link).expect("a link");
        return link.display().to_string();
    }
    file.display().to_string()
}

fn dress(random: &mut Random, path: &Path, acls: &mut String) {
    chown(path, Some(*random.pick(&USERS)), Some(*random.pick(&GROUPS))).expect("root may give files away");
    let mut mode = 0;
    for _ in 0..9 {
        mode = mode << 1 | u32::from(random.chance(75));
    }
    // Directories are mostly to be passed, or nothing behind them is ever reached.
    if path.is_dir() && random.chance(85) {
        mode |= *random.pick(&[0o111, 0o111, 0o110, 0o011]);
    }
    if random.chance(10) {
        mode |= *random.pick(&[0o1000, 0o2000]);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    if random.chance(20) {
        let mut three = || ["---", "r--", "-w-", "--x", "rw-", "r-x", "-wx", "rwx"][random.below(8)];
        let mut block = format!("# file: {}\nuser::{}\ngroup::{}\n", path.display(), three(), three());
        block.push_str(&format!("other::{}\nmask::{}\n", three(), three()));
        let (user, first, second) = (three(), three(), three());
        block.push_str(&format!("user:{}:{user}\n", USERS[random.below(3)]));
        block.push_str(&format!(
            "group:{}:{first}\ngroup:{}:{second}\n\n",
            GROUPS[0],
            GROUPS[1 + random.below(2)]
        ));
        acls.push_str(&block);
    }
}

/// All ACLs at once: a process for each would take most of the time.
fn restore(acls: &str) {
    feed(Command::new("setfacl").arg("--restore=-"), acls);
}

fn account(random: &mut Random, uid: u32) -> Account {
    let mut gids = vec![*random.pick(&GROUPS)];
    for gid in GROUPS {
        if !gids.contains(&gid) && random.chance(40) {
            gids.push(gid);
        }
    }
    let groups = gids.iter().map(u32::to_string).collect();
    Account { name: uid.to_string(), uid: Some(uid), groups, gids, seen: None }
}

fn ask(account: &Account, questions: &[(char, String)]) -> Vec<u32> {
    let groups: Vec<&str> = account.groups[1..].iter().map(String::as_str).collect();
    let groups = if groups.is_empty() {
        "--clear-groups".to_owned()
    } else {
        format!("--groups={}", groups.join(","))
    };
    let lines: String = questions.iter().map(|(kind, path)| format!("{kind} {path}\n")).collect();
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={}", account.name)).arg(format!("--regid={}", account.groups[0]));
    command.arg(groups).args(["/usr/bin/python3", "-c", PROBE]).current_dir("/");
    let output = feed(&mut command, &lines);
    output.lines().map(|line| line.parse().expect("an error's number")).collect()
}

fn feed(command: &mut Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3, setfacl and setpriv");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("a thread").expect("it reads all");
    assert!(output.status.success(), "these tests need root");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn remedies_are_enough_and_open_nothing_to_others() {
    let mut random = Random::new(5);
    let mut mended = 0;
    while mended < 60 {
        let folder = Folder::new("remedy");
        let mut acls = String::new();
        let path = tree(&mut random, &folder.0, 0, &mut acls);
        restore(&acls);
        let account = account(&mut random, USERS[0]);
        let mut facts = Facts::default();
        facts.read(0, &listing(&FileTree::live(), &path, &[]));
        let mut remedies = facts.judge(&path, &account, Access::Read).remedies;
        if remedies.is_empty() {
            continue;
        }
        let remedy = remedies.swap_remove(random.below(remedies.len()));
        let command = Command::new("sh").args(["-c", &remedy.command]).status().expect("sh");
        assert!(command.success(), "{remedy:?}");
        let errno = ask(&account, &[('r', path.clone())]);
        assert_eq!(errno, [0], "{remedy:?} for {account:?}\n{}", listing(&FileTree::live(), &path, &[]));
        mended += 1;
    }
}

#[test]
fn mount_options_refuse_as_the_walk_says() {
    let folder = Folder::new("mount");
    let point = folder.0.join("m");
    fs::create_dir(&point).expect("a folder");
    let at = point.display().to_string();
    let mount = |arguments: &[&str]| Command::new("mount").args(arguments).status().expect("mount").success();
    assert!(mount(&["-t", "tmpfs", "-o", "noexec,mode=0777", "none", &at]), "these tests need root");
    let (file, script) = (format!("{at}/f"), format!("{at}/f.cgi"));
    for path in [&file, &script] {
        fs::write(path, "#!/bin/sh\necho ok\n").expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("a mode");
    }
    assert!(mount(&["-o", "remount,ro,noexec", &at]));
    let account = account(&mut Random::new(1), USERS[1]);
    let asked = [('w', file.clone()), ('c', format!("{at}/new")), ('x', script.clone()), ('r', file.clone())];
    let found = ask(&account, &asked);
    let outcome = std::panic::catch_unwind(|| {
        assert_eq!(found, [30, 30, 13, 0]);
        for ((kind, path), errno) in asked.iter().zip(&found) {
            compare(&facts(path), &account, *kind, path, *errno);
        }
    });
    Command::new("umount").arg(&at).status().expect("umount");
    outcome.expect("the walk and the kernel agree");
}
