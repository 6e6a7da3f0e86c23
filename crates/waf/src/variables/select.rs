//! From a list of targets to values.

use super::arena::Text;
use super::names::Variable;
use super::store::{EntryId, Store};
use crate::rules::{Selector, Target};
use crate::seclang::targets::TargetMode;

/// Adds the values of a target, or takes them away, or adds their number. Only for variables that do not change.
pub(crate) fn select(store: &mut Store, target: &Target, selected: &mut Vec<EntryId>) {
    if target.mode == TargetMode::Exclude {
        let covers = |id: &EntryId| {
            let entry = store.entry(*id);
            entry.variable == target.variable && target.selects(store.key(entry))
        };
        selected.retain(|id| !covers(id));
        return;
    }
    if target.mode == TargetMode::Count {
        let all = store.entries_of(target.variable).iter();
        let count = all.filter(|id| target.selects(store.key(store.entry(**id)))).count();
        let key = key_of(store, target);
        selected.push(count_entry(store, target.variable, key, count));
        return;
    }
    match target.selector {
        Selector::All => selected.extend_from_slice(store.entries_of(target.variable)),
        _ => {
            let all = store.entries_of(target.variable).iter();
            selected.extend(all.filter(|id| target.selects(store.key(store.entry(**id)))));
        }
    }
}

/// The key that a count is shown under.
fn key_of(store: &mut Store, target: &Target) -> Text {
    let mark = store.arena.mark();
    if let Selector::Key(key) = &target.selector {
        store.arena.extend_computed(key);
    }
    store.arena.since(mark)
}

/// A number as a value.
pub(crate) fn count_entry(store: &mut Store, variable: Variable, key: Text, count: usize) -> EntryId {
    let mark = store.arena.mark();
    store.arena.extend_computed(count.to_string().as_bytes());
    let text = store.arena.since(mark);
    store.add_unlisted(variable, key, text)
}
