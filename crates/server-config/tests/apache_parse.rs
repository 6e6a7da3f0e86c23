//! Reading Apache configurations: includes, conditions, variables, printing, and hostile text.

use server_config::apache::{self, Directive};
use server_config::{Coverage, FileTree};

const MAIN: &str = "/etc/apache2/apache2.conf";

fn load(files: &[(&str, &str)]) -> apache::Config {
    let files = FileTree::in_memory(Coverage::Whole, files.iter().copied());
    apache::load(&files, MAIN)
}

/// The texts of a tree, without places.
fn shape(directives: &[Directive]) -> Vec<String> {
    let one = |directive: &Directive| {
        format!("{} {:?} {:?}", directive.text(), directive.words, shape(directive.children()))
    };
    directives.iter().map(one).collect()
}

fn active(directives: &[Directive]) -> Vec<String> {
    let mut out = Vec::new();
    for directive in directives.iter().filter(|directive| directive.is_active) {
        out.push(format!("{} {}", directive.name, directive.args()).trim().to_owned());
        out.extend(active(directive.children()));
    }
    out
}

#[test]
fn includes_keep_their_chain() {
    let config = load(&[
        (
            MAIN,
            "LoadModule a_module a.so\nInclude sites/\nIncludeOptional missing/*.conf\nInclude gone.conf\n",
        ),
        ("/etc/apache2/sites/b.conf", "Require b"),
        ("/etc/apache2/sites/a.conf", "<VirtualHost *>\n  Include snip\n</VirtualHost>\n"),
        ("/etc/apache2/snip", "Require all denied\nInclude snip\n"),
    ]);
    let host = config.directives.iter().find(|directive| directive.is("VirtualHost")).unwrap();
    let deny = host.children().iter().find(|directive| directive.is("Require")).unwrap();
    assert_eq!(deny.place.to_string(), "/etc/apache2/snip:1");
    let chain: Vec<String> =
        config.sources.include_chain(&deny.place).iter().map(ToString::to_string).collect();
    assert_eq!(chain, ["/etc/apache2/apache2.conf:2", "/etc/apache2/sites/a.conf:2"]);
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.iter().any(|text| text.contains("gone.conf") && text.contains(":4")), "{warnings:?}");
    assert!(warnings.iter().any(|text| text.contains("includes itself")), "{warnings:?}");
    assert!(!warnings.iter().any(|text| text.contains("missing")), "{warnings:?}");
}

#[test]
fn conditions_are_judged_while_reading() {
    let config = load(&[
        (
            MAIN,
            "LoadModule rewrite_module mod_rewrite.so\nDefine LIVE\nDefine ROOT /srv\n\
             <IfModule mod_rewrite.c>\nA ${ROOT}/x ${NO} ${APACHE_RUN_USER}\n</IfModule>\n\
             <IfModule !rewrite_module>\nB\n</IfModule>\n<IfDefine LIVE>\nC\n</IfDefine>\n\
             <IfVersion >= 2.4>\nD\n</IfVersion>\n<IfVersion < 2.4>\nInclude gone\n</IfVersion>\n\
             UnDefine LIVE\n<IfDefine !LIVE>\nE\n</IfDefine>\n<IfFile /etc/apache2/envvars>\nF\n</IfFile>\n",
        ),
        ("/etc/apache2/envvars", "SUFFIX=\nexport APACHE_RUN_USER=www$SUFFIX\n"),
    ]);
    let found = active(&config.directives);
    let plain: Vec<&str> =
        found.iter().map(String::as_str).filter(|text| text.split(' ').next().unwrap().len() == 1).collect();
    assert_eq!(plain, ["A /srv/x ${NO} www", "C", "D", "E", "F"]);
    assert!(config.warnings.iter().all(|warning| !warning.text.contains("gone")), "{:?}", config.warnings);
}

#[test]
fn a_part_without_modules_is_read_as_if_all_were_loaded() {
    let config = load(&[(MAIN, "<IfModule mod_rewrite.c>\nRewriteEngine On\n</IfModule>\n")]);
    assert!(active(&config.directives).contains(&"RewriteEngine On".to_owned()));
}

#[test]
fn printing_and_reading_again_gives_the_same_tree() {
    let text = "Define A b\n<VirtualHost *:80 [::]:80>\n  ServerName \"x ${A}\"\n  <If \"%{REQUEST_URI} =~ m#/>#\">\n\
                Require \\\n   all denied\n</If>\n<IfModule no.c>\nInclude x\n</IfModule>\n\
                LogFormat \"%h \\\"%r\\\"\" 'a b'\n<RequireAll>\n</RequireAll>\n</VirtualHost>\n";
    let first = load(&[(MAIN, text)]);
    let printed = apache::print(&first.directives, &first.sources.iter().next().unwrap().name);
    let second = load(&[(MAIN, &printed)]);
    assert_eq!(shape(&first.directives), shape(&second.directives), "{printed}");
}

#[test]
fn hostile_text_is_a_warning() {
    let deep = "<A>\n".repeat(200_000);
    let brackets = "<".repeat(1_000_000);
    let lines = "<\n".repeat(500_000);
    let includes = format!("Include {MAIN}\n").repeat(1000);
    let closing = "</A>\n".repeat(1000);
    for text in
        [deep.as_str(), &brackets, &lines, &includes, &closing, "<A", "<A>\n<B>\n</A>", "\0\0", "<>", "</>"]
    {
        let config = load(&[(MAIN, text)]);
        assert!(!config.warnings.is_empty(), "{}", &text[..text.len().min(20)]);
        assert!(
            config.warnings.iter().all(|warning| warning.place.is_some()),
            "{:?}",
            config.warnings.first()
        );
    }
}

#[test]
fn what_follows_a_fault_is_still_read() {
    let config =
        load(&[(MAIN, "<VirtualHost *>\n<Directory /a>\nRequire all denied\n</VirtualHost>\nListen 80\n")]);
    assert_eq!(config.directives.len(), 2);
    assert_eq!(config.directives[0].children()[0].children()[0].text(), "Require all denied");
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}
