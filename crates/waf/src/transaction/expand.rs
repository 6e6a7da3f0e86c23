//! Macros, expanded.

use super::Transaction;
use crate::rules::{Rule, Template, TemplatePart};
use crate::variables::names::{Shape, Variable};
use crate::variables::store::EntryId;

impl Transaction<'_> {
    /// The text of a template now.
    pub(super) fn expand(&self, template: &Template, rule: Option<&Rule>) -> Vec<u8> {
        let mut text = Vec::new();
        for part in &template.parts {
            match part {
                TemplatePart::Text(plain) => text.extend_from_slice(plain),
                TemplatePart::Tx(slot) => {
                    text.extend(self.tx.get(*slot).iter().flat_map(|value| &value.bytes))
                }
                TemplatePart::Variable(variable, key) => {
                    self.expand_variable(*variable, key.as_deref(), &mut text)
                }
                TemplatePart::Rule(field) => text.extend(rule_field(rule, field)),
            }
        }
        text
    }

    fn expand_variable(&self, variable: Variable, key: Option<&[u8]>, text: &mut Vec<u8>) {
        match variable {
            Variable::MatchedVar => {
                text.extend(self.matched.iter().flat_map(|(_, content)| self.store.bytes(*content)));
            }
            Variable::MatchedVarName => {
                text.extend(self.matched.iter().flat_map(|(entry, _)| self.name_of(*entry).into_bytes()));
            }
            Variable::HighestSeverity => text.extend(self.highest_severity.to_string().bytes()),
            _ => {
                let all = self.store.entries_of(variable).iter().map(|id| self.store.entry(*id));
                let wanted = |entry: &crate::variables::store::Entry| {
                    key.is_none_or(|key| self.store.key(*entry).eq_ignore_ascii_case(key))
                };
                if let Some(entry) = all.into_iter().find(wanted) {
                    text.extend_from_slice(self.store.bytes(entry.content));
                }
            }
        }
    }

    /// The name of a value in logs: `ARGS:q`.
    pub(super) fn name_of(&self, entry: EntryId) -> String {
        let entry = self.store.entry(entry);
        let key = self.store.key(entry);
        let keyed = matches!(entry.variable.shape(), Shape::Keyed) || !key.is_empty();
        match entry.variable {
            Variable::Xml => "XML:/*".to_owned(),
            Variable::XmlAttributes => entry.variable.name().to_owned(),
            variable if keyed => format!("{}:{}", variable.name(), String::from_utf8_lossy(key)),
            variable => variable.name().to_owned(),
        }
    }
}

fn rule_field(rule: Option<&Rule>, field: &str) -> Vec<u8> {
    let Some(rule) = rule else { return Vec::new() };
    match field {
        "id" => rule.id.to_string().into_bytes(),
        "severity" => rule.severity.map(|severity| severity.to_string()).unwrap_or_default().into_bytes(),
        "msg" => rule.message.constant().unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}
