//! `why403 simulate`, `check`, and configurations as evidence.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

const SHOP: &str = "server {
    listen 127.0.0.1:8080;
    location / {
        proxy_pass http://127.0.0.1:3000;
    }
    location /api/ {
        proxy_pass http://127.0.0.1:3000;
        limit_except GET {
            deny all;
        }
    }
}
";

const EDGE: &str = "server {
    listen 80;
    location / {
        proxy_pass http://127.0.0.1:8081;
    }
}
";

const INNER: &str = "server {
    listen 127.0.0.1:8081;
    location /admin/ {
        allow 192.0.2.0/24;
        deny all;
    }
}
";

fn why403(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_why403")).args(args).output().unwrap()
}

fn json(args: &[&str]) -> (Value, Option<i32>) {
    let output = why403(args);
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    (serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{error}")), output.status.code())
}

fn file(name: &str, content: &str) -> String {
    let folder = std::env::temp_dir().join(format!("why403-servers-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path: PathBuf = folder.join(name);
    fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn a_simulated_refusal_names_its_line_and_prints_a_diff() {
    let shop = file("shop.conf", SHOP);
    let (walk, code) = json(&[
        "simulate",
        "--format",
        "json",
        &shop,
        "curl",
        "http://127.0.0.1:8080/api/orders",
        "-d",
        "a=1",
    ]);
    assert_eq!(code, Some(0), "{walk}");
    assert_eq!(
        (&walk["why403"], &walk["outcome"], &walk["status"]),
        (&1.into(), &"refused".into(), &403.into())
    );
    assert_eq!(walk["decided_by"]["line"], 9);
    assert_eq!(walk["decided_by"]["text"], "deny all;");
    assert_eq!(walk["conditions"][0]["text"], "limit_except GET");
    assert!(
        walk["fixes"][0]["patch"].as_str().unwrap().contains("+        limit_except GET POST {"),
        "{walk}"
    );
    let losers = &walk["hops"][0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["phase"] == "location")
        .unwrap()["losers"];
    assert_eq!(losers[0]["line"], 3, "{walk}");
}

#[test]
fn a_request_that_passes_shows_what_the_next_hop_receives() {
    let shop = file("passes.conf", SHOP);
    let (walk, code) = json(&[
        "simulate",
        "--format",
        "json",
        &shop,
        "curl",
        "http://127.0.0.1:8080/a",
        "-H",
        "X_Key: s3cret-value",
        "-H",
        "Authorization: Bearer abcdefghijklmnop",
    ]);
    assert_eq!((&walk["outcome"], code), (&"passed".into(), Some(1)), "{walk}");
    let forwards = &walk["hops"][0]["forwards"];
    assert_eq!(forwards["to"], "http://127.0.0.1:3000");
    let changes = forwards["changes"].as_array().unwrap();
    assert!(
        changes.iter().any(|change| change["text"] == "X_Key" && change["how"] == "dropped"),
        "{forwards}"
    );
    assert!(!walk.to_string().contains("abcdefghijklmnop"), "secrets are masked");
}

#[test]
fn a_chain_is_walked_hop_by_hop_and_shows_whom_each_hop_believes() {
    let (inner, edge) = (file("inner.conf", INNER), file("edge.conf", EDGE));
    let (walk, code) = json(&[
        "simulate",
        &inner,
        &edge,
        "--format",
        "json",
        "--client",
        "192.0.2.7",
        "curl",
        "http://shop.example/admin/",
    ]);
    assert_eq!(code, Some(0), "{walk}");
    assert_eq!(walk["hops"][0]["client"]["believed"], "192.0.2.7");
    assert_eq!(walk["hops"][1]["client"]["believed"], "127.0.0.1");
    assert!(walk["decided_by"]["document"].as_str().unwrap().ends_with("inner.conf"));
    let text =
        String::from_utf8(why403(&["simulate", &inner, &edge, "curl", "http://shop.example/admin/"]).stdout)
            .unwrap();
    for words in ["Hop 2: nginx", "Whom each layer takes for the client", "=> access"] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn without_the_clients_address_a_list_of_addresses_is_unknown() {
    let list =
        file("list.conf", "server {\n listen 80;\n allow 192.0.2.0/24;\n deny all;\n location / { }\n}\n");
    let (walk, code) = json(&["simulate", "--format", "json", &list, "curl", "http://shop.example/"]);
    assert_eq!((&walk["outcome"], code), (&"unknown".into(), Some(1)), "{walk}");
    assert!(walk["unknown"][0].as_str().unwrap().contains("client's address"), "{walk}");
}

#[test]
fn the_width_of_a_fix_is_measured_over_a_log() {
    let shop = file("width.conf", SHOP);
    let line = |client: &str, method: &str, path: &str| {
        format!(
            "{client} - - [24/Nov/2026:08:38:57 +0000] \"{method} {path} HTTP/1.1\" 403 153 \"-\" \"curl/8.5.0\"\n"
        )
    };
    let log = [
        line("10.0.0.1", "POST", "/api/orders"),
        line("10.0.0.9", "POST", "/api/orders"),
        line("10.0.0.1", "DELETE", "/api/orders"),
        line("10.0.0.1", "GET", "/elsewhere"),
    ];
    let log = file("width.log", &log.concat());
    let (walk, _) = json(&[
        "simulate",
        "--format",
        "json",
        "--log",
        &log,
        &shop,
        "curl",
        "http://127.0.0.1:8080/api/orders",
        "-d",
        "a=1",
    ]);
    let width = &walk["fixes"][0]["width"];
    assert_eq!((&width["let_through"], &width["refused"]), (&2.into(), &3.into()), "{walk}");
    let said = "lets through 2 of the last 3 refused requests, all POST /api/orders from 10.0.0.0/28";
    assert_eq!(width["text"], said);
}

#[test]
fn checks_end_with_the_status_that_ci_looks_at() {
    let (shop, edge) = (file("check.conf", SHOP), file("clean.conf", EDGE));
    let (found, code) = json(&["check", "--format", "json", &shop]);
    assert_eq!((&found["findings"][0]["check"], code), (&"post-refused".into(), Some(1)), "{found}");
    assert_eq!(found["findings"][0]["line"], 8);
    let (sarif, _) = json(&["check", "--format", "sarif", &shop]);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "post-refused");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 8, "{sarif}");
    assert_eq!(why403(&["check", &edge]).status.code(), Some(0));
    assert_eq!(why403(&["check", "/no/such.conf"]).status.code(), Some(2));
    assert_eq!(why403(&["check", &file("prose.conf", "hello\n")]).status.code(), Some(2));
}

#[test]
fn a_chain_is_checked_as_one() {
    let (inner, edge) = (file("chain-inner.conf", INNER), file("chain-edge.conf", EDGE));
    let (found, code) = json(&["check", "--format", "json", &edge, &inner]);
    assert_eq!(code, Some(1), "{found}");
    assert_eq!(found["findings"][0]["check"], "allow-list-sees-proxy", "{found}");
    assert_eq!(found["findings"][0]["line"], 4);
}

#[test]
fn a_configuration_given_as_evidence_decides_the_verdict() {
    let shop = file("evidence.conf", SHOP);
    let request = file("request.curl", "curl http://127.0.0.1:8080/api/orders -d a=1\n");
    let answer = file("answer.http", "HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\nno\n");
    let (verdict, _) = json(&["--format", "json", "--config", &shop, "inspect", &request, &answer]);
    assert_eq!(
        (&verdict["cause"], &verdict["confidence"]),
        (&"server.method-rule".into(), &"probable".into()),
        "{verdict}"
    );
    assert_eq!(verdict["locations"][0]["line"], 9, "{verdict}");
    assert!(verdict["fixes"][0]["patch"].as_str().unwrap().contains("limit_except GET POST"), "{verdict}");
}
