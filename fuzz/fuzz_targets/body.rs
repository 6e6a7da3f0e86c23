//! Bodies of all kinds: the first byte chooses the type, the next the engine.
#![no_main]

use std::sync::LazyLock;

use waf::{Like, Options, Request, RuleSet};

const RULES: &str = include_str!("../../crates/waf/tests/data/body_rules.conf");

static RULE_SETS: LazyLock<[RuleSet; 3]> = LazyLock::new(|| {
    [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza].map(|like| {
        RuleSet::parse(RULES, &Options { like, ..Options::default() }).expect("the rules load")
    })
});

const TYPES: [&[u8]; 5] = [
    b"application/x-www-form-urlencoded",
    b"application/json",
    b"multipart/form-data; boundary=xyz",
    b"text/xml",
    b"text/plain",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [kind, engine, body @ ..] = bytes else { return };
    let headers: &[(&[u8], &[u8])] =
        &[(b"Host", b"h"), (b"Content-Type", TYPES[usize::from(*kind) % 5]), (b"Cookie", body)];
    let target = [b"/a?", body].concat();
    let request =
        Request { method: b"POST", target: &target, version: b"HTTP/1.1", headers, body, client: [192, 0, 2, 1].into() };
    let verdict = RULE_SETS[usize::from(*engine) % 3].inspect(&request);
    let length = request.to_bytes().len();
    assert!(verdict.matches.iter().flat_map(|found| &found.places).all(|place| place.end <= length));
});
