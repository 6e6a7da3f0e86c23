//! The last steps of loading: what can only be known when all rules are there.

use super::compile::Draft;
use super::{Change, Decision, Rule, RuleSet, Step, Template, TemplatePart};
use crate::operators::prefilter::{PatternId, TIERS};
use crate::operators::{Comparison, Operator};
use crate::variables::names::Variable;

impl Draft {
    /// Resolves jumps and builds the prefilter.
    pub(super) fn finish(mut self) -> RuleSet {
        let mut sizes = [0; TIERS];
        for phase in &mut self.phases {
            resolve_jumps(phase);
            number_patterns(phase, &mut sizes);
        }
        let rules = RuleSet {
            like: self.like,
            config: self.config,
            phases: self.phases,
            targets: self.targets,
            groups: self.groups,
            tiers: Default::default(),
            names: self.names,
            report: self.report,
        };
        rules.prefilter(0);
        rules
    }

    /// Whether a rule only compares what other rules counted: it looks at nothing but `TX`, and does not add the points
    /// of a severity of its own.
    pub(super) fn is_bookkeeping(&self, rule: &Rule) -> bool {
        let only_tx = rule.links.iter().all(|link| {
            link.targets.is_none_or(|targets| {
                let of_rules = [Variable::Tx, Variable::UniqueId, Variable::HighestSeverity];
                self.targets[targets as usize]
                    .targets
                    .iter()
                    .all(|target| of_rules.contains(&target.variable))
            })
        });
        let scores = |template: &Template| {
            template.parts.iter().any(|part| match part {
                TemplatePart::Tx(slot) => {
                    let name = self.names.name(*slot).to_ascii_lowercase();
                    name.ends_with("_anomaly_score")
                        && !name.contains("inbound")
                        && !name.contains("outbound")
                }
                TemplatePart::Text(text) => text.iter().all(u8::is_ascii_digit),
                _ => false,
            })
        };
        let adds_points = rule.links.iter().flat_map(|link| &link.setvars).any(|setvar| {
            setvar.is_score && matches!(&setvar.change, Change::Add(template) if scores(template))
        });
        // CRS 3 adds up the levels in silent rules: they change the score, and nothing they add is their own.
        let sums = rule.links.iter().flat_map(|link| &link.setvars).any(|setvar| setvar.is_score);
        only_tx && !adds_points && (rule.decision != Decision::Pass || rule.logged || sums)
    }
}

/// Gives every pattern its place. The tier is that of the gate before the rule: `TX:level "@lt N"` with a jump to a marker
/// behind it, as the CRS opens each paranoia level.
fn number_patterns(phase: &mut [Step], sizes: &mut [usize; TIERS]) {
    let mut open: Option<(usize, usize)> = None;
    for (index, step) in phase.iter_mut().enumerate() {
        let Step::Rule(rule) = step else { continue };
        open = gate(rule).or(open.filter(|(_, end)| index < *end));
        let tier = open.map_or(0, |(tier, _)| tier);
        for link in rule.links.iter_mut().filter(|link| link.operator.is_filtered()) {
            link.pattern = Some(PatternId::new(tier, sizes[tier]));
            sizes[tier] += 1;
        }
    }
}

/// The tier that a gate opens, and where it ends.
fn gate(rule: &Rule) -> Option<(usize, usize)> {
    let [link] = rule.links.as_slice() else { return None };
    let Operator::Compares(Comparison::Less, level) = &link.operator else { return None };
    let level = crate::operators::number(level.constant()?);
    let tier = usize::try_from(level.clamp(1, TIERS as i64) - 1).ok()?;
    Some((tier, rule.skip_to?))
}

fn resolve_jumps(phase: &mut [Step]) {
    let mut wanted: Vec<(usize, usize)> = Vec::new();
    for (index, step) in phase.iter().enumerate() {
        let Step::Rule(rule) = step else { continue };
        let Some(name) = &rule.skip_after else { continue };
        let is_end = |step: &Step| matches!(step, Step::Marker(marker) if marker == name);
        let end = phase[index..].iter().position(is_end).map_or(phase.len(), |offset| index + offset + 1);
        wanted.push((index, end));
    }
    for (index, end) in wanted {
        if let Step::Rule(rule) = &mut phase[index] {
            rule.skip_to = Some(end);
        }
    }
}
