//! Rules that change header fields and the request's target.

use super::convert::replacement;
use super::fetch::{list_parts, path_of};
use super::matching::Method;
use super::rules::Next;
use super::run::Run;
use super::sample::{Sample, Stop};
use super::tree::Line;
use crate::pattern::{Case, Pattern};
use crate::request::{Header, Value};
use crate::walk::{HeaderChange, HowChanged};

impl<'a> Run<'a> {
    /// All fields of that name go, and one comes.
    pub(super) fn set_header(&mut self, line: &Line, name: &str, value: Value) -> Next {
        let name = name.to_ascii_lowercase();
        let before = self.headers.iter().filter(|header| header.name == name);
        let (was_there, is_same) =
            (before.clone().next().is_some(), before.clone().all(|header| header.value == value));
        let how = if was_there { HowChanged::Rewritten } else { HowChanged::Added };
        self.headers.retain(|header| header.name != name);
        self.headers.push(Header { name: name.clone(), value });
        if !(was_there && is_same) {
            self.changed(line, &name, how);
        }
        Next::Rule
    }

    pub(super) fn add_header(&mut self, line: &Line, name: &str, value: Value) -> Next {
        let name = name.to_ascii_lowercase();
        self.headers.push(Header { name: name.clone(), value });
        self.changed(line, &name, HowChanged::Added);
        Next::Rule
    }

    /// `del-header NAME [-m METHOD]`
    pub(super) fn delete_header(&mut self, line: &'a Line, at: usize) -> Result<Next, Stop> {
        let mut dropped = Vec::new();
        let mut kept = Vec::new();
        for header in std::mem::take(&mut self.headers) {
            if names(line, at, &header.name)? { dropped.push(header.name) } else { kept.push(header) }
        }
        self.headers = kept;
        dropped.dedup();
        dropped.iter().for_each(|name| self.changed(line, name, HowChanged::Dropped));
        Ok(Next::Rule)
    }

    /// Whether the fields that a rule names are still there, and with which value, is unknown from here on.
    pub(super) fn blur_headers(&mut self, line: &'a Line, at: usize, stop: &Stop) {
        let deletes = line.word(at) == "del-header";
        let mut blurred = false;
        for header in &mut self.headers {
            let is_named = if deletes {
                names(line, at, &header.name)
            } else {
                Ok(header.name.eq_ignore_ascii_case(line.word(at + 1)))
            };
            if is_named.unwrap_or(true) {
                header.value = Value::Unknown(stop.needs());
                blurred = true;
            }
        }
        if !blurred && matches!(line.word(at), "set-header" | "add-header") {
            self.add_header(line, line.word(at + 1), Value::Unknown(stop.needs()));
        }
    }

    /// `replace-header NAME REGEX FORMAT` on whole fields, `replace-value` on the parts between commas.
    pub(super) fn replace_header(&mut self, line: &'a Line, at: usize) -> Result<Next, Stop> {
        let name = line.word(at + 1).to_ascii_lowercase();
        let template = self.format(line.word(at + 3));
        let whole = line.word(at) == "replace-header";
        let replaced = |text: &str| -> Result<Option<String>, Stop> {
            let pattern = Pattern::new(line.word(at + 2), Case::Sensitive)?;
            let Some(found) = pattern.find(text)? else { return Ok(None) };
            Ok(Some(replacement(&template.clone()?, &found.groups)))
        };
        let mut changed = false;
        for header in self.headers.iter_mut().filter(|header| header.name == name) {
            let Value::Known(text) = &header.value else { continue };
            let parts: Vec<&str> = if whole { vec![text] } else { list_parts(text) };
            let mut out = Vec::new();
            let mut unknown = None;
            for part in parts {
                // The blanks around a part go with it (`http_replace_header_value()`).
                match replaced(part.trim_matches([' ', '\t'])) {
                    Ok(Some(new)) => {
                        changed = true;
                        out.push(new);
                    }
                    Ok(None) => out.push(part.to_owned()),
                    Err(stop) => unknown = Some(stop.needs()),
                }
            }
            header.value = unknown.map_or_else(|| Value::Known(out.join(",")), Value::Unknown);
        }
        if changed {
            self.changed(line, &name, HowChanged::Rewritten);
        }
        Ok(Next::Rule)
    }

    pub(super) fn format_value(&mut self, template: &str) -> Value {
        match self.format(template) {
            // Spaces around a value are not sent.
            Ok(text) => Value::Known(text.trim_matches([' ', '\t']).to_owned()),
            Err(stop) => Value::Unknown(stop.needs()),
        }
    }

    /// The target behind `set-path` and its relatives (`http_req_replace_stline()`).
    pub(super) fn changed_target(&mut self, action: &str, line: &'a Line, at: usize) -> Result<String, Stop> {
        let target = self.target.clone()?;
        if let Some(part) = action.strip_prefix("replace-") {
            let pattern = Pattern::new(line.word(at + 1), Case::Sensitive)?;
            let subject = match part {
                "path" => path_of(&target).map(|path| path.split('?').next().unwrap_or(path)),
                "pathq" => path_of(&target),
                _ => Some(target.as_str()),
            };
            let found = match subject.filter(|subject| !subject.is_empty()) {
                Some(subject) => pattern.find(subject)?,
                None => None,
            };
            let Some(found) = found else { return Ok(target) };
            let new = replacement(&self.format(line.word(at + 2))?, &found.groups);
            return Ok(with_part(&target, part, &new));
        }
        let new = self.format(line.word(at + 1))?;
        Ok(with_part(&target, action.trim_start_matches("set-"), &new))
    }

    fn changed(&mut self, line: &Line, name: &str, how: HowChanged) {
        let place = Some(self.config.place(line));
        let because = format!("`{}` does so", line.text());
        self.changes.push(HeaderChange { name: name.to_owned(), how, place, because });
    }
}

/// Whether `del-header NAME [-m METHOD]` means this field.
fn names(line: &Line, at: usize, header: &str) -> Result<bool, Stop> {
    let method = match line.word(at + 2) {
        "-m" => Method::parse(line.word(at + 3)).unwrap_or(Method::Str),
        _ => Method::Str,
    };
    let patterns = [line.word(at + 1).to_ascii_lowercase()];
    Ok(method.find(&Sample::Text(header.to_owned()), &patterns, Case::Insensitive)?.is_some())
}

/// The target with another path, path and query, or query.
fn with_part(target: &str, part: &str, new: &str) -> String {
    let path = path_of(target).unwrap_or(target);
    let before = &target[..target.len() - path.len()];
    let (bare, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    match part {
        "path" => format!("{before}{new}{query}"),
        "pathq" => format!("{before}{new}"),
        // The question mark stays even when the query goes (`http_replace_req_query()`).
        "query" if query.is_empty() && new.is_empty() => target.to_owned(),
        "query" => format!("{before}{bare}?{new}"),
        _ => new.to_owned(),
    }
}
