//! One link of a rule against all its values.

use std::borrow::Cow;

use super::Transaction;
use crate::operators::{Operator, number};
use crate::rules::{Link, Rule, Selector, Target};
use crate::seclang::targets::TargetMode;
use crate::variables::store::{ContentId, EntryId};

impl<'a> Transaction<'a> {
    /// Whether the link matched at least one value; its actions have run for each.
    pub(super) fn link(&mut self, rule: &'a Rule, index: usize) -> bool {
        let link = &rule.links[index];
        let Some(targets) = link.targets else {
            self.act(rule, index, None, b"");
            return true;
        };
        if let Some(group) = link.group.filter(|_| !link.multi_match) {
            return self.group_link(rule, index, group);
        }
        let list = &self.rules.targets[targets as usize];
        if let [target] = list.targets.as_slice()
            && self.surely_fails(link, target)
        {
            return false;
        }
        let entries = self.resolve(&list.targets);
        let argument = self.argument(link);
        let mut matched = false;
        for entry in entries {
            let content = self.store.entry(entry).content;
            matched |= if link.multi_match {
                self.each_step(rule, index, (entry, content), &argument)
            } else {
                let last = self.store.through(content, &link.pipeline);
                self.value(rule, index, (entry, last), &argument)
            };
            if self.stopped() {
                return true;
            }
        }
        matched
    }

    fn group_link(&mut self, rule: &'a Rule, index: usize, group: u32) -> bool {
        let link = &rule.links[index];
        self.group(group);
        if let Some(pattern) = link.pattern.filter(|_| !link.negated)
            && !self.can_match_any(group, pattern)
        {
            return false;
        }
        let Some(state) = &self.groups[group as usize] else { return false };
        let count = state.values.len();
        let argument = self.argument(link);
        let mut matched = false;
        for at in 0..count {
            let Some(state) = &self.groups[group as usize] else { break };
            let value = state.values[at];
            matched |= self.value(rule, index, value, &argument);
            if self.stopped() {
                return true;
            }
        }
        matched
    }

    /// A quick no for the many rules that compare one number in `TX`.
    fn surely_fails(&self, link: &Link, target: &Target) -> bool {
        let (Selector::Slot(slot), Operator::Compares(comparison, argument)) =
            (&target.selector, &link.operator)
        else {
            return false;
        };
        let Some(argument) = argument.constant().filter(|_| link.pipeline.is_empty()) else { return false };
        let left = match (target.mode, self.tx.get(*slot)) {
            (TargetMode::Count, value) => i64::from(value.is_some()),
            (TargetMode::Values, Some(_)) => self.tx.number(*slot),
            _ => return true,
        };
        comparison.holds(left, number(argument)) == link.negated
    }

    /// The operator's argument, expanded.
    fn argument(&self, link: &'a Link) -> Cow<'a, [u8]> {
        match link.operator.argument() {
            None => Cow::Borrowed(b""),
            Some(template) => match template.constant() {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(self.expand(template, None)),
            },
        }
    }

    /// `multiMatch`: the value itself, and then what every transformation makes of it that changes it.
    fn each_step(
        &mut self,
        rule: &'a Rule,
        index: usize,
        value: (EntryId, ContentId),
        argument: &[u8],
    ) -> bool {
        let (entry, mut content) = value;
        let mut matched = self.value(rule, index, (entry, content), argument);
        for step in rule.links[index].pipeline.iter() {
            let next = self.store.transformed(content, *step);
            if next != content && !self.stopped() {
                matched |= self.value(rule, index, (entry, next), argument);
            }
            content = next;
        }
        matched
    }

    /// One value against the operator; on a match the actions run.
    fn value(&mut self, rule: &'a Rule, index: usize, value: (EntryId, ContentId), argument: &[u8]) -> bool {
        let link = &rule.links[index];
        let (entry, content) = value;
        let found = self.test(link, content, argument);
        if found == link.negated || self.is_excluded(rule, entry) {
            return false;
        }
        if found && link.capture {
            self.capture(link, content);
        }
        self.matched = Some(value);
        self.matched_vars.push(value);
        self.act(rule, index, Some(value), argument);
        true
    }

    fn test(&mut self, link: &Link, content: ContentId, argument: &[u8]) -> bool {
        if let Some(pattern) = link.pattern
            && !self.can_match(content, pattern)
        {
            return false;
        }
        match &link.operator {
            Operator::Sqli => self.sqli(content).is_some(),
            Operator::Xss => self.xss(content),
            operator => operator.matches(self.store.bytes(content), argument),
        }
    }

    /// Whether `ctl:ruleRemoveTargetBy...` took this value from this rule.
    fn is_excluded(&self, rule: &Rule, entry: EntryId) -> bool {
        !self.removed_targets.is_empty()
            && self.removed_targets.iter().any(|(filter, target)| {
                let value = self.store.entry(entry);
                value.variable == target.variable
                    && target.selects(self.store.key(value))
                    && filter.holds(rule)
            })
    }
}
