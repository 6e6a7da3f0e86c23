//! Converters (`src/sample.c`, `src/http_conv.c`, `src/map.c` in HAProxy).

use std::net::IpAddr;

use super::expression::Call;
use super::matching::{Method, network};
use super::patterns;
use super::run::Run;
use super::sample::{Sample, Stop};
use crate::credentials;
use crate::pattern::{Case, Pattern};

/// Replacements of one `regsub`.
const MAX_REPLACEMENTS: usize = 1000;

impl Run<'_> {
    /// The converted value; `None` when there is none.
    pub(super) fn convert(&mut self, sample: Sample, call: &Call) -> Result<Option<Sample>, Stop> {
        let name = call.name.as_str();
        if let Some(method) = name.strip_prefix("map") {
            return self.map(&sample, method, call);
        }
        if let Some(result) = number(&sample, call) {
            return result;
        }
        let text = sample.text();
        let argument = call.argument(0);
        let found = match name {
            "lower" => text.to_ascii_lowercase(),
            "upper" => text.to_ascii_uppercase(),
            "length" => return Ok(Some(Sample::Number(text.len() as i64))),
            "field" => match field(&text, call) {
                Some(text) => text,
                None => return Ok(None),
            },
            "word" => word(&text, call),
            "bytes" => bytes(&text, call),
            "ltrim" => text.trim_start_matches(|c| argument.contains(c)).to_owned(),
            "rtrim" => text.trim_end_matches(|c| argument.contains(c)).to_owned(),
            "cut_crlf" => text.split(['\r', '\n']).next().unwrap_or("").to_owned(),
            "url_dec" => return url_decode(&text, argument).map(|text| text.map(Sample::Text)),
            "regsub" => regsub(&text, call)?,
            "iif" => call.argument(usize::from(sample.flag() != Some(true))).to_owned(),
            "strcmp" => {
                let Some(other) = self.variables.get(argument).cloned().transpose()? else { return Ok(None) };
                return Ok(Some(Sample::Number(text.cmp(&other.text()) as i64)));
            }
            "concat" => {
                let middle = match self.variables.get(call.argument(1)) {
                    Some(value) => value.clone()?.text(),
                    None => String::new(),
                };
                format!("{text}{argument}{middle}{}", call.argument(2))
            }
            "b64dec" | "ub64dec" => {
                let decoded = credentials::base64(&text).and_then(|bytes| String::from_utf8(bytes).ok());
                return decoded.map_or_else(|| unread(call), |text| Ok(Some(Sample::Text(text))));
            }
            "ipmask" => return Ok(ipmask(&sample, call).map(Sample::Address)),
            "set-var" => {
                self.variables.insert(argument.to_owned(), Ok(sample.clone()));
                return Ok(Some(sample));
            }
            "debug" => return Ok(Some(sample)),
            "in_table" if self.counters_low => return Ok(Some(Sample::Flag(false))),
            name if name.starts_with("table_") && self.counters_low => return Ok(Some(Sample::Number(0))),
            name if name == "in_table" || name.starts_with("table_") => {
                return Err(Stop::Counter(format!("the contents of the table `{argument}`")));
            }
            _ => return unread(call),
        };
        Ok(Some(Sample::Text(found)))
    }

    /// `map_beg(file,default)` and its relatives: the value behind the first key that matches.
    fn map(&self, sample: &Sample, name: &str, call: &Call) -> Result<Option<Sample>, Stop> {
        let name = name.trim_start_matches('_');
        let (method, output) = match name.rsplit_once('_') {
            Some((method, output)) => (method, output),
            None => (name, ""),
        };
        let method = match (method, output) {
            ("", _) => Method::Str,
            ("int" | "ip", "") => {
                if method == "int" {
                    Method::Int
                } else {
                    Method::Ip
                }
            }
            ("regm", _) => return unread(call),
            (method, _) => Method::parse(method).ok_or_else(|| Stop::Needs(format!("`{}`", call.text())))?,
        };
        let entries = patterns::map_file(self.files, call.argument(0))?;
        let found = match method {
            // The longest prefix, and the narrowest network, win over earlier ones.
            Method::Beg => longest(&entries, |key| key.len(), |key| sample.text().starts_with(key)),
            Method::Ip => longest(
                &entries,
                |key| network(key).map_or(0, |network| usize::from(network.prefix_len()) + 1),
                |key| {
                    method.find(sample, &[key.to_owned()], Case::Sensitive).is_ok_and(|found| found.is_some())
                },
            ),
            _ => {
                let mut found = None;
                for (key, value) in &entries {
                    if method.find(sample, std::slice::from_ref(key), Case::Sensitive)?.is_some() {
                        found = Some(value);
                        break;
                    }
                }
                found
            }
        };
        let value = found.cloned().or_else(|| call.arguments.get(1).cloned());
        Ok(value.map(|value| match output {
            "int" => Sample::Number(super::sample::leading_number(&value)),
            _ => Sample::Text(value),
        }))
    }
}

fn longest(
    entries: &[(String, String)],
    length: impl Fn(&str) -> usize,
    matches: impl Fn(&str) -> bool,
) -> Option<&String> {
    let mut best: Option<(usize, &String)> = None;
    for (key, value) in entries.iter().filter(|(key, _)| matches(key)) {
        let length = length(key);
        if best.is_none_or(|(other, _)| length > other) {
            best = Some((length, value));
        }
    }
    best.map(|(_, value)| value)
}

fn unread<T>(call: &Call) -> Result<T, Stop> {
    Err(Stop::Needs(format!("the converter `{}`", call.text())))
}

/// Converters of numbers; `None` when it is none of them.
fn number(sample: &Sample, call: &Call) -> Option<Result<Option<Sample>, Stop>> {
    let operand = || match call.argument(0).parse::<i64>() {
        Ok(operand) => Ok(operand),
        Err(_) => Err(Stop::Needs(format!("the value in `{}`", call.text()))),
    };
    let name = call.name.as_str();
    let unary = matches!(name, "bool" | "not" | "odd" | "even" | "neg" | "cpl");
    if !unary && !matches!(name, "add" | "sub" | "mul" | "div" | "mod" | "and" | "or" | "xor") {
        return None;
    }
    let Some(value) = sample.number() else { return Some(Ok(None)) };
    let operand = match if unary { Ok(0) } else { operand() } {
        Ok(operand) => operand,
        Err(stop) => return Some(Err(stop)),
    };
    let result = match name {
        "bool" => Sample::Flag(value != 0),
        "not" => Sample::Flag(value == 0),
        "odd" => Sample::Flag(value & 1 == 1),
        "even" => Sample::Flag(value & 1 == 0),
        "neg" => Sample::Number(value.saturating_neg()),
        "cpl" => Sample::Number(!value),
        "add" => Sample::Number(value.saturating_add(operand)),
        "sub" => Sample::Number(value.saturating_sub(operand)),
        "mul" => Sample::Number(value.saturating_mul(operand)),
        "div" => Sample::Number(value.checked_div(operand).unwrap_or(i64::MAX)),
        "mod" => Sample::Number(value.checked_rem(operand).unwrap_or(0)),
        "and" => Sample::Number(value & operand),
        "or" => Sample::Number(value | operand),
        _ => Sample::Number(value ^ operand),
    };
    Some(Ok(Some(result)))
}

/// Field number N between delimiters, from the end when negative (`sample_conv_field()`).
fn field(text: &str, call: &Call) -> Option<String> {
    let is_delimiter = |c: char| call.argument(1).contains(c);
    let count: usize = call.argument(2).parse().unwrap_or(1);
    let number: i64 = call.argument(0).parse().ok()?;
    let mut bounds = vec![0];
    bounds.extend(text.char_indices().filter(|(_, c)| is_delimiter(*c)).map(|(at, c)| at + c.len_utf8()));
    let fields = bounds.len();
    let first = match number {
        0 => return None,
        1.. => usize::try_from(number).ok()? - 1,
        _ => fields.checked_sub(number.unsigned_abs() as usize)?,
    };
    if first >= fields {
        return None;
    }
    // Several fields lie to the right of the first, or to its left when counted from the end.
    let (start, last) = match (number < 0, count) {
        (_, 0) if number < 0 => (0, first),
        (_, 0) => (first, fields - 1),
        (false, count) => (first, (first + count - 1).min(fields - 1)),
        (true, count) => ((first + 1).saturating_sub(count), first),
    };
    let end = bounds.get(last + 1).map_or(text.len(), |next| next - 1);
    Some(text[bounds[start]..end].to_owned())
}

/// Word number N between runs of delimiters (`sample_conv_word()`); there may be none.
fn word(text: &str, call: &Call) -> String {
    let is_delimiter = |c: char| call.argument(1).contains(c);
    let number: i64 = call.argument(0).parse().unwrap_or(0);
    let words: Vec<&str> = text.split(is_delimiter).filter(|word| !word.is_empty()).collect();
    let index = match number {
        0 => return text.to_owned(),
        1.. => usize::try_from(number - 1).ok(),
        _ => words.len().checked_sub(number.unsigned_abs() as usize),
    };
    index.and_then(|index| words.get(index)).map_or(String::new(), |word| (*word).to_owned())
}

fn bytes(text: &str, call: &Call) -> String {
    let number = |index: usize| call.argument(index).parse::<usize>().ok();
    let rest = text.get(number(0).unwrap_or(0).min(text.len())..).unwrap_or("");
    let length = number(1).unwrap_or(rest.len()).min(rest.len());
    rest.get(..length).unwrap_or("").to_owned()
}

/// `Ok(None)` for a malformed escape (`url_decode()`); behind `?`, or in a form, `+` is a blank.
fn url_decode(text: &str, form: &str) -> Result<Option<String>, Stop> {
    let mut in_form = form.parse::<i64>().is_ok_and(|form| form != 0);
    let mut decoded = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if in_form => decoded.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| (byte as char).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => decoded.push((high << 4 | low) as u8),
                    _ => return Ok(None),
                }
            }
            byte => {
                in_form |= byte == b'?';
                decoded.push(byte);
            }
        }
    }
    // A NUL ends the string for some of what follows, and bytes that are no text are not modelled.
    match String::from_utf8(decoded) {
        Ok(text) if !text.contains('\0') => Ok(Some(text)),
        _ => Err(Stop::Needs("a decoded text with a NUL or bytes that are no UTF-8".to_owned())),
    }
}

/// `regsub(regex,replacement,flags)`; `g` replaces all, `i` ignores case.
fn regsub(text: &str, call: &Call) -> Result<String, Stop> {
    let flags = call.argument(2);
    let case = if flags.contains('i') { Case::Insensitive } else { Case::Sensitive };
    let pattern = Pattern::new(call.argument(0), case)?;
    let mut out = String::new();
    let mut rest = text;
    for _ in 0..MAX_REPLACEMENTS {
        let Some(found) = pattern.find(rest)? else { break };
        out.push_str(&rest[..found.range.0]);
        out.push_str(&replacement(call.argument(1), &found.groups));
        let mut end = found.range.1;
        if rest.is_empty() {
            break;
        }
        if end == 0 {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..first]);
            end = first;
        }
        rest = &rest[end..];
        if !flags.contains('g') {
            break;
        }
        // Behind the first match `^` no longer matches (`REG_NOTBOL`).
        if call.argument(0).contains('^') {
            return Err(Stop::Needs(format!("PCRE's repeated match of `{}`", call.argument(0))));
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// `\0` to `\9` stand for groups (`exp_replace()` in `src/regex.c`).
pub(super) fn replacement(template: &str, groups: &[Option<String>]) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(digit) if digit.is_ascii_digit() => {
                let group = groups.get(digit as usize - '0' as usize).and_then(Option::as_deref);
                out.push_str(group.unwrap_or(""));
            }
            Some('x') => {
                let hex: String = chars.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&hex, 16).ok().filter(u8::is_ascii);
                out.push(byte.map_or('?', char::from));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn ipmask(sample: &Sample, call: &Call) -> Option<IpAddr> {
    let mask = |text: &str, width: u8| match text.parse::<u8>() {
        Ok(length) => Some(length.min(width)),
        Err(_) => text.parse::<IpAddr>().ok().and_then(|mask| ipnet::ip_mask_to_prefix(mask).ok()),
    };
    let address = sample.address()?.to_canonical();
    let length = match address {
        IpAddr::V4(_) => mask(call.argument(0), 32)?,
        IpAddr::V6(_) => mask(call.argument(1), 128)?,
    };
    ipnet::IpNet::new(address, length).ok().map(|network| network.network())
}
