//! Joins by identifiers, and finds those that cannot be trusted.

use std::collections::HashMap;

use super::likeness::Traits;
use super::{By, Groups};
use crate::record::Record;

/// Shorter ones are counters, not identifiers.
const SHORTEST: usize = 8;
/// Lines of one request lie closer together than this within one file.
const SPREAD: i64 = 120_000_000;

/// Unites lines that share an identifier; returns how many identifiers stood for several requests.
///
/// ModSecurity 3.0.5 to 3.0.7 took a time stamp as `unique_id`, so that requests of the same moment share it
/// (<https://github.com/owasp-modsecurity/ModSecurity/issues/2752>), and a client may send the same `X-Request-ID`
/// with each request.
pub(super) fn unite(
    files: &[Vec<Record<'_>>],
    traits: &[Vec<Traits>],
    starts: &[usize],
    groups: &mut Groups,
) -> usize {
    let mut lines: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (file, records) in files.iter().enumerate() {
        for (index, record) in records.iter().enumerate() {
            for id in record.ids().filter(|id| id.len() >= SHORTEST) {
                let places = lines.entry(normal(&id)).or_default();
                if places.last() != Some(&(file, index)) {
                    places.push((file, index));
                }
            }
        }
    }
    let mut repeated = 0;
    for places in lines.values() {
        if contradictory(places, traits) {
            repeated += 1;
            continue;
        }
        for pair in places.windows(2) {
            groups.link(starts[pair[0].0] + pair[0].1, starts[pair[1].0] + pair[1].1, By::Id, 1.0);
        }
    }
    repeated
}

/// `00-trace-span-01` names a trace, `Root=1-...` too; `-FRA` behind a Cloudflare ray is the place.
fn normal(id: &str) -> String {
    let id = id.trim().to_ascii_lowercase();
    let parts: Vec<&str> = id.split('-').collect();
    match parts.as_slice() {
        ["00", trace, _, _] if trace.len() == 32 => (*trace).to_owned(),
        [ray, place] if ray.len() == 16 && place.len() == 3 => (*ray).to_owned(),
        _ => id.strip_prefix("root=").unwrap_or(&id).split(';').next().unwrap_or_default().to_owned(),
    }
}

/// Whether two lines of the same file that share an identifier tell of different requests.
fn contradictory(places: &[(usize, usize)], traits: &[Vec<Traits>]) -> bool {
    let mut first: HashMap<usize, &Traits> = HashMap::new();
    let mut answers: HashMap<usize, usize> = HashMap::new();
    for (file, index) in places {
        let line = &traits[*file][*index];
        // An access log has one line for a request.
        if line.is_answer() {
            let count = answers.entry(*file).or_default();
            *count += 1;
            if *count > 1 {
                return true;
            }
        }
        let seen = *first.entry(*file).or_insert(line);
        let differ =
            |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        let apart = seen.time.zip(line.time).is_some_and(|(one, other)| (one - other).abs() > SPREAD);
        if differ(&seen.path, &line.path) || differ(&seen.method, &line.method) || apart {
            return true;
        }
    }
    false
}
