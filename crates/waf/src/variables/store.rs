//! The values of one transaction: entries by variable, and the contents that transformations make of them.

use super::arena::{Arena, Text, Tracing};
use super::byte_set::ByteSet;
use super::names::Variable;
use crate::operators::prefilter::TIERS;
use crate::transformations::Transformation;

/// Number of a [`Content`].
pub(crate) type ContentId = u32;
/// Number of an [`Entry`].
pub(crate) type EntryId = u32;

const UNKNOWN: u32 = u32::MAX;

/// Bytes that rules can look at, and what is already known about them.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) text: Text,
    /// The bytes that occur.
    pub(crate) present: ByteSet,
    /// What each transformation makes of it, once asked.
    next: [ContentId; Transformation::COUNT],
    /// Where the bits of each tier's prefilter for it begin, once scanned.
    pub(crate) scanned: [Option<u32>; TIERS],
    /// What libinjection says, once asked.
    pub(crate) sqli: Option<Option<Fingerprint>>,
    pub(crate) xss: Option<bool>,
}

/// A fingerprint of libinjection: up to eight characters.
pub(crate) type Fingerprint = [u8; 8];

/// One value of a variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) variable: Variable,
    /// Its key; empty for variables without keys.
    pub(crate) key: Text,
    pub(crate) content: ContentId,
}

/// All values of a transaction.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) arena: Arena,
    pub(crate) contents: Vec<Content>,
    entries: Vec<Entry>,
    by_variable: [Vec<EntryId>; Variable::COUNT],
}

impl Store {
    pub(crate) fn new(tracing: Tracing, request_length: usize) -> Store {
        Store {
            arena: Arena::new(tracing, (request_length * 4).clamp(1024, 1 << 20)),
            contents: Vec::with_capacity(128),
            entries: Vec::with_capacity(128),
            by_variable: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// Makes a text available to rules.
    pub(crate) fn content(&mut self, text: Text) -> ContentId {
        let present = ByteSet::present(self.arena.get(text));
        self.contents.push(Content {
            text,
            present,
            next: [UNKNOWN; Transformation::COUNT],
            scanned: [None; TIERS],
            sqli: None,
            xss: None,
        });
        (self.contents.len() - 1) as ContentId
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, variable: Variable, key: Text, text: Text) -> EntryId {
        let content = self.content(text);
        self.add_content(variable, key, content)
    }

    /// Adds a value whose content is known already.
    pub(crate) fn add_content(&mut self, variable: Variable, key: Text, content: ContentId) -> EntryId {
        let id = self.entries.len() as EntryId;
        self.entries.push(Entry { variable, key, content });
        self.by_variable[variable as usize].push(id);
        id
    }

    /// Adds a value that belongs to no list: a count, a copy.
    pub(crate) fn add_unlisted(&mut self, variable: Variable, key: Text, text: Text) -> EntryId {
        let content = self.content(text);
        self.entries.push(Entry { variable, key, content });
        (self.entries.len() - 1) as EntryId
    }

    /// Sets a variable that has one value.
    pub(crate) fn set(&mut self, variable: Variable, text: Text) {
        self.by_variable[variable as usize].clear();
        self.add(variable, Text::default(), text);
    }

    /// Sets a variable to something that is not in the request.
    pub(crate) fn set_computed(&mut self, variable: Variable, value: &[u8]) {
        let mark = self.arena.mark();
        self.arena.extend_computed(value);
        self.set(variable, self.arena.since(mark));
    }

    pub(crate) fn entry(&self, id: EntryId) -> Entry {
        self.entries[id as usize]
    }

    /// The values of a variable.
    pub(crate) fn entries_of(&self, variable: Variable) -> &[EntryId] {
        &self.by_variable[variable as usize]
    }

    /// The bytes of a content.
    pub(crate) fn bytes(&self, content: ContentId) -> &[u8] {
        self.arena.get(self.contents[content as usize].text)
    }

    /// The bytes of a key.
    pub(crate) fn key(&self, entry: Entry) -> &[u8] {
        self.arena.get(entry.key)
    }

    /// What a transformation makes of a content; computed once.
    #[inline]
    pub(crate) fn transformed(&mut self, content: ContentId, step: Transformation) -> ContentId {
        let known = self.contents[content as usize].next[step as usize];
        if known != UNKNOWN { known } else { self.transform(content, step) }
    }

    fn transform(&mut self, content: ContentId, step: Transformation) -> ContentId {
        let Content { text, present, .. } = &self.contents[content as usize];
        let output = step.apply(&mut self.arena, *text, present);
        let result = output.map_or(content, |output| self.content(output));
        self.contents[content as usize].next[step as usize] = result;
        result
    }

    /// What a pipeline makes of a content.
    #[inline]
    pub(crate) fn through(&mut self, content: ContentId, pipeline: &[Transformation]) -> ContentId {
        pipeline.iter().fold(content, |content, step| self.transformed(content, *step))
    }
}
