//! Attacks to measure an exclusion with: the tests of a Core Rule Set checkout, a file of texts, or a log's requests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use model::Evidence;
use serde_json::Value;
use waf::{Attack, Exclusion, OwnedRequest, RuleSet};

/// Reads attacks: a checkout's regression tests, as far as these rules find them, or a file with one text a line.
///
/// # Errors
/// What cannot be read, or holds no attack.
pub(super) fn read(path: &Path, rules: &RuleSet) -> Result<Vec<Attack>> {
    let name = path.display();
    let attacks = if path.is_dir() {
        let mut files = Vec::new();
        collect(path, &mut files);
        files.sort();
        files.iter().flat_map(|file| of_tests(file, rules)).collect()
    } else {
        let text = fs::read(path).with_context(|| format!("{name} cannot be read"))?;
        let lines = text.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
        lines
            .map(|(number, line)| Attack {
                name: format!("line {}", number + 1),
                text: line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
            })
            .collect::<Vec<_>>()
    };
    if attacks.is_empty() {
        bail!(
            "{name} holds no attack: give a checkout of the Core Rule Set with its tests, or a file with one a line"
        );
    }
    Ok(attacks)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.is_symlink() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

/// The values on which the tests of one file expect a rule. What is no test file gives none.
fn of_tests(file: &Path, rules: &RuleSet) -> Vec<Attack> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let Ok(document) = serde_saphyr::from_str::<Value>(&text) else { return Vec::new() };
    let rule = document["rule_id"].as_u64().unwrap_or(0);
    let tests = document["tests"].as_array().map(Vec::as_slice).unwrap_or_default();
    tests.iter().filter_map(|test| of_test(rule, test, rules)).collect()
}

fn of_test(rule: u64, test: &Value, rules: &RuleSet) -> Option<Attack> {
    let stage = test["stages"].as_array()?.first()?;
    let expected = stage["output"]["log"]["expect_ids"].as_array()?;
    let request = request(&stage["input"])?;
    let verdict = request.with(|request| rules.inspect(request));
    let wanted = |id: u32| expected.iter().any(|known| known.as_u64() == Some(u64::from(id)));
    let found = verdict.matches.into_iter().find(|found| wanted(found.rule) && !found.value.is_empty())?;
    Some(Attack { name: format!("{rule}-{}", test["test_id"].as_u64().unwrap_or(0)), text: found.value })
}

/// The request of a test's stage, as far as values matter.
fn request(input: &Value) -> Option<OwnedRequest> {
    let text = |key: &str, default: &str| input[key].as_str().unwrap_or(default).as_bytes().to_vec();
    let body = text("data", "");
    let fields = input["headers"].as_object()?;
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> = fields
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone().into_bytes(), value.into_bytes())
        })
        .collect();
    let has = |headers: &[(Vec<u8>, Vec<u8>)], name: &str| {
        headers.iter().any(|header| header.0.eq_ignore_ascii_case(name.as_bytes()))
    };
    if !body.is_empty() && !has(&headers, "content-type") {
        headers.push((b"Content-Type".to_vec(), b"application/x-www-form-urlencoded".to_vec()));
    }
    if !body.is_empty() && !has(&headers, "content-length") {
        headers.push((b"Content-Length".to_vec(), body.len().to_string().into_bytes()));
    }
    Some(OwnedRequest {
        method: text("method", "GET"),
        target: text("uri", "/"),
        version: b"HTTP/1.1".to_vec(),
        headers,
        body,
        client: [127, 0, 0, 1].into(),
    })
}

/// What an exclusion lets pass of the requests in logs. Logs hold no bodies, so that only targets are looked at.
#[derive(Debug, Default)]
pub(super) struct Logged {
    /// Requests to the exclusion's path.
    pub(super) requests: usize,
    /// Those that the rules refuse for their target.
    pub(super) refused: usize,
    /// Targets of those that pass with the exclusion.
    pub(super) passing: Vec<String>,
}

/// Holds the logged targets against the rules with and without the exclusion.
pub(super) fn logged(
    evidence: &Evidence,
    rules: &RuleSet,
    base: &OwnedRequest,
    exclusion: &Exclusion,
) -> Logged {
    let mut logged = Logged::default();
    for target in evidence.log_lines.iter().filter_map(|line| line.field("target")) {
        let mut request =
            OwnedRequest { target: target.as_bytes().to_vec(), body: Vec::new(), ..base.clone() };
        request.headers.retain(|header| {
            !["content-length", "content-type"]
                .iter()
                .any(|name| header.0.eq_ignore_ascii_case(name.as_bytes()))
        });
        request.method = b"GET".to_vec();
        request.with(|request| {
            if !exclusion.holds_at(request) {
                return;
            }
            logged.requests += 1;
            if rules.inspect(request).would_block {
                logged.refused += 1;
                if !rules.inspect_excluding(request, exclusion).would_block {
                    logged.passing.push(target.to_owned());
                }
            }
        });
    }
    logged
}
