//! Each goal over several seeds: the worst of them counts.

use isolation::{Conclusion, Finding, Options};

use crate::job::{OPTIONS, is_right};
use crate::model::{Case, RULES};
use crate::random::Runs;
use crate::sample::{Sample, Scenario, quantiles};
use crate::server::Rule;
use crate::tables;

/// How many seeds.
const SEEDS: u64 = 5;

/// What is counted: copies to the part, or all of the job with the request itself.
#[derive(Clone, Copy)]
enum Count {
    Part,
    Job,
}

struct Goal {
    name: &'static str,
    wanted: &'static str,
    count: Count,
    scenario: Scenario,
    right: fn(&Case, &Conclusion) -> bool,
    /// So many times less runs.
    fewer: usize,
}

/// Prints each goal with the worst median, 95th percentile and rates of the seeds from this one on.
pub(crate) fn print(runs: Runs) {
    println!("over {SEEDS} seeds from {}: the worst, and the mean of answers \"not refused\"", runs.seed);
    for goal in goals() {
        let runs = runs.fewer(goal.fewer);
        let samples: Vec<Sample> = (0..SEEDS)
            .map(|more| goal.scenario.run(Runs { seed: runs.seed + more, ..runs }, goal.right))
            .collect();
        report(&goal, &samples);
    }
    tables::missing_over(runs, SEEDS);
}

fn report(goal: &Goal, samples: &[Sample]) {
    let counts = |sample: &Sample| match goal.count {
        Count::Part => quantiles(&sample.part),
        Count::Job => quantiles(&sample.job),
    };
    let most = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).fold(0.0, f64::max);
    let median = samples.iter().map(|sample| counts(sample).0).max().unwrap_or(0);
    let p95 = samples.iter().map(|sample| counts(sample).1).max().unwrap_or(0);
    let right = samples.iter().map(Sample::right).fold(1.0, f64::min);
    let together = if goal.scenario.rule == Rule::All { goal.scenario.triggers } else { 1 };
    println!(
        "  {:<52} {median:>3} / {p95:<3} {:<14} not refused {:.2}, worst {:.2} (bound {:.2}), accepted {:.4}, part {:.1}, right {:.1} %",
        goal.name,
        goal.wanted,
        samples.iter().map(Sample::passed).sum::<f64>() / samples.len() as f64,
        most(&Sample::passed),
        most(&|sample| sample.least_passed(together)),
        most(&Sample::accepted),
        most(&Sample::mean_part),
        100.0 * right,
    );
}

fn goals() -> Vec<Goal> {
    let at = |leaves: usize, rules: bool| Scenario {
        leaves,
        rules: rules.then_some(RULES),
        ..Scenario::default()
    };
    let goal =
        |name, wanted, count, scenario| Goal { name, wanted, count, scenario, right: is_right, fewer: 1 };
    let pair = Scenario { triggers: 2, rule: Rule::All, ..Scenario::default() };
    let either = Scenario {
        triggers: 2,
        validates: true,
        options: Options { further: true, ..OPTIONS },
        ..Scenario::default()
    };
    let confused = Scenario { confounders: true, ..Scenario::default() };
    let outside = |_: &Case, conclusion: &Conclusion| conclusion.finding == Finding::Elsewhere;
    let always = Scenario { rule: Rule::Always, ..Scenario::default() };
    let blind = Scenario { characters: false, ..at(200, false) };
    let flipping = Scenario { flips: 0.05, ..Scenario::default() };
    vec![
        goal("20 leaves, rules at hand", "", Count::Job, at(20, true)),
        goal("200 leaves, rules at hand", "<= 4 / 12", Count::Job, at(200, true)),
        goal("200 leaves, nothing known about the rules", "<= 9 / 16", Count::Job, at(200, false)),
        goal("200 leaves, nothing known and nothing read", "", Count::Job, blind),
        Goal { fewer: 8, ..goal("2,000 leaves, rules at hand", "<= 6 / 16", Count::Job, at(2000, true)) },
        Goal {
            fewer: 8,
            ..goal("2,000 leaves, nothing known about the rules", "", Count::Job, at(2000, false))
        },
        goal("a pair, rules at hand: to the parts", "<= 4", Count::Part, pair.clone()),
        goal("a pair, nothing known: to the parts", "", Count::Part, Scenario { rules: None, ..pair }),
        goal("either of two, both found", "", Count::Job, either),
        goal("other checks refuse incomplete requests", ">= 99 %", Count::Job, confused.clone()),
        goal("the same, with a sentinel", ">= 99 %", Count::Job, Scenario { validates: true, ..confused }),
        goal("5 % of the answers flipped: to the part", "mean <= 4", Count::Part, flipping),
        Goal { right: outside, ..goal("outside of the parts: until recognised", "1", Count::Part, always) },
    ]
}
