//! The Caddyfile that the package ships is read without loss: printed and read again, it is the same.

use server_config::FileTree;
use server_config::caddy::{self, Directive};

fn shape(directives: &[Directive]) -> Vec<(String, String)> {
    directives
        .iter()
        .map(|directive| (directive.text(), format!("{:?}", shape(directive.children()))))
        .collect()
}

#[test]
fn the_shipped_caddyfile_is_read_without_loss() {
    let path = "/etc/caddy/Caddyfile";
    let files = FileTree::live();
    let first = caddy::load(&files, path);
    assert!(!first.blocks.is_empty(), "caddy must be installed for these tests (apt-get install caddy)");
    assert!(first.warnings.is_empty(), "{:?}", first.warnings);
    let printed = caddy::print(&first.blocks);
    let again = caddy::load(&files.clone().with_file(path, printed.as_bytes()), path);
    assert_eq!(shape(&first.blocks), shape(&again.blocks), "{printed}");
}
