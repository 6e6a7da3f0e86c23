//! Command lines of any shell.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(args) = intake::curl::shell::arguments(text) {
        let _ = intake::curl::parse(&args, &|_| Ok(b"content".to_vec()));
    }
});
