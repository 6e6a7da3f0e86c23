//! Whole requests as they are on the wire, through all phases of the CRS: the first byte chooses the engine.
//!
//! The rules are those of the checkout that `CRS_DIR` names, else of the distribution's package.
#![no_main]

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use waf::{Like, Options, Request, Response, RuleSet};

static RULE_SETS: LazyLock<[RuleSet; 3]> = LazyLock::new(|| {
    let folder = std::env::var_os("CRS_DIR").unwrap_or_else(|| OsString::from("/usr/share/modsecurity-crs"));
    [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza].map(|like| {
        let options = Options { like, paranoia: Some(4), ..Options::default() };
        RuleSet::load_with(Path::new(&folder), &options, "").expect("the rules load")
    })
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [engine, raw @ ..] = bytes else { return };
    let (head, body) = halves(raw, b"\n\n");
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next().unwrap_or_default().splitn(3, |byte| *byte == b' ');
    let mut word = || words.next().unwrap_or_default();
    let (method, target, version) = (word(), word(), word());
    let headers: Vec<(&[u8], &[u8])> = lines.map(|line| halves(line, b": ")).collect();
    let request = Request { method, target, version, headers: &headers, body, client: [192, 0, 2, 1].into() };
    let answer: &[(&[u8], &[u8])] = &[(b"Content-Type", b"text/html")];
    let response = Response { status: 200, version: b"HTTP/1.1", headers: answer, body };
    let rules = &RULE_SETS[usize::from(*engine) % 3];
    let verdict = rules.inspect_exchange(&request, &response);
    let length = request.to_bytes().len();
    for found in &verdict.matches {
        let places = found.places.iter().chain(&found.bytes).chain(&found.whole);
        assert!(places.clone().all(|place| place.start <= place.end && place.end <= length), "{found:?}");
    }
    if bytes.len() < 400 && verdict.blocked {
        let _ = waf::smallest_edit(rules, &request, &verdict);
    }
});

/// What stands before and behind the first mark.
fn halves<'a>(text: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = text.windows(mark.len()).position(|window| window == mark).unwrap_or(text.len());
    (&text[..at], text.get(at + mark.len()..).unwrap_or_default())
}
