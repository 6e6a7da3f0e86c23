//! `Require` and its containers (`modules/aaa/mod_authz_core.c`).

use std::rc::Rc;

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

/// What holds once all layers are merged; `None` when there is no rule at all.
///
/// Each walk merges its own sections first and lays the outcome over what held before
/// (`ap_directory_walk()`, `ap_file_walk()` and their relatives in `server/request.c`). With `AuthMerging` that is not
/// the same as laying one section after the other: `Or` in the last `<Files>` brings the `<Directory>` back in, though a
/// `<Files>` before it set that aside.
pub(super) fn effective<'a>(scope: &Scope<'a>) -> Option<Node<'a>> {
    let (mut all, mut of_walk, mut walk) = (Rules::default(), Rules::default(), 0);
    for (at, layer) in scope.layers.iter().enumerate() {
        let own = walk_of(&scope.layers, at);
        if own != walk {
            all = all.under(std::mem::take(&mut of_walk));
            walk = own;
        }
        of_walk = of_walk.under(Rules::of_layer(layer));
    }
    all.under(of_walk).root
}

/// Which walk found a layer; the sections in an `<If>` are a walk of their own.
fn walk_of<'a>(layers: &[Rc<Layer<'a>>], at: usize) -> usize {
    let layer = &layers[at];
    let Some(section) = layer.section else { return usize::from(layer.directory.is_some()) };
    if section.is_any(&["Files", "FilesMatch"]) {
        return 2;
    }
    if section.is_any(&["Location", "LocationMatch"]) {
        return 3;
    }
    if !section.is_any(&["If", "ElseIf", "Else"]) {
        return 1;
    }
    let holds = |outer: &Rc<Layer<'a>>| outer.sections.iter().any(|inner| std::ptr::eq(*inner, section));
    let outer = layers[..at].iter().rposition(holds).map(|outer| walk_of(layers, outer));
    outer.filter(|walk| *walk >= FIRST_IF).map_or(FIRST_IF, |walk| walk + 1)
}

/// The walk of the `<If>` sections that stand in no other one.
const FIRST_IF: usize = 4;

/// The rules of a layer or of several, and how they go with those before them.
#[derive(Debug, Default)]
struct Rules<'a> {
    merging: Merging,
    root: Option<Node<'a>>,
}

/// `AuthMerging`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Merging {
    #[default]
    Unset,
    Off,
    With(Logic),
}

impl<'a> Rules<'a> {
    fn of_layer(layer: &Layer<'a>) -> Self {
        let merging = layer.last("AuthMerging").map(|rule| rule.arg(0).to_ascii_lowercase());
        let merging = match merging.as_deref() {
            None => Merging::Unset,
            Some("and") => Merging::With(Logic::And),
            Some("or") => Merging::With(Logic::Or),
            Some(_) => Merging::Off,
        };
        Self { merging, root: of_layer(layer) }
    }

    /// `merge_authz_core_dir_config()`.
    fn under(self, inner: Self) -> Self {
        let logic = match inner.merging {
            Merging::Unset if inner.root.is_none() => return self,
            Merging::Unset | Merging::Off => return inner,
            Merging::With(logic) => logic,
        };
        let root = match (self.root, inner.root) {
            (Some(base), Some(own)) => {
                Some(Node::Group { directive: None, logic, is_negated: false, children: vec![base, own] })
            }
            (base, own) => base.or(own),
        };
        Self { merging: inner.merging, root }
    }
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
