//! The tables: the search beside the reducers, and each goal beside what was measured.

use isolation::{Candidate, Conclusion, Finding, Options};

use crate::job::{OPTIONS, levels, oracle};
use crate::model::Case;
use crate::random::Runs;
use crate::reducers::{
    Oracle, cdd, ddmin, hdd, keep_prefix, leave_one_out, probdd, remove_halves, two_searches,
};
use crate::sample::{Sample, Scenario, quantiles};
use crate::server::{Rule, Server};

/// Prints the tables whose name begins like this, each row over so many runs.
pub(crate) fn print(runs: Runs, wanted: &str) {
    println!("requests: median / 95th percentile\n");
    let tables: [(&str, Table); 7] = [
        ("20", |runs| leaves(20, runs)),
        ("200", |runs| leaves(200, runs)),
        ("2000", |runs| leaves(2000, runs)),
        ("several", interactions),
        ("safety", safety),
        ("right", correctness),
        ("elsewhere", elsewhere),
    ];
    for (_, table) in tables.iter().filter(|(name, _)| wanted.is_empty() || *name == wanted) {
        table(runs);
    }
}

/// Prints one table over so many runs.
type Table = fn(Runs);

fn leaves(leaves: usize, runs: Runs) {
    whole_job(leaves, runs);
    reducers(leaves, runs);
}

fn row(name: &str, goal: &str, counts: &[usize], rest: &str) {
    let (median, p95) = quantiles(counts);
    println!("  {name:<58} {median:>4} / {p95:<4} {goal:<14} {rest}");
}

fn whole_job(leaves: usize, runs: Runs) {
    println!("whole job (reproduce, part, window of its text), {leaves} leaves");
    let exact = Options { exact: true, max_accepted: 60, ..OPTIONS };
    let base = Scenario { leaves, ..Scenario::default() };
    let goals = if leaves == 2000 {
        ["<= 6 / 16", "", ""]
    } else if leaves == 200 {
        ["<= 4 / 12", "<= 9 / 16", ""]
    } else {
        ["", "", ""]
    };
    let rows = [
        ("search, rules at hand", goals[0], base.clone()),
        ("search, nothing known about the rules", goals[1], Scenario { rules: None, ..base.clone() }),
        (
            "search, and nothing read from the characters either",
            "",
            Scenario { rules: None, characters: false, ..base.clone() },
        ),
        (
            "search, rules at hand, and a check for further parts",
            goals[2],
            Scenario { options: Options { further: true, ..OPTIONS }, ..base.clone() },
        ),
        ("search, rules at hand, exact bytes", "<= 11 more", Scenario { options: exact, ..base }),
    ];
    for (name, goal, scenario) in rows {
        let sample = scenario.run_parts(runs);
        row(name, goal, &sample.job, &told(&sample, 1));
    }
}

fn told(sample: &Sample, together: usize) -> String {
    format!(
        "part {:.1} in the mean = entropy {:.1} + {:.1}, not refused {:.2} (bound {:.2}), accepted {:.3}, right {:.1} %",
        sample.mean_part(),
        sample.bits(),
        sample.mean_part() - sample.bits(),
        sample.passed(),
        sample.least_passed(together),
        sample.accepted(),
        100.0 * sample.right()
    )
}

/// The reducers on the same requests: to the part, and the whole job where they have one.
fn reducers(leaves: usize, runs: Runs) {
    let mut part: [Vec<usize>; 9] = Default::default();
    let mut job: [Vec<usize>; 3] = Default::default();
    for mut random in runs.randoms() {
        let case = Case::new(leaves, 1, &mut random);
        let (n, guilty) = (case.parts.list().len(), case.guilty());
        let ask = |run: &dyn Fn(&mut Oracle) -> Vec<usize>| {
            let mut oracle =
                Oracle::new(|kept: &[usize]| guilty.iter().all(|part| kept.binary_search(part).is_ok()));
            run(&mut oracle);
            oracle.asked
        };
        let all = || (0..n).collect::<Vec<usize>>();
        let counts = [
            ask(&|oracle| leave_one_out(n, oracle)),
            ask(&|oracle| ddmin(all(), oracle)),
            ask(&|oracle| hdd(&levels(&case), oracle)),
            ask(&|oracle| probdd(vec![0.1; n], oracle)),
            ask(&|oracle| probdd(vec![1.0 / n as f64; n], oracle)),
            ask(&|oracle| cdd(n, 0.1, oracle)),
            ask(&|oracle| cdd(n, 1.0 / n as f64, oracle)),
            ask(&|oracle| keep_prefix(n, oracle)),
            ask(&|oracle| remove_halves(n, oracle)),
        ];
        for (list, count) in part.iter_mut().zip(counts) {
            list.push(count);
        }
        let (length, trigger) = case.value();
        if length <= 3000 {
            let mut oracle =
                Oracle::new(|kept: &[usize]| trigger.clone().all(|at| kept.binary_search(&at).is_ok()));
            ddmin((0..length).collect(), &mut oracle);
            job[0].push(1 + counts[1] + oracle.asked);
            // Words of six bytes.
            let words = trigger.start / 6..=(trigger.end - 1) / 6;
            let mut oracle =
                Oracle::new(|kept: &[usize]| words.clone().all(|word| kept.binary_search(&word).is_ok()));
            ddmin((0..length.div_ceil(6)).collect(), &mut oracle);
            job[1].push(1 + counts[2] + oracle.asked);
        }
        job[2].push(1 + counts[7] + two_searches(length, trigger.start, trigger.end));
    }
    let names = [
        "leave-one-out",
        "ddmin",
        "HDD",
        "ProbDD, p0 = 0.1",
        "ProbDD, p0 = 1/n",
        "CDD, p0 = 0.1",
        "CDD, p0 = 1/n",
        "keep-prefix, no prior, in order",
        "remove halves, keep the rest",
    ];
    for (name, counts) in [
        "ddmin, then ddmin on bytes (values up to 3 kB)",
        "HDD, then ddmin on words (values up to 3 kB)",
        "keep-prefix, then two binary searches",
    ]
    .iter()
    .zip(&job)
    {
        row(name, "", counts, "");
    }
    println!("to the part only, {leaves} leaves");
    for (name, counts) in names.iter().zip(&part) {
        row(name, "", counts, "");
    }
    println!();
}

fn interactions(runs: Runs) {
    println!("several triggers, 200 leaves");
    let pair = Scenario { triggers: 2, rule: Rule::All, ..Scenario::default() };
    let sample = pair.run_parts(runs);
    row("pair refused only together: to the parts", "<= 4 / 13", &sample.part, &told(&sample, 2));
    let sample = Scenario { rules: None, ..pair }.run_parts(runs);
    row("the same, nothing known about the rules", "", &sample.part, &told(&sample, 2));
    let mut counts = Vec::new();
    for mut random in runs.randoms() {
        let case = Case::new(200, 2, &mut random);
        let guilty = case.guilty();
        let mut oracle =
            Oracle::new(|kept: &[usize]| guilty.iter().all(|part| kept.binary_search(part).is_ok()));
        ddmin((0..case.parts.list().len()).collect(), &mut oracle);
        counts.push(oracle.asked);
    }
    row("the same, ddmin", "48 / 54", &counts, "");
    let either = Scenario {
        triggers: 2,
        options: Options { further: true, ..OPTIONS },
        validates: true,
        ..Scenario::default()
    };
    let sample = either.run_parts(runs);
    row("either of two, both found", "both", &sample.job, &told(&sample, 1));
    println!();
}

fn safety(runs: Runs) {
    println!("side effects per isolation, rules at hand");
    for leaves in [20, 200] {
        for (name, validates) in [("without a sentinel", false), ("with a sentinel", true)] {
            let sample = Scenario { leaves, validates, ..Scenario::default() }.run_parts(runs);
            let goal = if validates { "0" } else { "<= 0.01" };
            println!(
                "  {name}, {leaves} leaves: {:.4} ({goal}); not refused {:.2} (<= 2)",
                sample.accepted(),
                sample.passed()
            );
        }
    }
    for name in ["leave-one-out", "remove halves, keep the rest"] {
        let few = runs.fewer(10);
        let mut accepted = 0;
        for mut random in few.randoms() {
            let case = Case::new(200, 1, &mut random);
            let n = case.parts.list().len();
            let mut server = Server::new(&case, Rule::Any, random);
            let mut oracle = oracle(&case, &mut server, false);
            if name == "leave-one-out" {
                leave_one_out(n, &mut oracle)
            } else {
                remove_halves(n, &mut oracle)
            };
            drop(oracle);
            accepted += server.accepted;
        }
        println!("  {name}, 200 leaves: {:.2}", accepted as f64 / few.count as f64);
    }
    println!();
}

fn correctness(runs: Runs) {
    println!("right answers, 200 leaves, rules at hand");
    let confused = Scenario { confounders: true, ..Scenario::default() };
    let sample = confused.run_parts(runs);
    row("other checks refuse incomplete requests", ">= 99 %", &sample.job, &told(&sample, 1));
    let flipping = Scenario { flips: 0.05, ..Scenario::default() };
    let sample = flipping.run_parts(runs);
    row("5 % of the answers flipped: to the part", ">= 99 %, <= 4", &sample.part, &told(&sample, 1));
    for (name, confounders, flips) in
        [("ddmin on the status, other checks", true, 0.0), ("ddmin, 5 % flipped", false, 0.05)]
    {
        let mut right = 0;
        for mut random in runs.randoms() {
            let case = Case::new(200, 1, &mut random);
            let mut server = Server::new(&case, Rule::Any, random);
            server.flips = flips;
            if confounders {
                server.confuse();
            }
            let n = case.parts.list().len();
            right +=
                usize::from(ddmin((0..n).collect(), &mut oracle(&case, &mut server, false)) == case.guilty());
        }
        println!("  {name}: right {:.1} %", 100.0 * right as f64 / runs.count as f64);
    }
    println!();
}

/// Headers that may be missing, the likeliest first.
fn headers(hint: Option<usize>) -> Vec<Candidate> {
    let header = |number: usize| Candidate {
        label: format!("header X-Needed-{number}"),
        lines: vec![format!("X-Needed-{number}: 1")],
        weight: if Some(number) == hint { 50.0 } else { 1.0 / (number + 1) as f64 },
    };
    (0..24).map(header).collect()
}

fn elsewhere(runs: Runs) {
    println!("causes that are no part");
    let outside = |_: &Case, conclusion: &Conclusion| conclusion.finding == Finding::Elsewhere;
    let sample = Scenario { rule: Rule::Always, ..Scenario::default() }.run(runs, outside);
    row("outside of the parts: until recognised", "1", &sample.part, &told(&sample, 1));
    for hint in [false, true] {
        missing(runs, hint);
    }
    let size = |_: &Case, conclusion: &Conclusion| matches!(&conclusion.finding, Finding::Size(range) if range.end == range.start + 1 && range.start == 8192);
    let options = Options { max_accepted: 60, ..OPTIONS };
    let sample = Scenario { leaves: 400, rule: Rule::Longer(8192), options, ..Scenario::default() }
        .run(runs.fewer(4), size);
    row("a body limit of 8,192 bytes, to the byte", "", &sample.job, &told(&sample, 1));
    let odd = |_: &Case, conclusion: &Conclusion| matches!(&conclusion.finding, Finding::Size(range) if range.end == range.start + 1 && range.start == 7321);
    let sample = Scenario { leaves: 400, rule: Rule::Longer(7321), options, ..Scenario::default() }
        .run(runs.fewer(4), odd);
    row("a body limit of 7,321 bytes, to the byte", "", &sample.job, &told(&sample, 1));
}

/// The search for one of 24 headers that is missing.
#[derive(Default)]
struct Missing {
    /// All copies, and those with a header added.
    all: Vec<usize>,
    added: Vec<usize>,
    passed: usize,
    right: usize,
}

/// One of 24 headers is missing, drawn with the weights that the candidates have.
fn search_missing(runs: Runs, hint: bool) -> Missing {
    let mut found = Missing::default();
    for mut random in runs.randoms() {
        let total: f64 = (1..=24).map(|rank| 1.0 / f64::from(rank)).sum();
        let mut left = random.below(1_000_000) as f64 / 1e6 * total;
        let number = (0..24).find(|rank| {
            left -= 1.0 / (rank + 1) as f64;
            left <= 0.0
        });
        let number = number.unwrap_or(23);
        let headers = headers(hint.then_some(number));
        let scenario = Scenario { rule: Rule::Without(number), headers, ..Scenario::default() };
        // The likeliest stands first.
        let place = if hint { 0 } else { number };
        let sample = scenario.run(Runs { count: 1, seed: random.next() }, |_, conclusion| {
            conclusion.finding == Finding::Missing(place)
        });
        found.all.push(sample.job[0] - 1);
        found.added.push(sample.job[0] - 1 - sample.controls);
        found.passed += sample.passed;
        found.right += sample.right;
    }
    found
}

fn missing(runs: Runs, hint: bool) {
    let found = search_missing(runs, hint);
    let rest = format!(
        "not refused {:.2} (<= 1), right {:.1} %",
        found.passed as f64 / runs.count as f64,
        100.0 * found.right as f64 / runs.count as f64
    );
    if hint {
        row("one of 24 headers missing, with a hint: all copies", "<= 2", &found.all, &rest);
    } else {
        row("one of 24 headers missing: copies with a header added", "<= 4", &found.added, &rest);
        row("the same, with the controls before", "", &found.all, &rest);
    }
}

/// The same for several seeds.
pub(crate) fn missing_over(runs: Runs, seeds: u64) {
    for more in 0..seeds {
        let runs = Runs { seed: runs.seed + more, ..runs };
        println!("seed {}", runs.seed);
        missing(runs, false);
        missing(runs, true);
    }
}
