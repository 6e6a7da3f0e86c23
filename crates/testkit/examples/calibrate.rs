//! Fits the numbers of inference to all cases, the blind sets as they were first observed, and says how well they meet cases
//! that they were not fitted to.
//!
//! One blind set is left out at a time: the numbers are fitted to all other cases, and the set is judged by them. The share of
//! "none of these" is not fitted, as every case has a cause of the list, and `common` is not. What is printed is how often a
//! finding that supports was right when first met, the table of all left-out sets, then the fit to all cases beside the numbers in use. `cargo run --release -p why403-testkit --example calibrate`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use inference::Numbers;
use model::Weight;
use testkit::calibration::{Said, Tenth, table, tenths};
use testkit::{Case, FirstRun, FirstRuns, case};

/// A number that is fitted, by its name.
type Coordinate = (&'static str, fn(&mut Numbers) -> &mut f64);

const COORDINATES: [Coordinate; 13] = [
    ("weakens", |numbers| &mut numbers.weakens),
    ("hints", |numbers| &mut numbers.hints),
    ("further", |numbers| &mut numbers.further),
    ("supports", |numbers| &mut numbers.supports),
    ("unowned", |numbers| &mut numbers.unowned),
    ("proves", |numbers| &mut numbers.proves),
    ("usual", |numbers| &mut numbers.usual),
    ("vague", |numbers| &mut numbers.vague),
    ("alike", |numbers| &mut numbers.alike),
    ("trust", |numbers| &mut numbers.trust),
    ("proof", |numbers| &mut numbers.proof),
    ("shared", |numbers| &mut numbers.shared),
    ("unlike", |numbers| &mut numbers.unlike),
];

fn main() {
    let cases = Case::all().unwrap();
    let first_runs = FirstRuns::read(&case::root(), &cases).unwrap();
    let known = cases.iter().filter(|case| !case.soft && !first_runs.holds(case.blind)).map(observe);
    let all: Vec<FirstRun> =
        known.chain(first_runs.all().iter().filter(|run| !run.silent).cloned()).collect();
    println!("{}", supported(first_runs.all()));
    let mut judged = Vec::new();
    for set in first_runs.sets() {
        let (left_out, rest): (Vec<&FirstRun>, Vec<&FirstRun>) = all.iter().partition(|run| run.set == set);
        let numbers = fit(&rest);
        println!("without set {set}: {}", written(numbers));
        println!(
            "  its loss {:.4}, by the numbers in use {:.4}",
            loss(&left_out, &numbers),
            loss(&left_out, &Numbers::FITTED)
        );
        judged.extend(left_out.iter().flat_map(|run| run.said(&numbers)));
    }
    println!("\n{}", table("the sets, each by numbers that were fitted without it", &judged));
    let known = all.iter().filter(|run| run.set == KNOWN).flat_map(|run| run.said(&Numbers::FITTED));
    let both: Vec<Said> = judged.iter().copied().chain(known).collect();
    println!("{}", table("the same with all other cases", &both));
    let all: Vec<&FirstRun> = all.iter().collect();
    let fitted = fit(&all);
    println!("fitted to all: {}", written(fitted));
    println!("in use:        {}", written(Numbers::FITTED));
    println!("loss fitted {:.4}, in use {:.4}", loss(&all, &fitted), loss(&all, &Numbers::FITTED));
}

/// How often a cause was right that led when first run and that a text or an indicator supported, and none proved: in all, and by
/// the share that it has of the likeness of all words.
fn supported(runs: &[FirstRun]) -> String {
    let mut led = Vec::new();
    for run in runs {
        let Some((place, said)) = run.led else { continue };
        let one = &run.observed[place];
        if one.weights.contains(&Weight::Supports) && !one.weights.contains(&Weight::Proves) {
            led.push((one.likeness, said, run.accepts(one.cause.id)));
        }
    }
    let mut text =
        String::from("led when first run, supported and not proven\nlikeness        count   said  right\n");
    for (from, to) in [(0.0, 1.01), (0.0, 0.1), (0.1, 0.3), (0.3, 0.9), (0.9, 1.01)] {
        let inside: Vec<_> = led.iter().filter(|(likeness, ..)| (from..to).contains(likeness)).collect();
        let share = |sum: f64| 100.0 * sum / inside.len().max(1) as f64;
        let said = share(inside.iter().map(|(_, said, _)| said).sum());
        let right = share(inside.iter().filter(|(_, _, right)| *right).count() as f64);
        let (from, to) = (from * 100.0, f64::min(to, 1.0) * 100.0);
        text += &format!("{from:>3.0} to {to:>3.0} %   {:>5}  {said:>3.0} %  {right:>3.0} %\n", inside.len());
    }
    text
}

/// Stands for the number of a set where a case is of none.
const KNOWN: i64 = 0;

fn observe(case: &Case) -> FirstRun {
    let evidence = intake::read(case.documents_without(None));
    FirstRun {
        set: KNOWN,
        case: case.name.clone(),
        observed: inference::observe(&catalogue::CATALOGUE, &evidence),
        led: None,
        accept: case.accept.clone(),
        silent: false,
    }
}

/// Coordinate descent with steps that shrink: the loss has few dimensions and no sharp valleys.
fn fit(cases: &[&FirstRun]) -> Numbers {
    let mut best = Numbers::FITTED;
    let amiss = |numbers: &Numbers| loss(cases, numbers) + missed(cases, numbers);
    let mut least = amiss(&best);
    for step in [0.2, 0.1, 0.05, 0.02, 0.01] {
        for (_, number) in COORDINATES.iter().cycle().take(3 * COORDINATES.len()) {
            for signed in [step, -step] {
                let mut tried = best;
                *number(&mut tried) += signed;
                let lost = amiss(&tried);
                if lost < least {
                    (best, least) = (tried, lost);
                }
            }
        }
    }
    best
}

/// How far what is said misses what is right, squared, over the tenths that are off by more than a few points: of numbers whose loss
/// is nearly the same, those are wanted that keep their word.
fn missed(cases: &[&FirstRun], numbers: &Numbers) -> f64 {
    let said: Vec<Said> = cases.iter().flat_map(|case| case.said(numbers)).collect();
    let gap = |tenth: &Tenth| (tenth.said - tenth.right).abs();
    tenths(&said).iter().map(gap).map(|gap| (gap - BEARABLE).max(0.0).powi(2)).sum()
}

/// A miss that is not worth the least loss elsewhere.
const BEARABLE: f64 = 0.02;

/// The mean log loss of the probability of the causes that a case accepts.
fn loss(cases: &[&FirstRun], numbers: &Numbers) -> f64 {
    let right = |case: &FirstRun| -> f64 {
        let probabilities = inference::probabilities(&case.observed, numbers);
        let accepted = case.observed.iter().zip(probabilities);
        accepted.filter(|(one, _)| case.accepts(one.cause.id)).map(|(_, share)| share).sum()
    };
    cases.iter().map(|case| -right(case).max(1e-5).ln()).sum::<f64>() / cases.len().max(1) as f64
}

fn written(numbers: Numbers) -> String {
    let mut numbers = numbers;
    let named = COORDINATES.iter().map(|(name, number)| format!("{name} {:.2}", number(&mut numbers)));
    named.collect::<Vec<_>>().join(", ")
}
