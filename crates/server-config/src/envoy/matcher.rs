//! Matchers of texts, header fields and query parameters (type.matcher.v3, config.route.v3).

use crate::document::Node;
use crate::pattern::{Case, Pattern};
use crate::request::Value;
use crate::walk::Needs;

use super::run::Run;

/// Whether a text matches a `StringMatcher`.
pub(super) fn string(matcher: &Node, text: &str) -> Result<bool, Needs> {
    let ignores_case = matcher.is_on("ignore_case");
    let folded = |text: &str| if ignores_case { text.to_ascii_lowercase() } else { text.to_owned() };
    for (key, value) in matcher.entries() {
        let wanted = value.text().unwrap_or("");
        let (wanted, text) = (folded(wanted), folded(text));
        match snake(&key.text).as_str() {
            "exact" => return Ok(text == wanted),
            "prefix" => return Ok(text.starts_with(&wanted)),
            "suffix" => return Ok(text.ends_with(&wanted)),
            "contains" => return Ok(text.contains(&wanted)),
            "safe_regex" => return regex(value, &text),
            "ignore_case" => {}
            other => return Err(Needs(format!("the matcher `{other}`"))),
        }
    }
    Err(Needs("a string matcher without a pattern".to_owned()))
}

/// RE2 matches the whole text (`RegexMatcher`).
pub(super) fn regex(matcher: &Node, text: &str) -> Result<bool, Needs> {
    let wanted = matcher.text_of("regex").unwrap_or("");
    let pattern = Pattern::new(&format!("^(?:{wanted})$"), Case::Sensitive)?;
    Ok(pattern.find(text)?.is_some())
}

impl Run<'_> {
    /// Whether the request's header fields match a `HeaderMatcher` (`source/common/http/header_utility.cc`). Each line of a
    /// name is looked at by itself, as Envoy 1.40 does it in routes and, since 1.38, in access rules
    /// (`envoy.reloadable_features.rbac_match_headers_individually`); versions before join them with commas.
    pub(super) fn header_matches(&self, matcher: &Node) -> Result<bool, Needs> {
        let name = matcher.text_of("name").unwrap_or("");
        // This says what Envoy makes of fields of its own.
        let joined = self.header_value(name)?;
        let lines: Vec<&str> = self.request.headers_named(name).filter_map(Value::known).collect();
        let values = match lines.as_slice() {
            [_, _, ..] => lines.iter().map(|line| line.trim().to_owned()).collect(),
            _ => Vec::from_iter(joined),
        };
        self.values_match(matcher, values)
    }

    fn values_match(&self, matcher: &Node, mut values: Vec<String>) -> Result<bool, Needs> {
        let inverts = matcher.is_on("invert_match");
        if values.is_empty() && matcher.is_on("treat_missing_header_as_empty") {
            values.push(String::new());
        }
        let is_there = !values.is_empty();
        if let Some(present) = matcher.field("present_match") {
            let wanted = present.text() == Some("true");
            return Ok((is_there == wanted) != inverts);
        }
        let specifier = matcher.entries().find(|(key, _)| {
            !matches!(snake(&key.text).as_str(), "name" | "invert_match" | "treat_missing_header_as_empty")
        });
        let Some((key, wanted)) = specifier else { return Ok(is_there != inverts) };
        // A header that is missing is matched by nothing, inverted or not.
        if values.is_empty() {
            return Ok(false);
        }
        for value in &values {
            if is_value(&snake(&key.text), wanted, value)? {
                return Ok(!inverts);
            }
        }
        Ok(inverts)
    }

    /// Whether the query matches a `QueryParameterMatcher`; values are compared undecoded, the first of a name counts.
    pub(super) fn query_matches(&self, matcher: &Node) -> Result<bool, Needs> {
        let name = matcher.text_of("name").unwrap_or("");
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or("");
        if query.contains('%') || query.contains('+') {
            return Err(Needs("Envoy's decoding of the query".to_owned()));
        }
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let value =
            pairs.into_iter().find(|(key, _)| *key == name && !key.is_empty()).map(|(_, value)| value);
        if let Some(wanted) = matcher.field("string_match") {
            return value.map_or(Ok(false), |value| string(wanted, value));
        }
        match matcher.field("present_match") {
            Some(present) => Ok(value.is_some() == (present.text() == Some("true"))),
            None => Ok(value.is_some()),
        }
    }
}

/// Whether a value is what one kind of matcher wants.
fn is_value(kind: &str, wanted: &Node, value: &str) -> Result<bool, Needs> {
    let text = wanted.text().unwrap_or("");
    match kind {
        "string_match" => string(wanted, value),
        "exact_match" => Ok(value == text),
        "prefix_match" => Ok(value.starts_with(text)),
        "suffix_match" => Ok(value.ends_with(text)),
        "contains_match" => Ok(value.contains(text)),
        "safe_regex_match" => regex(wanted, value),
        "range_match" => Ok(in_range(wanted, value)),
        other => Err(Needs(format!("the header matcher `{other}`"))),
    }
}

/// A whole number, the end not included.
fn in_range(range: &Node, value: &str) -> bool {
    let bound = |name: &str| range.text_of(name).map_or(Some(0), |text| text.parse::<i64>().ok());
    match (value.parse::<i64>(), bound("start"), bound("end")) {
        (Ok(value), Some(start), Some(end)) => value >= start && value < end,
        _ => false,
    }
}

/// The name of a field as the reference writes it.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// A percentage that decides without chance: `Some(true)` for all requests, `Some(false)` for none.
pub(super) fn fraction(percent: Option<&Node>) -> Option<bool> {
    let Some(percent) = percent else { return Some(false) };
    let numerator = percent.number("numerator").unwrap_or(0);
    let denominator = match percent.text_of("denominator") {
        Some("TEN_THOUSAND") => 10_000,
        Some("MILLION") => 1_000_000,
        _ => 100,
    };
    match numerator {
        0 => Some(false),
        numerator if numerator >= denominator => Some(true),
        _ => None,
    }
}
