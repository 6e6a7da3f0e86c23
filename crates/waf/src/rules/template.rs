//! Texts with macros: `Matched Data: %{TX.0} found within %{MATCHED_VAR_NAME}`.

use super::names::{SlotId, TxNames};
use crate::variables::names::Variable;

/// A text that is expanded while a rule runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<TemplatePart>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    Text(Vec<u8>),
    /// `%{TX.name}`.
    Tx(SlotId),
    /// `%{REQUEST_HEADERS.host}`, `%{MATCHED_VAR}`: the first value.
    Variable(Variable, Option<Vec<u8>>),
    /// `%{RULE.id}`.
    Rule(String),
}

impl Template {
    /// Reads a text; macros that name no variable expand to nothing, as in the engines.
    pub(crate) fn parse(text: &str, names: &mut TxNames) -> Template {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("%{") {
            let Some(length) = rest[at..].find('}') else { break };
            plain.push_str(&rest[..at]);
            if let Some(part) = macro_part(&rest[at + 2..at + length], names) {
                if !plain.is_empty() {
                    parts.push(TemplatePart::Text(std::mem::take(&mut plain).into_bytes()));
                }
                parts.push(part);
            }
            rest = &rest[at + length + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(TemplatePart::Text(plain.into_bytes()));
        }
        Template { parts }
    }

    /// Whether a macro is to be expanded.
    pub(crate) fn has_macros(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, TemplatePart::Text(_)))
    }

    /// The text, when it holds no macro.
    pub(crate) fn constant(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [] => Some(b""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }
}

fn macro_part(name: &str, names: &mut TxNames) -> Option<TemplatePart> {
    let (variable, key) = match name.split_once('.') {
        Some((variable, key)) => (variable, Some(key)),
        None => (name, None),
    };
    match (Variable::named(&variable.to_ascii_uppercase())?, key) {
        (Variable::Tx, Some(key)) => Some(TemplatePart::Tx(names.slot(key))),
        (Variable::Rule, Some(key)) => Some(TemplatePart::Rule(key.to_ascii_lowercase())),
        (variable, key) => Some(TemplatePart::Variable(variable, key.map(|key| key.as_bytes().to_vec()))),
    }
}
