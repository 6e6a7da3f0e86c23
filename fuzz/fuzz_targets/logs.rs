//! Any log: recognised, read, joined with itself, grouped; and scanned as a stream.
#![no_main]

use logs::group::{By, Grouping};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(format) = logs::recognise(bytes) {
        let records: Vec<_> = logs::read(bytes, &format).flatten().collect();
        let mut grouping = Grouping::new(&[By::Route, By::Client, By::Rule, By::Message]);
        records.iter().for_each(|record| grouping.add(0, record));
        let observed = grouping.observed.unwrap_or_default();
        grouping.groups().iter().for_each(|group| {
            let _ = group.timeline.change(observed);
        });
        logs::join(&[records.clone(), records]);
    }
    let stream = Box::new(std::io::Cursor::new(bytes.to_vec()));
    logs::scan_stream(stream, &logs::Options::default(), logs::Collect::up_to(1000));
});
