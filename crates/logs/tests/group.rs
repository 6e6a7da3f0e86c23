//! Groups count exactly, whatever the number of threads, and tell since when.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod generator;

use std::collections::BTreeMap;

use generator::Shape;
use logs::Options;
use logs::group::{By, Grouping};

#[test]
fn counts_by_path_and_client_are_those_of_the_generator() {
    let path = std::env::temp_dir().join(format!("logs-group-{}", std::process::id()));
    let mut text = Vec::new();
    let truth = generator::write(&mut text, Shape::Combined, 20_000_000, None).unwrap();
    std::fs::write(&path, &text).unwrap();
    for threads in [1, 4] {
        let options = Options { threads, ..Options::default() };
        let scan = logs::scan(std::slice::from_ref(&path), &options, Grouping::new(&[By::Client]), &|_| {});
        let groups = scan.sink.groups();
        let counts: BTreeMap<String, u64> =
            groups.iter().map(|group| (group.key[0].as_deref().unwrap().to_owned(), group.count)).collect();
        assert_eq!(counts, truth.refused_by_client);
        for group in &groups {
            let place = group.first.place;
            let line = &text[place.offset as usize..(place.offset + place.length) as usize];
            assert!(line.starts_with(group.key[0].as_deref().unwrap().as_bytes()));
            assert!(group.first.micros <= group.last.micros);
        }
    }
    std::fs::remove_file(&path).unwrap();
}

fn log(minutes: impl Iterator<Item = (u32, &'static str)>) -> String {
    minutes
        .map(|(minute, path)| {
            let (hour, minute) = (minute / 60, minute % 60);
            format!("192.0.2.1 - - [24/Nov/2026:{hour:02}:{minute:02}:00 +0000] \"POST {path} HTTP/1.1\" 403 1 \"-\" \"-\"\n")
        })
        .collect()
}

#[test]
fn a_new_kind_of_refusal_is_told_from_more_of_the_same() {
    let steady = (0..600).step_by(10).map(|minute| (minute, "/admin"));
    let new = (420..600).step_by(3).map(|minute| (minute, "/api/items/17"));
    let text = log(steady.chain(new));
    let format = logs::recognise(text.as_bytes()).unwrap();
    let mut grouping = Grouping::new(&[By::Route]);
    for record in logs::read(text.as_bytes(), &format) {
        grouping.add(0, &record.unwrap());
    }
    let observed = grouping.observed.unwrap();
    let groups = grouping.groups();
    assert_eq!(groups.len(), 2);
    for group in groups {
        let change = group.timeline.change(observed);
        if group.key[0].as_deref() == Some("/admin") {
            assert_eq!(change, None);
            continue;
        }
        assert_eq!(group.key[0].as_deref(), Some("/api/items/{id}"));
        let change = change.unwrap();
        let truth = logs::time::parse(b"2026-11-24T07:00:00Z").unwrap().micros;
        assert!((change.at - truth).abs() < 600_000_000, "{change:?}");
        assert_eq!(change.before, 0.0);
        assert!(change.after > 15.0);
        let bars = group.timeline.sparkline(observed.0, observed.1, 20);
        assert_eq!(bars.chars().count(), 20);
        assert!(bars.starts_with("            ") && bars.ends_with('█'), "{bars:?}");
    }
}
