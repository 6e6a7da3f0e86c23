//! What a deciding rule hangs on: the sections around it, and the `RewriteCond` lines in front of it.

use super::Config;
use super::tree::Directive;
use crate::source::Place;
use crate::walk::Condition;

/// Sections that choose by the request; the others hold for all that come there, or are judged at the start.
const CHOOSING: [&str; 11] = [
    "Limit",
    "LimitExcept",
    "Location",
    "LocationMatch",
    "Directory",
    "DirectoryMatch",
    "Files",
    "FilesMatch",
    "If",
    "ElseIf",
    "Proxy",
];

/// The conditions of the rule at a place, the innermost first.
pub(super) fn of(config: &Config, place: &Place) -> Vec<Condition> {
    let mut around = Vec::new();
    let Some(rule) = super::fixes::find(&config.directives, place, &mut around) else { return Vec::new() };
    let condition = |rule: &Directive| Condition { place: rule.place.clone(), text: rule.text() };
    let siblings = around.last().map_or(&*config.directives, |block| block.children());
    let before: Vec<&Directive> = siblings.iter().take_while(|other| other.place != rule.place).collect();
    let tests = before.iter().rev().take_while(|other| other.is("RewriteCond"));
    let tests = tests.filter(|_| rule.is("RewriteRule")).map(|test| condition(test));
    let sections =
        around.iter().rev().filter(|section| section.is_any(&CHOOSING)).map(|section| condition(section));
    tests.chain(sections).collect()
}
