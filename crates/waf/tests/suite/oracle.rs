//! The rule ids that mod_security2 logged, per test.

use std::collections::{BTreeSet, HashMap};

const IDS: &str = include_str!("../data/crs_4.28.0_modsecurity2_ids.txt");

/// By tested rule and test.
pub(crate) fn read() -> HashMap<(u32, u32), BTreeSet<u32>> {
    let mut all = HashMap::new();
    let mut rule = 0;
    for line in IDS.lines().filter(|line| !line.starts_with('#')) {
        let Some((test, ids)) = line.split_once(':') else {
            rule = line.parse().expect("a rule");
            continue;
        };
        let id = |word: &str| if word == "=" { rule } else { word.parse().expect("an id") };
        let ids = ids.split(',').filter(|word| !word.is_empty()).map(id).collect();
        all.insert((rule, test.parse().expect("a test")), ids);
    }
    all
}
