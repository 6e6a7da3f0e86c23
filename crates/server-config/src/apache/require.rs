//! `Require` and its containers (`modules/aaa/mod_authz_core.c`).

use super::layers::{self, Layer, Rule, Scope};
use super::providers::{self, Judged};
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::source::Place;
use crate::walk::{Needs, Verdict};

/// What a rule or a container says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auth {
    Granted,
    Denied,
    /// Denied, but a user may change that.
    NeedsUser,
    /// Nothing.
    Neutral,
}

/// How a container takes its children together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logic {
    And,
    Or,
}

/// A rule or a container.
#[derive(Debug, Clone)]
pub(super) enum Node<'a> {
    Rule { rule: Rule<'a>, is_negated: bool, provider: String, arguments: String },
    Group { directive: Option<&'a Directive>, logic: Logic, is_negated: bool, children: Vec<Node<'a>> },
}

/// The outcome, and the rule that made it so.
#[derive(Debug, Clone)]
pub(super) struct Applied {
    pub(super) result: Auth,
    pub(super) place: Option<Place>,
}

/// What holds once all layers are merged (`merge_authz_core_dir_config()`); `None` when there is no rule at all.
pub(super) fn effective<'a>(scope: &Scope<'a>) -> Option<Node<'a>> {
    let mut merged: Option<Node<'a>> = None;
    for layer in &scope.layers {
        let own = of_layer(layer);
        let merging = layer.last("AuthMerging").map(|rule| rule.arg(0).to_ascii_lowercase());
        let logic = match merging.as_deref() {
            Some("and") => Logic::And,
            Some("or") => Logic::Or,
            Some(_) => {
                merged = own;
                continue;
            }
            None => {
                merged = own.or(merged);
                continue;
            }
        };
        merged = match (merged, own) {
            (Some(base), Some(own)) => {
                Some(Node::Group { directive: None, logic, is_negated: false, children: vec![base, own] })
            }
            (base, own) => base.or(own),
        };
    }
    merged
}

fn of_layer<'a>(layer: &Layer<'a>) -> Option<Node<'a>> {
    let children: Vec<Node<'a>> = layer.rules.iter().filter_map(|rule| node(*rule)).collect();
    (!children.is_empty()).then_some(Node::Group {
        directive: None,
        logic: Logic::Or,
        is_negated: false,
        children,
    })
}

fn node(rule: Rule<'_>) -> Option<Node<'_>> {
    let directive = rule.directive;
    if directive.is("Require") {
        let is_negated = directive.arg(0).eq_ignore_ascii_case("not");
        let mut rest = directive.args();
        let mut provider = String::new();
        for _ in 0..if is_negated { 2 } else { 1 } {
            let (word, after) = super::words::next_word(rest)?;
            (provider, rest) = (word, after);
        }
        let arguments = rest.to_owned();
        return Some(Node::Rule { rule, is_negated, provider: provider.to_ascii_lowercase(), arguments });
    }
    if !layers::is_container(directive) {
        return None;
    }
    let (logic, is_negated) = match directive.name.to_ascii_lowercase().as_str() {
        "requireall" => (Logic::And, false),
        "requirenotall" => (Logic::And, true),
        "requirenone" => (Logic::Or, true),
        _ => (Logic::Or, false),
    };
    let inner = Layer::new(Some(directive), directive.children(), None);
    let with_limit = |inner: &Rule<'_>| rule.limit.filter(|_| inner.limit.is_none());
    let children: Vec<Node<'_>> = inner
        .rules
        .iter()
        .filter_map(|inner| {
            node(Rule { directive: inner.directive, limit: with_limit(inner).or(inner.limit) })
        })
        .collect();
    (!children.is_empty()).then_some(Node::Group { directive: Some(directive), logic, is_negated, children })
}

impl Node<'_> {
    /// A container holds for a method when one of its children does.
    fn covers(&self, method: &str) -> bool {
        match self {
            Self::Rule { rule, .. } => rule.covers(method),
            Self::Group { children, .. } => children.iter().any(|child| child.covers(method)),
        }
    }
}

impl<'a> Run<'a> {
    /// `apply_authz_sections()` for the whole tree.
    pub(super) fn apply(&mut self, root: &Node<'a>) -> Phase<'a, Applied> {
        match self.apply_node(root, Logic::And) {
            Ok(applied) => Ok(applied),
            Err((rule, needs)) => self.unknown(rule, needs),
        }
    }

    fn apply_node(&mut self, node: &Node<'a>, parent: Logic) -> Result<Applied, Open<'a>> {
        if !node.covers(&self.method) {
            let result = if parent == Logic::And { Auth::Granted } else { Auth::Neutral };
            return Ok(Applied { result, place: None });
        }
        let (applied, is_negated) = match node {
            Node::Rule { rule, is_negated, provider, arguments } => {
                (self.apply_rule(rule.directive, provider, arguments)?, *is_negated)
            }
            Node::Group { directive, logic, is_negated, children } => {
                let applied = self.apply_group(*logic, children)?;
                let own = directive.filter(|_| *is_negated).map(|own| own.place.clone());
                (Applied { place: own.or(applied.place), ..applied }, *is_negated)
            }
        };
        let result = match applied.result {
            result if !is_negated => result,
            Auth::Granted => Auth::Denied,
            Auth::Denied | Auth::NeedsUser | Auth::Neutral => Auth::Neutral,
        };
        if let Node::Group { directive: Some(directive), is_negated: true, .. } = node
            && result == Auth::Denied
        {
            let because = "something in it holds, and nothing may".to_owned();
            self.step("access", Some(directive), Verdict::Hit, because);
        }
        Ok(Applied { result, ..applied })
    }

    fn apply_rule(
        &mut self,
        rule: &'a Directive,
        provider: &str,
        arguments: &str,
    ) -> Result<Applied, Open<'a>> {
        let judged = providers::judge(self, provider, arguments).map_err(|needs| (rule, needs))?;
        let (result, because) = match judged {
            Judged::Yes(because) => (Auth::Granted, because),
            Judged::No(because) => (Auth::Denied, because),
            Judged::NeedsUser => (Auth::NeedsUser, "no user is known yet".to_owned()),
        };
        let verdict = if result == Auth::Granted { Verdict::Hit } else { Verdict::Miss };
        self.step("access", Some(rule), verdict, because);
        Ok(Applied { result, place: Some(rule.place.clone()) })
    }

    /// An open child does not matter where another one decides.
    fn apply_group(&mut self, logic: Logic, children: &[Node<'a>]) -> Result<Applied, Open<'a>> {
        let mut all = Applied { result: Auth::Neutral, place: None };
        let mut open = None;
        for child in children {
            let applied = match self.apply_node(child, logic) {
                Ok(applied) => applied,
                Err(needs) => {
                    open = open.or(Some(needs));
                    continue;
                }
            };
            match (logic, applied.result) {
                (_, Auth::Neutral) => continue,
                (Logic::And, Auth::Denied) | (Logic::Or, Auth::Granted) => return Ok(applied),
                (Logic::And, Auth::NeedsUser) if all.result != Auth::Denied => all = applied,
                (Logic::Or, Auth::NeedsUser) if all.result == Auth::Denied => all = applied,
                _ if all.result == Auth::Neutral => all = applied,
                _ => {}
            }
        }
        open.map_or(Ok(all), Err)
    }
}

/// The rule that has no outcome, and what would have to be known for one.
type Open<'a> = (&'a Directive, Needs);
