//! A definition of a log format, and a line to read with it: the text up to the first line end, and the rest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let definition = String::from_utf8_lossy(&bytes[..at]);
    let line = bytes.get(at + 1..).unwrap_or_default();
    for format in logs::format::definitions(&definition) {
        format.parse(line);
    }
    for compiled in [
        logs::Format::from_nginx_log_format(&definition),
        logs::Format::from_apache_log_format(&definition),
        logs::Format::from_haproxy_log_format(&definition),
        logs::Format::from_envoy_log_format(&definition),
    ] {
        compiled.iter().for_each(|format| drop(format.parse(line)));
    }
});
