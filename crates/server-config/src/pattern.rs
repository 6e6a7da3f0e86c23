//! Regular expressions as PCRE reads them, for nginx, Apache and HAProxy alike.
//!
//! The servers match bytes with PCRE and without its UTF mode. What would differ here is *unknown*, never
//! guessed: a pattern that this engine cannot read, a subject that is not ASCII, and `$` before a line feed.

use fancy_regex::{Regex, RegexBuilder};

use crate::walk::Needs;

/// Steps of backtracking allowed for one match; PCRE's own default limit is 10 million.
const BACKTRACK_LIMIT: usize = 100_000;

/// Longer patterns are not compiled.
const MAX_PATTERN: usize = 16 << 10;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// Whether letters of either case match one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// `a` is not `A`.
    Sensitive,
    /// `a` is `A`.
    Insensitive,
}

/// The groups of one match: the whole match first; `None` for a group that took no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captures {
    /// The text of each group by number.
    pub groups: Vec<Option<String>>,
    /// The named groups.
    pub named: Vec<(String, String)>,
    /// The byte range of the whole match in the subject.
    pub range: (usize, usize),
}

impl Pattern {
    /// Compiles a pattern; the error says what would be needed to judge it.
    pub fn new(text: &str, case: Case) -> Result<Self, Needs> {
        if text.len() > MAX_PATTERN {
            return Err(Needs(format!("a regular expression of {} bytes", text.len())));
        }
        let mut builder = RegexBuilder::new(text);
        builder.case_insensitive(case == Case::Insensitive).backtrack_limit(BACKTRACK_LIMIT);
        match builder.build() {
            Ok(regex) => Ok(Self { text: text.to_owned(), regex }),
            Err(_) => Err(Needs(format!("PCRE's reading of the regular expression `{text}`"))),
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks for the pattern in a subject: `Ok(None)` when it is not there.
    pub fn find(&self, subject: &str) -> Result<Option<Captures>, Needs> {
        if !subject.is_ascii() && !self.is_plain() {
            return Err(Needs(format!("PCRE's match of `{}` on text that is not ASCII", self.text)));
        }
        if subject.contains('\n') && self.text.contains('$') {
            return Err(Needs(format!("PCRE's match of `{}` on text with a line feed", self.text)));
        }
        let captures = match self.regex.captures(subject) {
            Ok(Some(captures)) => captures,
            Ok(None) => return Ok(None),
            Err(_) => return Err(Needs(format!("a match of `{}`, which takes too many steps", self.text))),
        };
        let owned = |group: Option<fancy_regex::Match<'_>>| group.map(|found| found.as_str().to_owned());
        let groups: Vec<Option<String>> = captures.iter().map(owned).collect();
        let names = self.regex.capture_names().flatten();
        let named = names.filter_map(|name| Some((name.to_owned(), owned(captures.name(name))?))).collect();
        let range = captures.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()));
        Ok(Some(Captures { groups, named, range }))
    }

    /// Only ASCII letters, digits, slashes and anchors: nothing whose meaning depends on the character set.
    fn is_plain(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/^$-_".contains(&byte))
    }
}
