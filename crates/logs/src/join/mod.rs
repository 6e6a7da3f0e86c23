//! Joins the lines of one request over several logs: by an identifier that they share, else by time, path, method,
//! status, size and agent, with a probability, and with the offset between the clocks estimated from the logs.

mod clock;
mod ids;
mod likeness;

pub use clock::Offset;

use crate::record::Record;
use likeness::Traits;

/// All lines of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The lines as (file, index within the file), in the order of files and lines.
    pub lines: Vec<(usize, usize)>,
    /// What joined them.
    pub by: By,
    /// How likely all of them belong together. Below [`CERTAIN`] it must be said that the join is uncertain.
    pub probability: f64,
}

/// What joined the lines of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A shared identifier of the request.
    Id,
    /// Time and likeness.
    Likeness,
    /// It is a single line.
    Alone,
}

/// Joins at least as probable as this are not called uncertain.
pub const CERTAIN: f64 = 0.95;

/// The stories of several logs, and how their clocks differ.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Every line is in exactly one story; ordered by the first line.
    pub stories: Vec<Story>,
    /// For each file, what must be added to its times to get those of the first file of the comparison; `None` when
    /// nothing showed it.
    pub offsets: Vec<Option<Offset>>,
    /// Identifiers that stand for several requests and so were not used.
    pub repeated_ids: usize,
}

/// Joins the records of several files.
pub fn join(files: &[Vec<Record<'_>>]) -> Joined {
    let traits: Vec<Vec<Traits>> = files.iter().map(|file| file.iter().map(Traits::of).collect()).collect();
    let starts: Vec<usize> = files
        .iter()
        .scan(0, |sum, file| {
            let start = *sum;
            *sum += file.len();
            Some(start)
        })
        .collect();
    let total = files.iter().map(Vec::len).sum();
    let mut groups = Groups::new(total);
    let repeated_ids = ids::unite(files, &traits, &starts, &mut groups);
    let reference =
        (0..files.len()).max_by_key(|file| (complete(&traits[*file]), files.len() - file)).unwrap_or(0);
    let mut offsets = vec![None; files.len()];
    for file in (0..files.len()).filter(|file| *file != reference) {
        let linked =
            groups.pairs(starts[reference], traits[reference].len(), starts[file], traits[file].len());
        let offset = clock::estimate(&traits[reference], &traits[file], &linked);
        offsets[file] = offset;
        let links = likeness::links(&traits[reference], &traits[file], offset, &linked);
        for link in links {
            groups.link(
                starts[reference] + link.reference,
                starts[file] + link.other,
                By::Likeness,
                link.probability,
            );
        }
    }
    if let Some(own) = offsets.get_mut(reference) {
        *own = Some(Offset::NONE);
    }
    Joined { stories: groups.stories(&starts), offsets, repeated_ids }
}

/// How many lines say enough to be compared with.
fn complete(traits: &[Traits]) -> usize {
    traits.iter().filter(|line| line.path.is_some() && line.status.is_some() && line.time.is_some()).count()
}

/// Disjoint sets of lines, with what joined them.
pub(super) struct Groups {
    parent: Vec<usize>,
    by: Vec<By>,
    probability: Vec<f64>,
}

impl Groups {
    fn new(total: usize) -> Groups {
        Groups { parent: (0..total).collect(), by: vec![By::Alone; total], probability: vec![1.0; total] }
    }

    fn root(&mut self, mut line: usize) -> usize {
        while self.parent[line] != line {
            self.parent[line] = self.parent[self.parent[line]];
            line = self.parent[line];
        }
        line
    }

    pub(super) fn link(&mut self, one: usize, other: usize, by: By, probability: f64) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (first, second) = (one.min(other), one.max(other));
        self.parent[second] = first;
        self.probability[first] *= self.probability[second] * probability;
        let likeness = [self.by[first], self.by[second], by].contains(&By::Likeness);
        self.by[first] = if likeness { By::Likeness } else { By::Id };
    }

    /// Pairs of lines of two files that are joined already, as indices within their files.
    fn pairs(
        &mut self,
        one: usize,
        one_count: usize,
        other: usize,
        other_count: usize,
    ) -> Vec<(usize, usize)> {
        let mut by_root = std::collections::HashMap::new();
        for index in 0..one_count {
            by_root.entry(self.root(one + index)).or_insert(index);
        }
        (0..other_count).filter_map(|index| Some((*by_root.get(&self.root(other + index))?, index))).collect()
    }

    fn stories(mut self, starts: &[usize]) -> Vec<Story> {
        let mut stories: Vec<Story> = Vec::new();
        let mut index_of = std::collections::HashMap::new();
        let mut file = 0;
        for line in 0..self.parent.len() {
            while starts.get(file + 1).is_some_and(|start| *start <= line) {
                file += 1;
            }
            let root = self.root(line);
            let place = (file, line - starts[file]);
            let next = stories.len();
            let index = *index_of.entry(root).or_insert(next);
            match stories.get_mut(index) {
                Some(story) => story.lines.push(place),
                None => stories.push(Story {
                    lines: vec![place],
                    by: self.by[root],
                    probability: self.probability[root],
                }),
            }
        }
        stories
    }
}
