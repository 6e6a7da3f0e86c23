//! Matchers as a Caddyfile writes them (`parseMatcherDefinitions()`, `modules/caddyhttp/matchers.go`).

use std::collections::BTreeMap;

use super::long_names::long_names;
use super::route::{Matcher, ranges};
use super::tree::Directive;

/// Named matchers.
pub(super) type Named = BTreeMap<String, Vec<Matcher>>;

/// `@name matcher args`, or `@name { matchers }`, or an expression in quotes.
pub(super) fn definition(directive: &Directive) -> Vec<Matcher> {
    if directive.quoted.get(1) == Some(&true) {
        return vec![Matcher::Unknown(format!("expression {}", directive.arg(0)))];
    }
    nested(directive, 1)
}

/// The matchers in the words from `at` on, or in the block.
fn nested(directive: &Directive, at: usize) -> Vec<Matcher> {
    let mut segments: Vec<Directive> = Vec::new();
    if let Some(words) = directive.words.get(at..).filter(|words| !words.is_empty()) {
        let quoted = directive.quoted.get(at..).unwrap_or(&[]).into();
        segments.push(Directive { words: words.into(), quoted, ..directive.clone() });
    } else {
        segments.extend(directive.children().iter().cloned());
    }
    for segment in &mut segments {
        segment.words = segment.words.iter().map(|word| long_names(word).into()).collect();
    }
    let mut set = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for segment in &segments {
        if !names.contains(&segment.name()) {
            names.push(segment.name());
        }
    }
    for name in names {
        let same: Vec<&Directive> = segments.iter().filter(|segment| segment.name() == name).collect();
        set.push(matcher(name, &same));
    }
    set
}

fn matcher(name: &str, lines: &[&Directive]) -> Matcher {
    let words: Vec<Box<str>> = lines.iter().flat_map(|line| line.args().iter().cloned()).collect();
    let texts = || words.iter().map(|word| word.to_string()).collect::<Vec<String>>();
    let unknown = || Matcher::Unknown(lines.first().map_or(name.to_owned(), |line| line.text()));
    let last = lines.last().copied();
    match name {
        "host" => Matcher::Host(texts()),
        "path" => Matcher::Path(texts()),
        "method" => Matcher::Method(texts()),
        "protocol" => Matcher::Protocol(words.first().map_or(String::new(), |word| word.to_string())),
        "path_regexp" => match words.as_slice() {
            [pattern] => Matcher::PathRegexp(String::new(), pattern.to_string()),
            [name, pattern] => Matcher::PathRegexp(name.to_string(), pattern.to_string()),
            _ => unknown(),
        },
        "query" => Matcher::Query(query(&words)),
        "header" => Matcher::Header(header(lines)),
        "header_regexp" => {
            let field = |line: &&Directive| match line.args() {
                [field, pattern] => Some((String::new(), field.to_string(), pattern.to_string())),
                [name, field, pattern] => Some((name.to_string(), field.to_string(), pattern.to_string())),
                _ => None,
            };
            lines.iter().map(field).collect::<Option<Vec<_>>>().map_or_else(unknown, Matcher::HeaderRegexp)
        }
        "remote_ip" => {
            let forwarded = words.first().is_some_and(|word| &**word == "forwarded");
            Matcher::RemoteIp(ranges(&words[usize::from(forwarded)..]), forwarded)
        }
        "client_ip" => Matcher::ClientIp(ranges(&words)),
        "not" => Matcher::Not(lines.iter().map(|line| nested(line, 1)).collect()),
        "file" => last.map_or_else(unknown, file),
        "vars" => match words.split_first() {
            Some((key, values)) if lines.len() == 1 => {
                Matcher::Vars(vec![(key.to_string(), values.iter().map(ToString::to_string).collect())])
            }
            _ => unknown(),
        },
        _ => unknown(),
    }
}

fn query(words: &[Box<str>]) -> Vec<(String, Vec<String>)> {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value) in words.iter().filter_map(|word| word.split_once('=')) {
        match fields.iter_mut().find(|(name, _)| name == key) {
            Some((_, values)) => values.push(value.to_owned()),
            None => fields.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    fields
}

fn header(lines: &[&Directive]) -> Vec<(String, Option<Vec<String>>)> {
    let mut fields: Vec<(String, Option<Vec<String>>)> = Vec::new();
    for line in lines {
        let (name, value) = match line.arg(0).strip_prefix('!') {
            Some(name) => (name, None),
            None => (line.arg(0), Some(line.arg(1).to_owned())),
        };
        let known = fields.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name));
        match (known, value) {
            (Some((_, Some(values))), Some(value)) => values.push(value),
            (Some((_, values)), value) => *values = value.map(|value| vec![value]),
            (None, value) => fields.push((name.to_owned(), value.map(|value| vec![value]))),
        }
    }
    fields
}

fn file(line: &Directive) -> Matcher {
    let mut root = None;
    let mut tries: Vec<String> = line.args().iter().map(|word| long_names(word)).collect();
    for option in line.children() {
        match option.name() {
            "root" => root = Some(long_names(option.arg(0))),
            "try_files" => tries.extend(option.args().iter().map(|word| long_names(word))),
            "try_policy" if matches!(option.arg(0), "first_exist" | "") => {}
            _ => return Matcher::Unknown(format!("file with `{}`", option.text())),
        }
    }
    if tries.is_empty() {
        tries.push("{http.request.uri.path}".to_owned());
    }
    Matcher::File(root, tries)
}
