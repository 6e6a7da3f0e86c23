//! One transaction: a request, perhaps its response, and the rules of five phases.

mod actions;
mod body;
mod expand;
mod links;
mod matching;
mod targets;
mod tx;

use std::collections::BTreeMap;

use crate::operators::prefilter::{PatternId, TIERS};
use crate::rules::{Allow, Control, Decision, EngineMode, GroupId, Rule, RuleFilter, RuleSet, Step, Target};
use crate::variables::arena::{Origin, Tracing};
use crate::variables::store::{ContentId, EntryId, Store};
use crate::variables::{request, response};
use crate::{Request, Response, Verdict};
use tx::Tx;

/// The state of a transaction.
pub(crate) struct Transaction<'a> {
    rules: &'a RuleSet,
    request: &'a Request<'a>,
    store: Store,
    tx: Tx,
    groups: Vec<Option<GroupState>>,
    answers: Vec<u64>,
    engine: EngineMode,
    removed: Vec<&'a RuleFilter>,
    removed_targets: Vec<(&'a RuleFilter, &'a Target)>,
    matched: Option<(EntryId, ContentId)>,
    matched_vars: Vec<(EntryId, ContentId)>,
    /// Places of the links of the chain that is being run.
    sites: Vec<Site>,
    highest_severity: u8,
    controls: BodyControls,
    verdict: Verdict,
    /// Whether any rule matched that a reader would want to see.
    tripped: bool,
    allowed: Option<Allow>,
    phase: u8,
}

/// What `ctl` changed about bodies.
struct BodyControls {
    processor: Option<crate::body::Processor>,
    access: bool,
    force: bool,
    response_access: bool,
}

/// The values of a group, with what each tier's prefilter says about all of them together, once asked.
struct GroupState {
    values: Vec<(EntryId, ContentId)>,
    bits: [Option<Vec<u64>>; TIERS],
}

/// Where a link of a chain matched.
struct Site {
    link: usize,
    negated: bool,
    places: Vec<Origin>,
}

/// Runs all phases. The first pass is quick; only a request that trips a rule is run again with the origins of all
/// bytes, for the explanation. `controls` hold from the start, as if a first rule had set them.
pub(crate) fn run(
    rules: &RuleSet,
    request: &Request<'_>,
    response: Option<&Response<'_>>,
    controls: &[Control],
) -> Verdict {
    let quick = pass(rules, request, response, controls, Tracing::Off);
    if !quick.tripped {
        return quick.verdict;
    }
    drop(quick);
    pass(rules, request, response, controls, Tracing::On).verdict
}

/// Whether the rules refuse a request, or would if they were switched on: the quick pass alone.
pub(crate) fn refuses(rules: &RuleSet, request: &Request<'_>, controls: &[Control]) -> bool {
    pass(rules, request, None, controls, Tracing::Off).verdict.would_block
}

fn pass<'a>(
    rules: &'a RuleSet,
    request: &'a Request<'a>,
    response: Option<&Response<'_>>,
    controls: &'a [Control],
    tracing: Tracing,
) -> Transaction<'a> {
    let mut transaction = Transaction::new(rules, request, tracing);
    controls.iter().for_each(|control| transaction.control(control));
    transaction.all_phases(response);
    transaction
}

impl<'a> Transaction<'a> {
    fn new(rules: &'a RuleSet, request: &'a Request<'a>, tracing: Tracing) -> Transaction<'a> {
        let length = request.target.len() + request.body.len() + 1024;
        let content_type = request.header("content-type").unwrap_or_default();
        Transaction {
            rules,
            request,
            store: Store::new(tracing, length),
            tx: Tx::new(rules.names.len()),
            groups: Vec::new(),
            answers: Vec::new(),
            engine: rules.config.engine,
            removed: Vec::new(),
            removed_targets: Vec::new(),
            matched: None,
            matched_vars: Vec::new(),
            sites: Vec::new(),
            highest_severity: 255,
            controls: BodyControls {
                processor: crate::body::Processor::of_content_type(content_type),
                access: rules.config.request_body_access,
                force: false,
                response_access: rules.config.response_body_access,
            },
            verdict: Verdict::default(),
            tripped: false,
            allowed: None,
            phase: 1,
        }
    }

    fn all_phases(&mut self, response: Option<&Response<'_>>) {
        if self.engine == EngineMode::Off {
            return;
        }
        request::fill(&mut self.store, self.request, &self.rules.config, self.rules.like);
        self.phase(1);
        if !self.stopped() && self.engine != EngineMode::Off {
            self.read_body();
        }
        if !self.stopped() {
            self.phase(2);
        }
        if let Some(response) = response.filter(|_| !self.stopped()) {
            self.response_phases(response);
        }
        self.phase(5);
        self.conclude();
    }

    fn response_phases(&mut self, response: &Response<'_>) {
        response::fill_head(&mut self.store, response);
        self.phase(3);
        if self.stopped() {
            return;
        }
        if self.controls.response_access {
            let config = &self.rules.config;
            response::fill_body(
                &mut self.store,
                response,
                &config.response_types,
                config.response_body_limit,
            );
        }
        self.phase(4);
    }

    fn stopped(&self) -> bool {
        self.verdict.blocked
    }

    fn phase(&mut self, number: u8) {
        self.phase = number;
        self.groups.clear();
        self.groups.resize_with(self.rules.groups.len(), || None);
        let skips = match self.allowed {
            Some(Allow::Everything) => number != 5,
            Some(Allow::Request) => number <= 2,
            _ => false,
        };
        if skips {
            return;
        }
        let rules = self.rules;
        let steps = &rules.phases[usize::from(number - 1)];
        let mut index = 0;
        while index < steps.len() && self.engine != EngineMode::Off {
            let step = &steps[index];
            index += 1;
            let Step::Rule(rule) = step else { continue };
            let removed = !self.removed.is_empty() && self.removed.iter().any(|filter| filter.holds(rule));
            if removed || !self.rule(rule) {
                continue;
            }
            if self.stopped() && number != 5 {
                return;
            }
            if let Decision::Allow(reach) = rule.decision
                && self.engine == EngineMode::On
            {
                self.allowed = Some(reach);
                return;
            }
            index = rule.skip_to.unwrap_or_else(|| skipped(steps, index, rule.skip));
        }
    }

    /// Runs a rule; whether all its links matched.
    fn rule(&mut self, rule: &'a Rule) -> bool {
        self.sites.clear();
        let matched = (0..rule.links.len()).all(|index| self.link(rule, index));
        self.matched_vars.clear();
        matched
    }

    /// Takes the outcome out of the collections.
    fn conclude(&mut self) {
        let names = &self.rules.names;
        let read =
            |name: &str| Some(self.tx.number(names.find(name.as_bytes())?)).filter(|value| *value != 0);
        self.verdict.threshold = read("inbound_anomaly_score_threshold");
        let kept = read("blocking_inbound_anomaly_score").or_else(|| read("anomaly_score"));
        if self.store.arena.traced() {
            self.verdict.categories = self.categories();
        }
        let inbound = self.verdict.matches.iter().filter(|found| found.phase <= 2);
        self.verdict.score = kept.unwrap_or_else(|| inbound.map(|found| found.score).sum());
    }

    /// What the CRS sums up beside the score: a variable for each kind of attack.
    fn categories(&self) -> BTreeMap<String, i64> {
        let of_kind = |name: &str| name.ends_with("_score") && !name.contains("anomaly");
        let kept = self.tx.iter(&self.rules.names).map(|(name, value)| {
            (String::from_utf8_lossy(name).to_ascii_lowercase(), crate::operators::number(&value.bytes))
        });
        kept.filter(|(name, sum)| *sum > 0 && of_kind(name)).collect()
    }

    fn control(&mut self, control: &'a Control) {
        match control {
            Control::Engine(mode) => self.engine = *mode,
            Control::BodyProcessor(processor) => self.controls.processor = Some(*processor),
            Control::BodyAccess(on) => self.controls.access = *on,
            Control::ForceBody(on) => self.controls.force = *on,
            Control::ResponseBodyAccess(on) => self.controls.response_access = *on,
            Control::Remove(filter) => self.removed.push(filter),
            Control::RemoveTarget(filter, targets) => {
                self.removed_targets.extend(targets.iter().map(|target| (filter, target)));
            }
        }
    }

    fn group(&mut self, id: GroupId) {
        if self.groups[id as usize].is_some() {
            return;
        }
        let group = &self.rules.groups[id as usize];
        let mut entries = Vec::new();
        for target in &self.rules.targets[group.targets as usize].targets {
            crate::variables::select::select(&mut self.store, target, &mut entries);
        }
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            let content = self.store.entry(entry).content;
            values.push((entry, self.store.through(content, &group.pipeline)));
        }
        self.groups[id as usize] = Some(GroupState { values, bits: Default::default() });
    }

    /// Whether a pattern can match any value of a group.
    fn can_match_any(&mut self, group: GroupId, pattern: PatternId) -> bool {
        let Some(state) = &mut self.groups[group as usize] else { return false };
        if state.bits[pattern.tier].is_none() {
            let values = std::mem::take(&mut state.values);
            let mut bits = vec![0; self.rules.prefilter(pattern.tier).words()];
            for (_, content) in &values {
                let start = self.scan(*content, pattern.tier);
                bits.iter_mut().zip(&self.answers[start..]).for_each(|(all, one)| *all |= one);
            }
            if let Some(state) = &mut self.groups[group as usize] {
                state.values = values;
                state.bits[pattern.tier] = Some(bits);
            }
        }
        let bits = self.groups[group as usize].as_ref().and_then(|state| state.bits[pattern.tier].as_ref());
        bits.is_some_and(|bits| pattern.is_in(bits))
    }

    /// Whether a pattern can match a content.
    fn can_match(&mut self, content: ContentId, pattern: PatternId) -> bool {
        let start = self.scan(content, pattern.tier);
        pattern.is_in(&self.answers[start..])
    }

    /// Where the answer of a tier's prefilter for a content begins.
    fn scan(&mut self, content: ContentId, tier: usize) -> usize {
        let known = &self.store.contents[content as usize];
        if let Some(start) = known.scanned[tier] {
            return start as usize;
        }
        let start = self.answers.len();
        let present = known.present;
        let text = self.store.arena.get(known.text);
        self.rules.prefilter(tier).scan(text, &present, &mut self.answers);
        self.store.contents[content as usize].scanned[tier] = Some(start as u32);
        start
    }
}

/// Where to go on after `skip:N`; markers do not count.
fn skipped(steps: &[Step], mut index: usize, mut skip: usize) -> usize {
    while skip > 0 && index < steps.len() {
        skip -= usize::from(matches!(steps[index], Step::Rule(_)));
        index += 1;
    }
    index
}
