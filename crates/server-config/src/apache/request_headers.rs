//! `RequestHeader`: what modules behind it, and the next hop, see (`modules/metadata/mod_headers.c`).

use super::expr::{self, Matched};
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::request::{Header, Scheme, Value};
use crate::walk::{HeaderChange, HowChanged, Needs};

impl<'a> Run<'a> {
    /// The directives in order; those with `early` come right after the request was read.
    pub(super) fn request_headers(&mut self, is_early: bool) -> Phase<'a> {
        if !self.config.known.has_module("headers") {
            return Ok(());
        }
        let scope = if is_early { self.defaults.clone() } else { self.scope.clone() };
        for rule in scope.all("RequestHeader") {
            let condition = condition_word(rule);
            if (condition == Some("early")) != is_early || !self.applies(rule, condition)? {
                continue;
            }
            self.change_header(rule, condition.is_some());
        }
        Ok(())
    }

    fn applies(&mut self, rule: &'a Directive, condition: Option<&str>) -> Phase<'a, bool> {
        let Some(condition) = condition else { return Ok(true) };
        if let Some(text) = condition.strip_prefix("expr=") {
            return match expr::holds(text, self, &mut Matched::default()) {
                Ok(holds) => Ok(holds),
                Err(needs) => self.unknown(rule, needs),
            };
        }
        Ok(match condition.strip_prefix("env=") {
            Some(name) => match name.strip_prefix('!') {
                Some(name) => self.env.get(name).is_none(),
                None => self.env.get(name).is_some(),
            },
            None => true,
        })
    }

    fn change_header(&mut self, rule: &'a Directive, has_condition: bool) {
        let words = &rule.words[..rule.words.len() - usize::from(has_condition)];
        let name = rule.arg(1).trim_end_matches(':').to_owned();
        let value = || self.header_value(words.get(2).map_or("", |word| word));
        let own = self.headers.iter().position(|header| header.name.eq_ignore_ascii_case(&name));
        let action = rule.arg(0).to_ascii_lowercase();
        let change = match (action.as_str(), own) {
            ("unset", Some(_)) => Some(None),
            ("set", _) => Some(Some(value())),
            ("setifempty", None) | ("add" | "append" | "merge", None) => Some(Some(value())),
            ("add" | "append", Some(at)) => Some(Some(joined(&self.headers[at].value, value()))),
            ("merge", Some(at)) => Some(Some(merged(&self.headers[at].value, value()))),
            ("edit" | "edit*", Some(at)) => Some(Some(self.edited(rule, &self.headers[at].value, &action))),
            _ => None,
        };
        let Some(after) = change else { return };
        self.headers.retain(|header| !header.name.eq_ignore_ascii_case(&name));
        if let Some(value) = &after {
            self.headers.push(Header { name: name.clone(), value: value.clone() });
        }
        let how = match (own, &after) {
            (_, None) => HowChanged::Dropped,
            (None, Some(_)) => HowChanged::Added,
            (Some(_), Some(_)) => HowChanged::Rewritten,
        };
        let place = Some(rule.place.clone());
        let because = format!("`{}` says so", rule.text());
        self.header_changes.retain(|change| !change.name.eq_ignore_ascii_case(&name));
        self.header_changes.push(HeaderChange { name, how, place, because });
    }

    /// `%{NAME}e`, `%{NAME}s`, `%%`, `expr=...`.
    fn header_value(&self, template: &str) -> Value {
        if let Some(text) = template.strip_prefix("expr=") {
            return expr::text(text, self).map_or_else(Value::Unknown, Value::Known);
        }
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let tag = rest.strip_prefix('{').and_then(|braced| braced.split_once('}'));
            match tag {
                Some((name, after)) if after.starts_with('e') => {
                    out.push_str(self.env.get(name).unwrap_or("(null)"));
                    rest = &after[1..];
                }
                Some((_, after)) if after.starts_with('s') && self.request.scheme == Scheme::Http => {
                    out.push_str("(null)");
                    rest = &after[1..];
                }
                _ => return Value::Unknown(Needs(format!("the value of `{template}`"))),
            }
        }
        out.push_str(rest);
        Value::Known(out)
    }

    fn edited(&self, rule: &Directive, before: &Value, action: &str) -> Value {
        let Value::Known(text) = before else { return before.clone() };
        let Ok(pattern) = Pattern::new(rule.arg(2), Case::Sensitive) else {
            return Value::Unknown(Needs(format!("the outcome of `{}`", rule.text())));
        };
        let mut out = String::new();
        let mut rest = text.as_str();
        loop {
            match pattern.find(rest) {
                Ok(Some(found)) => {
                    out.push_str(&rest[..found.range.0]);
                    out.push_str(&super::env::substitute(rule.arg(3), &found.groups));
                    let is_empty = found.range.0 == found.range.1;
                    rest = &rest[found.range.1..];
                    if action == "edit" || is_empty || rest.is_empty() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(needs) => return Value::Unknown(needs),
            }
        }
        out.push_str(rest);
        Value::Known(out)
    }
}

/// `early`, `env=NAME`, `expr=...` at the end.
fn condition_word(rule: &Directive) -> Option<&str> {
    let least = match rule.arg(0).to_ascii_lowercase().as_str() {
        "unset" => 3,
        "edit" | "edit*" => 5,
        _ => 4,
    };
    let last = rule.words.last().filter(|_| rule.words.len() >= least)?;
    let is_condition =
        last.eq_ignore_ascii_case("early") || last.starts_with("env=") || last.starts_with("expr=");
    is_condition.then_some(&**last)
}

fn joined(before: &Value, more: Value) -> Value {
    match (before, more) {
        (Value::Known(before), Value::Known(more)) => Value::Known(format!("{before}, {more}")),
        (Value::Unknown(needs), _) => Value::Unknown(needs.clone()),
        (_, unknown) => unknown,
    }
}

fn merged(before: &Value, more: Value) -> Value {
    let has = |before: &str, more: &str| before.split(',').any(|part| part.trim() == more);
    match (before, &more) {
        (Value::Known(own), Value::Known(text)) if has(own, text) => before.clone(),
        _ => joined(before, more),
    }
}
