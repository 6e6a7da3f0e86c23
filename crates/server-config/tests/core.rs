//! The parts that all products share: file trees, patterns, over-granting fixes, widths, recognition.

use std::fs;
use std::os::unix::fs::symlink;

use server_config::fix::over_grant;
use server_config::pattern::{Case, Pattern};
use server_config::source::{ReadError, glob_match};
use server_config::walk::{Answer, Belief, Outcome, Walk};
use server_config::{Coverage, Entry, FileTree, Product, Request, Width, recognise};

#[test]
fn a_copy_of_a_tree_keeps_absolute_links_inside() {
    let root = std::env::temp_dir().join(format!("why403-tree-{}", std::process::id()));
    fs::create_dir_all(root.join("etc/nginx/sites-available")).unwrap();
    fs::create_dir_all(root.join("etc/nginx/sites-enabled")).unwrap();
    fs::write(root.join("etc/nginx/sites-available/shop"), "server {}").unwrap();
    let enabled = root.join("etc/nginx/sites-enabled");
    symlink("/etc/nginx/sites-available/shop", enabled.join("shop")).unwrap();
    symlink("/../../../../../../etc/passwd", enabled.join("escape")).unwrap();
    symlink("/etc/nginx/sites-enabled/loop", enabled.join("loop")).unwrap();
    let tree = FileTree::rooted(&root);
    assert_eq!(&*tree.read("/etc/nginx/sites-enabled/shop").unwrap(), b"server {}");
    assert_eq!(tree.read("/etc/nginx/sites-enabled/escape"), Err(ReadError::Absent));
    assert!(matches!(tree.read("/etc/nginx/sites-enabled/loop"), Err(ReadError::Refused(_))));
    assert_eq!(tree.entry("/etc/nginx"), Entry::Directory);
    assert_eq!(tree.entry("/etc/nginx/sites-enabled/shop/"), Entry::Absent);
    assert_eq!(tree.glob("/etc/nginx/sites-enabled/s*"), ["/etc/nginx/sites-enabled/shop"]);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn what_is_missing_on_another_machine_is_unknown() {
    let here = std::env::temp_dir().join(format!("why403-perhaps-{}", std::process::id()));
    std::fs::create_dir_all(here.join("www")).expect("a directory");
    let tree = FileTree::perhaps_live();
    let inside = here.join("www/missing.html").display().to_string();
    // The site's own directory is here, so the file is known to be missing.
    assert_eq!(tree.entry(&inside), Entry::Absent);
    assert_eq!(tree.entry("/srv/of-another-machine/www/index.html"), Entry::Unknown);
    assert_eq!(FileTree::live().entry("/srv/of-another-machine/www/index.html"), Entry::Absent);
    assert!(matches!(tree.read("/etc/of-another-machine/a.conf"), Err(ReadError::NotGiven)));
    std::fs::remove_dir_all(&here).expect("removed");
}

#[test]
fn a_part_of_a_tree_does_not_claim_absence() {
    let files = [("/a/b/c.conf", ""), ("/a/b/d.conf", ""), ("/a/.hidden", "")];
    let part = FileTree::in_memory(Coverage::Part, files);
    let whole = FileTree::in_memory(Coverage::Whole, files);
    assert_eq!(part.entry("/x"), Entry::Unknown);
    assert_eq!(whole.entry("/x"), Entry::Absent);
    assert_eq!(part.read("/x"), Err(ReadError::NotGiven));
    assert_eq!(whole.entry("/a/b"), Entry::Directory);
    assert_eq!(whole.list("/a"), [".hidden", "b"]);
    assert_eq!(whole.glob("/a/*/*.conf"), ["/a/b/c.conf", "/a/b/d.conf"]);
}

#[test]
fn shell_patterns_follow_glob_7() {
    for (pattern, name, expected) in [
        ("*.conf", "a.conf", true),
        ("*.conf", ".conf", false),
        (".c*", ".conf", true),
        ("[a-c]?.x", "b1.x", true),
        ("[!a-c]?.x", "b1.x", false),
        ("[]x]", "]", true),
        ("a[", "a[", true),
        ("\\*", "*", true),
        ("*a*b*c", "xxaxxbxxc", true),
        ("*a*b*c", "xxaxxbxx", false),
    ] {
        assert_eq!(glob_match(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn a_pattern_says_when_it_cannot_tell() {
    let pattern = Pattern::new(r"\.(?<kind>php|phtml)$", Case::Insensitive).unwrap();
    let found = pattern.find("/a.PHP").unwrap().unwrap();
    assert_eq!(found.named, [("kind".to_owned(), "PHP".to_owned())]);
    assert_eq!(found.range, (2, 6));
    assert!(pattern.find("/é.php").is_err(), "PCRE sees bytes");
    assert!(pattern.find("/a.php\n").is_err(), "`$` also matches before a last line feed");
    assert!(Pattern::new("^/(?!admin)", Case::Sensitive).unwrap().find("/admin").unwrap().is_none());
    assert!(Pattern::new("(", Case::Sensitive).is_err());
    let slow = Pattern::new(r"^(?:(a)|(aa))+\1c$", Case::Sensitive).unwrap();
    assert!(slow.find(&"a".repeat(64)).is_err());
}

#[test]
fn over_granting_changes_have_names() {
    for (line, name) in [
        ("chmod 777 /var/www", "chmod 777"),
        ("sudo chmod -R 0777 /srv", "chmod -R 777"),
        ("setenforce 0", "setenforce 0"),
        ("  satisfy   any;", "satisfy any"),
        ("allow all ;", "allow all"),
        ("client_max_body_size 0;", "client_max_body_size 0"),
    ] {
        assert_eq!(over_grant(line).map(|grant| grant.name), Some(name), "{line}");
    }
    for line in ["chmod 755 /var/www", "satisfy all;", "allow 10.0.0.0/8;", "client_max_body_size 20m;"] {
        assert_eq!(over_grant(line), None, "{line}");
    }
}

#[test]
fn a_width_counts_what_a_fix_lets_through() {
    let answer = |status| Walk {
        steps: Vec::new(),
        client: Belief::connection(None),
        outcome: Outcome::new(Answer::Status(status), None),
    };
    let requests: Vec<Request> = (0..10).map(|n| Request::new("POST", &format!("http://a/{n}"))).collect();
    let width = Width::measure(
        &requests,
        |request| answer(if request.target == "/0" { 200 } else { 403 }),
        |request| answer(if request.target.as_str() < "/3" { 200 } else { 403 }),
    );
    assert_eq!(width.to_string(), "lets through 2 of the last 9 refused requests: POST /1, POST /2");
}

#[test]
fn products_are_told_apart_by_their_words() {
    let texts = [
        (Product::Nginx, "server {\n  listen 80;\n  location / { proxy_pass http://a; }\n}\n"),
        (Product::Apache, "<VirtualHost *:80>\n DocumentRoot /srv\n <Directory /srv>\n Require all denied\n"),
        (Product::HaProxy, "global\n daemon\nfrontend web\n bind :80\n http-request deny\n"),
        (Product::Squid, "acl localnet src 10.0.0.0/8\nhttp_access allow localnet\nhttp_port 3128\n"),
        (Product::Envoy, "static_resources:\n  listeners:\n  - filter_chains:\n    - filters: []\n"),
    ];
    for (product, text) in texts {
        assert_eq!(recognise(text.as_bytes()), Some(product), "{text}");
    }
    assert_eq!(recognise(b"hello\nworld\n"), None);
    assert_eq!(recognise(b"server {\0 listen 80;"), None);
}

#[test]
fn a_main_file_is_known_by_its_name_where_its_words_are_few() {
    let of = |name: &str| server_config::product::named(name);
    assert_eq!(of("/etc/caddy/Caddyfile"), Some(Product::Caddy));
    assert_eq!(of("site/Caddyfile.prod"), Some(Product::Caddy));
    assert_eq!(of("sites/shop.caddy"), Some(Product::Caddy));
    assert_eq!(of("/etc/nginx/nginx.conf"), Some(Product::Nginx));
    assert_eq!(of("notes/caddyfiles"), None);
    assert_eq!(of("shop.conf"), None);
    let files =
        FileTree::in_memory(Coverage::Whole, [("Caddyfile", "localhost\n\nredir https://a.example{uri}\n")]);
    assert_eq!(server_config::Configuration::recognise_main(&files, "Caddyfile"), Ok(Product::Caddy));
}
