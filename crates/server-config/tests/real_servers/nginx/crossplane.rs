//! The parser beside crossplane, nginx's own in Python: over the same files, every directive that crossplane reads is in
//! our tree with the same words, line, file, depth and place among the others. crossplane comes from the lab's Python
//! packages. `WHY403_NGINX_CORPUS=DIR` adds the files below a folder whose path holds `nginx`.

use std::path::Path;
use std::process::Command;

use server_config::FileTree;
use server_config::nginx::{self, Config, Directive};

use super::Nginx;
use crate::agreement::Subject;
use crate::random::Random;
use crate::stand::{self, Folder, lab_program};

/// Prints one line for each directive, included files in place: depth, file, line and the words, as JSON.
const PRINT: &str = r#"
import crossplane, json, sys
for main in sys.stdin.read().splitlines():
    payload = crossplane.parse(main, check_ctx=False, check_args=False)
    files = payload['config']
    def walk(block, depth, file):
        for own in (own for own in block if own['directive'] != '#'):
            print(json.dumps([depth, file, own['line'], own['directive'], *own['args']]))
            walk(own.get('block', []), depth + 1, file)
            for number in own.get('includes', []):
                walk(files[number]['parsed'], depth, files[number]['file'])
    walk(files[0]['parsed'], 0, files[0]['file'])
    print(json.dumps([error['error'] for error in payload['errors']]))
"#;

/// A directive as both say it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    depth: u64,
    file: String,
    line: u64,
    words: Vec<String>,
}

/// What crossplane reads in each file, and what it could not read.
fn read_by_crossplane(mains: &[String]) -> Vec<(Vec<Line>, Vec<String>)> {
    let list = Folder::new("crossplane");
    list.write("mains", mains.join("\n"));
    let mut python = Command::new(lab_program("bin/python3"));
    python.args(["-c", PRINT]).stdin(std::fs::File::open(list.join("mains")).expect("a file"));
    let output = stand::output(python);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut all = Vec::new();
    let mut lines = Vec::new();
    for text in String::from_utf8_lossy(&output.stdout).lines() {
        let values: Vec<serde_json::Value> = serde_json::from_str(text).expect("JSON");
        if !values.first().is_some_and(serde_json::Value::is_u64) {
            let errors = values.iter().map(ToString::to_string).collect();
            all.push((std::mem::take(&mut lines), errors));
            continue;
        }
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        lines.push(Line {
            depth: values[0].as_u64().expect("a number"),
            file: text(&values[1]),
            line: values[2].as_u64().expect("a number"),
            words: values[3..].iter().map(text).flat_map(apart).collect(),
        });
    }
    assert_eq!(all.len(), mains.len());
    all
}

/// crossplane takes the white space behind `${name}` into the word (`_lex_file_object()` in its `lexer.py`), where nginx
/// ends it (`ngx_conf_read_token()`).
fn apart(word: String) -> Vec<String> {
    let end = word.find("${").and_then(|start| Some(start + word[start..].find('}')? + 1));
    match end.filter(|end| word[*end..].starts_with([' ', '\t', '\n'])) {
        Some(end) if !word[end..].trim().is_empty() => {
            vec![word[..end].to_owned(), word[end..].trim_start().to_owned()]
        }
        Some(end) => vec![word[..end].to_owned()],
        None => vec![word],
    }
}

fn read_by_us(files: &FileTree, main: &str) -> Vec<Line> {
    let config = nginx::load(files, main);
    let mut lines = Vec::new();
    take(&config, &config.directives, 0, &mut lines);
    lines
}

fn take(config: &Config, directives: &[Directive], depth: u64, lines: &mut Vec<Line>) {
    for directive in directives {
        // A block that only puts a fragment into its context is in no file.
        if directive.column == 0 {
            take(config, directive.children(), depth, lines);
            continue;
        }
        let place = config.place(directive);
        let mut words: Vec<String> = directive.words.iter().map(ToString::to_string).collect();
        if directive.name() == "if" {
            words = bare_condition(words);
        }
        lines.push(Line { depth, file: place.file.to_string(), line: place.line.into(), words });
        take(config, directive.children(), depth + 1, lines);
    }
}

/// crossplane takes the parentheses of a condition away.
fn bare_condition(words: Vec<String>) -> Vec<String> {
    let last = words.len() - 1;
    let bare = words.into_iter().enumerate().map(|(number, word)| match number {
        0 => word,
        1 if last == 1 => word.trim_start_matches('(').trim_end_matches(')').trim().to_owned(),
        1 => word.trim_start_matches('(').to_owned(),
        number if number == last => word.trim_end_matches(')').to_owned(),
        _ => word,
    });
    bare.filter(|word| !word.is_empty()).collect()
}

/// The files of a folder and below whose name or path says that they are nginx's.
fn below(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let text = path.display().to_string();
        if path.is_dir() {
            below(&path, found);
        } else if text.contains("nginx") && (text.ends_with(".conf") || text.contains("/sites-")) {
            found.push(text);
        }
    }
}

/// What distributions ship, this repository's own set-ups and cases, generated servers, and odd words.
fn corpus(generated: &Nginx, odd: &Folder) -> Vec<String> {
    let repository =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    let mut mains = Vec::new();
    for folder in ["/etc/nginx", "/usr/share/nginx", "/usr/share/doc"] {
        below(Path::new(folder), &mut mains);
    }
    for folder in ["lab/base", "lab/scenarios", "cases"] {
        below(&repository.join(folder), &mut mains);
    }
    if let Ok(folder) = std::env::var("WHY403_NGINX_CORPUS") {
        below(Path::new(&folder), &mut mains);
    }
    // ModSecurity's rules are another language.
    mains.retain(|path| !path.contains("modsecurity"));
    mains.push(generated.stand().folder.join("nginx.conf").display().to_string());
    odd.write("odd.conf", ODD);
    mains.push(odd.join("odd.conf").display().to_string());
    mains
}

/// Words that readers of this language get wrong.
const ODD: &str = r#"# a comment; with { signs }
user www-data; worker_processes 1;events{}
http {
    log_format main '$remote_addr - "$request" ' "it's" # behind
                    'second';
    map $http_upgrade $up { default upgrade; '' close; "~*a;b{2}" c; }
    server { listen 80; server_name ~^(?<n>.+)\.test$ "" *.a.test;
        location ~ "^/a{2,3}\.php$" { return 200 "a;b}c"; }
        location = /x#y { set $a "${b}c"; set $d a\ b; rewrite ^/(.*)$ /n?$1& last; }
        if ($request_method ~* "^(PUT|DELETE)$") { return 405; }
        if ( $a = b ) { return 403; }
        if (-f $request_filename) { break; }
        add_header X "a\"b" always; add_header Y 'a\'b'; add_header Z "tab	in";
        limit_except GET { deny all; }
    }
    server
    {
        listen
            8080
            ;
    }
}
"#;

#[test]
fn crossplane_reads_nothing_that_is_not_in_our_tree() {
    let generated = Nginx::start(&mut Random::new(5), 40);
    let odd = Folder::new("odd");
    let mains = corpus(&generated, &odd);
    let files = FileTree::live();
    let (mut compared, mut more) = (0, 0);
    for (main, (theirs, errors)) in mains.iter().zip(read_by_crossplane(&mains)) {
        let ours = read_by_us(&files, main);
        // A snippet that is read by itself includes files that are beside the main file, where crossplane does not look.
        assert!(errors.iter().all(|error| error.contains("No such file")), "{main}: {errors:?}");
        let mut left = ours.iter();
        for their in &theirs {
            let is_exact = errors.is_empty();
            let our = left.find(|our| is_exact || *our == their);
            assert_eq!(our, Some(their), "{main}: crossplane's is on the right");
        }
        compared += theirs.len();
        more += ours.len() - theirs.len();
        assert!(!errors.is_empty() || theirs.len() == ours.len(), "{main}");
    }
    println!("{} files, {compared} directives alike, {more} more in our tree", mains.len());
    assert!(mains.len() > 60 && compared > 1500, "{} files, {compared} directives", mains.len());
}
