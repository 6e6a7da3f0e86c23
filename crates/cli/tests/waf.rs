//! A WAF's rules as evidence: alone they make a cause probable, with a log line that agrees they prove it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const RULES: &str = r#"SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecAction "id:2,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_threshold=5"
SecRule ARGS "@rx union\s+select" "id:942100,phase:2,pass,log,t:lowercase,severity:2,\
    msg:'SQL words',logdata:'%{MATCHED_VAR}',setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule TX:inbound_anomaly_score_pl1 "@ge 5" "id:949110,phase:2,deny,log,msg:'Inbound Anomaly Score Exceeded'"
"#;
const REQUEST: &str = "POST /reviews HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: x\r\nAccept: */*\r\nAuthorization: Bearer s3cr3t-t0ken-s3cr3t\r\nContent-Type: application/json\r\nContent-Length: 43\r\n\r\n{\"name\":\"Anna\",\"text\":\"Union  select tour\"}";
const ANSWER: &str =
    "HTTP/1.1 403 Forbidden\r\nServer: Apache\r\nContent-Type: text/html\r\n\r\n<title>403 Forbidden</title>";
const LOG: &str = "[Thu Jan 01 10:00:00.000000 2026] [security2:error] [pid 7:tid 9] [client 192.0.2.7:40000] [client 192.0.2.7] ModSecurity: Warning. Pattern match \"union\" at ARGS:text. [file \"/r.conf\"] [line \"6\"] [id \"942100\"] [msg \"SQL words\"] [severity \"CRITICAL\"] [hostname \"shop.example\"] [uri \"/reviews\"] [unique_id \"aWaFx\"]\n[Thu Jan 01 10:00:00.000001 2026] [security2:error] [pid 7:tid 9] [client 192.0.2.7:40000] [client 192.0.2.7] ModSecurity: Access denied with code 403 (phase 2). Operator GE matched 5 at TX:inbound_anomaly_score_pl1. [file \"/r.conf\"] [line \"7\"] [id \"949110\"] [msg \"Inbound Anomaly Score Exceeded\"] [hostname \"shop.example\"] [uri \"/reviews\"] [unique_id \"aWaFx\"]\n";

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("waf-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in
        [("rules.conf", RULES), ("request.http", REQUEST), ("answer.http", ANSWER), ("error.log", LOG)]
    {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

fn why403(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_why403")).current_dir(folder).args(args).output().unwrap()
}

fn verdict(folder: &Path, args: &[&str]) -> Value {
    let output = why403(folder, &[&["--format", "json"], args].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn rules_alone_make_it_probable_and_quote_text_and_rule() {
    let folder = folder("alone");
    let verdict = verdict(&folder, &["--rules", "rules.conf", "inspect", "request.http", "answer.http"]);
    assert_eq!(verdict["cause"], "waf.rule", "{verdict:#}");
    assert_eq!(verdict["confidence"], "probable", "{verdict:#}");
    let fix = &verdict["fixes"][0];
    assert!(fix["text"].as_str().unwrap().contains("/reviews"), "{fix}");
    assert!(
        fix["patch"].as_str().unwrap().contains("+    ctl:ruleRemoveTargetById=942100;ARGS:text"),
        "{fix}"
    );
    assert!(fix["opens"].as_str().unwrap().contains("rule 942100 on ARGS:text"), "{fix}");
}

#[test]
fn a_log_line_that_agrees_proves_it_on_the_text() {
    let folder = folder("logged");
    let files = ["--rules", "rules.conf", "inspect", "request.http", "answer.http", "error.log"];
    let verdict = verdict(&folder, &files);
    assert_eq!(
        (&verdict["cause"], &verdict["confidence"]),
        (&"waf.rule".into(), &"proven".into()),
        "{verdict:#}"
    );
    let findings = verdict["hypotheses"][0]["findings"].as_array().unwrap();
    let on_text = findings.iter().find(|finding| finding["document"] == "request.http").unwrap();
    assert_eq!(on_text["weight"], "proves", "{on_text}");
    assert!(on_text["text"].as_str().unwrap().contains("Union  select"), "{on_text}");
}

#[test]
fn a_configuration_brings_its_rules_along() {
    let folder = folder("config");
    std::fs::write(
        folder.join("apache2.conf"),
        "Listen 80\n<VirtualHost *:80>\nInclude rules.conf\n</VirtualHost>\n",
    )
    .unwrap();
    std::fs::write(folder.join("nginx.conf"), "events {}\nhttp {\n server {\n  listen 80;\n  modsecurity on;\n  modsecurity_rules_file rules.conf;\n  location / { proxy_pass http://127.0.0.1:9; }\n }\n}\n").unwrap();
    for config in ["apache2.conf", "nginx.conf", "rules.conf"] {
        let verdict = verdict(&folder, &["--config", config, "inspect", "request.http", "answer.http"]);
        assert_eq!(verdict["cause"], "waf.rule", "{config}: {verdict:#}");
        assert!(verdict.to_string().contains("942100"), "{config}");
    }
}

#[test]
fn rules_that_let_the_request_pass_speak_against_the_waf() {
    let folder = folder("passing");
    std::fs::write(folder.join("request.http"), REQUEST.replace("Union  select", "Great sight-")).unwrap();
    let verdict = verdict(&folder, &["--rules", "rules.conf", "inspect", "request.http", "answer.http"]);
    assert_ne!(verdict["cause"], "waf.rule", "{verdict:#}");
    let rule = verdict["hypotheses"].as_array().unwrap().iter().find(|other| other["cause"] == "waf.rule");
    if let Some(rule) = rule {
        assert!(rule["findings"].to_string().contains("weakens"), "{rule}");
    }
}

#[test]
fn the_command_explains_documents_and_masks_secrets() {
    let folder = folder("command");
    let found = verdict(&folder, &["waf", "--rules", "rules.conf", "inspect", "request.http", "answer.http"]);
    assert_eq!(found["blocked"], true);
    let hit = &found["matches"][0];
    let bytes: Vec<usize> =
        hit["bytes"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    assert_eq!(&REQUEST[bytes[0]..bytes[1]], "Union  select");
    assert_eq!(
        (&hit["rule"], &hit["variable"], &hit["score"]),
        (&942_100.into(), &"ARGS:text".into(), &5.into())
    );
    assert_eq!(
        (&found["score"], &found["threshold"], &hit["text"]),
        (&5.into(), &5.into(), &"Union  select".into())
    );
    assert_eq!((&hit["line"], &hit["transformations"][0]), (&6.into(), &"lowercase".into()));
    assert_eq!(found["edit"]["texts"][0], "Union  select");
    assert_eq!(found["edit"]["score"], 0);
    assert!(found["exclusion"]["seclang"].as_str().unwrap().contains("@streq /reviews"));
    let text = why403(&folder, &["waf", "--rules", "rules.conf", "inspect", "request.http"]);
    assert_eq!(text.status.code(), Some(0));
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("rule 942100 (+5)") && text.contains("smallest edit"), "{text}");
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[test]
fn the_width_of_the_exclusion_is_measured_over_attacks_and_logs() {
    let folder = folder("width");
    std::fs::write(folder.join("attacks.txt"), "1 union select 2\nharmless\nUNION  SELECT x\n").unwrap();
    let log = "192.0.2.7 - - [01/Jan/2026:10:00:00 +0000] \"GET /reviews?text=union%20select HTTP/1.1\" 403 9 \"-\" \"x\"\n192.0.2.7 - - [01/Jan/2026:10:00:01 +0000] \"GET /reviews?text=good HTTP/1.1\" 200 9 \"-\" \"x\"\n192.0.2.7 - - [01/Jan/2026:10:00:02 +0000] \"GET /reviews?other=union%20select HTTP/1.1\" 403 9 \"-\" \"x\"\n";
    std::fs::write(folder.join("access.log"), log).unwrap();
    let files = [
        "--log",
        "access.log",
        "waf",
        "--rules",
        "rules.conf",
        "--attacks",
        "attacks.txt",
        "inspect",
        "request.http",
    ];
    let found = verdict(&folder, &files);
    assert_eq!(
        found["width"],
        serde_json::json!({"tried": 3, "refused": 2, "passing": ["line 1", "line 3"]})
    );
    assert_eq!(found["logged"]["requests"], 3, "{found:#}");
    assert_eq!(found["logged"]["passing"], serde_json::json!(["/reviews?text=union%20select"]), "{found:#}");
}
