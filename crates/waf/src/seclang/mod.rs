//! SecLang, the language of ModSecurity's rules, as text: lines, words, directives and files.
//!
//! Nothing here knows what a directive means; [`crate::rules`] does.

pub(crate) mod actions;
pub(crate) mod base;
pub(crate) mod files;
pub(crate) mod lexer;
pub(crate) mod report;
pub(crate) mod targets;

use std::path::Path;
use std::sync::Arc;

/// A directive with its words and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    /// The name as written.
    pub(crate) name: String,
    /// The words behind the name.
    pub(crate) arguments: Vec<String>,
    pub(crate) file: Arc<Path>,
    /// The first physical line, from 1.
    pub(crate) first_line: u32,
    /// The last physical line.
    pub(crate) last_line: u32,
}

impl Directive {
    /// Whether this is the directive `name`; their case does not matter.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}
