//! Every format against a file that a person has read, and against hostile text. `WHY403_ACCEPT=1 cargo test` writes the
//! files anew.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

mod example;

use std::fs;
use std::path::Path;

use example::{SECRET, example, requests};
use report::{Colour, Context, Format};
use serde_json::Value;

const FORMATS: [(Format, &str); 5] = [
    (Format::Terminal, "terminal.txt"),
    (Format::Json, "verdict.json"),
    (Format::Markdown, "ticket.md"),
    (Format::Sarif, "scan.sarif"),
    (Format::Html, "page.html"),
];

fn render(format: Format, hostile: &str, width: usize, colour: Colour) -> String {
    let (evidence, verdict) = example(hostile);
    let requests = requests();
    report::render(
        format,
        &verdict,
        &evidence,
        &Context { requests: &requests, elapsed_ms: 12, colour, width },
    )
}

#[test]
fn every_format_is_as_it_was_read() {
    for (format, name) in FORMATS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let written = render(format, "", 80, Colour::Plain);
        if std::env::var_os("WHY403_ACCEPT").is_some() {
            fs::write(&path, &written).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == golden,
            "{name} differs; WHY403_ACCEPT=1 writes it anew, then read the diff:\n{written}"
        );
    }
}

#[test]
fn hostile_text_moves_no_cursor_and_opens_no_tag() {
    let hostile = "\u{1b}[2J\u{9b}1A\u{202e}<script>alert(1)</script>```\u{7}";
    for (format, name) in FORMATS {
        let text = render(format, hostile, 80, Colour::Plain);
        let control = text.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert_eq!(control, None, "{name}");
        if format == Format::Html {
            assert!(!text.contains("<script"), "{name}");
        }
    }
}

#[test]
fn no_format_shows_the_secret_in_any_of_its_forms() {
    let forms = [SECRET, "s3cr3t/session", "s3cr3t%2Fsession", "s3cr3t\\/session"];
    for (format, name) in FORMATS {
        let text = render(format, "", 80, Colour::Styled);
        for form in forms {
            assert!(!text.contains(form), "{name} shows {form}");
        }
    }
}

#[test]
fn the_terminal_keeps_within_its_columns_and_colours_only_when_asked() {
    for width in [40, 80, 120] {
        let text = render(Format::Terminal, "", width, Colour::Plain);
        let long = text.lines().filter(|line| !is_verbatim(line)).find(|line| line.chars().count() > width);
        assert_eq!(long, None, "{width} columns");
        assert!(!text.contains('\u{1b}'));
    }
    assert!(render(Format::Terminal, "", 80, Colour::Styled).contains('\u{1b}'));
}

/// Lines that are quoted as they are: a patch, a place.
fn is_verbatim(line: &str) -> bool {
    line.starts_with("    ") || line.contains("-->")
}

/// What section 3 of SARIF 2.1.0 (OASIS standard, 27 March 2020) requires of the objects that are written.
#[test]
fn sarif_has_what_its_standard_requires() {
    let log: Value = serde_json::from_str(&render(Format::Sarif, "", 80, Colour::Plain)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert!(run["tool"]["driver"]["name"].is_string());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        assert!(result["message"]["text"].is_string());
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        for location in result["locations"].as_array().unwrap() {
            let region = &location["physicalLocation"]["region"];
            assert!(region["startLine"].as_u64().unwrap() >= 1);
            assert!(region["startColumn"].as_u64().unwrap() >= 1);
            assert!(region["endColumn"].as_u64() >= region["startColumn"].as_u64());
            assert!(location["physicalLocation"]["artifactLocation"]["uri"].is_string());
        }
    }
}
