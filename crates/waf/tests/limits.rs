//! Bodies of any size take bounded memory, in every mode: what the limits cut off is never kept, and what is kept is kept a
//! bounded number of times. What the real engines answer to such bodies is compared in `tests/real/hostile.rs`.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use waf::{Like, Options, Request, RuleSet, Verdict};

/// A rule that looks at every value, so that every value is made.
const RULES: &str = r#"
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^text/xml" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule ARGS|ARGS_NAMES|FILES|MULTIPART_PART_HEADERS|XML:/*|XML://@*|REQUEST_BODY "@contains or 1" "id:10,phase:2,pass,log,t:none,t:urlDecodeUni,t:lowercase"
"#;

/// What one inspection may hold at its peak, beyond what the test gave it.
const MOST_MB: f64 = 400.0;

fn inspect(like: Like, kind: &str, body: &[u8]) -> Verdict {
    let rules = RuleSet::parse(RULES, &Options { like, ..Options::default() }).unwrap();
    let length = body.len().to_string();
    let headers: &[(&[u8], &[u8])] = &[
        (b"Host", b"shop.example"),
        (b"Content-Type", kind.as_bytes()),
        (b"Content-Length", length.as_bytes()),
    ];
    rules.inspect(&Request {
        method: b"POST",
        target: b"/upload",
        version: b"HTTP/1.1",
        headers,
        body,
        client: [192, 0, 2, 1].into(),
    })
}

/// Name, type and body.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=xyz";
    let head = b"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n".as_slice();
    let part = b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nor 1\r\n".as_slice();
    let many = (0..100_000).map(|number| format!("a{number}=or+1")).collect::<Vec<_>>().join("&");
    vec![
        ("100 MB of a file", multipart, [head, &b"word ".repeat(20_000_000), b"\r\n--xyz--\r\n"].concat()),
        ("100 MB of one field", form, [b"a=".as_slice(), &b"or 1 ".repeat(20_000_000)].concat()),
        ("100,000 arguments", form, many.into_bytes()),
        ("arrays 100,000 deep", "application/json", [b"[".repeat(100_000), b"]".repeat(100_000)].concat()),
        ("objects 100,000 deep", "application/json", b"{\"a\":".repeat(100_000)),
        ("elements 100,000 deep", "text/xml", b"<a b='or 1'>".repeat(100_000)),
        ("100,000 parts", multipart, [&part.repeat(100_000), b"--xyz--\r\n".as_slice()].concat()),
        ("a boundary never closed", multipart, [head, &b"--xy".repeat(1_000_000)].concat()),
        (
            "a header line never ended",
            multipart,
            [b"--xyz\r\nX: ".as_slice(), &b"a".repeat(4_000_000)].concat(),
        ),
    ]
}

/// The most memory that was resident at a time (`VmHWM` of proc(5)).
fn peak_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() / 1024.0
}

#[test]
fn memory_is_bounded_whatever_the_body() {
    let bodies = bodies();
    let given = peak_mb();
    for (name, kind, body) in &bodies {
        for like in [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza] {
            let verdict = inspect(like, kind, body);
            let length = verdict.matches.iter().map(|found| found.value.len()).max().unwrap_or(0);
            assert!(length <= 65_536, "{name}, {like}: a value of {length} bytes is kept");
            let more = peak_mb() - given;
            assert!(more < MOST_MB, "{name}, {like}: {more:.0} MB more than the bodies themselves");
        }
    }
}
