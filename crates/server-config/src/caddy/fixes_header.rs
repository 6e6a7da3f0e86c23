//! Changes that let a header field reach the next hop, as diffs.

use super::fixes::find;
use super::{Config, Directive};
use crate::fix::Fix;
use crate::fix::header::Change;

/// The line that drops or rewrites the field goes: `request_header`, or `header_up` in the block of a proxy.
pub(super) fn propose(config: &Config, change: &Change<'_>) -> Vec<Fix> {
    let fix = || {
        let place = change.rule()?;
        let rule = find(&config.blocks, &|directive| config.place(directive) == *place)?;
        let source = config.sources.get(&place.file)?;
        let line = match rule.name() {
            "request_header" if rule.block.is_none() => rule,
            "reverse_proxy" | "forward_auth" => header_up(rule, change.name())?,
            _ => return None,
        };
        change.without_rule(source, &line.text(), line.line)
    };
    fix().into_iter().collect()
}

/// The last line about a field, with or without the sign of what is done with it.
fn header_up<'a>(proxy: &'a Directive, name: &str) -> Option<&'a Directive> {
    let names = |line: &&Directive| {
        line.arg(0).trim_start_matches(['-', '+']).trim_end_matches(':').eq_ignore_ascii_case(name)
    };
    proxy.children().iter().filter(|line| line.name() == "header_up").rfind(names)
}
