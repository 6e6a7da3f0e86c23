//! Counts by path and client equal those of a reader that is not ours: gawk with a full regular expression per line.
//!
//! Needs gawk. `LOGS_LINES=10000000` makes the log as long as one likes.

#![cfg(feature = "real")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod generator;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::process::Command;

use generator::Shape;
use logs::group::{By, Grouping};
use logs::{Depth, Options};

/// What stands before the status: client, user with blanks, time, request with escaped quotation marks.
const COMBINED: &str = r#"{ if (match($0, /^([^ ]+) - (.*) \[[^\]]+\] "(([^"\\]|\\.)*)" ([0-9][0-9][0-9]) [0-9]+ "/, m) && m[5] == 403)
    { split(m[3], r, " "); n[m[1] "\t" r[2]]++ } } END { for (k in n) print n[k] "\t" k }"#;
const JSON: &str = r#"{ if (match($0, /"remote_addr":"([^"]*)".*"request_uri":"(([^"\\]|\\.)*)".*,"status":([0-9]+),/, m) && m[4] == 403)
    n[m[1] "\t" m[2]]++ } END { for (k in n) print n[k] "\t" k }"#;

#[test]
fn counts_equal_those_of_gawk() {
    let lines = std::env::var("LOGS_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000);
    for (shape, program) in [(Shape::Combined, COMBINED), (Shape::WithIds, COMBINED), (Shape::Json, JSON)] {
        let path = std::env::temp_dir().join(format!("logs-exact-{}", std::process::id()));
        let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
        let truth = generator::write(&mut file, shape, 0, Some(lines)).unwrap();
        file.flush().unwrap();
        let format = (shape == Shape::WithIds)
            .then(|| logs::Format::from_nginx_log_format(generator::WITH_IDS).unwrap());
        let theirs = gawk(program, &path);
        for depth in [Depth::Refusals, Depth::Statuses] {
            let options = Options { depth, format: format.clone(), ..Options::default() };
            let by = Grouping::new(&[By::Client, By::Method]);
            let scan = logs::scan(std::slice::from_ref(&path), &options, by, &|_| {});
            assert_eq!((scan.files[0].refused, scan.files[0].lines), (truth.refused, truth.lines));
            let mut ours: BTreeMap<String, u64> = BTreeMap::new();
            let collected =
                logs::scan(std::slice::from_ref(&path), &options, logs::Collect::up_to(usize::MAX), &|_| {});
            for (_, record) in &collected.sink.records {
                let key = format!("{}\t{}", record.client().unwrap(), record.target().unwrap());
                *ours.entry(key).or_default() += 1;
            }
            assert_eq!(ours, theirs);
            assert_eq!(scan.sink.groups().iter().map(|group| group.count).sum::<u64>(), truth.refused);
        }
        std::fs::remove_file(&path).unwrap();
    }
}

fn gawk(program: &str, path: &std::path::Path) -> BTreeMap<String, u64> {
    let output = Command::new("gawk")
        .env("LC_ALL", "C")
        .arg(program)
        .arg(path)
        .output()
        .expect("gawk must be installed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let (count, key) = line.split_once('\t').unwrap();
            (key.to_owned(), count.parse().unwrap())
        })
        .collect()
}
