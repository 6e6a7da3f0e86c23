//! How well verdicts meet the true causes.

use std::fmt::Write as _;

use model::{Confidence, Verdict};

use crate::calibration::{Said, calibration, said};
use crate::case::Case;
use crate::diagnose;
use crate::first_runs::FirstRuns;

/// A case and what was said of it.
#[derive(Debug)]
pub struct Scored {
    /// The case's name.
    pub name: String,
    /// Whether the true cause is a matter of opinion.
    pub soft: bool,
    /// The blind set that the case came with.
    pub blind: Option<i64>,
    /// Whether no expert could tell the true cause from the documents alone.
    pub undecidable: bool,
    /// Whether it comes from a public thread or source, not from the lab.
    pub public: bool,
    /// The place of the first right cause among the hypotheses, from 1.
    pub rank: Option<usize>,
    /// The leading hypothesis.
    pub leading: Option<Leading>,
    /// The causes of all hypotheses, likeliest first.
    pub causes: Vec<&'static str>,
    /// Every hypothesis, in the same order: its probability, and how much of the truth is its own.
    pub said: Vec<Said>,
}

/// A leading hypothesis, and whether it is right.
#[derive(Debug)]
pub struct Leading {
    /// Its cause.
    pub cause: &'static str,
    /// Its probability.
    pub probability: f64,
    /// How sure.
    pub confidence: Confidence,
    /// Whether the case accepts it.
    pub right: bool,
}

/// A case with one document taken away that is then explained wrongly with a proof.
#[derive(Debug)]
pub struct Ablation {
    /// The case's name.
    pub name: String,
    /// The document that was taken away.
    pub without: String,
    /// The cause that was wrongly called proven.
    pub cause: &'static str,
}

impl Scored {
    /// Runs a case through the pipeline.
    #[must_use]
    pub fn new(case: &Case) -> Scored {
        let (_, verdict) = diagnose(case.documents_without(None));
        let right = |cause: &str| case.accept.iter().any(|accepted| accepted == cause);
        Scored {
            name: case.name.clone(),
            soft: case.soft,
            blind: case.blind,
            undecidable: case.undecidable.is_some(),
            public: case.public,
            rank: verdict
                .hypotheses
                .iter()
                .position(|hypothesis| right(hypothesis.cause.id))
                .map(|at| at + 1),
            leading: leading(&verdict, right),
            causes: verdict.hypotheses.iter().map(|hypothesis| hypothesis.cause.id).collect(),
            said: said(verdict.hypotheses.iter().map(|one| (one.cause.id, one.probability)), right),
        }
    }

    /// Whether the leading hypothesis is called proven and is wrong: the worst bug there is. Where the true cause is a
    /// matter of opinion, nothing can be called wrong.
    #[must_use]
    pub fn wrongly_proven(&self) -> bool {
        !self.soft
            && self
                .leading
                .as_ref()
                .is_some_and(|leading| !leading.right && leading.confidence == Confidence::Proven)
    }

    /// One line of `cases/scores.txt`.
    #[must_use]
    pub fn line(&self) -> String {
        let mark = match self.rank {
            Some(1) => "right",
            Some(2 | 3) => "near ",
            _ => "wrong",
        };
        let soft = if self.soft { " (soft)" } else { "" };
        match &self.leading {
            Some(leading) => {
                format!("{mark} {:<8} {} -> {}{soft}", leading.confidence.name(), self.name, leading.cause)
            }
            None => format!("{mark} -        {} -> nothing{soft}", self.name),
        }
    }
}

fn leading(verdict: &Verdict, right: impl Fn(&str) -> bool) -> Option<Leading> {
    let first = verdict.hypotheses.first()?;
    Some(Leading {
        cause: first.cause.id,
        probability: first.probability,
        confidence: first.confidence,
        right: right(first.cause.id),
    })
}

/// The wrong proofs that appear when one document of a case is taken away.
#[must_use]
pub fn ablations(case: &Case) -> Vec<Ablation> {
    let mut wrong = Vec::new();
    if case.documents.len() < 2 || case.soft {
        return wrong;
    }
    for (without, _) in &case.documents {
        let (_, verdict) = diagnose(case.documents_without(Some(without)));
        let Some(first) = verdict.hypotheses.first() else { continue };
        if first.confidence == Confidence::Proven && !case.accept.iter().any(|cause| cause == first.cause.id)
        {
            wrong.push(Ablation { name: case.name.clone(), without: without.clone(), cause: first.cause.id });
        }
    }
    wrong
}

/// `cases/scores.txt`: totals, the calibration tables, and a line a case.
#[must_use]
pub fn sheet(scored: &[Scored], ablations: &[Ablation], first_runs: &FirstRuns) -> String {
    let counted: Vec<&Scored> = scored.iter().filter(|score| !score.soft).collect();
    let wrong = scored.iter().filter(|score| score.wrongly_proven()).count();
    let mut text = String::new();
    text.push_str(&led(&counted, ""));
    let public: Vec<&Scored> = counted.iter().copied().filter(|score| score.public).collect();
    text.push_str(&led(&public, ", public"));
    text.push_str(&undecidable(&counted));
    let _ = writeln!(text, "{:<36} {wrong}", "wrongly proven");
    let _ = writeln!(text, "{:<36} {}\n", "wrongly proven in ablations", ablations.len());
    text.push_str(&blind_sets(&counted));
    text.push_str(&calibration(&counted, first_runs));
    text.push('\n');
    for score in scored {
        let _ = writeln!(text, "{}", score.line());
    }
    text
}

/// The cases whose documents do not tell the true cause (why is written in their `case.toml`), and the score of the others.
/// They are counted above all the same.
fn undecidable(counted: &[&Scored]) -> String {
    let (open, rest): (Vec<&Scored>, Vec<&Scored>) = counted.iter().partition(|score| score.undecidable);
    if open.is_empty() {
        return String::new();
    }
    let mut text = led(&rest, ", decidable");
    let named = open.iter().filter(|score| score.rank.is_some_and(|rank| rank <= 3)).count();
    let _ = writeln!(
        text,
        "undecidable from the documents: {}, of which {named} name the true cause among the first 3:",
        open.len()
    );
    for score in open {
        let _ = writeln!(text, "    {}", score.name);
    }
    text
}

/// How the blind sets stand now; `cases/README.md` keeps how they stood when first run.
fn blind_sets(counted: &[&Scored]) -> String {
    let mut numbers: Vec<i64> = counted.iter().filter_map(|score| score.blind).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut text = String::new();
    for number in numbers {
        let set: Vec<_> = counted.iter().filter(|score| score.blind == Some(number)).collect();
        let within = |rank: usize| set.iter().filter(|score| score.rank.is_some_and(|at| at <= rank)).count();
        let (count, first, third) = (set.len(), within(1), within(3));
        let _ = writeln!(text, "blind set {number}: {count} cases, first {first}, among the first 3 {third}");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// How often the true cause leads.
fn led(counted: &[&Scored], which: &str) -> String {
    let first = counted.iter().filter(|score| score.rank == Some(1)).count();
    let third = counted.iter().filter(|score| score.rank.is_some_and(|rank| rank <= 3)).count();
    let share = |count: usize| 100.0 * count as f64 / counted.len().max(1) as f64;
    let mut text = String::new();
    let mut line = |what: String, count: String| {
        let _ = writeln!(text, "{what:<36} {count}");
    };
    line(format!("cases{which}"), counted.len().to_string());
    line(format!("true cause first{which}"), format!("{first} ({:.1} %)", share(first)));
    line(format!("true cause among the first 3{which}"), format!("{third} ({:.1} %)", share(third)));
    text
}
