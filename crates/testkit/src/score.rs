//! How well verdicts meet the true causes.

use std::fmt::Write as _;

use model::{Confidence, Verdict};

use crate::case::Case;
use crate::diagnose;

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
    /// Every hypothesis: its probability, and how much of the truth is its own.
    pub said: Vec<Said>,
}

/// A hypothesis as the table of calibration counts it.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Its probability.
    pub probability: f64,
    /// 1 for the true cause, 0 for another. Where the documents cannot tell several causes apart, only one of them was
    /// true, and they share it in the proportion in which they were said.
    pub right: f64,
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
            said: said(&verdict, right),
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

fn said(verdict: &Verdict, right: impl Fn(&str) -> bool) -> Vec<Said> {
    let accepted = verdict.hypotheses.iter().filter(|hypothesis| right(hypothesis.cause.id));
    let truth: f64 = accepted.map(|hypothesis| hypothesis.probability).sum();
    let share = |hypothesis: &model::Hypothesis| {
        if right(hypothesis.cause.id) { hypothesis.probability / truth } else { 0.0 }
    };
    verdict.hypotheses.iter().map(|one| Said { probability: one.probability, right: share(one) }).collect()
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

/// `cases/scores.txt`: totals, the calibration table, and a line a case.
#[must_use]
pub fn sheet(scored: &[Scored], ablations: &[Ablation]) -> String {
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
    text.push_str(&calibration(&counted));
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

/// The range that holds the true share nineteen times of twenty, by Wilson's score interval: with few cases it is wide.
fn interval(right: f64, count: f64) -> (f64, f64) {
    let z = 1.96_f64;
    let share = right / count;
    let middle = (share + z * z / (2.0 * count)) / (1.0 + z * z / count);
    let half =
        z / (1.0 + z * z / count) * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    (middle - half, middle + half)
}

/// Said against right for each tenth of probability: all hypotheses, then the leading ones, for which any cause that the case
/// accepts is right.
fn calibration(counted: &[&Scored]) -> String {
    let all: Vec<Said> = counted.iter().flat_map(|score| score.said.iter().copied()).collect();
    let leading = counted.iter().filter_map(|score| score.leading.as_ref());
    let leading: Vec<Said> = leading
        .map(|lead| Said { probability: lead.probability, right: f64::from(u8::from(lead.right)) })
        .collect();
    format!("{}\n{}", table("every hypothesis", &all), table("the leading one", &leading))
}

fn table(which: &str, said: &[Said]) -> String {
    let mut text = format!("{which:<18} count  mean said   right   19 times of 20 between\n");
    for tenth in 0..10_u8 {
        let inside: Vec<&Said> =
            said.iter().filter(|one| ((one.probability * 10.0) as u8).min(9) == tenth).collect();
        if inside.is_empty() {
            continue;
        }
        let count = inside.len() as f64;
        let mean = inside.iter().map(|one| one.probability).sum::<f64>() / count;
        let right = inside.iter().map(|one| one.right).sum::<f64>();
        let (low, high) = interval(right, count);
        let _ = writeln!(
            text,
            "  {:>3} to {:>3} %     {:>5}     {:>5.1} %  {:>5.1} %  {:>5.1} % and {:>5.1} %",
            u32::from(tenth) * 10,
            u32::from(tenth) * 10 + 10,
            inside.len(),
            mean * 100.0,
            right / count * 100.0,
            low * 100.0,
            high * 100.0
        );
    }
    text
}
