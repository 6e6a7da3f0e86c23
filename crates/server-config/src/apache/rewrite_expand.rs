//! `$1`, `%1`, `%{NAME}`, `${map:key|default}` in rewrite rules (`do_expand()`, `lookup_variable()`,
//! `lookup_map()` in `modules/mappers/mod_rewrite.c`).

use super::run::Run;
use crate::request::{Scheme, Value};
use crate::source::ReadError;
use crate::walk::Needs;

/// Maps in maps.
const MAX_DEPTH: usize = 10;

/// The groups that a rule's texts may name.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    /// `$0` to `$9`: of the rule's own pattern.
    pub(super) of_rule: Vec<Option<String>>,
    /// `%0` to `%9`: of the last condition that matched.
    pub(super) of_condition: Vec<Option<String>>,
}

/// An expanded text.
pub(super) struct Expanded {
    pub(super) text: String,
    /// The first question mark came out of the request, not out of the rule.
    pub(super) has_foreign_query: bool,
}

/// Whether the request's parts are encoded (`[B]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Nothing,
    Groups,
}

pub(super) fn expand(
    run: &Run<'_>,
    template: &str,
    groups: &Groups,
    escape: Escape,
) -> Result<Expanded, Needs> {
    let mut out = Expanded { text: String::new(), has_foreign_query: false };
    let mut has_query = false;
    Expansion { run, groups, escape }.write(template, 0, &mut |text: &str, is_foreign: bool| {
        if !has_query && text.contains('?') {
            has_query = true;
            out.has_foreign_query = is_foreign;
        }
        out.text.push_str(text);
    })?;
    Ok(out)
}

struct Expansion<'r, 'a> {
    run: &'r Run<'a>,
    groups: &'r Groups,
    escape: Escape,
}

impl Expansion<'_, '_> {
    fn write(&self, template: &str, depth: usize, out: &mut dyn FnMut(&str, bool)) -> Result<(), Needs> {
        if depth > MAX_DEPTH {
            return Err(Needs("maps in maps".to_owned()));
        }
        let mut rest = template;
        while let Some(at) = rest.find(['\\', '$', '%']) {
            out(&rest[..at], false);
            let special = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            let next = rest.chars().next();
            match (special, next) {
                (b'\\', Some(next)) => {
                    out(&rest[..next.len_utf8()], false);
                    rest = &rest[next.len_utf8()..];
                }
                (b'%' | b'$', Some('{')) => match closing(&rest[1..]) {
                    Some(end) => {
                        let inner = &rest[1..=end];
                        let value =
                            if special == b'%' { self.variable(inner)? } else { self.map(inner, depth)? };
                        out(&value, true);
                        rest = &rest[end + 2..];
                    }
                    None => out(if special == b'%' { "%" } else { "$" }, false),
                },
                (b'%' | b'$', Some(digit)) if digit.is_ascii_digit() => {
                    let groups =
                        if special == b'$' { &self.groups.of_rule } else { &self.groups.of_condition };
                    let index = digit.to_digit(10).unwrap_or(0) as usize;
                    let text = groups.get(index).and_then(Option::as_deref).unwrap_or("");
                    match self.escape {
                        Escape::Nothing => out(text, true),
                        Escape::Groups => out(&escaped(text), true),
                    }
                    rest = &rest[1..];
                }
                _ => out(
                    if special == b'\\' {
                        "\\"
                    } else if special == b'%' {
                        "%"
                    } else {
                        "$"
                    },
                    false,
                ),
            }
        }
        out(rest, false);
        Ok(())
    }

    fn variable(&self, name: &str) -> Result<String, Needs> {
        let run = self.run;
        match name.split_once(':') {
            Some(("HTTP", field)) => match run.header(field) {
                Some(Value::Known(value)) => Ok(value.clone()),
                Some(Value::Unknown(needs)) => Err(needs.clone()),
                None => Ok(String::new()),
            },
            Some(("ENV", name)) => {
                let own = run.env.get(name).map(str::to_owned);
                Ok(own.or_else(|| run.config.known.variables.get(name).cloned()).unwrap_or_default())
            }
            Some(("SSL", _)) if run.request.scheme == Scheme::Http => Ok(String::new()),
            Some(_) => Err(Needs(format!("the value of `%{{{name}}}`"))),
            None => Ok(run.variable(name)?.unwrap_or_default()),
        }
    }

    /// `name:key|default`; internal functions and text files are read.
    fn map(&self, inner: &str, depth: usize) -> Result<String, Needs> {
        let Some((name, rest)) = inner.split_once(':') else { return Ok(format!("${{{inner}}}")) };
        let (key, default) = rest.split_once('|').unwrap_or((rest, ""));
        let mut expanded = String::new();
        self.write(key, depth + 1, &mut |text, _| expanded.push_str(text))?;
        let needs = || Needs(format!("what `RewriteMap {name}` says of `{expanded}`"));
        let rule = self.run.defaults.all("RewriteMap").into_iter().rfind(|rule| rule.arg(0) == name);
        let source = rule.map_or("", |rule| rule.arg(1));
        let found = match source.split_once(':') {
            Some(("int", "tolower")) => Some(expanded.to_ascii_lowercase()),
            Some(("int", "toupper")) => Some(expanded.to_ascii_uppercase()),
            Some(("txt", path)) => match self.run.files.read(path) {
                Ok(bytes) => lookup(&String::from_utf8_lossy(&bytes), &expanded),
                Err(ReadError::Absent) => None,
                Err(_) => return Err(needs()),
            },
            _ => return Err(needs()),
        };
        match found {
            Some(value) => Ok(value),
            None => {
                let mut text = String::new();
                self.write(default, depth + 1, &mut |part, _| text.push_str(part))?;
                Ok(text)
            }
        }
    }
}

/// A line `key value` (`lookup_map_txtfile()`).
fn lookup(text: &str, key: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(key)).then(|| words.next().unwrap_or("").to_owned()))
}

/// The closing brace that belongs to an opening one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// `escape_backref()`: all but letters, digits and underscores.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}
