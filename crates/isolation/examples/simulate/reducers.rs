//! The reducers that the search is compared with, over sets of parts. Each asks an oracle whether a set of kept parts is
//! still refused, and returns the set it ends with; repeated questions are answered from memory, as the tools do.

use std::collections::HashMap;

/// Whether a set of kept parts is refused.
type Refused<'a> = Box<dyn FnMut(&[usize]) -> bool + 'a>;

/// Counts questions.
pub(crate) struct Oracle<'a> {
    refused: Refused<'a>,
    known: HashMap<Vec<usize>, bool>,
    pub(crate) asked: usize,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(refused: impl FnMut(&[usize]) -> bool + 'a) -> Oracle<'a> {
        Oracle { refused: Box::new(refused), known: HashMap::new(), asked: 0 }
    }

    pub(crate) fn ask(&mut self, kept: &[usize]) -> bool {
        if let Some(answer) = self.known.get(kept) {
            return *answer;
        }
        self.asked += 1;
        let answer = (self.refused)(kept);
        self.known.insert(kept.to_vec(), answer);
        answer
    }
}

/// Removes one part after the other (curl2min and its like).
pub(crate) fn leave_one_out(n: usize, oracle: &mut Oracle) -> Vec<usize> {
    let without = |part: usize| (0..n).filter(|&other| other != part).collect::<Vec<_>>();
    (0..n).filter(|&part| !oracle.ask(&without(part))).collect()
}

/// Zeller & Hildebrandt 2002, subsets first, then complements.
pub(crate) fn ddmin(mut set: Vec<usize>, oracle: &mut Oracle) -> Vec<usize> {
    let mut chunks = 2;
    while set.len() >= 2 {
        let parts = split(&set, chunks);
        if let Some(subset) = parts.iter().find(|subset| oracle.ask(subset)) {
            set.clone_from(subset);
            chunks = 2;
            continue;
        }
        let complement = |subset: &Vec<usize>| {
            set.iter().copied().filter(|part| !subset.contains(part)).collect::<Vec<_>>()
        };
        let rest = parts.iter().map(complement).find(|rest| chunks > 2 && oracle.ask(rest));
        if let Some(rest) = rest {
            set = rest;
            chunks = (chunks - 1).max(2);
        } else if chunks < set.len() {
            chunks = (chunks * 2).min(set.len());
        } else {
            break;
        }
    }
    set
}

fn split(set: &[usize], chunks: usize) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for chunk in 0..chunks {
        let end = start + (set.len() - start) / (chunks - chunk);
        parts.push(set[start..end].to_vec());
        start = end;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Hierarchical delta debugging: ddmin over the nodes of each level of a tree, from the top. A node is the list of its leaves.
pub(crate) fn hdd(levels: &[Vec<Vec<usize>>], oracle: &mut Oracle) -> Vec<usize> {
    let mut kept: Vec<usize> = levels.last().into_iter().flatten().flatten().copied().collect();
    for level in levels {
        let nodes: Vec<&Vec<usize>> =
            level.iter().filter(|node| node.iter().any(|leaf| kept.contains(leaf))).collect();
        let all = kept.clone();
        let leaves = |chosen: &[usize]| {
            let mut leaves: Vec<usize> = chosen
                .iter()
                .flat_map(|&node| nodes[node].iter().copied())
                .filter(|leaf| all.contains(leaf))
                .collect();
            leaves.sort_unstable();
            leaves
        };
        let mut inner = Oracle::new(|chosen: &[usize]| oracle.ask(&leaves(chosen)));
        let chosen = ddmin((0..nodes.len()).collect(), &mut inner);
        drop(inner);
        kept = leaves(&chosen);
    }
    kept
}

/// ProbDD (Wang et al. 2021): each part has a probability of being needed; the set whose removal promises most is tried.
pub(crate) fn probdd(mut p: Vec<f64>, oracle: &mut Oracle) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..p.len()).collect();
    loop {
        let mut open: Vec<usize> = kept.iter().copied().filter(|&part| p[part] < 1.0).collect();
        open.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        let (mut best, mut gain, mut stays) = (0, 0.0, 1.0);
        for (count, &part) in open.iter().enumerate() {
            stays *= 1.0 - p[part];
            if stays * (count + 1) as f64 > gain {
                (best, gain) = (count + 1, stays * (count + 1) as f64);
            }
        }
        if best == 0 {
            return kept;
        }
        let removed = &open[..best];
        let rest: Vec<usize> = kept.iter().copied().filter(|part| !removed.contains(part)).collect();
        if oracle.ask(&rest) {
            kept = rest;
        } else {
            let none: f64 = removed.iter().map(|&part| 1.0 - p[part]).product();
            for &part in removed {
                p[part] = if removed.len() == 1 { 1.0 } else { (p[part] / (1.0 - none)).min(1.0) };
            }
        }
    }
}

/// CDD (Zhang et al. 2024): the same with sizes on a fixed schedule.
pub(crate) fn cdd(n: usize, start: f64, oracle: &mut Oracle) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..n).collect();
    let mut p = start;
    loop {
        let size = ((-1.0 / (1.0 - p).ln()).round() as usize).clamp(1, kept.len().max(1));
        let mut at = 0;
        while at < kept.len() {
            let rest: Vec<usize> = kept
                .iter()
                .enumerate()
                .filter(|(i, _)| *i < at || *i >= at + size)
                .map(|(_, part)| *part)
                .collect();
            if !rest.is_empty() && oracle.ask(&rest) { kept = rest } else { at += size }
        }
        if size == 1 {
            return kept;
        }
        p = (p / (1.0 - (-1.0f64).exp())).min(0.999);
    }
}

/// The shortest refused prefix by halving, again with its last part kept, until the parts found are refused alone.
pub(crate) fn keep_prefix(n: usize, oracle: &mut Oracle) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut order: Vec<usize> = (0..n).collect();
    loop {
        let ask = |length: usize, oracle: &mut Oracle| {
            let mut kept = [&order[..length], &found].concat();
            kept.sort_unstable();
            oracle.ask(&kept)
        };
        if !found.is_empty() && ask(0, oracle) {
            return found;
        }
        let (mut low, mut high) = (0, order.len());
        while high - low > 1 {
            let middle = low.midpoint(high);
            if ask(middle, oracle) { high = middle } else { low = middle }
        }
        if high == 0 {
            return found;
        }
        found.push(order[high - 1]);
        order.truncate(high - 1);
    }
}

/// Removes halves and keeps the rest: the way that creates orders.
pub(crate) fn remove_halves(n: usize, oracle: &mut Oracle) -> Vec<usize> {
    let (mut low, mut high) = (0, n);
    while high - low > 1 {
        let middle = low.midpoint(high);
        let kept: Vec<usize> = (0..n).filter(|part| *part < low || *part >= middle).collect();
        if oracle.ask(&kept) { low = middle } else { high = middle }
    }
    vec![low]
}

/// Two binary searches: the end of the refused text, then its start. Returns the number of tests.
pub(crate) fn two_searches(length: usize, start: usize, end: usize) -> usize {
    let mut tests = 0;
    let mut search = |from: usize, to: usize, refused: &dyn Fn(usize) -> bool| {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low.midpoint(high);
            tests += 1;
            if refused(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let found = search(1, length, &|middle| middle >= end);
    search(1, found, &|kept| found - kept <= start);
    tests
}
