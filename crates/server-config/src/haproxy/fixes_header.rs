//! Changes that let a header field reach the next hop, as diffs.

use super::Config;
use crate::fix::Fix;
use crate::fix::header::Change;

/// The rule that drops or rewrites the field goes.
pub(super) fn propose(config: &Config, change: &Change<'_>) -> Vec<Fix> {
    let fix = || {
        let place = change.rule()?;
        let mut lines = config.sections.iter().flat_map(|section| section.active());
        let rule = lines.find(|line| config.place(line) == *place)?;
        let changes = ["del-header", "set-header", "replace-header", "replace-value"];
        let is_header_rule = rule.words.iter().any(|word| changes.contains(&&**word));
        let source = config.sources.get(&place.file).filter(|_| is_header_rule)?;
        change.without_rule(source, &rule.text(), place.line)
    };
    fix().into_iter().collect()
}
