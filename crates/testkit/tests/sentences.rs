//! Sentences that no product is known for: how often the words that many use lead to the right check.
//!
//! `cargo test -p why403-testkit --test sentences -- --nocapture` prints the ones that are led wrongly.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

use std::fs;
use std::path::Path;

use intake::Document;
use model::{Confidence, Verdict};
use toml::{Table, Value};

/// The least share of the sentences that must be led by a right cause, in hundredths.
const LED: usize = 94;

struct Sentence {
    causes: Vec<String>,
    status: i64,
    text: String,
}

#[test]
fn sentences_are_led_by_a_right_cause_and_none_is_wrongly_proven() {
    let sentences = sentences();
    let (mut led, mut among) = (0, 0);
    for sentence in &sentences {
        let verdict = verdict(sentence);
        let right = |cause: &str| sentence.causes.iter().any(|known| known == cause);
        let rank = verdict.hypotheses.iter().position(|hypothesis| right(hypothesis.cause.id));
        led += usize::from(rank == Some(0));
        among += usize::from(rank.is_some_and(|rank| rank < 3));
        let Some(first) = verdict.hypotheses.first() else {
            println!("{} -> nothing: {}", sentence.causes[0], sentence.text);
            continue;
        };
        if rank != Some(0) {
            println!("{} -> {}: {}", sentence.causes[0], first.cause.id, sentence.text);
        }
        let proven = first.confidence == Confidence::Proven && rank != Some(0);
        assert!(!proven, "wrongly proven {}: {}", first.cause.id, sentence.text);
    }
    let all = sentences.len();
    println!("{all} sentences, led by a right cause {led}, among the first 3 {among}");
    assert!(led * 100 >= all * LED, "only {led} of {all} sentences are led by a right cause");
}

fn sentences() -> Vec<Sentence> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sentences.toml");
    let table: Table = fs::read_to_string(file).unwrap().parse().unwrap();
    let read = |value: &Value| Sentence {
        causes: value["causes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cause| cause.as_str().unwrap().to_owned())
            .collect(),
        status: value["status"].as_integer().unwrap(),
        text: value["text"].as_str().unwrap().to_owned(),
    };
    table["sentence"].as_array().unwrap().iter().map(read).collect()
}

/// What is said of the sentence as the body of an answer, or as a line that somebody pasted.
fn verdict(sentence: &Sentence) -> Verdict {
    let (name, text) = match sentence.status {
        0 => ("server.log", format!("{}\n", sentence.text)),
        status => ("response.http", format!("HTTP/1.1 {status} X\r\n\r\n{}", sentence.text)),
    };
    let name = if sentence.text.contains("Access-Control") || sentence.text.contains("preflight") {
        "console.txt"
    } else {
        name
    };
    let document = Document { name: name.to_owned(), bytes: text.into_bytes() };
    testkit::diagnose(vec![document]).1
}
