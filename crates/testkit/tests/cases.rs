//! Every case is led by its true cause, no verdict is wrongly proven, and `cases/scores.txt` is what is measured.
//!
//! `UPDATE_SCORES=1 cargo test -p why403-testkit` rewrites the sheet; read the difference before you keep it. For a new blind set
//! `FIRST_RUN=N:VERSION` records what is said of it now, once.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

use std::{env, fs};

use testkit::score::{ablations, sheet};
use testkit::{Case, FirstRuns, Scored, case};

#[test]
fn the_scores_are_the_ones_on_record_and_nothing_is_wrongly_proven() {
    let cases = Case::all().unwrap();
    assert!(!cases.is_empty(), "no cases found");
    let scored: Vec<Scored> = cases.iter().map(Scored::new).collect();
    if let Some((set, version)) = env::var("FIRST_RUN").ok().as_deref().and_then(|run| run.split_once(':')) {
        let known = FirstRuns::read(&case::root(), &cases).unwrap();
        let lines = known.lines(set.parse().unwrap(), version, &cases, &scored);
        FirstRuns::append(&case::root(), &lines).unwrap();
    }
    let ablations: Vec<_> = cases.iter().flat_map(ablations).collect();
    let sheet = sheet(&scored, &ablations, &FirstRuns::read(&case::root(), &cases).unwrap());
    let file = case::root().join("scores.txt");
    if env::var_os("UPDATE_SCORES").is_some() {
        fs::write(&file, &sheet).unwrap();
    }
    let wrong: Vec<_> = scored.iter().filter(|score| score.wrongly_proven()).map(Scored::line).collect();
    assert!(wrong.is_empty(), "wrongly proven: {wrong:#?}");
    assert!(ablations.is_empty(), "wrongly proven with a document taken away: {ablations:#?}");
    let recorded = fs::read_to_string(&file).unwrap_or_default();
    assert!(recorded == sheet, "cases/scores.txt differs from what is measured; UPDATE_SCORES=1 rewrites it");
}
