//! Operators: what a rule asks about a value.

mod addresses;
mod backtracking;
mod encodings;
pub(crate) mod injection;
pub(crate) mod literals;
mod outline;
pub(crate) mod pattern;
pub(crate) mod phrases;
pub(crate) mod prefilter;
mod spans;
mod translate;

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use ipnet::IpNet;

use crate::Like;
use crate::rules::{Template, TxNames};
use crate::variables::byte_set::ByteSet;
use literals::Requirement;
use pattern::Pattern;
use phrases::Phrases;

/// An operator with its argument.
#[derive(Debug)]
pub(crate) enum Operator {
    Matches(Pattern),
    /// A pattern with macros: it is made when the rule runs.
    MatchesExpanded(Template, Like),
    HoldsPhrase(Phrases),
    Compares(Comparison, Template),
    Text(TextTest, Template),
    InNetwork(Vec<IpNet>),
    BytesOutside(ByteSet),
    BadPercentEncoding,
    BadUtf8,
    Sqli,
    Xss,
    Always,
    Never,
}

/// Numbers compare like this; the value is on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Texts compare like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    Equals,
    Contains,
    ContainsWord,
    BeginsWith,
    EndsWith,
    Within,
}

/// Where an operator is being read: what it may refer to.
pub(crate) struct Context<'a> {
    pub(crate) like: Like,
    pub(crate) file: &'a Path,
    pub(crate) names: &'a mut TxNames,
}

impl Operator {
    /// Reads the name of an operator, without its `@`, and its argument.
    pub(crate) fn parse(name: &str, argument: &str, context: &mut Context<'_>) -> Result<Operator, String> {
        let mut template = || Template::parse(argument, context.names);
        Ok(match name.to_ascii_lowercase().as_str() {
            "rx" => match template() {
                made if argument.contains("%{") && made.has_macros() => {
                    Operator::MatchesExpanded(made, context.like)
                }
                _ => Operator::Matches(Pattern::of_operator(argument, context.like)?),
            },
            "pm" => Operator::HoldsPhrase(Phrases::inline(argument)),
            "pmfromfile" | "pmf" => Operator::HoldsPhrase(Phrases::from_files(argument, context.file)?),
            "eq" => Operator::Compares(Comparison::Equal, template()),
            "gt" => Operator::Compares(Comparison::Greater, template()),
            "ge" => Operator::Compares(Comparison::GreaterOrEqual, template()),
            "lt" => Operator::Compares(Comparison::Less, template()),
            "le" => Operator::Compares(Comparison::LessOrEqual, template()),
            "streq" => Operator::Text(TextTest::Equals, template()),
            "contains" | "strmatch" => Operator::Text(TextTest::Contains, template()),
            "containsword" => Operator::Text(TextTest::ContainsWord, template()),
            "beginswith" => Operator::Text(TextTest::BeginsWith, template()),
            "endswith" => Operator::Text(TextTest::EndsWith, template()),
            "within" => Operator::Text(TextTest::Within, template()),
            "ipmatch" => Operator::InNetwork(addresses::parse(argument)?),
            "ipmatchfromfile" | "ipmatchf" => {
                let path = context.file.parent().unwrap_or(Path::new(".")).join(argument.trim());
                let text = crate::seclang::files::named(&path)?;
                Operator::InNetwork(addresses::parse(&String::from_utf8_lossy(&text))?)
            }
            "validatebyterange" => Operator::BytesOutside(encodings::parse_ranges(argument)?),
            "validateurlencoding" => Operator::BadPercentEncoding,
            "validateutf8encoding" => Operator::BadUtf8,
            "detectsqli" => Operator::Sqli,
            "detectxss" => Operator::Xss,
            "unconditionalmatch" => Operator::Always,
            "nomatch" => Operator::Never,
            other => return Err(format!("the operator @{other} is not simulated")),
        })
    }

    /// Whether the operator is one for the prefilter.
    pub(crate) fn is_filtered(&self) -> bool {
        matches!(self, Operator::Matches(_) | Operator::HoldsPhrase(_))
    }

    /// What a value must hold to match, where the operator is one for the prefilter.
    pub(crate) fn requirement(&self) -> Option<Cow<'_, Requirement>> {
        match self {
            Operator::Matches(pattern) => Some(Cow::Borrowed(pattern.requirement())),
            Operator::HoldsPhrase(phrases) => Some(Cow::Owned(Requirement::of_phrases(phrases.iter()))),
            _ => None,
        }
    }

    /// Whether a value matches; `argument` is the expanded argument where there is one. libinjection is asked
    /// elsewhere, because its answers are kept.
    pub(crate) fn matches(&self, text: &[u8], argument: &[u8]) -> bool {
        match self {
            Operator::Matches(pattern) => pattern.is_match(text),
            Operator::MatchesExpanded(_, like) => {
                expanded(argument, *like).is_some_and(|pattern| pattern.is_match(text))
            }
            Operator::HoldsPhrase(phrases) => {
                phrases.automaton().is_some_and(|automaton| automaton.is_match(text))
            }
            Operator::Compares(comparison, _) => comparison.holds(number(text), number(argument)),
            Operator::Text(test, _) => test.find(text, argument).is_some(),
            Operator::InNetwork(networks) => addresses::contains(networks, text),
            Operator::BytesOutside(allowed) => !ByteSet::present(text).within(allowed),
            Operator::BadPercentEncoding => encodings::bad_percent(text).next().is_some(),
            Operator::BadUtf8 => encodings::bad_utf8(text).next().is_some(),
            Operator::Always => true,
            Operator::Never | Operator::Sqli | Operator::Xss => false,
        }
    }

    /// The argument that has to be expanded.
    pub(crate) fn argument(&self) -> Option<&Template> {
        match self {
            Operator::Compares(_, argument)
            | Operator::Text(_, argument)
            | Operator::MatchesExpanded(argument, _) => Some(argument),
            _ => None,
        }
    }
}

/// The pattern that an expanded text gives; none where it cannot be read.
fn expanded(argument: &[u8], like: Like) -> Option<Pattern> {
    Pattern::of_operator(&String::from_utf8_lossy(argument), like).ok()
}

impl Comparison {
    /// Whether the comparison holds.
    pub(crate) fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
        }
    }
}

/// The number at the beginning of a text, as C's `atoi` reads it.
pub(crate) fn number(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let value = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -value } else { value }
}

impl TextTest {
    /// Where in the value the test succeeds.
    pub(crate) fn find(self, text: &[u8], argument: &[u8]) -> Option<Range<usize>> {
        let find = |text: &[u8], wanted: &[u8]| {
            if wanted.is_empty() { Some(0) } else { text.windows(wanted.len()).position(|w| w == wanted) }
        };
        match self {
            TextTest::Equals => (text == argument).then_some(0..text.len()),
            TextTest::BeginsWith => text.starts_with(argument).then_some(0..argument.len()),
            TextTest::EndsWith => text.ends_with(argument).then(|| text.len() - argument.len()..text.len()),
            TextTest::Within => find(argument, text).map(|_| 0..text.len()),
            TextTest::Contains => find(text, argument).map(|at| at..at + argument.len()),
            TextTest::ContainsWord => {
                let word = |index: usize| {
                    text.get(index).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                };
                let starts = 0..(text.len() + 1).saturating_sub(argument.len());
                starts
                    .map(|at| at..at + argument.len())
                    .filter(|range| &text[range.clone()] == argument)
                    .find(|range| (range.start == 0 || !word(range.start - 1)) && !word(range.end))
            }
        }
    }
}
