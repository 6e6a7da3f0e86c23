//! The values of targets that change while rules run.

use super::Transaction;
use super::tx::TxValue;
use crate::rules::{Selector, Target};
use crate::seclang::targets::TargetMode;
use crate::variables::arena::Text;
use crate::variables::names::Variable;
use crate::variables::select::{count_entry, select};
use crate::variables::store::{ContentId, EntryId};

impl Transaction<'_> {
    /// The values of a list of targets now.
    pub(super) fn resolve(&mut self, targets: &[Target]) -> Vec<EntryId> {
        let mut entries = Vec::new();
        for target in targets {
            match target.variable {
                Variable::Tx => self.resolve_tx(target, &mut entries),
                Variable::MatchedVars | Variable::MatchedVarsNames => {
                    self.resolve_matched(target, &mut entries)
                }
                Variable::MatchedVar | Variable::MatchedVarName => {
                    let Some((entry, content)) = self.matched else { continue };
                    let content = self.value_or_name(target.variable == Variable::MatchedVar, entry, content);
                    entries.push(self.copy_of(target.variable, entry, content));
                }
                Variable::HighestSeverity => {
                    let severity = usize::from(self.highest_severity);
                    entries.push(count_entry(&mut self.store, target.variable, Text::default(), severity));
                }
                _ => select(&mut self.store, target, &mut entries),
            }
        }
        entries
    }

    fn resolve_tx(&mut self, target: &Target, entries: &mut Vec<EntryId>) {
        let names = &self.rules.names;
        let found: Vec<(Vec<u8>, TxValue)> = match &target.selector {
            Selector::Slot(slot) => {
                let value = self.tx.get(*slot).cloned();
                value.map(|value| (names.name(*slot).as_bytes().to_vec(), value)).into_iter().collect()
            }
            _ => {
                let all = self.tx.iter(names).filter(|(name, _)| target.selects(name));
                all.map(|(name, value)| (name.to_vec(), value.clone())).collect()
            }
        };
        match target.mode {
            TargetMode::Count => {
                entries.push(count_entry(&mut self.store, Variable::Tx, Text::default(), found.len()));
            }
            TargetMode::Exclude => entries.retain(|id| {
                let entry = self.store.entry(*id);
                let same = |name: &[u8]| name.eq_ignore_ascii_case(self.store.key(entry));
                entry.variable != Variable::Tx || !found.iter().any(|(name, _)| same(name))
            }),
            TargetMode::Values => {
                for (name, value) in found {
                    let entry = self.tx_entry(&name, value);
                    entries.push(entry);
                }
            }
        }
    }

    fn tx_entry(&mut self, name: &[u8], value: TxValue) -> EntryId {
        let mark = self.store.arena.mark();
        self.store.arena.extend_computed(name);
        let key = self.store.arena.since(mark);
        let mark = self.store.arena.mark();
        for byte in value.bytes {
            self.store.arena.push(byte, value.origin);
        }
        let text = self.store.arena.since(mark);
        self.store.add_unlisted(Variable::Tx, key, text)
    }

    fn resolve_matched(&mut self, target: &Target, entries: &mut Vec<EntryId>) {
        let matched = self.matched_vars.clone();
        if target.mode == TargetMode::Count {
            entries.push(count_entry(&mut self.store, target.variable, Text::default(), matched.len()));
            return;
        }
        for (entry, content) in matched {
            if target.selects(self.name_of(entry).as_bytes()) {
                let content = self.value_or_name(target.variable == Variable::MatchedVars, entry, content);
                entries.push(self.copy_of(self.store.entry(entry).variable, entry, content));
            }
        }
    }

    /// The value that matched, or its name.
    fn value_or_name(&mut self, value: bool, entry: EntryId, content: ContentId) -> ContentId {
        if value {
            return content;
        }
        let name = self.name_of(entry);
        let mark = self.store.arena.mark();
        self.store.arena.extend_computed(name.as_bytes());
        let text = self.store.arena.since(mark);
        self.store.content(text)
    }

    /// A value that is not in any list, under the key of another.
    fn copy_of(&mut self, variable: Variable, entry: EntryId, content: ContentId) -> EntryId {
        let key = self.store.entry(entry).key;
        let text = self.store.contents[content as usize].text;
        self.store.add_unlisted(variable, key, text)
    }
}
