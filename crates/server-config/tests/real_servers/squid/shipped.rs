//! The configuration that the package ships is read without loss: printed and read again, it is the same.

use server_config::FileTree;
use server_config::squid::{self, Line};

fn shape(lines: &[Line], file: u32) -> Vec<String> {
    lines.iter().filter(|line| line.file == file).map(Line::text).collect()
}

#[test]
fn the_shipped_configuration_is_read_without_loss() {
    let path = "/etc/squid/squid.conf";
    let files = FileTree::live();
    let first = squid::load(&files, path);
    assert!(!first.lines.is_empty(), "squid must be installed for these tests (apt-get install squid)");
    assert!(first.warnings.is_empty(), "{:?}", first.warnings);
    let printed = squid::print(&first.lines, 0);
    let again = squid::load(&files.clone().with_file(path, printed.as_bytes()), path);
    assert_eq!(shape(&first.lines, 0), shape(&again.lines, 0), "{printed}");
}
