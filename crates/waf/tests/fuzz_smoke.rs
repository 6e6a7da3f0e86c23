//! A short, deterministic run of what `fuzz/` does at length: mutated rules and bodies never cause a panic, and every
//! reported place lies in the request. `WHY403_FUZZ_SECONDS=3600` goes on for an hour.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::time::{Duration, Instant};

use waf::{Like, Options, Request, RuleSet};

const RULES: &str = include_str!("data/body_rules.conf");

const BODIES: &[(&str, &[u8])] = &[
    ("application/x-www-form-urlencoded", b"a=1&b=%27+or+1%3D1&a[]=x&=&&c=%u0027%zz"),
    ("application/json", b"{\"a\":[1,2.5e3,{\"b\":null}],\"c\":\"\\u0027\\ud83d\\ude00 or 1\",\"d\":true}"),
    ("multipart/form-data; boundary=xyz", b"--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\nContent-Type: x/y\r\n\r\nor 1\r\n--xyz\r\nContent-Disposition: form-data; name=c\r\n\r\n2\r\n--xyz--\r\n"),
    ("text/xml", b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a d=\"or 1\"><![CDATA[x]]>&lt;&#65;&b;</a>"),
    ("text/plain", b"' or 1=1 -- <script>alert(1)</script> /etc/passwd"),
];

/// The generator of G. Marsaglia (xorshift64), so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(5) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\"'\\{}[]<>&;:=,|@!%\0\n\r- u\xE9"[self.below(25)]),
                3 => bytes.truncate(at),
                4 => {
                    let other = BODIES[self.below(BODIES.len())].1;
                    let from = self.below(other.len());
                    let piece = other[from..(from + self.below(40)).min(other.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let end = (at + self.below(60)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
    }
}

/// Repeats until the time is over, at least `least` times.
fn repeat(least: usize, mut step: impl FnMut(usize)) {
    let seconds =
        std::env::var("WHY403_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut number = 0;
    while number < least || Instant::now() < end {
        step(number);
        number += 1;
    }
}

fn post<'a>(headers: &'a [(&'a [u8], &'a [u8])], target: &'a [u8], body: &'a [u8]) -> Request<'a> {
    Request { method: b"POST", target, version: b"HTTP/1.1", headers, body, client: [192, 0, 2, 1].into() }
}

#[test]
fn mutated_bodies() {
    let likes = [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza];
    let rules = likes.map(|like| RuleSet::parse(RULES, &Options { like, ..Options::default() }).unwrap());
    for rules in &rules {
        assert_eq!(rules.report().unloaded, []);
    }
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let mut tripped = 0;
    repeat(4_000, |number| {
        let (kind, seed) = BODIES[number % BODIES.len()];
        let mut body = seed.to_vec();
        chance.mutate(&mut body);
        let mut kind = kind.as_bytes().to_vec();
        if chance.below(8) == 0 {
            chance.mutate(&mut kind);
        }
        let headers: &[(&[u8], &[u8])] = &[(b"Host", b"h"), (b"Content-Type", &kind), (b"Cookie", &body)];
        let target = [b"/a?", body.as_slice()].concat();
        let request = post(headers, &target, &body);
        let verdict = rules[number % rules.len()].inspect(&request);
        let length = request.to_bytes().len();
        for found in &verdict.matches {
            assert!(
                found.places.iter().all(|place| place.start <= place.end && place.end <= length),
                "{found:?}"
            );
        }
        tripped += usize::from(!verdict.matches.is_empty());
    });
    assert!(tripped > 1_000, "the bodies reach the rules: {tripped}");
}

#[test]
fn mutated_rules() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut loaded = 0;
    let headers: &[(&[u8], &[u8])] =
        &[(b"Host", b"h"), (b"Content-Type", b"application/json"), (b"Cookie", b"a=or 1")];
    let request = post(headers, b"/a?b=c", br#"{"q": "1' or 1=1"}"#);
    repeat(600, |number| {
        let mut text = RULES.as_bytes().to_vec();
        for _ in 0..1 + number % 8 {
            chance.mutate(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        if let Ok(rules) = RuleSet::parse(&text, &Options::default()) {
            loaded += 1;
            let _ = rules.inspect(&request);
        }
    });
    assert!(loaded > 300, "most mutations still load: {loaded}");
}
