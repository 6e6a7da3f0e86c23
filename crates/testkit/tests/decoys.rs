//! Documents in which the words of a proof stand and another check refused: nothing may be called proven but what is true.
//!
//! Each entry of `decoys.toml` says what really refused (`truth`), which causes its documents may prove (`may`, mostly
//! none), and why the words prove nothing (`because`).

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::fs;
use std::path::Path;

use model::Confidence;
use toml::{Table, Value};

/// The least number of decoys, over all layers.
const LEAST: usize = 30;

fn texts(entry: &Value, key: &str) -> Vec<String> {
    let list = entry.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

fn documents(entry: &Value) -> Vec<intake::Document> {
    let table = entry["documents"].as_table().unwrap();
    let document = |(name, text): (&String, &Value)| intake::Document {
        name: name.clone(),
        bytes: text.as_str().unwrap().replace("\r\n", "\n").into_bytes(),
    };
    table.iter().map(document).collect()
}

#[test]
fn no_decoy_is_taken_for_a_proof() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("decoys.toml");
    let table: Table = fs::read_to_string(file).unwrap().parse().unwrap();
    let decoys = table["decoy"].as_array().unwrap();
    assert!(decoys.len() >= LEAST, "only {} decoys", decoys.len());
    let mut taken = Vec::new();
    for entry in decoys {
        let (_, verdict) = testkit::diagnose(documents(entry));
        let Some(first) = verdict.hypotheses.first() else { continue };
        let may = texts(entry, "may");
        if first.confidence == Confidence::Proven && !may.iter().any(|cause| cause == first.cause.id) {
            taken.push(format!(
                "{}: proven {}, true is {} ({})",
                entry["name"].as_str().unwrap(),
                first.cause.id,
                entry["truth"].as_str().unwrap(),
                first.findings.first().map_or("", |finding| finding.because.as_str())
            ));
        }
    }
    assert!(taken.is_empty(), "wrongly proven:\n{}", taken.join("\n"));
}
