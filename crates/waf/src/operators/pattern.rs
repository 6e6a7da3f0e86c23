//! Regular expressions over bytes, compiled when they are first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::Hir;

use super::translate::translate;
use crate::Like;

/// A compiled pattern may take this much memory.
const SIZE_LIMIT: usize = 10 << 20;

/// A pattern of a rule.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: String,
    translated: String,
    fold: Fold,
    lines: Lines,
    compiled: OnceLock<Option<Regex>>,
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
        let translated =
            translate(source).map_err(|what| format!("the pattern uses {what}, which is not simulated"))?;
        let pattern =
            Pattern { source: source.to_owned(), translated, fold, lines, compiled: OnceLock::new() };
        pattern.hir()?;
        Ok(pattern)
    }

    /// The pattern as written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The syntax tree, for the prefilter.
    pub(crate) fn hir(&self) -> Result<Hir, String> {
        regex_syntax::ParserBuilder::new()
            .utf8(false)
            .unicode(false)
            .dot_matches_new_line(true)
            .multi_line(self.lines == Lines::Each)
            .case_insensitive(self.fold == Fold::IgnoreCase)
            .nest_limit(500)
            .build()
            .parse(&self.translated)
            .map_err(|error| format!("the pattern is not readable: {}", last_line(&error.to_string())))
    }

    /// The compiled expression; `None` where it would be too large.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        let compile = || {
            RegexBuilder::new(&self.translated)
                .unicode(false)
                .dot_matches_new_line(true)
                .multi_line(self.lines == Lines::Each)
                .case_insensitive(self.fold == Fold::IgnoreCase)
                .nest_limit(500)
                .size_limit(SIZE_LIMIT)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }

    /// Whether the pattern matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text)
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
    fn refuses_what_the_crate_lacks() {
        for pattern in ["(?!a)b", "(?<!a)b", r"(a)\1", "a++", "(?>a)"] {
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
