//! Rules: any text is loaded, or refused with a reason, and what was loaded runs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Includes would read files of this machine.
    let text = String::from_utf8_lossy(bytes).replace(['/', '.'], "_");
    let Ok(rules) = waf::RuleSet::parse(&text, &waf::Options::default()) else { return };
    let request = waf::Request {
        method: b"POST",
        target: b"/a?b=c",
        version: b"HTTP/1.1",
        headers: &[(b"Host", b"h"), (b"Content-Type", b"application/json"), (b"Cookie", b"a=b")],
        body: br#"{"q": "1' or 1=1"}"#,
        client: [192, 0, 2, 1].into(),
    };
    let _ = rules.inspect(&request);
});
