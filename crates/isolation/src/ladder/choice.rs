//! Which test tells most.

use super::Rung;
use super::belief::{Belief, heaviest, pairs, place_of_pair};

/// So many of the likeliest candidates, and pairs, are thought of as a test of their own.
const LIKELIEST: usize = 3;

/// Few parts are safer than many: a suspect alone is preferred to a prefix that tells as much.
const ALONE: f64 = 1.1;

/// What an answer "not refused" costs at least. Where nothing is known, 3 would cost every tenth copy more, and save hardly any
/// of those answers.
const PRICE: f64 = 2.0;

/// What an answer "not refused" costs, in answers "refused".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    /// At least.
    pub(crate) each: f64,
    /// So many times as much more where everything is kept: such a copy is the request again, and may be accepted.
    pub(crate) whole: f64,
}

impl Price {
    /// Where this share of the candidates is kept.
    fn of(self, kept: f64) -> f64 {
        self.each * (1.0 + self.whole * kept * kept)
    }
}

/// The test that tells most for its cost. An answer "not refused" costs `price` answers "refused"; `besides` is the chance
/// that a test holds a candidate that is refused besides the one that is looked for.
pub(super) fn best(belief: &Belief, price: Price, besides: impl Fn(Rung) -> f64) -> Rung {
    let mut best = (f64::NEG_INFINITY, Rung::Prefix(0));
    let mut consider = |tells: f64, rung: Rung| {
        if tells > best.0 {
            best = (tells, rung);
        }
    };
    for (length, mass) in prefixes(belief).into_iter().enumerate() {
        let kept = length as f64 / belief.single.len().max(1) as f64;
        consider(worth(mass, price.of(kept)), Rung::Prefix(length));
    }
    for place in likeliest(&belief.single) {
        let before: f64 = belief.single[..place].iter().sum();
        let mass = belief.outside + belief.single[place] + before * besides(Rung::Alone(place));
        consider(ALONE * worth(mass, price.each), Rung::Alone(place));
    }
    let all: Vec<(usize, usize)> = pairs(belief.single.len()).collect();
    for (later, earlier) in likeliest(&belief.pair).into_iter().filter_map(|place| all.get(place).copied()) {
        let before = belief.single[..later].iter().sum::<f64>() - belief.single[earlier];
        let mass = belief.single[later]
            + belief.single[earlier]
            + belief.pair[place_of_pair(later, earlier)]
            + before * besides(Rung::Both(later, earlier));
        consider(worth(belief.outside + mass, price.each), Rung::Both(later, earlier));
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
        if *rung == named { 2.0 * worth(mass(*rung), 1.0) } else { worth(mass(*rung), 1.0) }
    };
    tests.into_iter().max_by(|one, other| tells(one).total_cmp(&tells(other))).unwrap_or(named)
}

/// How likely each prefix is to be refused.
pub(super) fn prefixes(belief: &Belief) -> Vec<f64> {
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

/// What a test is worth that is refused with this probability: the bits that it tells for what it costs, where an answer
/// "not refused" costs `price` answers "refused". With `x^-1 + x^-price = 1`, no test is worth more than `log2 x`, and the one
/// that is refused with the probability `1/x` is worth that (Karp 1961; Golin & Li, arXiv cs/0705.0253).
pub(crate) fn worth(refused: f64, price: f64) -> f64 {
    let bits = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    let passed = (1.0 - refused).max(0.0);
    (bits(refused) + bits(passed)) / (refused + price * passed)
}

/// What an answer "not refused" costs in answers "refused", if only so many more of them may come: at least [`PRICE`], and
/// so much that tests are refused as often as the count of egg dropping demands. `q` tests of which `k` may fail tell apart
/// `sum over i <= k of C(q, i)` cases.
pub(crate) fn price(passes_left: usize, bits: f64) -> f64 {
    let needed = bits.clamp(0.0, 60.0).exp2();
    let mut row = vec![1.0_f64; passes_left + 1];
    for _ in 0..200 {
        if row[passes_left] >= needed {
            break;
        }
        row = next_row(&row);
    }
    let after = next_row(&row);
    let share = (row[passes_left] / after[passes_left]).clamp(0.5, 0.97);
    // The price at which tests of this share are worth most.
    ((1.0 - share).ln() / share.ln()).max(PRICE)
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
        assert!((price(100, 8.0) - PRICE).abs() < 1e-9);
        assert!(price(2, 8.0) > 4.0);
        assert!(price(0, 8.0) > 100.0);
    }

    #[test]
    fn a_test_is_worth_most_at_the_share_of_the_code_with_these_costs() {
        // x^-1 + x^-3 = 1 at x = 1.4656.
        let best =
            (1..1000).map(|p| f64::from(p) / 1000.0).max_by(|a, b| worth(*a, 3.0).total_cmp(&worth(*b, 3.0)));
        assert!((best.unwrap() - 1.0 / 1.4656).abs() < 0.002);
        assert!((worth(1.0 / 1.4656, 3.0) - 1.4656_f64.log2()).abs() < 1e-4);
    }
}
