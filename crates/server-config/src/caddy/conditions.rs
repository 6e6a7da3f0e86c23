//! What a deciding directive hangs on: the named matcher that it is written with, and the blocks around it.

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
    children.iter().find_map(|child| inside(config, child, place))
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
