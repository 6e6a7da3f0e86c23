//! Listings of the machine.

use model::{Evidence, SourceKind, Weight};

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
