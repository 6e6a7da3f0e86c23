//! What a deciding rule hangs on: the blocks around it, the variables of an `if`, the list that it ends.

use super::Config;
use super::tree::Directive;
use crate::source::Place;
use crate::walk::Condition;

/// Blocks that choose by the request; `http` and `server` hold for all that come there.
const CHOOSING: [&str; 3] = ["location", "if", "limit_except"];

/// Blocks that give a variable its value.
const DEFINING: [&str; 4] = ["map", "geo", "split_clients", "geoip2"];

/// The conditions of the rule at a place, the innermost first.
pub(super) fn of(config: &Config, place: &Place) -> Vec<Condition> {
    let mut around = Vec::new();
    let Some(rule) = config.find(place, &mut around) else { return Vec::new() };
    let condition = |rule: &Directive| Condition { place: config.place(rule), text: rule.text() };
    let mut conditions = Vec::new();
    if matches!(rule.name(), "allow" | "deny") {
        let block = around.last().map_or(&[][..], |block| block.children());
        let list = block.iter().take_while(|other| !std::ptr::eq(*other, rule));
        conditions.extend(list.filter(|other| matches!(other.name(), "allow" | "deny")).map(condition));
    }
    for block in around.iter().rev().copied().chain([rule]).filter(|block| CHOOSING.contains(&block.name())) {
        if !std::ptr::eq(block, rule) {
            conditions.push(condition(block));
        }
        if block.name() == "if" {
            conditions.extend(definitions(config, block).map(condition));
        }
    }
    conditions
}

/// The blocks that define the variables of an `if`.
fn definitions<'a>(config: &'a Config, test: &'a Directive) -> impl Iterator<Item = &'a Directive> {
    let defining = config.http().iter().filter(|block| DEFINING.contains(&block.name()));
    defining.filter(|block| {
        let defined = block.args().last().map_or("", |name| name);
        test.args().iter().any(|word| word.trim_matches(['(', ')', '"']) == defined)
    })
}
