//! Changes that let a header field reach the next hop, as diffs.

use super::Config;
use super::fixes::find;
use super::tree::Directive;
use crate::fix::header::{Change, before};
use crate::fix::{Edit, Fix};
use crate::source::Source;

pub(super) fn propose(config: &Config, change: &Change<'_>) -> Vec<Fix> {
    let Some(place) = change.rule() else { return Vec::new() };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let mut around = Vec::new();
    let Some(rule) = find(&config.directives, place, &mut around) else { return Vec::new() };
    let switches = ["WSGIPassAuthorization", "CGIPassAuth"];
    let switch = switches.into_iter().find(|switch| change.change.because.contains(switch));
    let fix = match switch {
        _ if rule.is("RequestHeader") => change.without_rule(source, &rule.text(), place.line),
        Some(switch) => switched_on(change, source, rule, &around, switch),
        None if change.name().eq_ignore_ascii_case("host") => {
            let edit = before(source, place.line, &["ProxyPreserveHost On".to_owned()]);
            let text = "keep the client's Host with `ProxyPreserveHost On`".to_owned();
            edit.and_then(|edit| change.fix(source, edit, text))
        }
        None => None,
    };
    fix.into_iter().collect()
}

/// `WSGIPassAuthorization` may stand in a server, `CGIPassAuth` only in a section of directories or locations.
fn switched_on(
    change: &Change<'_>,
    source: &Source,
    rule: &Directive,
    around: &[&Directive],
    switch: &str,
) -> Option<Fix> {
    let line = rule.place.line;
    let in_section = around.iter().any(|section| {
        ["<Directory", "<Location", "<Files"].iter().any(|start| section.text().starts_with(start))
    });
    let on = format!("{switch} On");
    let edit = if rule.is(switch) {
        let edit = before(source, line, std::slice::from_ref(&on))?;
        Edit { last: line, ..edit }
    } else if in_section || switch == "WSGIPassAuthorization" {
        before(source, line, std::slice::from_ref(&on))?
    } else {
        let lines = ["<Location \"/\">".to_owned(), format!("    {on}"), "</Location>".to_owned()];
        before(source, line, &lines)?
    };
    change.fix(source, edit, format!("pass {} on to the program with `{on}`", change.name()))
}
