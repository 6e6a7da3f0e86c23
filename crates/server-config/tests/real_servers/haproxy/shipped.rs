//! The configurations that the packages ship are read without loss: printed and read again, they are the same.

use std::path::Path;

use server_config::FileTree;
use server_config::haproxy::{self, Section};

fn shape(sections: &[Section]) -> Vec<Vec<String>> {
    let lines = sections.iter().flat_map(|section| std::iter::once(&section.header).chain(&section.lines));
    lines.map(|line| line.words.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn shipped_configurations_are_read_without_loss() {
    let mut read = 0;
    for folder in ["/etc/haproxy", "/usr/share/doc/haproxy/examples"] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "cfg") {
                same_again(&entry.path());
                read += 1;
            }
        }
    }
    assert!(read > 0, "haproxy must be installed for these tests (apt-get install haproxy)");
}

fn same_again(path: &Path) {
    let path = path.display().to_string();
    let files = FileTree::live();
    let first = haproxy::load(&files, &path);
    assert!(!first.sections.is_empty(), "{path}");
    let unknown: Vec<String> = first.warnings.iter().map(ToString::to_string).collect();
    assert!(unknown.iter().all(|warning| warning.contains("unknown directive")), "{unknown:?}");
    let printed = haproxy::print(&first.sections, 0);
    let again = haproxy::load(&files.clone().with_file(&path, printed.as_bytes()), &path);
    assert_eq!(shape(&first.sections), shape(&again.sections), "{path}");
}
