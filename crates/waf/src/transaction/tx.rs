//! The `TX` collection of one transaction.

use std::collections::HashMap;

use crate::operators::number;
use crate::rules::{SlotId, TxNames};
use crate::variables::arena::Origin;

/// A value of `TX` and the part of the request that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TxValue {
    pub(super) bytes: Vec<u8>,
    pub(super) origin: Origin,
}

/// All values, in the slots that rules know and under names that were made while rules ran.
#[derive(Debug)]
pub(super) struct Tx {
    slots: Vec<Option<TxValue>>,
    made: Vec<(Vec<u8>, Option<TxValue>)>,
    made_by_name: HashMap<Vec<u8>, usize>,
}

/// No transaction makes more names than this.
const MAX_MADE: usize = 100_000;

impl Tx {
    pub(super) fn new(slots: usize) -> Tx {
        Tx { slots: vec![None; slots], made: Vec::new(), made_by_name: HashMap::new() }
    }

    pub(super) fn get(&self, slot: SlotId) -> Option<&TxValue> {
        self.slots[slot as usize].as_ref()
    }

    /// The number in a slot; nothing counts as zero.
    pub(super) fn number(&self, slot: SlotId) -> i64 {
        self.get(slot).map_or(0, |value| number(&value.bytes))
    }

    pub(super) fn set(&mut self, slot: SlotId, value: Option<TxValue>) {
        self.slots[slot as usize] = value;
    }

    /// Sets a value under a name that was made while a rule ran.
    pub(super) fn set_made(&mut self, names: &TxNames, name: &[u8], value: Option<TxValue>) {
        if let Some(slot) = names.find(name) {
            return self.set(slot, value);
        }
        let lower = name.to_ascii_lowercase();
        match self.made_by_name.get(&lower) {
            Some(index) => self.made[*index].1 = value,
            None if self.made.len() < MAX_MADE => {
                self.made_by_name.insert(lower, self.made.len());
                self.made.push((name.to_vec(), value));
            }
            None => {}
        }
    }

    /// A value under a name that was made.
    pub(super) fn get_made(&self, names: &TxNames, name: &[u8]) -> Option<&TxValue> {
        if let Some(slot) = names.find(name) {
            return self.get(slot);
        }
        self.made[*self.made_by_name.get(name.to_ascii_lowercase().as_slice())?].1.as_ref()
    }

    /// All names with their values.
    pub(super) fn iter<'a>(&'a self, names: &'a TxNames) -> impl Iterator<Item = (&'a [u8], &'a TxValue)> {
        let known = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, value)| Some((names.name(slot as SlotId).as_bytes(), value.as_ref()?)));
        known.chain(self.made.iter().filter_map(|(name, value)| Some((name.as_slice(), value.as_ref()?))))
    }
}
