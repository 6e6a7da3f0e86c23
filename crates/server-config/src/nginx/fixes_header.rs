//! Changes that let a header field reach the next hop, as diffs.

use super::Config;
use super::tree::Directive;
use crate::fix::header::{Change, before};
use crate::fix::{Edit, Fix};
use crate::source::Source;

pub(super) fn propose(config: &Config, change: &Change<'_>) -> Vec<Fix> {
    let fix = match change.rule() {
        Some(place) => replaced(config, change, place),
        None if change.change.because.contains("`underscores_in_headers`") => underscores(config, change),
        None if change.change.because.contains("one connection") => None,
        None => added(config, change),
    };
    fix.into_iter().collect()
}

/// The rule that sets the field to something else gets the client's value.
fn replaced(config: &Config, change: &Change<'_>, place: &crate::source::Place) -> Option<Fix> {
    let rule = config.find(place, &mut Vec::new())?;
    let source = config.sources.get(&place.file)?;
    let line = source.line(rule.line)?.into_owned();
    let start = rule.column as usize - 1;
    let end = start + line.get(start..)?.find(';')?;
    let (name, value) = (rule.arg(0), variable(change.name()));
    let new = format!("{} {name} {value}", rule.name());
    let changed = format!("{}{new}{}", line.get(..start)?, line.get(end..)?);
    let edit = Edit { first: rule.line, last: rule.line, lines: vec![changed] };
    change.fix(source, edit, format!("`{new}` in place of `{}`", rule.text()))
}

/// The switch stands in the server block that took the request: in the first one of its socket (nginx reads it before it
/// knows the host).
fn underscores(config: &Config, change: &Change<'_>) -> Option<Fix> {
    let mut around = Vec::new();
    config.find(change.passed_at?, &mut around)?;
    let server = around.iter().copied().find(|block| block.name() == "server")?;
    let (source, first) = (source(config, server)?, server.children().first()?);
    let edit = before(source, first.line, &["underscores_in_headers on;".to_owned()])?;
    if first.line == server.line {
        return None;
    }
    let mut fix = change.fix(
        source,
        edit,
        "take in names with underscores, with `underscores_in_headers on`".to_owned(),
    )?;
    "every name with an underscore to the service behind, where `A_B` and `A-B` may be one variable"
        .clone_into(&mut fix.opens);
    Some(fix)
}

/// A rule beside those that hold already, since a block with one of its own inherits none.
fn added(config: &Config, change: &Change<'_>) -> Option<Fix> {
    let mut around = Vec::new();
    let pass = config.find(change.passed_at?, &mut around)?;
    let kind = match pass.name() {
        "proxy_pass" => "proxy_set_header",
        "grpc_pass" => "grpc_set_header",
        _ => return None,
    };
    let beside = around.iter().rev().find_map(|block| block.named(kind).next()).unwrap_or(pass);
    let source = source(config, beside)?;
    let rule = format!("{kind} {} {};", change.name(), variable(change.name()));
    let edit = before(source, beside.line, std::slice::from_ref(&rule))?;
    change.fix(source, edit, format!("pass {} on with `{}`", change.name(), rule.trim_end_matches(';')))
}

fn source<'a>(config: &'a Config, directive: &Directive) -> Option<&'a Source> {
    config.sources.get(&config.place(directive).file)
}

/// The variable that holds the client's field.
fn variable(name: &str) -> String {
    format!("$http_{}", name.to_ascii_lowercase().replace('-', "_"))
}
