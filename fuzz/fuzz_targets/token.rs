//! Tokens and the values of header fields.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = intake::token::jwt(text);
    let _ = intake::token::of_field("Authorization", text);
});
