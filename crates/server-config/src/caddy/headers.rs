//! Header fields, and what rules make of them (`modules/caddyhttp/headers/headers.go`).

use super::placeholders::Unset;
use super::route::{Handler, HeaderOperation};
use super::run::Run;
use crate::pattern::{Case, Pattern};
use crate::request::{Header, Value};
use crate::walk::{HeaderChange, HowChanged, Needs};

/// A name as Go writes it: `x-real-ip` is `X-Real-Ip`.
pub(super) fn canonical(name: &str) -> String {
    let mut start = true;
    let letter = |c: char| {
        let out = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        start = c == '-';
        out
    };
    name.chars().map(letter).collect()
}

impl Run<'_> {
    /// The values of all fields of that name, in order.
    pub(super) fn header_values(&self, name: &str) -> Result<Vec<String>, Needs> {
        let named = self.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let known = |header: &Header| match &header.value {
            Value::Known(text) => Ok(text.trim().to_owned()),
            Value::Unknown(needs) => Err(needs.clone()),
        };
        named.map(known).collect()
    }

    /// Adds, then sets, deletes and replaces; `Host` counts as a field here (`ApplyToRequest()`).
    pub(super) fn change_headers(
        &mut self,
        operations: &[HeaderOperation],
        handler: &Handler,
    ) -> Result<(), Needs> {
        self.headers.push(Header::new("Host", &self.host));
        let rank = |operation: &&HeaderOperation| match operation {
            HeaderOperation::Add(..) => 0,
            HeaderOperation::Set(..) => 1,
            HeaderOperation::Delete(_) => 2,
            HeaderOperation::Replace(..) => 3,
        };
        let mut sorted: Vec<&HeaderOperation> = operations.iter().collect();
        sorted.sort_by_key(rank);
        for operation in sorted {
            self.change_header(operation, handler)?;
        }
        let hosts = self.header_values("Host")?;
        self.host = hosts.last().cloned().unwrap_or_default();
        self.headers.retain(|header| header.name != "Host");
        Ok(())
    }

    fn change_header(&mut self, operation: &HeaderOperation, handler: &Handler) -> Result<(), Needs> {
        let replaced = |run: &Self, text: &str| run.replace(text, Unset::Kept);
        match operation {
            HeaderOperation::Add(name, value) => {
                let (name, value) = (canonical(&replaced(self, name)?), replaced(self, value)?);
                self.changed(&name, HowChanged::Added, handler);
                self.headers.push(Header::new(&name, &value));
            }
            HeaderOperation::Set(name, value) => {
                let name = canonical(&replaced(self, name)?);
                let value = match self.replace(value, Unset::Kept) {
                    Ok(value) => Value::Known(value),
                    Err(needs) => Value::Unknown(needs),
                };
                let was_there = self.headers.iter().any(|header| header.name == name);
                let how = if was_there { HowChanged::Rewritten } else { HowChanged::Added };
                self.headers.retain(|header| header.name != name);
                self.headers.push(Header { name: name.clone(), value });
                self.changed(&name, how, handler);
            }
            HeaderOperation::Delete(name) => {
                let pattern = replaced(self, name)?.to_ascii_lowercase();
                let goes = |header: &Header| name_fits(&header.name.to_ascii_lowercase(), &pattern);
                let mut gone: Vec<String> = self
                    .headers
                    .iter()
                    .filter(|header| goes(header))
                    .map(|header| header.name.clone())
                    .collect();
                self.headers.retain(|header| !goes(header));
                gone.dedup();
                gone.iter().for_each(|name| self.changed(name, HowChanged::Dropped, handler));
            }
            HeaderOperation::Replace(name, find, replacement) => {
                let (name, replacement) = (canonical(&replaced(self, name)?), replaced(self, replacement)?);
                let pattern = Pattern::new(find, Case::Sensitive)?;
                let mut changed = false;
                for header in self.headers.iter_mut().filter(|header| header.name == name) {
                    let Value::Known(text) = &header.value else { continue };
                    let Some(found) = pattern.find(text)? else { continue };
                    changed = true;
                    // Groups and further matches follow Go's own rules.
                    let once = !replacement.contains('$')
                        && pattern.find(&text[found.range.1..])?.is_none()
                        && found.range.0 < found.range.1;
                    header.value = if once {
                        Value::Known(format!(
                            "{}{replacement}{}",
                            &text[..found.range.0],
                            &text[found.range.1..]
                        ))
                    } else {
                        Value::Unknown(Needs(format!("Go's replacement of `{find}`")))
                    };
                }
                if changed {
                    self.changed(&name, HowChanged::Rewritten, handler);
                }
            }
        }
        Ok(())
    }

    fn changed(&mut self, name: &str, how: HowChanged, handler: &Handler) {
        let because = format!("`{}` does so", handler.text);
        self.changes.push(HeaderChange {
            name: name.to_owned(),
            how,
            place: Some(handler.place.clone()),
            because,
        });
    }
}

fn name_fits(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => name.contains(&pattern[1..pattern.len() - 1]),
        (Some(suffix), _) => name.ends_with(suffix),
        (_, Some(prefix)) => name.starts_with(prefix),
        _ => name == pattern,
    }
}
