//! Sentences that nobody learned from: what the likeness of words makes of them.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use intake::Document;

/// How many of a hundred new sentences must lead to their cause, and how many must name it among the first three.
const FIRST: usize = 75;
const AMONG_THREE: usize = 90;

/// The least number of sentences that are learned from, for each cause.
const LEARNED: usize = 20;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The causes that the likeness of words alone names, most alike first.
fn alike(body: &str) -> Vec<&'static str> {
    let answer = format!("HTTP/1.1 403 Forbidden\r\n\r\n{body}");
    let document = Document { name: "response.http".to_owned(), bytes: answer.into_bytes() };
    let likeness = (catalogue::CATALOGUE.alike)(&intake::read(vec![document]));
    assert!(likeness.iter().map(|like| like.share).sum::<f64>() <= 1.0 + 1e-9);
    likeness.iter().map(|like| like.cause).collect()
}

#[test]
fn new_words_lead_to_their_cause_mostly() {
    let text = fs::read_to_string(folder("likeness.txt")).unwrap();
    let pairs: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "))
        .collect();
    let (mut first, mut among) = (0, 0);
    let mut missed = String::new();
    for (cause, sentence) in &pairs {
        let named = alike(sentence);
        first += usize::from(named.first() == Some(cause));
        among += usize::from(named.iter().take(3).any(|named| named == cause));
        if named.first() != Some(cause) {
            missed += &format!("{cause}: {sentence} -> {named:?}\n");
        }
    }
    assert!(first * 100 >= FIRST * pairs.len(), "{first} of {}:\n{missed}", pairs.len());
    assert!(among * 100 >= AMONG_THREE * pairs.len(), "{among} of {}:\n{missed}", pairs.len());
}

/// The same words stand in sentences of a rare cause, and of a common one: alone they speak of the common one.
#[test]
fn what_programs_tell_of_more_often_is_likelier() {
    assert_eq!(alike("Insufficient permissions").first(), Some(&"authz.permission-missing"));
}

/// Header fields as a program prints them speak of no check, though sentences about content types hold the same words.
#[test]
fn what_stands_around_a_refusal_says_little() {
    let printed =
        "Got 401 (content-type: application/problem+json; charset=utf-8, content-length: 77) and a body";
    let document = Document { name: "console.txt".to_owned(), bytes: printed.as_bytes().to_vec() };
    let likeness = (catalogue::CATALOGUE.alike)(&intake::read(vec![document]));
    assert!(likeness.iter().all(|like| like.share < 0.5), "{likeness:?}");
}

#[test]
fn words_that_say_nothing_resemble_nothing() {
    for body in [
        "",
        "Forbidden",
        "<html><body>ok</body></html>",
        "xyzzy plugh",
        "\u{0}\u{1}\\u12",
        "\\",
        "<",
        "\\uD800 \\u00",
    ] {
        assert_eq!(alike(body), [""; 0], "{body:?}");
    }
}

/// The names of an access log's fields are no words of a refusal, nor are the letters of an identifier.
#[test]
fn an_access_log_resembles_nothing() {
    let line = r#"{"time":"2026-11-01T06:32:33+00:00","remote_addr":"192.0.2.7","request_method":"POST","request_uri":"/search?q=chairs","server_protocol":"HTTP/1.1","status":403,"body_bytes_sent":4295,"request_id":"d2c9279286ed604b","upstream_status":"403"}"#;
    let combined = r#"192.0.2.7 - - [26/Nov/2026:10:00:00 +0000] "POST /search?q=chairs HTTP/1.1" 403 7 "-" "curl/8.5.0""#;
    for line in [line, combined] {
        let document = Document { name: "access.log".to_owned(), bytes: format!("{line}\n").into_bytes() };
        let likeness = (catalogue::CATALOGUE.alike)(&intake::read(vec![document]));
        assert!(likeness.is_empty(), "{line}: {likeness:?}");
    }
}

#[test]
fn what_stands_in_marks_and_scripts_is_no_text() {
    let told = "Your monthly quota is used up";
    let hidden = format!(
        "<script>throw 'your ip address is not on the allow list'</script><style>.csrf-token{{}}</style>{told}"
    );
    assert_eq!(alike(&hidden).first(), alike(told).first());
    assert_eq!(alike("<!-- your monthly quota is used up -->"), [""; 0]);
}

/// Each cause has sentences of its own, and none is learned for two causes: that would say nothing.
#[test]
fn the_sentences_are_enough_and_each_is_of_one_cause() {
    let mut of: BTreeMap<String, String> = BTreeMap::new();
    let names = catalogue::CAUSES.iter().map(|cause| cause.id).chain(["nothing"]);
    let mut count: BTreeMap<&str, usize> = names.map(|cause| (cause, 0)).collect();
    for file in fs::read_dir(folder("../catalogue/sentences")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut cause = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let Some(sentence) = line.strip_prefix("  ") else {
                cause = line.to_owned();
                continue;
            };
            *count.get_mut(cause.as_str()).unwrap_or_else(|| panic!("{cause} is no cause")) += 1;
            let before = of.insert(sentence.to_lowercase(), cause.clone());
            assert!(before.is_none(), "{sentence} stands under {before:?} and {cause}");
        }
    }
    let few: Vec<_> = count.iter().filter(|(_, count)| **count < LEARNED).collect();
    assert!(few.is_empty(), "too few sentences: {few:?}");
}
