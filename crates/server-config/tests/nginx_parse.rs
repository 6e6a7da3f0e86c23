//! Reading nginx configurations: includes, dumps, printing, and hostile text.

use server_config::nginx::{self, Directive};
use server_config::{Coverage, FileTree};

fn load(files: &[(&str, &str)]) -> nginx::Config {
    let files = FileTree::in_memory(Coverage::Whole, files.iter().copied());
    nginx::load(&files, "/etc/nginx/nginx.conf")
}

/// The words of a tree, without places.
fn shape(directives: &[Directive]) -> Vec<(Vec<String>, Option<Vec<String>>)> {
    let words = |directive: &Directive| directive.words.iter().map(|word| word.to_string()).collect();
    let inner = |directive: &Directive| {
        directive
            .block
            .as_ref()
            .map(|block| block.iter().map(|d| format!("{:?}", shape(std::slice::from_ref(d)))).collect())
    };
    directives.iter().map(|directive| (words(directive), inner(directive))).collect()
}

#[test]
fn includes_keep_their_chain() {
    let config = load(&[
        ("/etc/nginx/nginx.conf", "http {\n  include sites/*.conf;\n  include missing.conf;\n}\n"),
        ("/etc/nginx/sites/b.conf", "server { server_name b; }"),
        ("/etc/nginx/sites/a.conf", "server {\n  server_name a;\n  include snip;\n}"),
        ("/etc/nginx/snip", "deny all;\ninclude snip;\n"),
    ]);
    let servers: Vec<&Directive> = config.http().iter().filter(|d| d.name() == "server").collect();
    assert_eq!(servers[0].children()[0].arg(0), "a");
    let deny = servers[0].children().iter().find(|d| d.name() == "deny").unwrap();
    let place = config.place(deny);
    assert_eq!(place.to_string(), "/etc/nginx/snip:1");
    let chain: Vec<String> = config.sources.include_chain(&place).iter().map(ToString::to_string).collect();
    assert_eq!(chain, ["/etc/nginx/nginx.conf:2", "/etc/nginx/sites/a.conf:3"]);
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.iter().any(|w| w.contains("missing.conf") && w.contains(":3")), "{warnings:?}");
}

#[test]
fn words_are_read_as_nginx_reads_them() {
    let config = load(&[(
        "/etc/nginx/nginx.conf",
        "log_format a 'x \"$y\" \\'z\\'' \"a\\tb\\w\"; # comment ; {\nmap ${a}b $c { '' 1; \"q;{\" 2; }\n",
    )]);
    let words: Vec<&str> = config.directives[0].children()[0].words.iter().map(|word| &**word).collect();
    assert_eq!(words, ["log_format", "a", "x \"$y\" 'z'", "a\tb\\w"]);
    let map = &config.directives[0].children()[1];
    assert_eq!(map.arg(0), "${a}b");
    assert_eq!(map.children()[1].name(), "q;{");
}

#[test]
fn printing_and_reading_again_gives_the_same_tree() {
    let text = "user www;\nhttp {\n map $a $b { \"\" 'x y'; ~^\\d{2}$ 1; \"~a;b\" \"\\\\\"; }\n server {\n location ~ \"\\.php$\" { return 200 \"{\\\"a\\\": 1}\\n\"; }\n if ($a = '}') { return 403; }\n add_header X '#no';\n}\n content_by_lua_block { if x { } }\n}\n";
    let first = load(&[("/etc/nginx/nginx.conf", text)]);
    let printed = nginx::print(&first.directives, 0);
    let second = load(&[("/etc/nginx/nginx.conf", &printed)]);
    assert_eq!(shape(&first.directives), shape(&second.directives), "{printed}");
    assert!(second.warnings.iter().all(|w| w.text.contains("not modelled")), "{:?}", second.warnings);
}

#[test]
fn a_fragment_includes_from_the_directory_above_its_own() {
    let files = FileTree::in_memory(
        Coverage::Whole,
        [
            ("etc/nginx/conf.d/shop.conf", "server {\n    include snippets/deny.conf;\n}\n"),
            ("etc/nginx/snippets/deny.conf", "deny all;\n"),
        ],
    );
    let config = nginx::load(&files, "etc/nginx/conf.d/shop.conf");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    assert!(config.http()[0].children().iter().any(|rule| rule.name() == "deny"));
}

#[test]
fn a_file_included_in_a_block_is_printed_on_its_own() {
    let main = "http {\n    server {\n        listen 80;\n        include loc;\n        location / {\n            include deny;\n        }\n    }\n}\n";
    let files = [
        ("/etc/nginx/nginx.conf", main),
        ("/etc/nginx/loc", "location /a {\n    include deny;\n    return 403;\n}\n"),
        ("/etc/nginx/deny", "deny all;\n"),
    ];
    let first = load(&files);
    let names: Vec<String> = first.sources.iter().map(|source| source.name.to_string()).collect();
    let printed: Vec<String> =
        (0..).take(names.len()).map(|file| nginx::print(&first.directives, file)).collect();
    // `deny` is read twice, at each place where it is included.
    assert_eq!(printed, [main, files[1].1, "deny all;\n", "deny all;\n"], "{names:?}");
    let again: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(printed.iter().map(String::as_str)).collect();
    assert_eq!(shape(&first.directives), shape(&load(&again).directives));
}

#[test]
fn a_dump_is_taken_apart() {
    let dump = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { include /etc/nginx/x.conf; }\n\n# configuration file /etc/nginx/x.conf:\n\nserver { deny all; }\n";
    let (config, files) = nginx::load_dump(dump).unwrap();
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let deny = &config.http()[1].children()[0];
    assert_eq!(config.place(deny).to_string(), "/etc/nginx/x.conf:2");
    assert!(files.read("/etc/nginx/x.conf").is_ok());
    assert!(nginx::load_dump("server {}").is_none());
}

#[test]
fn hostile_text_is_a_warning() {
    let deep = "a {".repeat(200_000);
    let braces = "{".repeat(1_000_000);
    let words = "w ".repeat(1_000_000);
    let includes = "include /etc/nginx/nginx.conf;\n".repeat(1000);
    for text in [
        deep.as_str(),
        &braces,
        &words,
        &includes,
        "a \"b",
        "a 'b\\",
        "}",
        ";",
        "a",
        "a {",
        "\\",
        "$",
        "a${",
        "\0\0",
    ] {
        let config = load(&[("/etc/nginx/nginx.conf", text)]);
        assert!(!config.warnings.is_empty(), "{}", &text[..text.len().min(20)]);
        assert!(config.warnings.iter().all(|w| w.place.is_some()), "{:?}", config.warnings.first());
    }
}

#[test]
fn what_follows_a_fault_is_still_read() {
    let config =
        load(&[("/etc/nginx/nginx.conf", "http {\n server {\n  deny all\n }\n server { } }\n }\nuser x;\n")]);
    assert_eq!(config.http().len(), 2);
    assert_eq!(config.http()[0].children()[0].text(), "deny all");
    let places: Vec<u32> = config.warnings.iter().filter_map(|w| w.place.as_ref()).map(|p| p.line).collect();
    assert_eq!(places, [4, 6]);
}
