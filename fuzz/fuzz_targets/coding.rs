//! Content codings and chunks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = intake::coding::unchunk(bytes);
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let _ = intake::coding::decode(coding, bytes);
    }
});
