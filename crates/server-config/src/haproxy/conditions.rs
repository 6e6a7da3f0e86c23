//! What a deciding rule hangs on: the ACLs that it names.

use super::Config;
use crate::source::Place;
use crate::walk::Condition;

/// The `acl` lines of the rule's own section whose names stand in its condition, in their order.
pub(super) fn of(config: &Config, place: &Place) -> Vec<Condition> {
    let own =
        config.sections.iter().find(|section| section.active().any(|line| config.place(line) == *place));
    let Some(section) = own else { return Vec::new() };
    let Some(rule) = section.active().find(|line| config.place(line) == *place) else { return Vec::new() };
    let start = rule.words.iter().position(|word| matches!(&**word, "if" | "unless"));
    let named: Vec<&str> = start
        .map_or(&[][..], |start| &rule.words[start + 1..])
        .iter()
        .map(|word| word.trim_start_matches('!'))
        .collect();
    let lines = section.all("acl").filter(|line| named.contains(&line.word(1)));
    lines.map(|line| Condition { place: config.place(line), text: line.text() }).collect()
}
