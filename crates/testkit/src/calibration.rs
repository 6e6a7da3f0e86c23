//! Said against right, for each tenth of probability.

use std::fmt::Write as _;

use crate::first_runs::FirstRuns;
use crate::score::Scored;

/// A hypothesis as the table of calibration counts it.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Its probability.
    pub probability: f64,
    /// 1 for the true cause, 0 for another. Where the documents cannot tell several causes apart, only one of them was
    /// true, and they share it in the proportion in which they were said.
    pub right: f64,
}

/// What was said of one case, each cause with its probability.
pub(crate) fn said(
    causes: impl Iterator<Item = (&'static str, f64)> + Clone,
    right: impl Fn(&str) -> bool,
) -> Vec<Said> {
    let truth: f64 = causes.clone().filter(|(cause, _)| right(cause)).map(|(_, share)| share).sum();
    let share = |cause, probability| if right(cause) { probability / truth } else { 0.0 };
    causes.map(|(cause, probability)| Said { probability, right: share(cause, probability) }).collect()
}

/// Four tables: every hypothesis of all cases, where the blind sets count as they were first observed; of those sets alone;
/// every hypothesis as all cases stand now, many of which were looked at since; and the leading ones, for which any cause
/// that the case accepts is right.
pub(crate) fn calibration(counted: &[&Scored], first_runs: &FirstRuns) -> String {
    let every: Vec<Said> = counted.iter().flat_map(|score| score.said.iter().copied()).collect();
    let leading = counted.iter().filter_map(|score| score.leading.as_ref());
    let leading: Vec<Said> = leading
        .map(|lead| Said { probability: lead.probability, right: f64::from(u8::from(lead.right)) })
        .collect();
    let first: Vec<Said> = first_runs.said().collect();
    let known = counted.iter().filter(|score| !first_runs.holds(score.blind));
    let all: Vec<Said> =
        known.flat_map(|score| score.said.iter().copied()).chain(first.iter().copied()).collect();
    let sets: Vec<String> = first_runs.sets().iter().map(i64::to_string).collect();
    let sets = sets.join(", ");
    [
        table(&format!("all cases, every hypothesis, the blind sets {sets} as first observed"), &all),
        table(&format!("the blind sets {sets} alone, as first observed"), &first),
        table("all cases as they stand now, every hypothesis", &every),
        table("all cases as they stand now, the leading hypothesis", &leading),
    ]
    .join("\n")
}

/// The range that holds the true share nineteen times of twenty, by Wilson's score interval: with few cases it is wide.
fn interval(share: f64, count: f64) -> (f64, f64) {
    let z = 1.96_f64;
    let middle = (share + z * z / (2.0 * count)) / (1.0 + z * z / count);
    let half =
        z / (1.0 + z * z / count) * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    (middle - half, middle + half)
}

/// The hypotheses said with a probability within one tenth.
#[derive(Clone, Copy, Debug)]
pub struct Tenth {
    /// Where it begins, in tenths.
    pub from: u8,
    /// How many.
    pub count: usize,
    /// The mean of what was said.
    pub said: f64,
    /// The share that was right.
    pub right: f64,
}

/// The tenths that anything was said in.
#[must_use]
pub fn tenths(said: &[Said]) -> Vec<Tenth> {
    let mut sums = [(0_usize, 0.0, 0.0); 10];
    for one in said {
        let (count, probability, right) = &mut sums[((one.probability * 10.0) as usize).min(9)];
        *count += 1;
        *probability += one.probability;
        *right += one.right;
    }
    let numbered = (0..).zip(sums).filter(|(_, (count, ..))| *count > 0);
    numbered
        .map(|(from, (count, said, right))| {
            let all = count as f64;
            Tenth { from, count, said: said / all, right: right / all }
        })
        .collect()
}

/// Said against right, a line a tenth.
#[must_use]
pub fn table(which: &str, said: &[Said]) -> String {
    let mut text =
        format!("{which}\n                    count  mean said   right   19 times of 20 between\n");
    for Tenth { from, count, said, right } in tenths(said) {
        let (low, high) = interval(right, count as f64);
        let _ = writeln!(
            text,
            "  {:>3} to {:>3} %     {count:>5}     {:>5.1} %  {:>5.1} %  {:>5.1} % and {:>5.1} %",
            u32::from(from) * 10,
            u32::from(from) * 10 + 10,
            said * 100.0,
            right * 100.0,
            low * 100.0,
            high * 100.0
        );
    }
    text
}
