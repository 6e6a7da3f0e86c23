//! Reading HAProxy configurations: words, printing, and hostile text.

use server_config::haproxy::{self, Section, State};
use server_config::{Coverage, FileTree};

fn load(text: &str) -> haproxy::Config {
    let files = FileTree::in_memory(Coverage::Whole, [("/h.cfg", text)]);
    haproxy::load(&files, "/h.cfg")
}

/// The words of a tree, without places.
fn shape(sections: &[Section]) -> Vec<(Vec<String>, State)> {
    let lines = sections.iter().flat_map(|section| std::iter::once(&section.header).chain(&section.lines));
    let words = |line: &haproxy::Line| line.words.iter().map(ToString::to_string).collect();
    lines.map(|line| (words(line), line.state.clone())).collect()
}

#[test]
fn words_are_read_as_haproxy_reads_them() {
    let config = load("frontend a # comment\n\tacl x path\\ y 'a \"b\" \\n$Z' \"c\\\"d \\$\" e\\x41\\#f\n");
    let words: Vec<&str> = config.sections[0].lines[0].words.iter().map(|word| &**word).collect();
    assert_eq!(words, ["acl", "x", "path y", "a \"b\" \\n$Z", "c\"d $", "eA#f"]);
    assert_eq!((config.sections[0].lines[0].line, config.sections[0].lines[0].column), (2, 2));
    assert_eq!(config.sections[0].name(), "a");
}

#[test]
fn printing_and_reading_again_gives_the_same_tree() {
    let text = "# top\nglobal\n    setenv A 'x y'\ndefaults d\n    mode http\nfrontend f from d\n.if defined(B)\n    bind \":${PORT}\"\n.elif streq(a,b)\n    bind :2\n.else\n    acl q path -- \"\\\\ '#$\"\n.endif\n    http-request set-header X \"%[path] \\t\"\n    acl e \"\"\n";
    let first = load(text);
    let printed = haproxy::print(&first.sections, 0);
    let second = load(&printed);
    assert_eq!(shape(&first.sections), shape(&second.sections), "{printed}");
}

#[test]
fn a_directory_is_read_in_the_order_of_its_names() {
    let files = FileTree::in_memory(
        Coverage::Whole,
        [("/h/b.cfg", "backend b"), ("/h/a.cfg", "backend a\n  no-such x"), ("/h/c.txt", "backend c")],
    );
    let config = haproxy::load(&files, "/h");
    let names: Vec<&str> = config.sections.iter().map(Section::name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(config.warnings[0].to_string(), "/h/a.cfg:2: unknown directive `no-such`");
}

#[test]
fn hostile_text_is_a_warning() {
    let deep = ".if 1\n".repeat(20_000);
    let parentheses = format!(".if {}\n", "(".repeat(50_000));
    let nots = format!(".if {}1\n", "!".repeat(50_000));
    let words = format!("frontend {}", "w ".repeat(30_000));
    let long = format!("frontend {}", "w".repeat(1_000_000));
    let lines = "x\n".repeat(50_000);
    for text in [
        &deep,
        &parentheses,
        &nots,
        &words,
        &long,
        &lines,
        "frontend \"a",
        "frontend \"${A",
        "\0\0",
        ".endif",
        ".else",
        ".if (",
        "a \\x1",
        "\"$\"",
    ] {
        let config = load(text);
        assert!(!config.warnings.is_empty(), "{}", &text[..text.len().min(20)]);
        assert!(
            config.warnings.iter().all(|warning| warning.place.is_some()),
            "{:?}",
            config.warnings.first()
        );
        assert!(config.warnings.len() <= 200);
    }
}

#[test]
fn hostile_rules_are_judged_in_bounded_time() {
    use server_config::Request;
    let regex = format!("http-request deny if {{ path_reg ({}b }}", "(a+)+".repeat(20));
    let converters = format!("http-request deny if {{ path{} -m sub x }}", ",lower".repeat(5_000));
    let suites = format!("http-request deny if {}", "{ path /a } or ".repeat(15));
    let formats = format!("http-request set-header X {}", "%[path]".repeat(5_000));
    for rule in [
        &*regex,
        &*converters,
        &*suites,
        &*formats,
        "http-request deny if { path_reg ( }",
        "http-request",
        "http-request deny if {",
        "http-request deny if !",
        "use_backend",
        "acl",
        "http-request set-var(",
        "http-request set-header X %[",
        "http-request set-header X %",
    ] {
        let text = format!("frontend f\n  mode http\n  bind :80\n  {rule}\n");
        let files = FileTree::in_memory(Coverage::Whole, [("/h.cfg", text)]);
        let config = haproxy::load(&files, "/h.cfg");
        let mut request = Request::new("POST", "http://a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        request.headers[0].value = server_config::Value::Known("\u{e9}\u{1b}[0m".to_owned());
        config.simulate(&request, &files);
        config.fixes(&request, &files);
        config.check();
    }
}
