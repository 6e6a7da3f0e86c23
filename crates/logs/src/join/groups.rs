//! Disjoint sets of lines, with what joined them.

use std::collections::HashMap;
use std::ops::Range;

use super::{By, Story};

/// Lines of all files, numbered through, and which of them belong together.
pub(super) struct Groups {
    parent: Vec<u32>,
    by: Vec<By>,
    probability: Vec<f32>,
}

impl Groups {
    pub(super) fn new(total: usize) -> Groups {
        let parent = (0..u32::try_from(total).unwrap_or(u32::MAX)).collect();
        Groups { parent, by: vec![By::Alone; total], probability: vec![1.0; total] }
    }

    fn root(&mut self, line: usize) -> usize {
        let mut line = line;
        while self.parent[line] as usize != line {
            self.parent[line] = self.parent[self.parent[line] as usize];
            line = self.parent[line] as usize;
        }
        line
    }

    pub(super) fn link(&mut self, one: usize, other: usize, by: By, probability: f64) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (first, second) = (one.min(other), one.max(other));
        self.parent[second] = first as u32;
        self.probability[first] *= self.probability[second] * probability as f32;
        let likeness = [self.by[first], self.by[second], by].contains(&By::Likeness);
        self.by[first] = if likeness { By::Likeness } else { By::Id };
    }

    /// Pairs of lines of two files that are joined already, as indices within their files.
    pub(super) fn pairs(&mut self, one: Range<usize>, other: Range<usize>) -> Vec<(usize, usize)> {
        let mut by_root = HashMap::new();
        for (index, line) in one.enumerate() {
            by_root.entry(self.root(line)).or_insert(index);
        }
        other.enumerate().filter_map(|(index, line)| Some((*by_root.get(&self.root(line))?, index))).collect()
    }

    pub(super) fn stories(mut self, starts: &[usize]) -> Vec<Story> {
        let mut stories: Vec<Story> = Vec::new();
        let mut index_of = HashMap::new();
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
                    probability: f64::from(self.probability[root]),
                }),
            }
        }
        stories
    }
}
