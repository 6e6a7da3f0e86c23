//! The program as a user meets it: exit statuses, hostile input, pipes and secrets.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn why403(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_why403")).args(args).env_remove("NO_COLOR").output().unwrap()
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_why403"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("why403-cli-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\nServer: nginx\r\nContent-Type: application/json\r\n\r\n{\"detail\":\"CSRF Failed: Origin checking failed - https://shop.example does not match any trusted origins.\"}";

#[test]
fn an_explained_refusal_exits_with_0_and_names_the_cause() {
    let output = with_input(&["--format", "json", "inspect", "-"], REFUSAL);
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["why403"], 1);
    assert_eq!(verdict["outcome"], "explained", "{verdict}");
    assert_eq!(verdict["cause"], "csrf.origin-mismatch");
    assert_eq!(verdict["confidence"], "proven");
    assert_eq!(verdict["locations"][0]["line"], 5, "{verdict}");
    assert_eq!(output.status.code(), Some(0));
}

/// Where nobody listens there is no refusal: no hypotheses, no experiments.
#[test]
fn a_server_that_is_not_reached_is_an_error() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = why403(&["curl", &format!("http://127.0.0.1:{port}/orders"), "-d", "a=1"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{words}");
    assert!(words.contains("no server was reached") && words.contains("listens"), "{words}");
}

#[test]
fn what_is_not_explained_or_not_refused_exits_with_1() {
    let unknown = with_input(&["inspect", "-"], b"HTTP/1.1 403 Forbidden\r\n\r\nno\n");
    assert_eq!(unknown.status.code(), Some(1), "{}", String::from_utf8_lossy(&unknown.stdout));
    let accepted = with_input(&["--format", "json", "inspect", "-"], b"HTTP/1.1 200 OK\r\n\r\nhello\n");
    let verdict: serde_json::Value = serde_json::from_slice(&accepted.stdout).unwrap();
    assert_eq!(verdict["outcome"], "not-refused");
    assert_eq!(accepted.status.code(), Some(1));
}

#[test]
fn bad_input_exits_with_2_and_says_where() {
    for args in [
        &["inspect", "/does/not/exist.har"][..],
        &["explain", "csrf.origin"],
        &["inspect"],
        &["curl", "--no-such-option", "http://127.0.0.1/"],
    ] {
        let output = why403(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_pipe_gets_no_escapes_and_hostile_text_none_at_all() {
    let hostile = b"HTTP/1.1 403 Forbidden\r\nServer: \x1b[2J\x1b]0;owned\x07nginx\r\n\r\n\x1b[31mCSRF cookie not set.\x9b1A";
    for format in ["terminal", "json", "markdown", "html", "sarif"] {
        let output = with_input(&["--format", format, "--color", "never", "inspect", "-"], hostile);
        assert!(!output.stdout.contains(&0x1b), "{format} lets an escape through");
        assert!(
            !String::from_utf8_lossy(&output.stdout).contains('\u{9b}'),
            "{format} lets a C1 control through"
        );
    }
}

#[test]
fn secrets_appear_in_no_format() {
    let request = file(
        "secret.curl",
        b"curl 'https://ann:hunter2secret@shop.example/a?token=tok3nvalue' -H 'Authorization: Bearer s3cr3t-bearer-value' -H 'Cookie: sessionid=c00kie-value' -H 'X-Api-Key: k3y-value-0001' --data-raw 'password=p4ssw0rd-value&a=1'\n",
    );
    let response = file("secret.http", b"HTTP/1.1 403 Forbidden\r\nSet-Cookie: sessionid=n3w-cookie-value; HttpOnly\r\n\r\n{\"detail\":\"Authentication credentials were not provided.\"}");
    let (request, response) = (request.to_str().unwrap(), response.to_str().unwrap());
    for format in ["terminal", "json", "markdown", "html", "sarif"] {
        let output = why403(&["--format", format, "inspect", request, response]);
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        for secret in [
            "hunter2secret",
            "tok3nvalue",
            "s3cr3t-bearer-value",
            "c00kie-value",
            "k3y-value-0001",
            "p4ssw0rd-value",
            "n3w-cookie-value",
        ] {
            assert!(!text.contains(secret), "{format} shows {secret}:\n{text}");
        }
    }
}

/// Every link of the book leads to a page, every product and cause has one, and nothing is overwritten.
#[test]
fn the_book_has_a_page_for_each_product_and_cause() {
    let folder = std::env::temp_dir().join(format!("why403-book-{}", std::process::id()));
    let book = why403(&["explain", "--book", folder.to_str().unwrap()]);
    assert_eq!(book.status.code(), Some(0), "{}", String::from_utf8_lossy(&book.stderr));
    let index = fs::read_to_string(folder.join("README.md")).unwrap();
    let links = index.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let mut targets: Vec<_> = links.collect();
    targets.sort_unstable();
    targets.dedup();
    for target in &targets {
        assert!(folder.join(target).is_file(), "{target}");
    }
    assert!(targets.len() > 300, "{}", targets.len());
    let page = fs::read_to_string(folder.join("emitters/cloudflare.md")).unwrap();
    assert!(page.contains("(../causes/waf.bot-challenge.md)") && page.contains("cf-ray"), "{page}");
    let cause = fs::read_to_string(folder.join("causes/csrf.origin-mismatch.md")).unwrap();
    assert!(cause.contains("(../emitters/django.md)"), "{cause}");
    assert_eq!(why403(&["explain", "--book", folder.to_str().unwrap()]).status.code(), Some(2));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_demo_explains_its_own_refusal() {
    let output = why403(&["demo"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("csrf.origin-mismatch · proven"), "{text}");
}

#[test]
fn help_completions_and_manual_come_from_one_definition() {
    for args in [&["--help"][..], &["completions", "bash"], &["man"]] {
        let output = why403(args);
        assert!(String::from_utf8_lossy(&output.stdout).contains("inspect"), "{args:?}");
    }
}

#[test]
fn the_rules_of_a_waf_are_run_over_a_request_that_is_not_sent() {
    let rules = "SecRuleEngine On\nSecRequestBodyAccess On\nSecRule ARGS \"@rx union\\s+select\" \"id:100,phase:2,deny,status:403,t:lowercase,msg:'SQL words'\"\n";
    let rules = file("rules.conf", rules.as_bytes());
    let rules = rules.to_str().unwrap();
    let asked = |data: &str| {
        why403(&["--format", "json", "waf", "--rules", rules, "curl", "http://192.0.2.1/a", "-d", data])
    };
    let refused = asked("q=UNION  SELECT");
    let verdict: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(
        (verdict["blocked"].as_bool(), verdict["matches"][0]["rule"].as_u64()),
        (Some(true), Some(100)),
        "{verdict}"
    );
    assert_eq!(refused.status.code(), Some(0));
    assert_eq!(asked("q=union of workers").status.code(), Some(1));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let program = env!("CARGO_BIN_EXE_why403");
    let mut child =
        Command::new(program).arg("causes").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn documents_that_tell_nothing_are_bad_input_and_named() {
    let cut =
        with_input(&["inspect", "-"], br#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2026"#);
    assert_eq!(cut.status.code(), Some(2), "{}", String::from_utf8_lossy(&cut.stdout));
    assert!(String::from_utf8_lossy(&cut.stderr).contains("-:1"), "{}", String::from_utf8_lossy(&cut.stderr));
    let empty = with_input(&["inspect", "-"], b"");
    assert_eq!(empty.status.code(), Some(2));
    let zeros = with_input(&["inspect", "-"], &[0; 100_000]);
    assert_eq!(zeros.status.code(), Some(2), "{}", String::from_utf8_lossy(&zeros.stdout));
    assert!(String::from_utf8_lossy(&zeros.stderr).contains("-:1: is binary"));
    let quote = with_input(&["inspect", "-"], b"curl 'http://shop.example/ -d a");
    assert_eq!(quote.status.code(), Some(2), "{}", String::from_utf8_lossy(&quote.stdout));
}

#[test]
fn a_har_without_a_refusal_is_no_bad_input() {
    let har = br#"{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}"#;
    let output = with_input(&["--format", "json", "inspect", "-"], har);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a command reads from standard input is sent, as curl sends it.
#[test]
fn a_body_comes_from_standard_input() {
    let server = recording_server::RecordingServer::start(|_, _| {
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno".to_vec()
    });
    with_input(&["--no-probe", "curl", &server.url("/a"), "--data-binary", "@-"], b"from the pipe");
    assert_eq!(server.take()[0].body, b"from the pipe");
}

#[test]
fn help_of_the_curl_command_names_its_options() {
    let output = why403(&["curl", "--help"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("Takes all options of curl"), "{text}");
}

/// `-z FILE` takes the date of a file, which is not read here.
#[test]
fn an_option_whose_value_is_not_honoured_is_named() {
    let server = recording_server::RecordingServer::start(|_, _| {
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno".to_vec()
    });
    let output = why403(&["--no-probe", "curl", "-z", "Cargo.toml", &server.url("/a")]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("`--time-cond`"), "{text}");
}

#[test]
fn a_folder_is_its_files_and_blanks_are_no_document() {
    let folder = std::env::temp_dir().join(format!("why403-folder-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let shown = folder.display().to_string();
    assert!(String::from_utf8_lossy(&why403(&["inspect", &shown]).stderr).contains("holds no file"));
    fs::write(folder.join("answer.http"), REFUSAL).unwrap();
    fs::write(folder.join("case.toml"), "cause = \"acl.geo-denied\"\n").unwrap();
    assert_eq!(why403(&["inspect", &shown]).status.code(), Some(0));
    let blank = with_input(&["inspect", "-"], b" \n\n");
    assert_eq!(blank.status.code(), Some(2), "{}", String::from_utf8_lossy(&blank.stderr));
}

/// Rules that were given and cannot be loaded are said, not passed over.
#[test]
fn rules_that_cannot_be_loaded_are_a_warning() {
    let rules = file(
        "broken-rules.conf",
        b"SecRuleEngine On\nSecRule ARGS \"@rx (\" \"id:1,phase:2,deny\"\nInclude /does/not/exist.conf\n",
    );
    let request = file("asked.http", b"POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1");
    let output = why403(&["--config", rules.to_str().unwrap(), "inspect", request.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("broken-rules.conf"), "{text}");
}

#[test]
fn a_misspelt_name_is_answered_with_what_comes_near() {
    for (id, near) in [
        ("csrf.orgin-mismatch", "csrf.origin-mismatch"),
        ("emitter:ngnix", "emitter:nginx"),
        ("ngnix", "emitter:nginx"),
    ] {
        let output = why403(&["explain", id]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && words.contains(near), "{id}: {words}");
    }
    assert!(why403(&["explain", "CSRF.Origin-Mismatch"]).status.success());
}

#[test]
fn what_stands_in_the_place_of_a_command_is_understood() {
    let har = file("given.har", b"{}");
    for (args, tip) in [
        (&["sudo", "curl", "http://127.0.0.1/"][..], "right before `curl`"),
        (&["https://shop.example/"], "`why403 curl https://shop.example/`"),
        (&[har.to_str().unwrap()], "`why403 inspect "),
    ] {
        let output = why403(args);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && words.contains(tip), "{args:?}: {words}");
    }
}
