//! What a deciding directive hangs on: the named matcher that it is written with, and the
//! `handle` around it that takes what others leave.

use super::{Config, Directive};
use crate::source::Place;
use crate::walk::Condition;

/// The lines of the matcher that the directive at a place names.
pub(super) fn of(config: &Config, place: &Place) -> Vec<Condition> {
    config.blocks.iter().find_map(|site| inside(config, site, place)).unwrap_or_default()
}

fn inside(config: &Config, block: &Directive, place: &Place) -> Option<Vec<Condition>> {
    let children = block.children();
    if let Some(rule) = children.iter().find(|child| config.place(child) == *place) {
        let names = rule.words.iter().skip(1).filter(|word| word.starts_with('@'));
        let matchers = names.flat_map(|name| children.iter().filter(move |child| child.name() == &**name));
        return Some(matchers.flat_map(|matcher| lines(config, matcher)).collect());
    }
    children.iter().find_map(|child| {
        let mut found = inside(config, child, place)?;
        if takes_the_rest(child, children) {
            found.push(Condition { place: config.place(child), text: child.text() });
        }
        Some(found)
    })
}

/// A `handle` without a matcher, beside others that have one: it takes what they leave.
fn takes_the_rest(block: &Directive, siblings: &[Directive]) -> bool {
    let is_handle = |directive: &Directive| matches!(directive.name(), "handle" | "handle_path");
    block.name() == "handle"
        && block.args().is_empty()
        && siblings.iter().any(|sibling| is_handle(sibling) && !sibling.args().is_empty())
}

/// A matcher's conditions: those in its block, or the one on its own line.
fn lines(config: &Config, matcher: &Directive) -> Vec<Condition> {
    let written = |directive: &Directive, skip: usize| {
        let words: Vec<&str> = directive.words.iter().skip(skip).map(|word| &**word).collect();
        Condition { place: config.place(directive), text: words.join(" ") }
    };
    match matcher.children() {
        [] => vec![written(matcher, 1)],
        children => children.iter().map(|child| written(child, 0)).collect(),
    }
}
