//! Directives that change rules which were loaded before: removals, and updates of targets and actions.

use super::compile::Draft;
use super::{Decision, RuleFilter, Step, Target};
use crate::seclang::targets::{self, TargetMode};

impl Draft {
    /// `SecRuleRemoveById`, `...ByTag`, `...ByMsg`.
    pub(super) fn remove(&mut self, filters: &[RuleFilter]) {
        for phase in &mut self.phases {
            phase.retain(|step| match step {
                Step::Rule(rule) => !filters.iter().any(|filter| filter.holds(rule)),
                Step::Marker(_) => true,
            });
        }
    }

    /// `SecRuleUpdateTargetById` and its kin: adds targets to every link of the rule.
    pub(super) fn update_targets(&mut self, filter: &RuleFilter, text: &str) -> Result<(), String> {
        let added: Vec<Target> = targets::parse(text)?
            .iter()
            .map(|written| Target::compile(written, &mut self.names))
            .collect::<Result<_, _>>()?;
        let mut phases = std::mem::take(&mut self.phases);
        for rule in phases.iter_mut().flatten().filter_map(|step| match step {
            Step::Rule(rule) if filter.holds(rule) => Some(rule),
            _ => None,
        }) {
            for link in &mut rule.links {
                let Some(known) = link.targets else { continue };
                let mut list = self.targets[known as usize].targets.clone();
                let covers = |target: &Target, exclusion: &Target| target.variable == exclusion.variable;
                for target in &added {
                    let useful = target.mode != TargetMode::Exclude || list.iter().any(|t| covers(t, target));
                    if useful && !list.contains(target) {
                        list.push(target.clone());
                    }
                }
                link.targets = Some(self.targets_id(list));
                link.group = self.group_of(link.targets, &link.pipeline);
            }
        }
        self.phases = phases;
        Ok(())
    }

    /// `SecRuleUpdateActionById`: only what decides is taken over.
    pub(super) fn update_decision(
        &mut self,
        filter: &RuleFilter,
        decision: Option<Decision>,
        status: Option<u16>,
    ) {
        for step in self.phases.iter_mut().flatten() {
            if let Step::Rule(rule) = step
                && filter.holds(rule)
            {
                rule.decision = decision.unwrap_or(rule.decision);
                rule.status = status.unwrap_or(rule.status);
            }
        }
    }
}
