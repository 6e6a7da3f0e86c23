//! Which test tells most.

use super::Rung;
use super::belief::{Belief, heaviest, pairs, place_of_pair};

/// So many of the likeliest candidates, and pairs, are thought of as a test of their own.
const LIKELIEST: usize = 3;

/// Few parts are safer than many: a suspect alone is preferred to a prefix that tells as much.
const ALONE: f64 = 1.1;

/// The test that tells most. `share` is the part of the probability that a test should put on the refused side.
pub(super) fn best(belief: &Belief, share: f64) -> Rung {
    let mut best = (f64::NEG_INFINITY, Rung::Prefix(0));
    let mut consider = |tells: f64, rung: Rung| {
        if tells > best.0 {
            best = (tells, rung);
        }
    };
    for (length, mass) in prefixes(belief).into_iter().enumerate() {
        consider(information(mass, share), Rung::Prefix(length));
    }
    for place in likeliest(&belief.single) {
        consider(ALONE * information(belief.outside + belief.single[place], share), Rung::Alone(place));
    }
    let all: Vec<(usize, usize)> = pairs(belief.single.len()).collect();
    for (later, earlier) in likeliest(&belief.pair).into_iter().filter_map(|place| all.get(place).copied()) {
        let mass = belief.single[later] + belief.single[earlier] + belief.pair[place_of_pair(later, earlier)];
        consider(information(belief.outside + mass, share), Rung::Both(later, earlier));
    }
    best.1
}

/// The test that tells most of whether those are the culprits whose copy is `named`. Mostly that copy once more.
pub(super) fn control(belief: &Belief, named: Rung) -> Rung {
    let mass = |rung: Rung| match rung {
        Rung::Prefix(_) => belief.outside,
        Rung::Alone(place) => belief.outside + belief.single[place],
        Rung::Both(later, earlier) => {
            let pair = belief.pair[place_of_pair(later, earlier)];
            belief.outside + belief.single[later] + belief.single[earlier] + pair
        }
    };
    let mut tests = vec![named, Rung::Prefix(0)];
    if let Rung::Both(later, earlier) = named {
        tests.extend([Rung::Alone(later), Rung::Alone(earlier)]);
    }
    // What is refused is safe.
    let tells = |rung: &Rung| {
        if *rung == named { 2.0 * information(mass(*rung), 0.5) } else { information(mass(*rung), 0.5) }
    };
    tests.into_iter().max_by(|one, other| tells(one).total_cmp(&tells(other))).unwrap_or(named)
}

/// How likely each prefix is to be refused.
fn prefixes(belief: &Belief) -> Vec<f64> {
    let mut masses = vec![belief.outside];
    let mut mass = belief.outside;
    for place in 0..belief.single.len() {
        let first = if place == 0 { 0 } else { place_of_pair(place, 0) };
        let paired = belief.pair.get(first..first + place).unwrap_or(&[]).iter().sum::<f64>();
        mass += belief.single[place] + belief.joint[place] + paired;
        masses.push(mass);
    }
    masses
}

fn likeliest(weights: &[f64]) -> Vec<usize> {
    let mut found: Vec<usize> = heaviest(weights).into_iter().collect();
    while found.len() < LIKELIEST.min(weights.len()) {
        let rest = (0..weights.len()).filter(|place| !found.contains(place));
        found.extend(rest.max_by(|&a, &b| weights[a].total_cmp(&weights[b])));
    }
    found
}

/// How much a test tells that is refused with this probability, where `share` would tell most.
pub(crate) fn information(refused: f64, share: f64) -> f64 {
    let half =
        if refused < share { refused / share / 2.0 } else { 0.5 + (refused - share) / (1.0 - share) / 2.0 };
    let bits = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    bits(half) + bits(1.0 - half)
}

/// The part of the probability that a test should put on the refused side, if only so many more answers may be "not
/// refused": the count of egg dropping. `q` tests of which `k` may fail tell apart `sum over i <= k of C(q, i)` cases.
pub(crate) fn share(passes_left: usize, bits: f64) -> f64 {
    let needed = bits.clamp(0.0, 60.0).exp2();
    let mut row = vec![1.0_f64; passes_left + 1];
    for _ in 0..200 {
        if row[passes_left] >= needed {
            break;
        }
        row = next_row(&row);
    }
    let after = next_row(&row);
    (row[passes_left] / after[passes_left]).clamp(0.5, 0.97)
}

/// From the counts for `q` tests to those for `q + 1`.
fn next_row(row: &[f64]) -> Vec<f64> {
    (0..row.len()).map(|k| row[k] + if k == 0 { 0.0 } else { row[k - 1] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_passes_left_make_tests_keep_more() {
        assert!((share(100, 8.0) - 0.5).abs() < 1e-9);
        assert!(share(2, 8.0) > 0.7);
        assert!(share(0, 8.0) > 0.96);
    }
}
