//! What could not be loaded, and why.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A line of configuration that has no effect here although it has one in the real engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnloadedLine {
    /// The file that holds it.
    pub file: Arc<Path>,
    /// Its first line, from 1.
    pub line: u32,
    /// The rule's id, where it is a rule.
    pub rule: Option<u32>,
    /// What is unknown or wrong.
    pub reason: String,
}

impl fmt::Display for UnloadedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        if let Some(rule) = self.rule {
            write!(f, "rule {rule}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// The outcome of loading: how many rules there are, and every line that was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Files that were read, in order.
    pub files: Vec<Arc<Path>>,
    /// Rules in force: `SecRule` and `SecAction` that start a chain or stand alone.
    pub rules: usize,
    /// Lines without effect here.
    pub unloaded: Vec<UnloadedLine>,
}
