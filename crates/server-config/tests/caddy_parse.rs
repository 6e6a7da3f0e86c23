//! Reading Caddyfiles: printing, fixes, checks, and hostile text.

use server_config::caddy::{self, Directive};
use server_config::{Coverage, FileTree, Request};

fn tree(text: &str) -> FileTree {
    FileTree::in_memory(Coverage::Whole, [("/Caddyfile", text)])
}

fn load(text: &str) -> caddy::Config {
    caddy::load(&tree(text), "/Caddyfile")
}

fn shape(directives: &[Directive]) -> Vec<(String, String)> {
    directives
        .iter()
        .map(|directive| (directive.text(), format!("{:?}", shape(directive.children()))))
        .collect()
}

#[test]
fn printing_and_reading_again_gives_the_same_tree() {
    let text = "{\n\tadmin off\n}\n(s) {\n\tencode gzip\n}\na.example, b.example {\n\timport s\n\t@x `path('/a \"b\"')`\n\trespond \"say \\\"hi\\\" {path}\" 200 # end\n\theader {\n\t\tX \"\"\n\t}\n\trespond \\\n\t\t/long 403\n}\n:80\n";
    let first = load(text);
    let printed = caddy::print(&first.blocks);
    assert_eq!(shape(&first.blocks), shape(&load(&printed).blocks), "{printed}");
    assert_eq!(first.blocks[1].words.len(), 2);
}

#[test]
fn hostile_text_is_a_warning() {
    let deep = format!("a {{\n{}", "handle {\n".repeat(10_000));
    let snippets = "(a) {\nimport a\nimport a\n}\nx {\nimport a\n}\n".to_owned();
    let json = format!("{{\"a\": {}", "[".repeat(100_000));
    for text in [
        &*deep,
        &*snippets,
        &*json,
        "a {\n",
        "import /Caddyfile",
        "import /missing",
        "a {\n\"",
        "\0\0",
        "{\"a\"",
        "a {\n}\nb {\nno_such\n}\n",
    ] {
        let config = load(text);
        assert!(!config.warnings.is_empty(), "{}", &text[..text.len().min(20)]);
        assert!(
            config.warnings.iter().all(|warning| warning.place.is_some()),
            "{:?}",
            config.warnings.first()
        );
        assert!(config.warnings.len() <= 400);
    }
}

#[test]
fn odd_rules_are_judged() {
    for rule in [
        "respond",
        "redir",
        "rewrite",
        "uri",
        "uri replace",
        "handle_path",
        "@",
        "@x",
        "@x not",
        "@x not {\n}",
        "request_header",
        "reverse_proxy",
        "file_server browse",
        "error",
        "vars",
        "root",
        "basicauth",
        "php_fastcgi",
        "try_files",
        "@x path_regexp (\nrespond @x 403",
        "@x path **\nrespond @x 403",
        "rewrite * ?",
        "respond {",
        "respond {{{{{{",
    ] {
        let text = format!("http:// {{\n{rule}\n}}\n");
        let files = tree(&text);
        let config = caddy::load(&files, "/Caddyfile");
        let request = Request::new("POST", "http://a/b%2f%00?x=%zz").with_header("X", "\u{e9}\u{1b}[0m");
        config.simulate(&request, &files);
        config.fixes(&request, &files);
        config.check();
    }
}

#[test]
fn a_directive_leaves_out_the_request_or_the_client() {
    let text = "http://a.example {\n\t@write {\n\t\tmethod POST PUT\n\t\tpath /api/*\n\t}\n\trespond @write \"no\" 403\n\trespond 200\n}\n";
    let files = tree(text);
    let request = |method: &str, path: &str, client: [u8; 4]| {
        Request::new(method, &format!("http://a.example{path}")).from_client(client.into())
    };
    let refused = request("POST", "/api/o", [10, 0, 0, 1]);
    let fixes = caddy::load(&files, "/Caddyfile").fixes(&refused, &files);
    let controls = [request("POST", "/api/p", [10, 0, 0, 1]), request("POST", "/api/o", [10, 0, 0, 2])];
    assert_eq!(fixes.len(), 2, "{fixes:?}");
    for (fix, control) in fixes.iter().zip(controls) {
        let patched = files.clone().with_file("/Caddyfile", fix.patches[0].after.as_bytes());
        let config = caddy::load(&patched, "/Caddyfile");
        assert!(!config.simulate(&refused, &patched).refuses());
        assert!(config.simulate(&control, &patched).refuses(), "{fix:?}");
    }
    let diff = &fixes[0].patches[0].diff;
    assert!(diff.contains("+\t@unless6 {\n+\t\tmethod POST PUT\n+\t\tpath /api/*\n+\t\tnot {\n+\t\t\tmethod POST\n+\t\t\tpath /api/o\n"), "{diff}");
    assert!(diff.contains("+\trespond @unless6 \"no\" 403\n"), "{diff}");
}

#[test]
fn each_check_finds_its_fault() {
    for (rules, expected) in [
        ("@a path /a", vec![("unused-matcher", 2)]),
        ("respond @a 403", vec![("undefined-matcher", 2)]),
        ("reverse_proxy b:80\nrespond 403", vec![("unreachable-directive", 2)]),
        ("route {\nrespond 403\nreverse_proxy b:80\n}", vec![("unreachable-directive", 4)]),
        (
            "@a remote_ip 10.0.0.0/8\nrespond @a 403\nrequest_header C {header.X-Forwarded-For}",
            vec![("allow-list-sees-proxy", 2)],
        ),
        ("@a {\npath /a\n}\nhandle @a {\nrespond 200\n}\nrespond /x 403\nfile_server", vec![]),
    ] {
        let findings = load(&format!("a.example {{\n{rules}\n}}\n")).check();
        let found: Vec<(&str, u32)> =
            findings.iter().map(|finding| (finding.check, finding.place.line)).collect();
        assert_eq!(found, expected, "{rules}");
    }
}
