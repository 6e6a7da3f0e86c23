//! Listings of the machine.

use model::{Evidence, FileCheck, FileDenial, SourceKind, Step, StepVerdict, Weight};

use crate::documents::{details, exchange, logged, strongest};

fn listing(text: &str) -> Evidence {
    let mut evidence =
        exchange("GET http://shop.example/a.html HTTP/1.1\nHost: shop.example", "HTTP/1.1 403 X");
    evidence.sources.add("namei", SourceKind::System, text);
    evidence
}

#[test]
fn the_closed_directory_is_named() {
    let evidence = listing(
        "f: /home/ann/a.html\ndrwxr-xr-x root root /\ndrwxr-xr-x root root home\ndrwx------ ann ann ann\n-rw-r--r-- ann ann a.html\n",
    );
    assert_eq!(strongest("os.path-not-traversable", &evidence), Some(Weight::Supports));
    assert_eq!(details("os.path-not-traversable", &evidence, Weight::Supports), ["ann"]);
    assert_eq!(strongest("os.file-not-readable", &evidence), None);
}

#[test]
fn the_closed_file_is_told_from_the_closed_directory() {
    let evidence = listing("drwxr-xr-x root root srv\n-rw------- ann ann a.html\n");
    assert_eq!(strongest("os.file-not-readable", &evidence), Some(Weight::Supports));
    assert_eq!(strongest("os.path-not-traversable", &evidence), None);
}

#[test]
fn open_modes_and_a_refusal_by_the_kernel_hint_at_mandatory_access_control() {
    let open = "drwxr-xr-x. root root srv\n-rw-r--r--. ann ann a.html\n";
    let evidence = logged(listing(open), &[("errno", "13")]);
    assert_eq!(strongest("os.mandatory-access-control", &evidence), Some(Weight::Hints));
    let labelled = listing("-rw-r--r--. ann ann unconfined_u:object_r:user_home_t:s0 a.html\n");
    assert_eq!(strongest("os.mandatory-access-control", &labelled), Some(Weight::Supports));
}

#[test]
fn a_name_that_could_not_be_described_may_lie_behind_a_policy_or_a_closed_directory() {
    let evidence = listing("total 0\n-????????? ? ? ? ?            ? a.html\n");
    assert_eq!(strongest("os.path-not-traversable", &evidence), Some(Weight::Hints));
    assert_eq!(strongest("os.mandatory-access-control", &evidence), None);
    let labelled =
        listing("drwxr-xr-x. 2 root root 4096 May 19 08:12 img\n-????????? ? ? ? ?            ? a.html\n");
    assert_eq!(strongest("os.mandatory-access-control", &labelled), Some(Weight::Supports));
    assert_eq!(details("os.mandatory-access-control", &labelled, Weight::Supports), ["a.html"]);
}

/// The walk to a file for `www-data`, which ends at the listing's only line.
fn walked(mut evidence: Evidence, denial: Option<FileDenial>, is_logged: bool) -> Evidence {
    let (id, _) = evidence.sources.iter().last().expect("a listing");
    let span = evidence.sources.whole(id);
    let verdict = if denial.is_some() { StepVerdict::Deny } else { StepVerdict::Pass };
    let step = Step {
        phase: "file system".into(),
        rule: "/srv".into(),
        span: Some(span),
        verdict,
        because: "x".into(),
    };
    evidence.files.push(FileCheck {
        path: "/srv/a.html".into(),
        account: Some(("www-data".into(), None)),
        steps: vec![step],
        denial,
        logged: is_logged.then_some(span),
        fixes: Vec::new(),
    });
    evidence
}

#[test]
fn a_walk_proves_only_where_the_system_refused_the_same_path() {
    let causes = [
        (FileDenial::Search, "os.path-not-traversable"),
        (FileDenial::Read, "os.file-not-readable"),
        (FileDenial::Write, "os.not-writable"),
        (FileDenial::Execute, "os.not-executable"),
        (FileDenial::Policy, "os.mandatory-access-control"),
    ];
    for (denial, cause) in causes {
        let line = "drwx------ ann ann srv";
        let proven = walked(listing(line), Some(denial), true);
        assert_eq!(strongest(cause, &proven), Some(Weight::Proves), "{cause}");
        let likely = walked(listing(line), Some(denial), false);
        assert_ne!(strongest(cause, &likely), Some(Weight::Proves), "{cause}");
        for (_, other) in causes.iter().filter(|(_, other)| *other != cause) {
            assert_ne!(strongest(other, &proven), Some(Weight::Proves), "{other} for {cause}");
        }
    }
}

#[test]
fn what_others_may_not_does_not_matter_once_the_account_is_judged() {
    let evidence = walked(listing("drwxr-x--- ann www-data srv"), None, true);
    assert_eq!(strongest("os.path-not-traversable", &evidence), None);
    let refused = logged(evidence, &[("errno", "13")]);
    assert_eq!(strongest("os.mandatory-access-control", &refused), Some(Weight::Supports));
}

#[test]
fn where_only_root_may_write_and_all_may_read_writing_is_refused() {
    let empty = listing("0 drwxr-xr-x 2 root root 6 Sep 19 2020 data");
    assert_eq!(strongest("os.not-writable", &empty), Some(Weight::Hints));
    let served = listing("drwxr-xr-x 2 www-data www-data 6 Sep 19 2020 data");
    assert_eq!(strongest("os.not-writable", &served), None);
    let file =
        listing("drwxr-xr-x 2 root root 6 Sep 19 2020 data\n-rw-r--r-- 1 root root 6 Sep 19 2020 a.html");
    assert_eq!(strongest("os.not-writable", &file), None);
}
