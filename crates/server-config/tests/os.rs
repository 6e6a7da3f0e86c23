//! The file system under the server: which bit of which component refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use server_config::os::{Access, Account, Denial, Facts, account, listing};
use server_config::{FileTree, Verdict};

fn www() -> Account {
    Account {
        name: "www-data".to_owned(),
        uid: Some(33),
        groups: vec!["www-data".to_owned()],
        ..Account::default()
    }
}

fn facts(text: &str) -> Facts {
    let mut facts = Facts::default();
    facts.read(0, text);
    facts
}

const NAMEI: &str = "f: /srv/shop/upload/a.txt\ndrwxr-xr-x root root     /\ndrwxr-xr-x root root     srv\n\
                     drwxr-x--- ann  staff    shop\ndrwxrwxr-x ann  www-data upload\n-rw-r--r-- ann  ann      a.txt\n";
const FILE: &str = "/srv/shop/upload/a.txt";

#[test]
fn a_closed_directory_on_the_way_refuses() {
    let facts = facts(NAMEI);
    let judgement = facts.judge(FILE, &www(), Access::Read);
    assert_eq!((judgement.refusal.clone(), judgement.denial), (Verdict::Hit, Some(Denial::Search)));
    let last = judgement.components.last().unwrap();
    assert_eq!(last.node.path, "/srv/shop");
    assert_eq!(
        &NAMEI[last.node.seen.unwrap().start..last.node.seen.unwrap().end],
        "drwxr-x--- ann  staff    shop"
    );
    assert_eq!(last.because, "the mode for others gives ---, and --x is needed");
    assert_eq!(judgement.remedies[0].command, "setfacl -m u:www-data:--x /srv/shop");
    let staff = Account { groups: vec!["staff".to_owned()], ..www() };
    assert_eq!(facts.judge(FILE, &staff, Access::Read).refusal, Verdict::Miss);
    assert_eq!(facts.judge(FILE, &staff, Access::Write).denial, Some(Denial::Write));
}

#[test]
fn an_account_of_unknown_groups_is_judged_where_they_do_not_matter() {
    let named = Account::named("www-data");
    let shop = "f: /srv/shop/a.txt\ndrwxr-xr-x root root /\ndrwx------ ann staff srv\n";
    assert_eq!(facts(shop).judge("/srv/shop/a.txt", &named, Access::Read).denial, Some(Denial::Search));
    let group = shop.replace("drwx------", "drwxr-x---");
    let unknown = facts(&group).judge("/srv/shop/a.txt", &named, Access::Read).refusal;
    assert!(matches!(unknown, Verdict::Unknown(needs) if needs.0 == "the output of `id www-data`"));
}

#[test]
fn an_acl_that_is_not_shown_is_unknown_and_one_that_is_counts() {
    let text = NAMEI.replace("drwxr-x---", "drwxr-x---+");
    assert!(matches!(facts(&text).judge(FILE, &www(), Access::Read).refusal, Verdict::Unknown(_)));
    let facl = "# file: srv/shop\n# owner: ann\n# group: staff\nuser::rwx\nuser:www-data:r-x\t#effective:--x\ngroup::r-x\nmask::--x\nother::---\n";
    assert_eq!(facts(&format!("{text}{facl}")).judge(FILE, &www(), Access::Read).refusal, Verdict::Miss);
    let closed = facl.replace("mask::--x", "mask::r--");
    assert_eq!(facts(&format!("{closed}\n{text}")).judge(FILE, &www(), Access::Read).refusal, Verdict::Hit);
}

#[test]
fn the_owner_is_judged_by_the_owners_bits_alone() {
    let facts = facts(
        "drwxr-xr-x 9 root root 4096 2026-01-01 00:00 /\n-r--rw-rw-. 1 www-data www-data system_u:object_r:httpd_sys_content_t:s0 3 Jan  1 00:00 /x\n",
    );
    assert_eq!(facts.node("/x").unwrap().label(), Some("httpd_sys_content_t"));
    let judgement = facts.judge("/x", &www(), Access::Write);
    assert_eq!(judgement.denial, Some(Denial::Write));
    assert_eq!(judgement.remedies[0].command, "chmod u+w /x");
}

#[test]
fn a_file_to_be_created_needs_its_directory_and_a_writable_file_system() {
    let text = "f: /var/lib/nginx/body/1\ndrwxr-xr-x root root /\ndrwxr-xr-x root root var\ndrwxr-xr-x root root lib\ndrwxr-xr-x root root nginx\ndrwx------ root root body\n1 - No such file or directory\n";
    let path = "/var/lib/nginx/body/1";
    assert_eq!(facts(text).judge(path, &www(), Access::Write).denial, Some(Denial::Search));
    let open = text.replace("drwx------ root root body", "drwxr-xr-x root root body");
    let judgement = facts(&open).judge(path, &www(), Access::Write);
    assert_eq!(judgement.denial, Some(Denial::Write));
    assert_eq!(judgement.components.last().unwrap().node.path, "/var/lib/nginx/body");
    let mounted = format!("{open}/dev/vda1 on /var type ext4 (ro,relatime)\n");
    let judgement = facts(&mounted).judge(path, &www(), Access::Write);
    assert_eq!(judgement.denial, Some(Denial::ReadOnly));
    assert_eq!(judgement.remedies[0].command, "mount -o remount,rw /var");
}

#[test]
fn a_script_needs_its_interpreter() {
    let text = "f: /srv/a.cgi\ndrwxr-xr-x root root /\ndrwxr-xr-x root root srv\n-rwxr-xr-x root root a.cgi\n\
                f: /opt/perl\ndrwxr-xr-x root root /\ndrwxr-xr-x root root opt\n-rwxr-x--- root root perl\n\
                $ head -n1 /srv/a.cgi\n#!/opt/perl -w\n";
    let judgement = facts(text).judge("/srv/a.cgi", &www(), Access::Execute);
    assert_eq!(judgement.denial, Some(Denial::Interpreter));
    assert_eq!(judgement.components.last().unwrap().node.path, "/opt/perl");
    let missing = text.replace("-rwxr-x--- root root perl", "perl - No such file or directory");
    let judgement = facts(&missing).judge("/srv/a.cgi", &www(), Access::Execute);
    assert_eq!(judgement.components.last().unwrap().because, "its interpreter /opt/perl is absent");
    let windows = text.replace("perl -w", "perl^M");
    let judgement = facts(&windows).judge("/srv/a.cgi", &www(), Access::Execute);
    assert!(judgement.components.last().unwrap().because.contains("as on Windows"));
}

#[test]
fn every_form_of_listing_gives_the_same_answer() {
    let id = "uid=33(www-data) gid=33(www-data) groups=33(www-data),4(adm)\n";
    for text in [
        "$ ls -la /srv/shop\ntotal 12\ndrwx------ 2 ann ann 4096 Jan  1 00:00 .\ndrwxr-xr-x 3 root root 4096 Jan  1 00:00 ..\n-rw-r--r-- 1 ann ann 1 Jan  1 00:00 a b\ndrwxr-xr-x 9 root root 1 Jan 1 00:00 /\n",
        "/srv/shop:\ndrwx------ 2 1000 1000 4096 2026-01-01 00:00:00.000 +0000 .\ndrwxr-xr-x 3 0 0 4096 2026-01-01 00:00 ..\ndrwxr-xr-x 9 root root 1 Jan 1 00:00 /\n",
        "  File: /srv/shop\n  Size: 4096  Blocks: 8  IO Block: 4096   directory\nAccess: (0700/drwx------)  Uid: ( 1000/     ann)   Gid: ( 1000/     ann)\n  File: /srv\nAccess: (0755/drwxr-xr-x)  Uid: (    0/    root)   Gid: (    0/    root)\n  File: /\nAccess: (0755/drwxr-xr-x)  Uid: (    0/    root)   Gid: (    0/    root)\n",
    ] {
        let facts = facts(&format!("{id}{text}"));
        let account = facts.account("www-data").unwrap();
        assert_eq!(account.gids, [33, 4]);
        let judgement = facts.judge("/srv/shop/a b", account, Access::Read);
        assert_eq!(judgement.components.last().unwrap().node.path, "/srv/shop", "{text}");
        assert_eq!(judgement.denial, Some(Denial::Search), "{text}");
    }
}

#[test]
fn a_copy_of_a_disk_is_walked_with_its_own_accounts() {
    let root = std::env::temp_dir().join(format!("why403-os-{}", std::process::id()));
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("srv/in")).unwrap();
    fs::write(root.join("etc/passwd"), "nobody:x:65534:65534::/:/bin/false\nweb:x:4033:4033::/:/bin/false\n")
        .unwrap();
    fs::write(root.join("etc/group"), "extra:x:4044:web\nweb:x:4033:\n").unwrap();
    fs::write(root.join("srv/in/f"), "f").unwrap();
    std::os::unix::fs::symlink("/srv/in", root.join("srv/link")).unwrap();
    fs::set_permissions(root.join("srv/in"), fs::Permissions::from_mode(0o700)).unwrap();
    let files = FileTree::rooted(&root);
    let web = account(&files, "web").unwrap();
    assert_eq!(
        (web.groups.clone(), web.gids.clone()),
        (vec!["web".to_owned(), "extra".to_owned()], vec![4033, 4044])
    );
    let judge = |path: &str| {
        let facts = facts(&listing(&files, path, &["web"]));
        let judgement = facts.judge(path, facts.account("web").unwrap(), Access::Read);
        (judgement.refusal, judgement.components.last().unwrap().clone())
    };
    let (refusal, last) = judge("/srv/link/f");
    assert_eq!((refusal, last.node.path.as_str()), (Verdict::Hit, "/srv/in"));
    fs::set_permissions(root.join("srv/in"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(judge("/srv/link/f").0, Verdict::Miss);
    assert!(judge("/srv/none/f").1.because.contains("errno 2"));
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn hostile_text_gives_no_panic() {
    let long = format!("f: /{}\n", "a/".repeat(100_000));
    let links = "lrwxrwxrwx root root /a -> /a\n".repeat(50);
    for text in [
        "",
        "drwx",
        "lrwxrwxrwx a b",
        "lrwxrwxrwx a b c ->",
        "lrwxrwxrwx 1 a b 1 2 3 4 /x -> /x",
        "-é-------- a b c",
        "# file: ",
        "# file: x\nuser:::\nuser:a:é\n",
        "user:::",
        "d--------- a b é ->",
        "uid=(((",
        "File: \nAccess: (/é)",
        "$ ls é",
        "é$ ls /",
        &long,
        &links,
    ] {
        let facts = facts(text);
        for path in ["/x", "/a", "", "//", "/../..", "é"] {
            facts.judge(path, &www(), Access::Execute);
            facts.judge(path, &Account::named("0"), Access::Write);
        }
    }
}
