//! `--where`: which refusals are wanted.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use regex::Regex;

use super::key::Key;

/// One condition.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) key: Key,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String),
    IsNot(String),
    Matches(Regex),
}

impl Filter {
    /// Reads `field=value`, `field!=value` or `field~pattern`.
    pub(super) fn parse(text: &str) -> Result<Filter> {
        let shown = report::neutral(text);
        let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, rest) = text.split_at(length);
        let key = Key::from_str(name, true).map_err(|_| {
            let names: Vec<&str> = Key::value_variants().iter().map(|key| key.name()).collect();
            anyhow::anyhow!("--where {shown}: expected one of {}, found `{name}`", names.join(", "))
        })?;
        let test = if let Some(value) = rest.strip_prefix("!=") {
            Test::IsNot(value.to_owned())
        } else if let Some(value) = rest.strip_prefix('=') {
            Test::Is(value.to_owned())
        } else if let Some(pattern) = rest.strip_prefix('~') {
            Test::Matches(Regex::new(pattern).with_context(|| format!("--where {shown}"))?)
        } else {
            bail!("--where {shown}: expected `=`, `!=` or `~` behind `{name}`");
        };
        Ok(Filter { key, test })
    }

    /// Whether a value passes. A missing value is the empty one.
    pub(super) fn admits(&self, value: Option<&str>) -> bool {
        let value = value.unwrap_or_default();
        match &self.test {
            Test::Is(wanted) => value == wanted,
            Test::IsNot(unwanted) => value != unwanted,
            Test::Matches(pattern) => pattern.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn conditions_compare_and_bad_ones_say_what_was_expected() {
        let admits = |text: &str, value| Filter::parse(text).expect("a condition").admits(value);
        assert!(admits("route~^/api/", Some("/api/x")) && !admits("route~^/api/", Some("/x")));
        assert!(admits("client!=192.0.2.1", None) && !admits("client=192.0.2.1", None));
        let error = Filter::parse("colour=red").expect_err("no such field").to_string();
        assert!(error.contains("cause, emitter, route"), "{error}");
    }
}
