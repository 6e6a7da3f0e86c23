//! The configuration that the distribution ships: printed and read again it is the same tree, within ten times its size.

use server_config::nginx::{self, Directive};
use server_config::{Coverage, FileTree};

#[test]
fn the_shipped_configuration_is_read_without_loss() {
    let files = FileTree::live();
    let main = "/etc/nginx/nginx.conf";
    let config = nginx::load(&files, main);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let mut read = 0;
    for (number, source) in config.sources.iter().enumerate() {
        let alone = FileTree::in_memory(Coverage::Part, [(source.name.to_string(), source.bytes.to_vec())]);
        let first = nginx::load(&alone, &source.name);
        let printed = nginx::print(&first.directives, 0);
        let again = FileTree::in_memory(Coverage::Part, [(source.name.to_string(), printed.clone())]);
        let second = nginx::load(&again, &source.name);
        assert_eq!(words(&first.directives), words(&second.directives), "{}:\n{printed}", source.name);
        read += usize::from(number > 0);
    }
    assert!(read > 0, "the shipped configuration includes other files");
}

#[test]
fn snippets_are_read_without_loss() {
    let files = FileTree::live();
    let snippets =
        files.glob("/etc/nginx/snippets/*.conf").into_iter().chain(files.glob("/etc/nginx/*_params"));
    let mut read = 0;
    for path in snippets {
        let config = nginx::load(&files, &path);
        let printed = nginx::print(&config.directives, 0);
        let again = FileTree::in_memory(Coverage::Part, [(path.clone(), printed)]);
        assert_eq!(words(&config.directives), words(&nginx::load(&again, &path).directives), "{path}");
        read += 1;
    }
    assert!(read >= 3, "{read} files");
}

/// The words of the first file's directives, blocks in brackets.
fn words(directives: &[Directive]) -> Vec<String> {
    let mut found = Vec::new();
    for directive in directives.iter().filter(|directive| directive.file == 0) {
        found.extend(directive.words.iter().map(|word| word.to_string()));
        if directive.block.is_some() {
            found.push("{".to_owned());
            found.extend(words(directive.children()));
            found.push("}".to_owned());
        }
    }
    found
}
