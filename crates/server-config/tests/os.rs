//! The file system under the server: which bit of which component refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use server_config::os::{Access, Account, account, collect, judge, pasted};
use server_config::{FileTree, Verdict};

fn www() -> Account {
    Account { name: "www-data".to_owned(), uid: Some(33), groups: vec!["www-data".to_owned()] }
}

const NAMEI: &str = "f: /srv/shop/upload/a.txt\ndrwxr-xr-x root root     /\ndrwxr-xr-x root root     srv\n\
                     drwxr-x--- ann  staff    shop\ndrwxrwxr-x ann  www-data upload\n-rw-r--r-- ann  ann      a.txt\n";

#[test]
fn a_closed_directory_on_the_way_refuses() {
    let nodes = pasted::namei(NAMEI);
    assert_eq!(nodes.last().unwrap().path, "/srv/shop/upload/a.txt");
    let judgement = judge(&nodes, &www(), Access::Read);
    assert_eq!(judgement.refusal, Verdict::Hit);
    let last = judgement.steps.last().unwrap();
    assert_eq!(last.place.as_ref().unwrap().file.as_ref(), "/srv/shop");
    assert_eq!(last.because, "the mode for others gives ---, and --x is needed");
    assert_eq!(judgement.fix.as_deref(), Some("setfacl -m u:www-data:--x /srv/shop"));
    let staff = Account { groups: vec!["staff".to_owned()], ..www() };
    assert_eq!(judge(&nodes, &staff, Access::Read).refusal, Verdict::Miss);
    assert_eq!(judge(&nodes, &staff, Access::Write).refusal, Verdict::Hit);
}

#[test]
fn an_acl_that_is_not_shown_is_unknown_and_one_that_is_counts() {
    let mut nodes = pasted::namei(&NAMEI.replace("drwxr-x---", "drwxr-x---+"));
    assert!(matches!(judge(&nodes, &www(), Access::Read).refusal, Verdict::Unknown(_)));
    let facl = "# file: srv/shop\n# owner: ann\nuser::rwx\nuser:www-data:r-x\t#effective:--x\ngroup::r-x\nmask::--x\nother::---\n";
    pasted::add_getfacl(&mut nodes, facl);
    assert_eq!(judge(&nodes, &www(), Access::Read).refusal, Verdict::Miss);
    pasted::add_getfacl(&mut nodes, &facl.replace("mask::--x", "mask::r--"));
    assert_eq!(judge(&nodes, &www(), Access::Read).refusal, Verdict::Hit);
}

#[test]
fn the_owner_is_judged_by_the_owners_bits_alone() {
    let nodes = pasted::ls(
        "-r--rw-rw-. 1 www-data www-data system_u:object_r:httpd_sys_content_t:s0 3 Jan  1 00:00 /x",
    );
    assert_eq!(nodes[0].context.as_deref(), Some("system_u:object_r:httpd_sys_content_t:s0"));
    assert_eq!(judge(&nodes, &www(), Access::Write).refusal, Verdict::Hit);
}

#[test]
fn a_copy_of_a_disk_is_walked_with_its_own_accounts() {
    let root = std::env::temp_dir().join(format!("why403-os-{}", std::process::id()));
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("srv/in")).unwrap();
    fs::write(root.join("etc/passwd"), "nobody:x:65534:65534::/:/bin/false\nweb:x:4033:4033::/:/bin/false\n")
        .unwrap();
    fs::write(root.join("etc/group"), "web:x:4033:\nextra:x:4044:web\n").unwrap();
    fs::write(root.join("srv/in/f"), "f").unwrap();
    std::os::unix::fs::symlink("/srv/in", root.join("srv/link")).unwrap();
    fs::set_permissions(root.join("srv/in"), fs::Permissions::from_mode(0o700)).unwrap();
    let files = FileTree::rooted(&root);
    let web = account(&files, "web").unwrap();
    assert_eq!(web.groups, ["web", "extra"]);
    let judgement = judge(&collect(&files, "/srv/link/f"), &web, Access::Read);
    assert_eq!(judgement.refusal, Verdict::Hit);
    assert_eq!(judgement.steps.last().unwrap().place.as_ref().unwrap().file.as_ref(), "/srv/in");
    fs::set_permissions(root.join("srv/in"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(judge(&collect(&files, "/srv/link/f"), &web, Access::Read).refusal, Verdict::Miss);
    let nothing = judge(&collect(&files, "/srv/none/f"), &web, Access::Read);
    assert!(nothing.steps.last().unwrap().because.contains("errno 2"));
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn hostile_text_gives_no_panic() {
    for text in [
        "",
        "drwx",
        "lrwxrwxrwx a b",
        "lrwxrwxrwx a b c ->",
        "-é-------- a b c",
        "# file: ",
        "user:::",
        "d--------- a b é ->",
    ] {
        let mut nodes = pasted::namei(text);
        nodes.extend(pasted::ls(text));
        pasted::add_getfacl(&mut nodes, text);
        judge(&nodes, &www(), Access::Execute);
    }
}
