//! The offset between two clocks, from lines that tell of the same requests.

use std::collections::HashMap;

use super::traits::{Traits, by_path};

/// How two clocks differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// What must be added to the times of this file, in microseconds.
    pub micros: i64,
    /// Half of the pairs lie within this distance of it, in microseconds.
    pub spread: i64,
    /// How many pairs of lines show it.
    pub pairs: usize,
}

impl Offset {
    pub(super) const NONE: Offset = Offset { micros: 0, spread: 0, pairs: 0 };
}

/// Differences are counted in steps of a quarter of a second.
const STEP: i64 = 250_000;
/// Zones differ by at most 26 hours, in quarters of an hour.
const FARTHEST: i64 = 26 * 3_600_000_000;
const QUARTER: i64 = 900_000_000;
/// Clocks that are set at all differ by less than this; what recurs later (a log's next day) is no offset.
const SKEW: i64 = 120_000_000;
/// At most so many pairs of lines are compared, and of one path at most this share.
const PAIRS: usize = 400_000;
const ALIKE: usize = 512;

/// Estimates what must be added to the times of `other`: from lines that are joined already, else from the difference
/// that most pairs of like lines show, rare kinds of lines counting more.
pub(super) fn estimate(reference: &[Traits], other: &[Traits], linked: &[(usize, usize)]) -> Option<Offset> {
    let difference = |one: &Traits, two: &Traits| Some(one.time? - two.time?);
    let known: Vec<i64> =
        linked.iter().filter_map(|(one, two)| difference(&reference[*one], &other[*two])).collect();
    if known.len() > 2 {
        return middle(known);
    }
    let (weights, mut differences) = differences(reference, other);
    // Neighbouring steps count too: a cluster may lie on a border, and whole seconds spread over four steps.
    let around =
        |step: i64| (-2..=2).map(|near| weights.get(&(step + near)).copied().unwrap_or(0.0)).sum::<f64>();
    let best = weights.keys().copied().max_by(|one, two| {
        around(*one).total_cmp(&around(*two)).then(two.abs().cmp(&one.abs())).then(two.cmp(one))
    })?;
    differences.retain(|apart| (apart.div_euclid(STEP) - best).abs() <= 2);
    middle(differences)
}

/// What the pairs of like lines show: the weight of each step, and all plausible differences. Rare paths come first: they
/// tell most, and a busy one cannot use up the pairs that are looked at.
fn differences(reference: &[Traits], other: &[Traits]) -> (HashMap<i64, f64>, Vec<i64>) {
    let (ones, others) = (by_path(reference), by_path(other));
    let mut shared: Vec<(usize, &Vec<usize>, &Vec<usize>)> = ones
        .iter()
        .filter_map(|(path, ones)| others.get(path).map(|others| (ones.len() * others.len(), ones, others)))
        .collect();
    shared.sort_unstable();
    let (mut weights, mut found): (HashMap<i64, f64>, Vec<i64>) = (HashMap::new(), Vec::new());
    for (pairs, ones, others) in shared {
        if found.len() >= PAIRS {
            break;
        }
        let weight = 1.0 / pairs.max(1) as f64;
        for one in ones.iter().take(ALIKE).map(|index| &reference[*index]) {
            for two in others.iter().take(ALIKE).map(|index| &other[*index]) {
                if let Some(apart) = plausible(one, two) {
                    *weights.entry(apart.div_euclid(STEP)).or_default() += weight;
                    found.push(apart);
                }
            }
        }
    }
    (weights, found)
}

/// The difference of two lines' times, when clocks can differ that much: a little, and whole quarters of an hour where a
/// stamp does not say its zone.
fn plausible(one: &Traits, two: &Traits) -> Option<i64> {
    let apart = one.time? - two.time?;
    let zones = if one.zoned && two.zoned { 0 } else { (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER };
    (apart.abs() < FARTHEST && (apart - zones).abs() <= SKEW).then_some(apart)
}

/// The median and the median distance from it.
fn middle(mut values: Vec<i64>) -> Option<Offset> {
    values.sort_unstable();
    let micros = *values.get(values.len() / 2)?;
    let mut distances: Vec<i64> = values.iter().map(|value| (value - micros).abs()).collect();
    distances.sort_unstable();
    Some(Offset { micros, spread: distances[distances.len() / 2], pairs: values.len() })
}
