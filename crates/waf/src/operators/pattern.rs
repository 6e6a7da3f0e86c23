//! Regular expressions over bytes, compiled when they are first needed.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::backtracking::Backtracking;
use super::literals::Requirement;
use super::outline;
use super::translate::{Dialect, translate};
use crate::Like;

/// A compiled pattern may take this much memory.
const SIZE_LIMIT: usize = 10 << 20;

/// Groups may be nested this deep.
const NEST_LIMIT: u32 = 500;

/// A pattern of a rule.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: String,
    translated: String,
    fold: Fold,
    lines: Lines,
    dialect: Dialect,
    requirement: Requirement,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
enum Compiled {
    Linear(Regex),
    Backtracking(Backtracking),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Exact,
    IgnoreCase,
}

/// What `^` and `$` match: mod_security2 compiles with `DOTALL` and `DOLLAR_ENDONLY`, the others with `MULTILINE` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    Whole,
    Each,
}

impl Pattern {
    /// The pattern of `@rx`.
    pub(crate) fn of_operator(source: &str, like: Like) -> Result<Pattern, String> {
        let lines = if like == Like::ModSecurity2 { Lines::Whole } else { Lines::Each };
        Pattern::new(source, Fold::Exact, lines)
    }

    /// The pattern of a selector: `TX:/^header_/`, whose case never matters.
    pub(crate) fn of_keys(source: &str) -> Result<Pattern, String> {
        Pattern::new(source, Fold::IgnoreCase, Lines::Whole)
    }

    fn new(source: &str, fold: Fold, lines: Lines) -> Result<Pattern, String> {
        let (translated, dialect) = match translate(source, Dialect::Linear) {
            Ok(translated) => (translated, Dialect::Linear),
            Err(_) => (translate(source, Dialect::Backtracking).map_err(unsupported)?, Dialect::Backtracking),
        };
        let outline = match dialect {
            Dialect::Linear => outline::read(&translated, fold == Fold::IgnoreCase),
            Dialect::Backtracking => None,
        };
        let (source, compiled) = (source.to_owned(), OnceLock::new());
        let certain = outline.is_some();
        let requirement = outline.unwrap_or_default();
        let pattern = Pattern { source, translated, fold, lines, dialect, requirement, compiled };
        if !certain {
            let compiled = pattern.compile().map_err(|error| unreadable(&error))?;
            pattern.compiled.get_or_init(|| Some(compiled));
        }
        Ok(pattern)
    }

    /// The pattern as written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What a text must hold to match.
    pub(crate) fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    fn compile(&self) -> Result<Compiled, String> {
        if self.dialect == Dialect::Backtracking {
            return Backtracking::new(&self.translated, self.flags()).map(Compiled::Backtracking);
        }
        let built = RegexBuilder::new(&self.translated)
            .unicode(false)
            .dot_matches_new_line(true)
            .multi_line(self.lines == Lines::Each)
            .case_insensitive(self.fold == Fold::IgnoreCase)
            .nest_limit(NEST_LIMIT)
            .size_limit(SIZE_LIMIT)
            .build();
        built.map(Compiled::Linear).map_err(|error| error.to_string())
    }

    /// The compiled expression; `None` where it would be too large.
    fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn flags(&self) -> &'static str {
        match (self.lines, self.fold) {
            (Lines::Whole, Fold::Exact) => "s",
            (Lines::Whole, Fold::IgnoreCase) => "si",
            (Lines::Each, Fold::Exact) => "sm",
            (Lines::Each, Fold::IgnoreCase) => "sim",
        }
    }

    /// Whether the pattern matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        match self.compiled() {
            Some(Compiled::Linear(regex)) => regex.is_match(text),
            Some(Compiled::Backtracking(pattern)) => pattern.is_match(text),
            None => false,
        }
    }

    /// Where the pattern matches, at most so many places.
    pub(crate) fn find_all(&self, text: &[u8], most: usize) -> Vec<Range<usize>> {
        match self.compiled() {
            Some(Compiled::Linear(regex)) => {
                regex.find_iter(text).take(most).map(|found| found.range()).collect()
            }
            Some(Compiled::Backtracking(pattern)) => pattern.find_all(text, most),
            None => Vec::new(),
        }
    }

    /// The first match and its groups; a group that took no part is empty.
    pub(crate) fn captures(&self, text: &[u8]) -> Option<Vec<Range<usize>>> {
        match self.compiled()? {
            Compiled::Linear(regex) => {
                let found = regex.captures(text)?;
                Some(found.iter().map(|group| group.map(|group| group.range()).unwrap_or_default()).collect())
            }
            Compiled::Backtracking(pattern) => pattern.captures(text),
        }
    }
}

fn unsupported(what: String) -> String {
    format!("the pattern uses {what}, which is not simulated")
}

fn unreadable(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    format!("the pattern is not readable: {}", text.lines().last().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &[u8]) -> bool {
        Pattern::of_operator(pattern, Like::ModSecurity2).unwrap().is_match(text)
    }

    #[test]
    fn reads_what_pcre_reads() {
        assert!(matches(r"[\x{80}-\x{ff}]", b"\xe9"));
        assert!(matches(r"[a[b]", b"["));
        assert!(matches(r"a{x}", b"a{x}"));
        assert!(matches(r"^a.b$", b"a\nb"));
        assert!(!matches(r"^a$", b"a\n"));
        assert!(matches(r"[]a]\/\<\-", b"]/<-"));
        assert!(matches(r"[a&&b~~c--]", b"-"));
        assert!(matches(r"\Qa.b\E+", b"a.bbb"));
        assert!(matches("caf\u{e9}", "caf\u{e9}".as_bytes()));
        assert!(matches(r"a{2}b{1,}", b"aab"));
    }

    #[test]
    fn look_around_and_possessive_quantifiers_go_to_the_backtracking_engine() {
        assert!(matches(r"(?!a)\wb", b"cb") && !matches(r"^(?!a)\wb", b"ab"));
        assert!(matches(r"(?<![\w&])amp;", b"\xe9amp;") && !matches(r"(?<!&)amp;", b"&amp;"));
        assert!(matches(r"(['\x22])a\1", b"'a'") && !matches(r"(['\x22])a\1", b"'a\x22"));
        assert!(!matches(r"^a++a", b"aaa") && matches(r"(?>a|ab)c", b"ac"));
        let pattern = Pattern::of_operator(r"(?<=\xe9)b", Like::ModSecurity2).unwrap();
        assert_eq!(pattern.find_all(b"\xff\xe9b", 9).first(), Some(&(2..3)));
    }

    #[test]
    fn refuses_what_no_engine_has() {
        for pattern in ["(?|a|b)", "(?R)", "(*SKIP)a"] {
            assert!(Pattern::of_operator(pattern, Like::ModSecurity2).is_err(), "{pattern}");
        }
    }

    #[test]
    fn lines_matter_to_the_newer_engines() {
        let newer = Pattern::of_operator("^b$", Like::ModSecurity3).unwrap();
        assert!(newer.is_match(b"a\nb\nc"));
        assert!(!matches("^b$", b"a\nb\nc"));
    }
}
