//! The names in the `TX` collection that rules mention, as numbers.

use std::collections::HashMap;

/// Number of a name in `TX`.
pub(crate) type SlotId = u32;

/// Every name of `TX` that a rule mentions. Case does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct TxNames {
    by_name: HashMap<Vec<u8>, SlotId>,
    names: Vec<String>,
}

impl TxNames {
    /// The number of a name; a new one if it is new.
    pub(crate) fn slot(&mut self, name: &str) -> SlotId {
        if let Some(slot) = self.find(name.as_bytes()) {
            return slot;
        }
        let slot = self.names.len() as SlotId;
        self.by_name.insert(name.to_ascii_lowercase().into_bytes(), slot);
        self.names.push(name.to_owned());
        slot
    }

    /// The number of a known name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<SlotId> {
        self.by_name.get(name.to_ascii_lowercase().as_slice()).copied()
    }

    /// The name of a number, as it was first written.
    pub(crate) fn name(&self, slot: SlotId) -> &str {
        &self.names[slot as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}
