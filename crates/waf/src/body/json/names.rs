//! The names that JSON values get as arguments.

use crate::Like;
use crate::variables::arena::{Arena, Text};
use crate::variables::names::Variable;

/// Where the reader stands, in the words of one engine.
pub(super) struct Names {
    like: Like,
    /// The current key.
    pub(super) key: Option<Text>,
    /// mod_security2: the joined keys of the containers around.
    prefix: Option<Text>,
    /// The others: the containers around, outermost first.
    containers: Vec<Outer>,
    depth: usize,
}

struct Outer {
    name: Option<Text>,
    is_object: bool,
    elements: usize,
}

impl Names {
    pub(super) fn new(like: Like) -> Names {
        Names { like, key: None, prefix: None, containers: Vec::new(), depth: 0 }
    }

    /// Enters a container; the depth that counts against the limit.
    pub(super) fn open(&mut self, arena: &mut Arena, is_object: bool) -> usize {
        if self.like != Like::ModSecurity2 {
            let name = self.key.take();
            self.containers.push(Outer { name, is_object, elements: 0 });
            return self.containers.len();
        }
        match (self.key, self.prefix) {
            // The outermost object has no name; the outermost array is called `array`, and so are its elements.
            (None, _) if is_object => return self.depth,
            (None, None) => {
                let mark = arena.mark();
                arena.extend_computed(b"array");
                self.prefix = Some(arena.since(mark));
                self.key = self.prefix;
            }
            (key, Some(prefix)) => self.prefix = Some(joined(arena, prefix, key.unwrap_or_default())),
            (key, None) => self.prefix = key,
        }
        self.depth += 1;
        self.depth
    }

    /// Leaves a container. mod_security2 cuts its prefix at the last dot, also where a key held that dot.
    pub(super) fn close(&mut self, arena: &Arena, is_object: bool) {
        if self.like != Like::ModSecurity2 {
            self.containers.pop();
            self.count_element();
            return;
        }
        let Some(prefix) = self.prefix else { return };
        let dot = arena.get(prefix).iter().rposition(|byte| *byte == b'.').map(|dot| dot as u32);
        let last =
            dot.map_or(prefix, |dot| Text { start: prefix.start + dot + 1, length: prefix.length - dot - 1 });
        if is_object {
            self.key = Some(last);
        }
        self.prefix = dot.map(|dot| Text { start: prefix.start, length: dot });
        self.depth = self.depth.saturating_sub(1);
    }

    fn count_element(&mut self) {
        if let Some(outer) = self.containers.last_mut() {
            outer.elements += 1;
        }
    }

    /// The name of the scalar that was just read, and the list that it also belongs to.
    pub(super) fn argument(&mut self, arena: &mut Arena) -> (Text, Variable) {
        if self.like == Like::ModSecurity2 {
            let key = self.key.unwrap_or_default();
            self.key = Some(key);
            let name = self.prefix.map_or(key, |prefix| joined(arena, prefix, key));
            return (name, Variable::Args);
        }
        let mark = arena.mark();
        arena.extend_computed(b"json");
        for (depth, outer) in self.containers.iter().enumerate() {
            if depth > 0
                && let Some(name) = outer.name
            {
                arena.copy(name);
            }
            if outer.is_object {
                arena.extend_computed(b".");
            } else {
                let prefix = if self.like == Like::Coraza { "." } else { ".array_" };
                arena.extend_computed(format!("{prefix}{}", outer.elements).as_bytes());
            }
        }
        if let Some(key) = self.key.filter(|_| self.containers.last().is_some_and(|outer| outer.is_object)) {
            arena.copy(key);
        }
        self.count_element();
        let origin = if self.like == Like::Coraza { Variable::ArgsPost } else { Variable::Args };
        (arena.since(mark), origin)
    }
}

fn joined(arena: &mut Arena, prefix: Text, key: Text) -> Text {
    let mark = arena.mark();
    arena.copy(prefix);
    arena.extend_computed(b".");
    arena.copy(key);
    arena.since(mark)
}
