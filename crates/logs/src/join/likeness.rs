//! Which lines of two files tell of the same request, when no identifier says so.

use std::collections::{HashMap, HashSet};

use super::clock::Offset;
use super::traits::{Traits, Word, by_path};

/// Two lines of the same request.
pub(super) struct Link {
    pub(super) reference: usize,
    pub(super) other: usize,
    pub(super) probability: f64,
}

/// How well two lines fit, in natural logarithms of odds.
struct Fit {
    reference: usize,
    other: usize,
    score: f64,
}

/// That a line has no partner at all weighs as much as a partner this unlikely.
const NOBODY: f64 = -6.0;

/// Finds the likeliest partner in `reference` for each line of `other` that has none yet.
pub(super) fn links(
    reference: &[Traits],
    other: &[Traits],
    offset: Option<Offset>,
    linked: &[(usize, usize)],
) -> Vec<Link> {
    let by_path = by_path(reference);
    let placed: HashSet<usize> = linked.iter().map(|(_, other)| *other).collect();
    let mut taken: HashSet<usize> = linked
        .iter()
        .filter(|(_, index)| other[*index].is_answer())
        .map(|(reference, _)| *reference)
        .collect();
    let mut fits = Vec::new();
    for (index, line) in other.iter().enumerate().filter(|(index, _)| !placed.contains(index)) {
        let Some(candidates) = line.path.and_then(|path| by_path.get(&path)) else { continue };
        for candidate in near(reference, candidates, line, offset) {
            if let Some(score) = score(&reference[candidate], line, offset) {
                fits.push(Fit { reference: candidate, other: index, score });
            }
        }
    }
    let mut sums: HashMap<usize, f64> = HashMap::new();
    for fit in &fits {
        *sums.entry(fit.other).or_insert(NOBODY.exp()) += fit.score.exp();
    }
    // The rivals of a pair: other lines that want the same partner make it doubtful, too.
    let mut wanted: HashMap<usize, f64> = HashMap::new();
    for fit in fits.iter().filter(|fit| other[fit.other].is_answer()) {
        *wanted.entry(fit.reference).or_default() += fit.score.exp();
    }
    fits.sort_by(|one, two| {
        two.score.total_cmp(&one.score).then((one.other, one.reference).cmp(&(two.other, two.reference)))
    });
    let mut done: HashSet<usize> = HashSet::new();
    let mut links = Vec::new();
    for fit in fits {
        let single = other[fit.other].is_answer();
        if done.contains(&fit.other) || (single && taken.contains(&fit.reference)) {
            continue;
        }
        done.insert(fit.other);
        let mut probability = fit.score.exp() / sums[&fit.other];
        if single {
            taken.insert(fit.reference);
            probability = probability.min(fit.score.exp() / wanted[&fit.reference]);
        }
        links.push(Link { reference: fit.reference, other: fit.other, probability });
    }
    links
}

/// The candidates whose time is not absurd; at most a thousand of them, so that one busy path stays bounded.
fn near(reference: &[Traits], candidates: &[usize], line: &Traits, offset: Option<Offset>) -> Vec<usize> {
    let Some(time) = line.time else { return candidates.iter().copied().take(1000).collect() };
    let shifted = time + offset.map_or(0, |offset| offset.micros);
    let width = 10_000_000;
    let first =
        candidates.partition_point(|index| reference[*index].time.is_some_and(|time| time < shifted - width));
    candidates[first..]
        .iter()
        .copied()
        .take_while(|index| reference[*index].time.is_none_or(|time| time <= shifted + width))
        .take(1000)
        .collect()
}

/// How well two lines fit; `None` when they contradict each other.
fn score(one: &Traits, other: &Traits, offset: Option<Offset>) -> Option<f64> {
    let differ = |one: Word, other: Word| one.is_some() && other.is_some() && one != other;
    let same = |one: Word, other: Word| one.is_some() && one == other;
    if differ(one.method, other.method) || differ(one.query, other.query) {
        return None;
    }
    let mut score = 0.0;
    if let (Some(time), Some(mine)) = (one.time, other.time) {
        let shift = offset.map_or(0, |offset| offset.micros);
        // Whole seconds hide up to one second; what is left falls off as the clocks' spread shows. That is the median
        // distance, 0.69 (the logarithm of 2) of the scale of a two-sided exponential, and rounding has its part in it.
        let rounding = f64::from(one.step.max(other.step).max(10_000)) / 2.0;
        let blur = offset.map_or(1e6 + rounding, |offset| rounding.max(offset.spread as f64 * 1.5));
        score -= (time - mine - shift).abs() as f64 / blur;
    }
    score += match (one.status, other.status) {
        (Some(status), Some(own)) if status == own => 1.0,
        (Some(_), Some(_)) => -3.0,
        _ => 0.0,
    };
    score += match (one.size, other.size) {
        (Some(size), Some(own)) if size == own => 3.0,
        (Some(_), Some(_)) => -2.0,
        _ => 0.0,
    };
    score += if same(one.client, other.client) { 3.0 } else { 0.0 };
    score += match (same(one.agent, other.agent), differ(one.agent, other.agent)) {
        (true, _) => 2.0,
        (_, true) => -4.0,
        _ => 0.0,
    };
    score += if same(one.query, other.query) { 4.0 } else { 0.0 };
    Some(score)
}
