//! The closed list of causes agrees with the files, and every page is complete.

use std::collections::HashSet;

use catalogue::CAUSES;
use model::Weight;

/// The lines of `causes.txt`: id, layer, title.
fn listed() -> Vec<(String, String, String)> {
    let lines =
        include_str!("../causes.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut split = Vec::new();
    for line in lines {
        let (id, rest) = line.split_once(' ').expect("an id and a blank");
        let (layer, title) = rest.trim_start().split_once(' ').expect("a layer and a blank");
        split.push((id.to_owned(), layer.to_owned(), title.trim_start().to_owned()));
    }
    split
}

#[test]
fn list_and_files_agree_in_their_order() {
    let files: Vec<_> = CAUSES
        .iter()
        .map(|cause| (cause.id.to_owned(), cause.layer.name().to_owned(), cause.title().to_owned()))
        .collect();
    assert_eq!(listed(), files);
}

#[test]
fn each_file_stands_where_its_id_says() {
    for cause in CAUSES {
        let (family, name) = cause.id.split_once('.').unwrap();
        let path =
            format!("{}/src/causes/{family}/{}.rs", env!("CARGO_MANIFEST_DIR"), name.replace('-', "_"));
        let source = std::fs::read_to_string(&path).unwrap();
        let comment: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let page: Vec<&str> = comment.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        assert_eq!(page.join("\n"), cause.page, "{path}");
    }
}

const HEADINGS: [&str; 4] =
    ["## Why the server refuses", "## How to mend it", "## What not to do", "## References"];

#[test]
fn every_page_has_the_headings_in_order_and_text_below_each() {
    for cause in CAUSES {
        let page = cause.page;
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(headings, HEADINGS, "{}", cause.id);
        for section in page.split("## ").skip(1) {
            let text = section.split_once('\n').map_or("", |(_, text)| text).trim();
            assert!(text.len() > 20, "{}: `{section}` says nothing", cause.id);
        }
    }
}

#[test]
fn titles_are_one_sentence_without_its_full_stop() {
    let mut seen = HashSet::new();
    for cause in CAUSES {
        let title = cause.title();
        assert!(title.len() > 20 && title.len() <= 130, "{}: {title}", cause.id);
        assert!(!title.ends_with(['.', ' ', ':', ',']), "{}: {title}", cause.id);
        assert!(title.starts_with(|first: char| !first.is_lowercase()), "{}: {title}", cause.id);
        assert!(seen.insert(title), "two causes are called `{title}`");
    }
}

fn is_clause(text: &str) -> bool {
    !text.is_empty() && text == text.trim() && !text.ends_with('.')
}

#[test]
fn every_sentence_of_a_cause_is_a_clause_without_full_stop() {
    for cause in CAUSES {
        for text in [cause.fix, cause.opens, cause.decided_by] {
            assert!(is_clause(text), "{}: {text:?}", cause.id);
        }
        let indicators = cause.indicators.iter().map(|indicator| indicator.because);
        let experiments = cause.experiments.iter().map(|experiment| experiment.because);
        for because in indicators.chain(experiments).chain(cause.roots.iter().map(|root| root.because)) {
            assert!(is_clause(because), "{}: {because:?}", cause.id);
        }
    }
}

#[test]
fn roots_are_other_causes_of_the_list() {
    let ids: HashSet<&str> = CAUSES.iter().map(|cause| cause.id).collect();
    for cause in CAUSES {
        for root in cause.roots {
            assert!(ids.contains(root.cause) && root.cause != cause.id, "{} <- {}", cause.id, root.cause);
        }
    }
}

#[test]
fn every_cause_can_be_made_likely() {
    for cause in CAUSES {
        let likely = cause.indicators.iter().any(|indicator| indicator.weight >= Weight::Hints);
        assert!(likely, "{} has nothing that speaks for it", cause.id);
    }
}
