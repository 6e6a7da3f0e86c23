//! The offset between two clocks, from lines that tell of the same requests.

use std::collections::HashMap;

use super::likeness::Traits;

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
/// Zones differ by at most 26 hours.
const FARTHEST: i64 = 26 * 3_600_000_000;
/// At most so many lines of one kind are compared with each other.
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
    let mut alike: HashMap<_, (Vec<&Traits>, Vec<&Traits>)> = HashMap::new();
    for line in reference.iter().filter(|line| line.path.is_some()) {
        alike.entry(line.kind()).or_default().0.push(line);
    }
    for line in other.iter().filter(|line| line.path.is_some()) {
        if let Some((_, lines)) = alike.get_mut(&line.kind()) {
            lines.push(line);
        }
    }
    let mut weights: HashMap<i64, f64> = HashMap::new();
    let mut differences = Vec::new();
    for (ones, others) in alike.values() {
        let weight = 1.0 / (ones.len() * others.len()).max(1) as f64;
        for one in ones.iter().take(ALIKE) {
            for two in others.iter().take(ALIKE) {
                let Some(apart) = difference(one, two).filter(|apart| apart.abs() < FARTHEST) else {
                    continue;
                };
                *weights.entry(apart.div_euclid(STEP)).or_default() += weight;
                differences.push(apart);
            }
        }
    }
    // Neighbouring steps count too: a cluster may lie on a border, and whole seconds spread over four steps.
    let around =
        |step: i64| (-2..=2).map(|near| weights.get(&(step + near)).copied().unwrap_or(0.0)).sum::<f64>();
    let best = weights.keys().copied().max_by(|one, two| {
        around(*one).total_cmp(&around(*two)).then(two.abs().cmp(&one.abs())).then(two.cmp(one))
    })?;
    differences.retain(|apart| (apart.div_euclid(STEP) - best).abs() <= 2);
    middle(differences)
}

/// The median and the median distance from it.
fn middle(mut values: Vec<i64>) -> Option<Offset> {
    values.sort_unstable();
    let micros = *values.get(values.len() / 2)?;
    let mut distances: Vec<i64> = values.iter().map(|value| (value - micros).abs()).collect();
    distances.sort_unstable();
    Some(Offset { micros, spread: distances[distances.len() / 2], pairs: values.len() })
}
