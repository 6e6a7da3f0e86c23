//! Joins by identifiers, and finds those that cannot be trusted.

use std::collections::HashMap;

use super::traits::{Traits, Word};
use super::{By, Groups};

/// Lines of one request lie closer together than this within one file.
const SPREAD: i64 = 120_000_000;

/// Unites lines that share an identifier; returns how many identifiers stood for several requests.
///
/// ModSecurity 3.0.5 to 3.0.7 took a time stamp as `unique_id`, so that requests of the same moment share it
/// (<https://github.com/owasp-modsecurity/ModSecurity/issues/2752>), and a client may send the same `X-Request-ID`
/// with each request.
pub(super) fn unite(files: &[Vec<Traits>], starts: &[usize], groups: &mut Groups) -> usize {
    let mut lines: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for (file, traits) in files.iter().enumerate() {
        for (index, line) in traits.iter().enumerate() {
            for id in &line.ids {
                lines.entry(*id).or_default().push((file, index));
            }
        }
    }
    let mut repeated = 0;
    for places in lines.values() {
        if contradictory(places, files) {
            repeated += 1;
            continue;
        }
        for pair in places.windows(2) {
            groups.link(starts[pair[0].0] + pair[0].1, starts[pair[1].0] + pair[1].1, By::Id, 1.0);
        }
    }
    repeated
}

/// Whether two lines of the same file that share an identifier tell of different requests.
fn contradictory(places: &[(usize, usize)], files: &[Vec<Traits>]) -> bool {
    let mut first: HashMap<usize, &Traits> = HashMap::new();
    let mut answers: HashMap<usize, usize> = HashMap::new();
    for (file, index) in places {
        let line = &files[*file][*index];
        // An access log has one line for a request.
        if line.is_answer() {
            let count = answers.entry(*file).or_default();
            *count += 1;
            if *count > 1 {
                return true;
            }
        }
        let seen = *first.entry(*file).or_insert(line);
        let differ = |one: Word, other: Word| one.is_some() && other.is_some() && one != other;
        let apart = seen.time.zip(line.time).is_some_and(|(one, other)| (one - other).abs() > SPREAD);
        if differ(seen.path, line.path) || differ(seen.method, line.method) || apart {
            return true;
        }
    }
    false
}
