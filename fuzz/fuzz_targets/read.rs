//! Any document.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let document = intake::Document { name: "fuzzed".into(), bytes: bytes.to_vec() };
    let _ = intake::read(vec![document]);
});
