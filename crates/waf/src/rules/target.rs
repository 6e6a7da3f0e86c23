//! Targets as rules hold them: a variable and which of its values.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::names::{SlotId, TxNames};
use crate::Like;
use crate::operators::pattern::Pattern;
use crate::seclang::targets::{TargetMode, WrittenTarget};
use crate::variables::names::{Shape, Variable};

/// Which values of a variable.
#[derive(Debug, Clone)]
pub(crate) enum Selector {
    All,
    /// The value under this key, in lower case.
    Key(Arc<[u8]>),
    /// The value of `TX` in this slot.
    Slot(SlotId),
    /// The values whose keys match.
    Keys(Arc<Pattern>),
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Selector::All, Selector::All) => true,
            (Selector::Key(a), Selector::Key(b)) => a == b,
            (Selector::Slot(a), Selector::Slot(b)) => a == b,
            (Selector::Keys(a), Selector::Keys(b)) => a.source() == b.source(),
            _ => false,
        }
    }
}

impl Eq for Selector {}

impl Hash for Selector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Selector::All => 0u8.hash(state),
            Selector::Key(key) => key.hash(state),
            Selector::Slot(slot) => slot.hash(state),
            Selector::Keys(pattern) => pattern.source().hash(state),
        }
    }
}

/// One target of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) variable: Variable,
    pub(crate) selector: Selector,
    pub(crate) mode: TargetMode,
}

impl Target {
    /// Makes sense of a written target.
    pub(crate) fn compile(written: &WrittenTarget, names: &mut TxNames) -> Result<Target, String> {
        let variable = Variable::named(&written.variable)
            .ok_or_else(|| format!("the variable {} is unknown", written.variable))?;
        let mode = written.mode;
        if variable == Variable::Xml {
            let variable = match written.selector.as_deref() {
                Some("/*") => Variable::Xml,
                Some("//@*") => Variable::XmlAttributes,
                other => {
                    return Err(format!(
                        "the XPath expression {} is not simulated",
                        other.unwrap_or("(none)")
                    ));
                }
            };
            return Ok(Target { variable, selector: Selector::All, mode });
        }
        if variable.shape() == Shape::Never && mode == TargetMode::Values {
            return Err(format!("nothing fills {} in an offline inspection", written.variable));
        }
        let selector = match written.selector.as_deref() {
            None | Some("") => Selector::All,
            Some(pattern) if pattern.len() > 2 && pattern.starts_with('/') && pattern.ends_with('/') => {
                let inside = &pattern[1..pattern.len() - 1];
                Selector::Keys(Arc::new(Pattern::of_keys(inside)?))
            }
            Some(key) if variable == Variable::Tx => Selector::Slot(names.slot(key)),
            Some(key) => Selector::Key(Arc::from(key.to_ascii_lowercase().into_bytes())),
        };
        Ok(Target { variable, selector, mode })
    }

    /// Makes sense of a target that `ctl:ruleRemoveTargetBy...` takes away. The engines name the values of XML differently
    /// there: mod_security2 2.9.7 obeys `XML` alone, libmodsecurity3 3.0.9 obeys `XML:/*` (`tests/real/exclusion.rs`).
    pub(crate) fn compile_removed(
        written: &WrittenTarget,
        like: Like,
        names: &mut TxNames,
    ) -> Result<Vec<Target>, String> {
        if written.variable != "XML" {
            return Ok(vec![Target::compile(written, names)?]);
        }
        match (like, written.selector.as_deref()) {
            (Like::ModSecurity2, None) => Ok(Target::all_of_xml()),
            (Like::ModSecurity2, Some(path)) => {
                Err(format!("mod_security2 takes no XML:{path} away; it takes XML"))
            }
            (Like::ModSecurity3, Some(_)) => Ok(vec![Target::compile(written, names)?]),
            (Like::ModSecurity3, None) => {
                Err("libmodsecurity3 takes no XML away; it takes XML:/*".to_owned())
            }
            (Like::Coraza, _) => Err("what Coraza takes away from XML is not simulated".to_owned()),
        }
    }

    /// The texts and the attributes of an XML body.
    pub(crate) fn all_of_xml() -> Vec<Target> {
        let target = |variable| Target { variable, selector: Selector::All, mode: TargetMode::Values };
        vec![target(Variable::Xml), target(Variable::XmlAttributes)]
    }

    /// Whether a key is among those that the selector wants.
    pub(crate) fn selects(&self, key: &[u8]) -> bool {
        match &self.selector {
            Selector::All => true,
            Selector::Key(wanted) => key.eq_ignore_ascii_case(wanted),
            Selector::Keys(pattern) => pattern.is_match(key),
            Selector::Slot(_) => false,
        }
    }
}
