//! What happens when a link matches.

use std::sync::Arc;

use super::tx::TxValue;
use super::{Site, Transaction};
use crate::Match;
use crate::operators::{Operator, number};
use crate::rules::{Change, Decision, EngineMode, Rule, SetVar, VarName};
use crate::variables::arena::Origin;
use crate::variables::store::{ContentId, EntryId};

impl<'a> Transaction<'a> {
    /// Runs the actions of a link that matched; those of the last link decide.
    pub(super) fn act(
        &mut self,
        rule: &'a Rule,
        index: usize,
        value: Option<(EntryId, ContentId)>,
        argument: &[u8],
    ) {
        let link = &rule.links[index];
        let points: i64 = link.setvars.iter().map(|setvar| self.set_variable(setvar, rule)).sum();
        for control in &link.controls {
            self.control(control);
        }
        if self.store.arena.traced()
            && let Some((_, content)) = value
        {
            self.remember_site(rule, index, content, argument);
        }
        if index + 1 < rule.links.len() {
            return;
        }
        if let Some(severity) = rule.severity {
            self.highest_severity = self.highest_severity.min(severity);
        }
        self.report(rule, value, points, argument);
        self.decide(rule);
    }

    /// Does what `setvar` says; the points that it adds to a score.
    fn set_variable(&mut self, setvar: &SetVar, rule: &Rule) -> i64 {
        let made = match &setvar.name {
            VarName::Slot(_) => Vec::new(),
            VarName::Made(template) => self.expand(template, Some(rule)),
        };
        let mut points = 0;
        let origin = self.matched_origin();
        let value = match &setvar.change {
            Change::Unset => None,
            Change::Set(template) => Some(TxValue { bytes: self.expand(template, Some(rule)), origin }),
            Change::Add(template) | Change::Subtract(template) => {
                let by = number(&self.expand(template, Some(rule)));
                let by = if matches!(setvar.change, Change::Add(_)) { by } else { -by };
                points = if setvar.is_score { by } else { 0 };
                let old = match &setvar.name {
                    VarName::Slot(slot) => self.tx.get(*slot),
                    VarName::Made(_) => self.tx.get_made(&self.rules.names, &made),
                };
                let old = old.map_or(0, |value| number(&value.bytes));
                // A counter never falls below zero.
                let sum = old.saturating_add(by).max(0);
                Some(TxValue { bytes: sum.to_string().into_bytes(), origin })
            }
        };
        match &setvar.name {
            VarName::Slot(slot) => self.tx.set(*slot, value),
            VarName::Made(_) => self.tx.set_made(&self.rules.names, &made, value),
        }
        points
    }

    fn remember_site(&mut self, rule: &Rule, index: usize, content: ContentId, argument: &[u8]) {
        let link = &rule.links[index];
        let text = self.store.contents[content as usize].text;
        let bytes = self.store.arena.get(text);
        let spans = if link.negated {
            std::iter::once(0..bytes.len()).collect()
        } else {
            link.operator.spans(bytes, argument)
        };
        let start = text.start as usize;
        let places =
            spans.into_iter().map(|span| self.store.arena.origin(start + span.start..start + span.end));
        let mut places: Vec<Origin> = places.filter(|place| *place != Origin::NONE).collect();
        places.dedup();
        if !places.is_empty() {
            self.sites.push(Site { link: index, negated: link.negated, places });
        }
    }

    /// Adds the match to the verdict, in full when the pass is a traced one.
    fn report(&mut self, rule: &'a Rule, value: Option<(EntryId, ContentId)>, points: i64, argument: &[u8]) {
        let disruptive = rule.decision == Decision::Deny;
        if rule.bookkeeping {
            if rule.logged || disruptive {
                self.verdict.bookkeeping.push(rule.id);
            }
            return;
        }
        if !(rule.logged || points > 0 || disruptive) {
            return;
        }
        self.tripped = true;
        if !self.store.arena.traced() {
            return;
        }
        let last = rule.links.len() - 1;
        let link = &rule.links[last];
        let fingerprint = value
            .filter(|_| matches!(link.operator, Operator::Sqli))
            .and_then(|(_, content)| self.sqli(content))
            .map(|found| found.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect());
        let places = self.best_places(last);
        let show = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let whole =
            value.map(|(entry, _)| self.store.contents[self.store.entry(entry).content as usize].text);
        let message = if rule.message.parts.is_empty() { &link.message } else { &rule.message };
        self.verdict.matches.push(Match {
            rule: rule.id,
            message: show(self.expand(message, Some(rule))),
            data: show(self.expand(&rule.data, Some(rule))),
            tags: rule.tags.clone(),
            severity: rule.severity,
            file: Arc::clone(&rule.file),
            line: rule.line,
            first_line: rule.first_line,
            phase: self.phase,
            score: points,
            logged: rule.logged,
            disruptive,
            variable: value.map(|(entry, _)| self.name_of(entry)).unwrap_or_default(),
            transformations: link.pipeline.iter().map(|step| step.name()).collect(),
            operator: link.operator_name.clone(),
            text: value.map(|(_, content)| self.shown_text(rule, content, argument)).unwrap_or_default(),
            value: whole.map(|text| cut(self.store.arena.get(text)).to_vec()).unwrap_or_default(),
            whole: whole.and_then(|text| self.store.arena.origin(text.range()).range()),
            bytes: places.first().and_then(|place| place.range()),
            places: places.iter().filter_map(|place| place.range()).collect(),
            fingerprint,
        });
        // The next value of the last link has places of its own; those of the links before it stay.
        self.sites.retain(|site| site.link != last);
    }

    /// The matched part of the last link's value.
    fn shown_text(&self, rule: &Rule, content: ContentId, argument: &[u8]) -> Vec<u8> {
        let link = &rule.links[rule.links.len() - 1];
        let bytes = self.store.bytes(content);
        let first = if link.negated { None } else { link.operator.spans(bytes, argument).into_iter().next() };
        cut(&bytes[first.unwrap_or(0..bytes.len())]).to_vec()
    }

    /// The places of the link that points best: a positive one before a negated one, the last before the others.
    fn best_places(&self, last: usize) -> Vec<Origin> {
        let rank = |site: &&Site| (site.negated, site.link != last);
        let Some(best) = self.sites.iter().min_by_key(rank) else { return Vec::new() };
        let chosen = (best.link, best.negated);
        let sites = self.sites.iter().filter(|site| (site.link, site.negated) == chosen);
        let mut places: Vec<Origin> = sites.flat_map(|site| site.places.iter().copied()).collect();
        places.dedup();
        places
    }

    fn decide(&mut self, rule: &Rule) {
        if rule.decision != Decision::Deny || self.phase == 5 {
            return;
        }
        self.verdict.would_block = true;
        if self.verdict.decided_by.is_none() {
            self.verdict.decided_by = Some(rule.id);
            self.verdict.status = Some(rule.status);
        }
        if self.engine == EngineMode::On {
            self.verdict.blocked = true;
        }
    }
}

/// A match shows no more of a value than this: a value may be as large as a body, and many rules may match it.
const SHOWN: usize = 64 << 10;

fn cut(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(SHOWN)]
}
