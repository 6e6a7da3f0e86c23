//! Fits the numbers of the five weights to the cases, and says how well they meet cases that they were not fitted to.
//!
//! One family of causes (`csrf`, `auth`, `waf` ...) is left out at a time: the numbers are fitted to the others, and the
//! left-out cases are judged by them. The share of "none of these" is not fitted: every case has a cause of the list. What is printed is the table of all left-out cases, then the fit to all of them,
//! beside the numbers in use. `cargo run -p why403-testkit --example calibrate`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use inference::Numbers;
use model::Weight;
use testkit::Case;

/// What the evidence of a case says, and which causes are right.
struct Observed {
    family: String,
    found: Vec<inference::Observed>,
    accept: Vec<String>,
}

fn main() {
    let cases: Vec<Observed> = Case::all().unwrap().iter().filter(|case| !case.soft).map(observe).collect();
    let mut families: Vec<&str> = cases.iter().map(|case| case.family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    let mut judged = Vec::new();
    for family in families {
        let (left_out, rest): (Vec<&Observed>, Vec<&Observed>) =
            cases.iter().partition(|case| case.family == family);
        let numbers = fit(&rest);
        println!("without {family:<8} {}", written(&numbers));
        judged.extend(left_out.iter().map(|case| leading(case, &numbers)));
    }
    println!("\ncases of the family left out\n{}", table(&judged));
    let all: Vec<&Observed> = cases.iter().collect();
    println!("fitted to all   {}", written(&fit(&all)));
    println!("in use          {}", written(&Numbers::FITTED));
    println!("loss in use {:.3}, fitted {:.3}", loss(&all, &Numbers::FITTED), loss(&all, &fit(&all)));
}

fn observe(case: &Case) -> Observed {
    let evidence = intake::read(case.documents_without(None));
    Observed {
        family: case.cause.split('.').next().unwrap_or("").to_owned(),
        found: inference::observe(&catalogue::CATALOGUE, &evidence),
        accept: case.accept.clone(),
    }
}

/// Coordinate descent over a grid: the loss has few dimensions and no sharp valleys.
fn fit(cases: &[&Observed]) -> Numbers {
    let mut best = Numbers::FITTED;
    for _ in 0..3 {
        for coordinate in 0..5 {
            for step in [-2.0, -1.0, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1.0, 2.0] {
                let mut tried = best;
                match coordinate {
                    0 => tried.weakens = (tried.weakens + step).min(-0.5),
                    1 => tried.hints = (tried.hints + step).max(0.1),
                    2 => tried.supports = (tried.supports + step).max(tried.hints),
                    3 => tried.unowned = (tried.unowned + step).clamp(tried.hints, tried.supports),
                    _ => tried.proves = (tried.proves + step).clamp(tried.supports, 19.0),
                }
                if loss(cases, &tried) < loss(cases, &best) {
                    best = tried;
                }
            }
        }
    }
    best
}

/// The mean log loss of the leading hypothesis' probability, and of the probability of the right causes.
fn loss(cases: &[&Observed], numbers: &Numbers) -> f64 {
    let total: f64 = cases
        .iter()
        .map(|case| {
            let (said, right) = leading(case, numbers);
            let said = said.clamp(0.01, 0.99);
            let own = if right { -said.ln() } else { -(1.0 - said).ln() };
            own - right_share(case, numbers).max(0.001).ln()
        })
        .sum();
    total / cases.len().max(1) as f64
}

fn probabilities(case: &Observed, numbers: &Numbers) -> Vec<f64> {
    inference::probabilities(&case.found, numbers)
}

fn right_share(case: &Observed, numbers: &Numbers) -> f64 {
    let right = |found: &inference::Observed| case.accept.iter().any(|id| id == found.cause.id);
    let shares = probabilities(case, numbers);
    case.found.iter().zip(shares).filter(|(found, _)| right(found)).map(|(_, share)| share).sum()
}

/// The probability of the likeliest cause, and whether it is right.
fn leading(case: &Observed, numbers: &Numbers) -> (f64, bool) {
    let shares = probabilities(case, numbers);
    let spoken = |found: &inference::Observed| {
        found.likeness > 0.0 || found.weights.iter().any(|weight| *weight > Weight::Weakens)
    };
    let all = case.found.iter().zip(shares).filter(|(found, _)| spoken(found));
    let best = all.max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or((0.0, false), |(found, share)| (share, case.accept.iter().any(|id| id == found.cause.id)))
}

fn written(numbers: &Numbers) -> String {
    let Numbers { excludes, weakens, hints, supports, unowned, proves, none } = numbers;
    format!(
        "excludes {excludes:.1} weakens {weakens:.2} hints {hints:.2} supports {supports:.2} unowned {unowned:.2} proves {proves:.1} none {none:.3}"
    )
}

fn table(judged: &[(f64, bool)]) -> String {
    let mut text = String::from("said        cases  mean said  right\n");
    for tenth in 0..10 {
        let low = f64::from(tenth) / 10.0;
        let inside: Vec<_> = judged.iter().filter(|(said, _)| *said >= low && *said < low + 0.1).collect();
        if inside.is_empty() {
            continue;
        }
        let count = inside.len() as f64;
        let said = inside.iter().map(|(said, _)| said).sum::<f64>() / count;
        let right = inside.iter().filter(|(_, right)| *right).count() as f64 / count;
        text += &format!(
            "{:>3}-{:<3} %   {:>5}  {:>7.0} %  {:>3.0} %\n",
            tenth * 10,
            tenth * 10 + 10,
            inside.len(),
            said * 100.0,
            right * 100.0
        );
    }
    text
}
