//! Fixes of a header field that a server drops or rewrites: what they are called and what they open.

use super::{Edit, Fix};
use crate::request::{Request, Value};
use crate::source::{Place, Source};
use crate::walk::{Answer, HeaderChange, HowChanged, Walk};

/// What became of a field on the way to the next hop, and where the request is passed on.
pub(crate) struct Change<'a> {
    pub(crate) change: &'a HeaderChange,
    pub(crate) passed_at: Option<&'a Place>,
}

/// The change to a field that the request carries, where the walk passes the request on.
pub(crate) fn change<'a>(request: &Request, walk: &'a Walk, name: &str) -> Option<Change<'a>> {
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { return None };
    request.header(name)?;
    let named =
        |change: &&HeaderChange| change.name.eq_ignore_ascii_case(name) && change.how != HowChanged::Added;
    let change = forwarded.changes.iter().rfind(named)?;
    Some(Change { change, passed_at: walk.outcome.decided_by.as_ref() })
}

/// Whether the next hop receives the field as it came.
pub(crate) fn arrives(request: &Request, walk: &Walk, name: &str) -> bool {
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { return false };
    let sent = request.header(name).and_then(Value::known);
    sent.is_some() && forwarded.header(name).and_then(Value::known) == sent
}

impl Change<'_> {
    /// The place of the rule that does it.
    pub(crate) fn rule(&self) -> Option<&Place> {
        self.change.place.as_ref()
    }

    pub(crate) fn name(&self) -> &str {
        &self.change.name
    }

    /// The fix that takes away the line of the rule, which holds nothing else.
    pub(crate) fn without_rule(&self, source: &Source, rule: &str, line: u32) -> Option<Fix> {
        let written = source.line(line)?;
        let first = rule.split_whitespace().next()?;
        let alone = written.trim_start().starts_with(first) && !written.trim_end().ends_with(['{', '\\']);
        let edit = Edit { first: line, last: line, lines: Vec::new() };
        let text = format!("take `{rule}` away, so that {} arrives as it was sent", self.name());
        alone.then(|| self.fix(source, edit, text)).flatten()
    }

    /// The fix that puts other lines in place of one, or before it.
    pub(crate) fn fix(&self, source: &Source, edit: Edit, text: String) -> Option<Fix> {
        let opens =
            format!("{}, as clients send it, to the service behind; it is no check of its own", self.name());
        Fix::edit(source, &[edit], text, opens).ok()
    }
}

/// Lines in front of one, with its indent.
pub(crate) fn before(source: &Source, line: u32, lines: &[String]) -> Option<Edit> {
    let written = source.line(line)?.into_owned();
    let indent = &written[..written.len() - written.trim_start().len()];
    let lines = lines.iter().map(|text| format!("{indent}{text}")).collect();
    Some(Edit { first: line, last: line - 1, lines })
}
