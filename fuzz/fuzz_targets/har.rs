//! The scanner of HAR files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = intake::har::scan::entries(bytes);
});
