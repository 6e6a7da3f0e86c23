//! What the distribution ships is read without loss: printed and read again, it gives the same tree.

use server_config::apache::{self, Config, Directive};
use server_config::walk::Answer;
use server_config::{FileTree, Request};

const FOLDER: &str = "/etc/apache2";

/// The texts of a tree, without places.
fn shape(directives: &[Directive]) -> Vec<String> {
    let one = |directive: &Directive| {
        let inner = shape(directive.children());
        format!("{} {} {:?} {inner:?}", directive.is_active, directive.text(), directive.words)
    };
    directives.iter().map(one).collect()
}

/// All files printed anew, and read again.
fn assert_reads_again(config: &Config, files: &FileTree, main: &str) {
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let printed = config.sources.iter().fold(files.clone(), |files, source| {
        let text = apache::print(&config.directives, &source.name);
        files.with_file(&source.name, text.as_bytes())
    });
    let again = apache::load(&printed, main);
    let (before, after) = (shape(&config.directives), shape(&again.directives));
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}

#[test]
fn the_configuration_that_debian_ships_reads_again() {
    let main = format!("{FOLDER}/apache2.conf");
    let files = FileTree::live();
    let config = apache::load(&files, &main);
    assert!(config.sources.iter().count() > 20, "apache2 must be installed (apt-get install apache2)");
    assert_reads_again(&config, &files, &main);
    let request = Request::new("GET", "http://localhost/.htaccess").from_client([192, 0, 2, 1].into());
    let walk = config.simulate(&request, &files);
    assert_eq!(walk.outcome.answer, Answer::Status(403), "{walk:?}");
    assert!(walk.outcome.decided_by.is_some_and(|place| *place.file == *main));
}

#[test]
fn everything_that_debian_has_to_offer_reads_again() {
    let main = format!("{FOLDER}/all.conf");
    let text = "Include envvars.conf\nInclude mods-available/*.load\nInclude mods-available/*.conf\n\
                Include conf-available/*.conf\nInclude sites-available/*.conf\n";
    let files = FileTree::live()
        .with_file(&main, text)
        .with_file(&format!("{FOLDER}/envvars.conf"), "Define APACHE_LOG_DIR /var/log/apache2\n");
    let config = apache::load(&files, &main);
    assert!(config.sources.iter().count() > 100);
    assert_reads_again(&config, &files, &main);
}
