//! The parts of one file: read by several threads, and added up in the order of the file.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rayon::ScopeFifo;

use super::sink::Sink;
use super::work::{Extent, Tally};

/// The part of a file that one thread reads at a time.
const PART: u64 = 4 << 20;

/// A file that is read in parts; `read` reads one of them, `add` is told of each when it is added.
pub(super) struct Parts<'s, S, R, A> {
    length: u64,
    /// So many parts may be read, or wait for one before them, at a time: what they hold stays bounded.
    most: u64,
    read: R,
    add: A,
    state: Mutex<State<'s, S>>,
}

struct State<'s, S> {
    sink: &'s mut S,
    tally: Tally,
    /// Parts that were given out, and those that were added.
    given: u64,
    added: u64,
    /// Parts that were read before one that stands before them.
    early: BTreeMap<u64, (S, Tally)>,
}

impl<'s, S, R, A> Parts<'s, S, R, A>
where
    S: Sink,
    R: Fn(Extent, S) -> (S, Tally) + Sync,
    A: Fn(&Tally) + Sync,
{
    pub(super) fn new(length: u64, threads: usize, sink: &'s mut S, read: R, add: A) -> Self {
        let state = State { sink, tally: Tally::default(), given: 0, added: 0, early: BTreeMap::new() };
        Parts { length: length.max(1), most: threads as u64 * 2, read, add, state: Mutex::new(state) }
    }

    /// Reads all parts, one after the other, or several at once on the threads of the current pool.
    pub(super) fn all(self, at_once: bool) -> Tally {
        if at_once && self.length > PART {
            rayon::scope_fifo(|scope| self.spawn(scope));
        } else {
            while let Some((number, part)) = self.next(1) {
                self.done(number, (self.read)(self.extent(number), part));
            }
        }
        self.state.into_inner().map(|state| state.tally).unwrap_or_default()
    }

    /// Nobody waits for a part: who has read one gives out those for which there is room then.
    fn spawn<'t>(&'t self, scope: &ScopeFifo<'t>)
    where
        S: 't,
    {
        while let Some((number, part)) = self.next(self.most) {
            scope.spawn_fifo(move |scope| {
                self.done(number, (self.read)(self.extent(number), part));
                self.spawn(scope);
            });
        }
    }

    /// The next part to read, if fewer than `most` are under way.
    fn next(&self, most: u64) -> Option<(u64, S)> {
        let mut state = self.state.lock().ok()?;
        let number = state.given;
        if number * PART >= self.length || number >= state.added + most {
            return None;
        }
        state.given += 1;
        Some((number, state.sink.part()))
    }

    /// The last part goes on to wherever the file ends by then: it may still grow.
    fn extent(&self, number: u64) -> Extent {
        let (start, end) = (number * PART, (number + 1) * PART);
        Extent { start, end: if end >= self.length { u64::MAX } else { end }, torn: start > 0 }
    }

    /// Adds a part that was read, and those that waited for it.
    fn done(&self, number: u64, read: (S, Tally)) {
        // The lock fails only after a panic, which the scope hands on.
        let Ok(mut state) = self.state.lock() else { return };
        let state = &mut *state;
        state.early.insert(number, read);
        while let Some((part, counted)) = state.early.remove(&state.added) {
            (self.add)(&counted);
            state.sink.append(part, state.tally.lines);
            state.tally.append(counted);
            state.added += 1;
        }
    }
}
