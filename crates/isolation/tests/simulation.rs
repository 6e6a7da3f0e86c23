//! The model of `examples/simulate`, in few runs that are the same each time: counts, not times.

#![allow(dead_code, unreachable_pub, reason = "the example uses more of these modules")]

#[path = "../examples/simulate/job.rs"]
mod job;
#[path = "../examples/simulate/model.rs"]
mod model;
#[path = "../examples/simulate/random.rs"]
mod random;
#[path = "../examples/simulate/reducers.rs"]
mod reducers;
#[path = "../examples/simulate/sample.rs"]
mod sample;
#[path = "../examples/simulate/server.rs"]
mod server;

use isolation::{Conclusion, Finding, Options};

use job::OPTIONS;
use model::Case;
use random::Runs;
use sample::{Scenario, quantiles};
use server::Rule;

const RUNS: Runs = Runs { count: 30, seed: 1 };

#[test]
fn with_rules_at_hand_a_part_is_found_in_few_requests_and_nothing_is_accepted() {
    let sample = Scenario::default().run_parts(RUNS);
    let (median, p95) = quantiles(&sample.job);
    assert!(median <= 4 && p95 <= 12, "{median} / {p95}");
    assert!(sample.right() >= 0.99, "{}", sample.right());
    assert!(sample.accepted() <= 0.01 && sample.passed() <= 2.0, "{} {}", sample.accepted(), sample.passed());
    assert!(sample.mean_part() <= sample.bits() + 2.2, "{} {}", sample.mean_part(), sample.bits());
}

#[test]
fn with_nothing_known_about_the_rules_it_takes_more_and_is_still_right() {
    let sample = Scenario { rules: None, ..Scenario::default() }.run_parts(RUNS);
    let (median, p95) = quantiles(&sample.job);
    assert!(median <= 9 && p95 <= 16, "{median} / {p95}");
    assert!(sample.right() >= 0.99, "{}", sample.right());
}

#[test]
fn pairs_and_alternatives_are_found() {
    let pair = Scenario { triggers: 2, rule: Rule::All, ..Scenario::default() }.run_parts(RUNS);
    assert!(pair.right() >= 0.99, "{}", pair.right());
    assert!(quantiles(&pair.part).0 <= 4, "{:?}", quantiles(&pair.part));
    let options = Options { further: true, ..OPTIONS };
    let either = Scenario { triggers: 2, validates: true, options, ..Scenario::default() }.run_parts(RUNS);
    assert!(either.right() >= 0.99, "{}", either.right());
}

#[test]
fn other_checks_and_wrong_answers_do_not_mislead() {
    let confused = Scenario { confounders: true, ..Scenario::default() }.run_parts(RUNS);
    assert!(confused.right() >= 0.99, "{}", confused.right());
    let flipping = Scenario { flips: 0.05, ..Scenario::default() }.run_parts(RUNS);
    assert!(flipping.right() >= 0.99, "{}", flipping.right());
}

#[test]
fn a_cause_that_is_no_part_is_recognised_with_one_copy() {
    let elsewhere = |_: &Case, conclusion: &Conclusion| conclusion.finding == Finding::Elsewhere;
    let sample =
        Scenario { rule: Rule::Always, ..Scenario::default() }.run(Runs { count: 10, ..RUNS }, elsewhere);
    assert!(sample.right() >= 0.999 && sample.part.iter().all(|copies| *copies == 1));
}
