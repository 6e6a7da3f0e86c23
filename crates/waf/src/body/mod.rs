//! Request bodies: from bytes to arguments.

pub(crate) mod json;
pub(crate) mod multipart;
pub(crate) mod urlencoded;
pub(crate) mod xml;

use crate::rules::Config;
use crate::variables::arena::Text;
use crate::variables::names::Variable;
use crate::variables::store::Store;

/// What reads a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processor {
    Urlencoded,
    Multipart,
    Json,
    Xml,
}

impl Processor {
    /// The name in rules.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Processor::Urlencoded => "URLENCODED",
            Processor::Multipart => "MULTIPART",
            Processor::Json => "JSON",
            Processor::Xml => "XML",
        }
    }

    /// The processor of a name.
    pub(crate) fn named(name: &str) -> Option<Processor> {
        [Processor::Urlencoded, Processor::Multipart, Processor::Json, Processor::Xml]
            .into_iter()
            .find(|processor| processor.name().eq_ignore_ascii_case(name))
    }

    /// The processor that a content type selects without any rule.
    pub(crate) fn of_content_type(content_type: &[u8]) -> Option<Processor> {
        let starts = |prefix: &[u8]| {
            content_type.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if starts(b"application/x-www-form-urlencoded") {
            Some(Processor::Urlencoded)
        } else if starts(b"multipart/form-data") {
            Some(Processor::Multipart)
        } else {
            None
        }
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The processor met something that its format forbids.
    Malformed(String),
    /// The body ends too early; Apache answers 500 itself where mod_security2 finds this at the end.
    CutShort(String),
}

impl BodyError {
    /// The text for `REQBODY_ERROR_MSG`.
    pub(crate) fn message(&self) -> &str {
        match self {
            BodyError::Malformed(message) | BodyError::CutShort(message) => message,
        }
    }
}

/// Adds one argument to `ARGS` and to the list of its origin; false when the limit of arguments is reached.
pub(crate) fn add_argument(
    store: &mut Store,
    name: Text,
    value: Text,
    origin: Variable,
    config: &Config,
) -> bool {
    if store.entries_of(Variable::Args).len() >= config.arguments_limit {
        store.set_computed(Variable::ReqbodyError, b"1");
        store.set_computed(Variable::ReqbodyErrorMsg, b"SecArgumentsLimit exceeded");
        return false;
    }
    let entry = store.add(Variable::Args, name, value);
    let value = store.entry(entry).content;
    let names = store.add(Variable::ArgsNames, name, name);
    let names_content = store.entry(names).content;
    let of_origin = match origin {
        Variable::ArgsGet => Some((Variable::ArgsGet, Variable::ArgsGetNames)),
        Variable::ArgsPost => Some((Variable::ArgsPost, Variable::ArgsPostNames)),
        _ => None,
    };
    if let Some((values, keys)) = of_origin {
        store.add_content(values, name, value);
        store.add_content(keys, name, names_content);
    }
    true
}
