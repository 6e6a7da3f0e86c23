//! Where the bytes of all values live, and where each byte came from.

use std::ops::Range;

/// The part of the request that one byte of a value stands for: positions in [`crate::Request::to_bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Origin {
    /// Computed, or not from the request.
    pub(crate) const NONE: Origin = Origin { start: u32::MAX, end: u32::MAX };

    /// The smallest part that holds both.
    pub(crate) fn to(self, other: Origin) -> Origin {
        if self == Origin::NONE {
            return other;
        }
        if other == Origin::NONE {
            return self;
        }
        Origin { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range, unless there is none.
    pub(crate) fn range(self) -> Option<Range<usize>> {
        (self != Origin::NONE).then_some(self.start as usize..self.end as usize)
    }
}

/// A stretch of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Text {
    pub(crate) start: u32,
    pub(crate) length: u32,
}

impl Text {
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }
}

/// Whether origins are kept: only a second pass, over a request that tripped a rule, pays for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracing {
    Off,
    On,
}

/// One growing buffer for all values of a transaction, with an origin per byte where they are traced.
#[derive(Debug)]
pub(crate) struct Arena {
    bytes: Vec<u8>,
    origins: Option<Vec<Origin>>,
    most: usize,
}

/// No request makes the arena larger than this; values beyond it are cut off.
const MAX_BYTES: usize = 1 << 28;
/// With origins, which take eight times as much.
const MAX_TRACED: usize = 1 << 26;

impl Arena {
    pub(crate) fn new(tracing: Tracing, capacity: usize) -> Arena {
        let origins = (tracing == Tracing::On).then(Vec::new);
        let most = if origins.is_some() { MAX_TRACED } else { MAX_BYTES };
        Arena { bytes: Vec::with_capacity(capacity), origins, most }
    }

    /// The bytes of a text.
    pub(crate) fn get(&self, text: Text) -> &[u8] {
        &self.bytes[text.range()]
    }

    /// Where the next text will begin.
    pub(crate) fn mark(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// The text from a mark to the end.
    pub(crate) fn since(&self, mark: u32) -> Text {
        Text { start: mark, length: self.mark() - mark }
    }

    /// Adds one byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8, origin: Origin) {
        if self.bytes.len() >= self.most {
            return;
        }
        self.bytes.push(byte);
        if let Some(origins) = &mut self.origins {
            origins.push(origin);
        }
    }

    /// Adds bytes of the request that begin at `position`.
    pub(crate) fn extend(&mut self, bytes: &[u8], position: usize) {
        if self.bytes.len() + bytes.len() > self.most {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        if let Some(origins) = &mut self.origins {
            let positions = position as u32..(position + bytes.len()) as u32;
            origins.extend(positions.map(|start| Origin { start, end: start + 1 }));
        }
    }

    /// Adds bytes that are not in the request.
    pub(crate) fn extend_computed(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > self.most {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        if let Some(origins) = &mut self.origins {
            origins.extend(bytes.iter().map(|_| Origin::NONE));
        }
    }

    /// Adds a copy of another text, with its origins.
    pub(crate) fn copy(&mut self, text: Text) {
        if self.bytes.len() + text.length as usize > self.most {
            return;
        }
        self.bytes.extend_from_within(text.range());
        if let Some(origins) = &mut self.origins {
            origins.extend_from_within(text.range());
        }
    }

    /// Takes back everything behind a length.
    pub(crate) fn truncate(&mut self, mark: u32) {
        self.bytes.truncate(mark as usize);
        if let Some(origins) = &mut self.origins {
            origins.truncate(mark as usize);
        }
    }

    #[inline]
    pub(crate) fn byte(&self, index: usize) -> u8 {
        self.bytes[index]
    }

    /// The smallest part of the request that covers a range of the arena.
    pub(crate) fn origin(&self, range: Range<usize>) -> Origin {
        let Some(origins) = &self.origins else { return Origin::NONE };
        origins.get(range).into_iter().flatten().fold(Origin::NONE, |all, origin| all.to(*origin))
    }

    /// Says where a computed text comes from.
    pub(crate) fn mark_origin(&mut self, text: Text, origin: Origin) {
        if let Some(origins) = self.origins.as_mut().and_then(|origins| origins.get_mut(text.range())) {
            origins.fill(origin);
        }
    }

    /// Whether origins are kept.
    pub(crate) fn traced(&self) -> bool {
        self.origins.is_some()
    }
}

/// A stretch of the arena that is being rewritten to its end: what every transformation works on.
pub(crate) struct Rewrite<'a> {
    arena: &'a mut Arena,
    start: usize,
    length: usize,
    mark: u32,
}

impl<'a> Rewrite<'a> {
    pub(crate) fn of(arena: &'a mut Arena, input: Text) -> Rewrite<'a> {
        let mark = arena.mark();
        Rewrite { arena, start: input.start as usize, length: input.length as usize, mark }
    }

    /// Length of the input.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// A byte of the input; zero behind its end, where the engines see their terminator.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> u8 {
        if index < self.length { self.arena.byte(self.start + index) } else { 0 }
    }

    /// The whole input.
    pub(crate) fn input(&self) -> Vec<u8> {
        self.arena.get(Text { start: self.start as u32, length: self.length as u32 }).to_vec()
    }

    /// Copies a byte of the input.
    #[inline]
    pub(crate) fn keep(&mut self, index: usize) {
        let byte = self.at(index);
        self.put(byte, index..index + 1);
    }

    /// Adds a byte that stands for a range of the input.
    #[inline]
    pub(crate) fn put(&mut self, byte: u8, from: Range<usize>) {
        let origin = if self.arena.traced() {
            self.arena.origin(self.start + from.start..self.start + from.end.min(self.length))
        } else {
            Origin::NONE
        };
        self.arena.push(byte, origin);
    }

    /// Takes back the last byte of the output.
    pub(crate) fn pop(&mut self) {
        if self.written() > 0 {
            self.arena.truncate(self.arena.mark() - 1);
        }
    }

    /// Length of the output so far.
    pub(crate) fn written(&self) -> usize {
        (self.arena.mark() - self.mark) as usize
    }

    /// Shortens the output.
    pub(crate) fn shorten(&mut self, length: usize) {
        self.arena.truncate(self.mark + length as u32);
    }

    /// A byte of the output.
    pub(crate) fn output(&self, index: usize) -> u8 {
        self.arena.byte(self.mark as usize + index)
    }

    /// The output.
    pub(crate) fn done(self) -> Text {
        self.arena.since(self.mark)
    }
}
