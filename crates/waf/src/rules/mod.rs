//! Rules as they run: compiled once, numbered, in flat lists by phase.

mod actions;
mod compile;
mod config;
mod finish;
mod names;
mod removal;
mod target;
mod template;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::operators::Operator;
use crate::operators::prefilter::{PatternId, Prefilter, TIERS};
use crate::seclang::report::LoadReport;
use crate::transformations::Transformation;
use crate::{Error, Like};

pub use config::EngineMode;
pub(crate) use config::{Config, LimitAction, engine_mode};
pub(crate) use names::{SlotId, TxNames};
pub(crate) use target::{Selector, Target};
pub(crate) use template::{Template, TemplatePart};

/// Number of a list of targets that several rules share.
pub(crate) type TargetsId = u32;
/// Number of a pair of targets and transformations that several rules share.
pub(crate) type GroupId = u32;

/// A loaded rule set: read once, then shared by any number of inspections.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) like: Like,
    pub(crate) config: Config,
    /// Rules and markers of phases 1 to 5, in order.
    pub(crate) phases: [Vec<Step>; 5],
    pub(crate) targets: Vec<TargetList>,
    pub(crate) groups: Vec<Group>,
    tiers: [OnceLock<Prefilter>; TIERS],
    pub(crate) names: TxNames,
    report: LoadReport,
}

/// What to load and how to read it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The engine whose behaviour is followed.
    pub like: Like,
    /// The paranoia level, 1 to 4, instead of what the configuration sets.
    pub paranoia: Option<u8>,
    /// The engine's mode, instead of what the configuration sets.
    pub engine: Option<EngineMode>,
}

impl RuleSet {
    /// Loads a rule set: a checkout of the CRS, the folder of the distribution's package, or a configuration file that
    /// includes rules. What has no base configuration of its own gets the recommended one, switched on.
    pub fn load(path: &Path, like: Like) -> Result<RuleSet, Error> {
        RuleSet::load_with(path, &Options { like, ..Options::default() }, "")
    }

    /// Loads a rule set with options, and with SecLang text of the caller's own, which is read after the set-up and
    /// before the rules.
    pub fn load_with(path: &Path, options: &Options, extra: &str) -> Result<RuleSet, Error> {
        compile::load(path, options, extra)
    }

    /// Reads SecLang text instead of files; what it includes is read all the same.
    pub fn parse(text: &str, options: &Options) -> Result<RuleSet, Error> {
        compile::parse(text, options)
    }

    /// What was loaded and what was not.
    #[must_use]
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// The prefilter of a tier, built when a rule of that tier first runs.
    pub(crate) fn prefilter(&self, tier: usize) -> &Prefilter {
        self.tiers[tier].get_or_init(|| {
            let rules = self.phases.iter().flatten().filter_map(|step| match step {
                Step::Rule(rule) => Some(rule),
                Step::Marker(_) => None,
            });
            let links = rules.flat_map(|rule| &rule.links);
            let of_tier = links.filter(|link| link.pattern.is_some_and(|pattern| pattern.tier == tier));
            let required = of_tier.map(|link| link.operator.requirement().unwrap_or_default());
            Prefilter::new(&required.collect::<Vec<_>>())
        })
    }

    /// The engine whose behaviour this set follows.
    #[must_use]
    pub fn like(&self) -> Like {
        self.like
    }
}

/// An element of a phase.
#[derive(Debug)]
pub(crate) enum Step {
    Rule(Box<Rule>),
    /// `SecMarker`.
    Marker(Arc<str>),
}

/// A rule: one link, or a chain of them.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: u32,
    pub(crate) file: Arc<Path>,
    /// The line that this engine logs.
    pub(crate) line: u32,
    pub(crate) first_line: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) message: Template,
    pub(crate) data: Template,
    pub(crate) tags: Vec<String>,
    pub(crate) severity: Option<u8>,
    pub(crate) logged: bool,
    pub(crate) decision: Decision,
    pub(crate) status: u16,
    /// Number of rules to skip after a match.
    pub(crate) skip: usize,
    /// Marker to go to after a match, and its place in the phase.
    pub(crate) skip_after: Option<Arc<str>>,
    pub(crate) skip_to: Option<usize>,
    /// Only compares scores, and is never a cause.
    pub(crate) bookkeeping: bool,
}

/// What a rule does with the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Pass,
    Deny,
    Allow(Allow),
}

/// How far `allow` reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allow {
    Phase,
    Request,
    Everything,
}

/// One condition of a rule with its actions.
#[derive(Debug)]
pub(crate) struct Link {
    /// `None` for `SecAction`.
    pub(crate) targets: Option<TargetsId>,
    pub(crate) group: Option<GroupId>,
    pub(crate) pipeline: Arc<[Transformation]>,
    pub(crate) multi_match: bool,
    pub(crate) operator: Operator,
    pub(crate) operator_name: String,
    pub(crate) negated: bool,
    pub(crate) pattern: Option<PatternId>,
    pub(crate) capture: bool,
    pub(crate) setvars: Vec<SetVar>,
    pub(crate) controls: Vec<Control>,
    pub(crate) message: Template,
}

/// A list of targets.
#[derive(Debug)]
pub(crate) struct TargetList {
    pub(crate) targets: Vec<Target>,
    /// Whether its values change while rules run.
    pub(crate) dynamic: bool,
}

/// Targets and transformations.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) targets: TargetsId,
    pub(crate) pipeline: Arc<[Transformation]>,
}

/// `setvar`.
#[derive(Debug)]
pub(crate) struct SetVar {
    pub(crate) name: VarName,
    pub(crate) change: Change,
    /// Whether the variable is a sum that decides about blocking.
    pub(crate) is_score: bool,
}

/// The name of a variable in `TX`, fixed or made while the rule runs.
#[derive(Debug)]
pub(crate) enum VarName {
    Slot(SlotId),
    Made(Template),
}

/// What `setvar` does.
#[derive(Debug)]
pub(crate) enum Change {
    Set(Template),
    Add(Template),
    Subtract(Template),
    Unset,
}

/// `ctl`.
#[derive(Debug, Clone)]
pub(crate) enum Control {
    Engine(EngineMode),
    BodyProcessor(crate::body::Processor),
    BodyAccess(bool),
    ForceBody(bool),
    ResponseBodyAccess(bool),
    Remove(RuleFilter),
    RemoveTarget(RuleFilter, Vec<Target>),
}

/// Which rules an exclusion speaks of.
#[derive(Debug, Clone)]
pub(crate) enum RuleFilter {
    /// Inclusive ranges of ids.
    Ids(Vec<(u32, u32)>),
    Tag(Arc<crate::operators::pattern::Pattern>),
    /// The whole tag.
    ExactTag(String),
    Message(Arc<crate::operators::pattern::Pattern>),
}

impl RuleFilter {
    /// Whether a rule is meant.
    pub(crate) fn holds(&self, rule: &Rule) -> bool {
        match self {
            RuleFilter::Ids(ranges) => ranges.iter().any(|(first, last)| (*first..=*last).contains(&rule.id)),
            RuleFilter::Tag(pattern) => rule.tags.iter().any(|tag| pattern.is_match(tag.as_bytes())),
            RuleFilter::ExactTag(wanted) => rule.tags.contains(wanted),
            RuleFilter::Message(pattern) => {
                rule.message.constant().is_some_and(|message| pattern.is_match(message))
            }
        }
    }
}
