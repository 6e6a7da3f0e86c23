//! From a list of targets to values.

use super::arena::{Origin, Text};
use super::names::Variable;
use super::store::{Entry, EntryId, Store};
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
        let all = store.entries_of(target.variable).iter().map(|id| store.entry(*id));
        let counted: Vec<Entry> = all.filter(|entry| target.selects(store.key(*entry))).collect();
        let key = key_of(store, target);
        let entry = count_entry(store, target.variable, key, counted.len());
        mark_counted(store, entry, &counted);
        selected.push(entry);
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

/// A number stands for the names of what was counted.
fn mark_counted(store: &mut Store, number: EntryId, counted: &[Entry]) {
    if !store.arena.traced() {
        return;
    }
    let origins = counted.iter().map(|entry| {
        let text = if entry.key.length > 0 { entry.key } else { store.contents[entry.content as usize].text };
        store.arena.origin(text.range())
    });
    let all = origins.fold(Origin::NONE, Origin::to);
    let digits = store.contents[store.entry(number).content as usize].text;
    store.arena.mark_origin(digits, all);
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
