//! Decisions in blocking mode at paranoia 1: what the real engines answered to legitimate POSTs, with the packaged rules and
//! with a checkout of CRS 4.28.0.
#![cfg(any(feature = "real", feature = "checkout"))]

use serde_json::Value;
use waf::{EngineMode, Like, Options, Request, RuleSet, exclusion, smallest_edit};

const POSTS: &str = include_str!("data/legitimate_posts.json");

#[cfg(feature = "checkout")]
fn checkout() -> std::path::PathBuf {
    let folder = std::env::var_os("CRS_DIR").expect("CRS_DIR names a checkout of coreruleset v4.28.0");
    folder.into()
}

fn decisions(folder: &std::path::Path, like: Like, engine: &str) {
    let options = Options { like, paranoia: Some(1), engine: Some(EngineMode::On) };
    let rules = RuleSet::load_with(folder, &options, "").expect("the checkout loads");
    let posts: Vec<Value> = serde_json::from_str(POSTS).expect("JSON");
    let mut wrong = Vec::new();
    for post in &posts {
        let raw = post["request"].as_str().expect("a request");
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.split("\r\n");
        let words: Vec<&str> = lines.next().expect("a request line").splitn(3, ' ').collect();
        let headers: Vec<(&[u8], &[u8])> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.as_bytes(), value.trim().as_bytes()))
            .collect();
        let request = Request {
            method: words[0].as_bytes(),
            target: words[1].as_bytes(),
            version: words[2].as_bytes(),
            headers: &headers,
            body: body.as_bytes(),
            client: [127, 0, 0, 1].into(),
        };
        let verdict = rules.inspect(&request);
        let expected = &post["verdicts"][engine];
        let status = if verdict.blocked { verdict.status.unwrap_or(403) } else { 200 };
        let ids: Vec<String> = verdict.logged_rules().iter().map(u32::to_string).collect();
        let mut wanted: Vec<&str> =
            expected["rule_ids"].as_array().expect("ids").iter().filter_map(Value::as_str).collect();
        wanted.sort_unstable();
        if u64::from(status) != expected["status"].as_u64().unwrap_or(0) || ids != wanted {
            wrong.push(format!("{}: {status} {ids:?}, expected {expected}", post["name"]));
        }
        if verdict.blocked && verdict.score > 0 {
            let way_out = exclusion(&rules, &request, &verdict).expect("an exclusion");
            let mended = RuleSet::load_with(folder, &options, &way_out.seclang).expect("the checkout loads");
            let after = mended.inspect(&request);
            if after.blocked {
                wrong.push(format!("{}: still refused after {}", post["name"], way_out.seclang));
            }
            if let Some(edit) = smallest_edit(&rules, &request, &verdict) {
                assert!(edit.ranges.iter().all(|range| request.place(range).is_some()), "{edit:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), posts.len(), wrong.join("\n"));
}

#[cfg(feature = "real")]
#[test]
fn decides_like_mod_security2_with_the_packaged_rules() {
    decisions("/usr/share/modsecurity-crs".as_ref(), Like::ModSecurity2, "modsec2.9.7+crs3.3.4");
}

#[cfg(feature = "checkout")]
#[test]
fn decides_like_mod_security2() {
    decisions(&checkout(), Like::ModSecurity2, "modsec2.9.7+crs4.28.0");
}

#[cfg(feature = "checkout")]
#[test]
fn decides_like_libmodsecurity3() {
    decisions(&checkout(), Like::ModSecurity3, "libmodsec3.0.9+crs4.28.0");
}
