//! Patterns: how a value is held against them (`src/pattern.c` in HAProxy).

use std::net::IpAddr;

use ipnet::IpNet;

use super::sample::{Sample, Stop};
use crate::pattern::{Case, Pattern};

/// A method of matching, as `-m` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Found,
    Bool,
    Int,
    Ip,
    Len,
    Str,
    Beg,
    Sub,
    Dir,
    Dom,
    End,
    Reg,
    /// HTTP methods, of the ACL `method`.
    Verb,
}

/// Methods that HAProxy keeps as numbers; others are compared as text (`find_http_meth()`).
pub(super) const KNOWN_METHODS: &[&str] =
    &["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];

impl Method {
    /// A name behind `-m` or at the end of an ACL keyword (`path_beg`).
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "found" => Self::Found,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "ip" => Self::Ip,
            "len" => Self::Len,
            "str" => Self::Str,
            "beg" => Self::Beg,
            "sub" => Self::Sub,
            "dir" => Self::Dir,
            "dom" => Self::Dom,
            "end" => Self::End,
            "reg" => Self::Reg,
            _ => return None,
        })
    }

    /// The method that a value's type implies where none is named.
    pub(super) fn of(sample: &Sample) -> Self {
        match sample {
            Sample::Flag(_) => Self::Bool,
            Sample::Number(_) => Self::Int,
            Sample::Address(_) => Self::Ip,
            Sample::Text(_) => Self::Str,
            Sample::Method(_) | Sample::OtherMethod(_) => Self::Verb,
        }
    }

    /// The first pattern that a value matches.
    pub(super) fn find<'a>(
        self,
        sample: &Sample,
        patterns: &'a [String],
        case: Case,
    ) -> Result<Option<&'a str>, Stop> {
        match self {
            Self::Found => return Ok(Some("")),
            Self::Bool => return Ok(sample.flag().unwrap_or(false).then_some("")),
            _ => {}
        }
        let mut unsure = None;
        for pattern in patterns {
            match self.matches(sample, pattern, case) {
                Ok(true) => return Ok(Some(pattern)),
                Ok(false) => {}
                Err(stop) => unsure = Some(stop),
            }
        }
        unsure.map_or(Ok(None), Err)
    }

    fn matches(self, sample: &Sample, pattern: &str, case: Case) -> Result<bool, Stop> {
        match self {
            Self::Found | Self::Bool => Ok(true),
            Self::Int => Ok(sample.number().is_some_and(|number| in_range(number, pattern))),
            Self::Len => Ok(in_range(sample.text().len() as i64, pattern)),
            Self::Ip => match sample.address() {
                Some(address) => in_network(address, pattern),
                None => Ok(false),
            },
            Self::Reg => Ok(Pattern::new(pattern, case)?.find(&sample.text())?.is_some()),
            Self::Verb => Ok(is_method(sample, pattern, case)),
            _ => {
                let fold = |text: &str| {
                    if case == Case::Insensitive { text.to_ascii_lowercase() } else { text.to_owned() }
                };
                Ok(self.matches_text(&fold(&sample.text()), &fold(pattern)))
            }
        }
    }

    fn matches_text(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::Beg => text.starts_with(pattern),
            Self::End => text.ends_with(pattern),
            Self::Sub => text.contains(pattern),
            Self::Dir => has_word(text, pattern, b"/?"),
            Self::Dom => has_word(text, pattern, b"/?.:"),
            _ => text == pattern,
        }
    }
}

fn is_method(sample: &Sample, pattern: &str, case: Case) -> bool {
    let (method, known) = match sample {
        Sample::Method(method) => (method, KNOWN_METHODS.contains(&method.as_str())),
        Sample::OtherMethod(method) => (method, false),
        other => return other.text() == pattern,
    };
    let named = KNOWN_METHODS.contains(&pattern);
    match (known, named) {
        (true, true) => method == pattern,
        (false, true) => false,
        (true, false) => false,
        (false, false) if case == Case::Insensitive => method.eq_ignore_ascii_case(pattern),
        (false, false) => method == pattern,
    }
}

/// A part of the text between delimiters is the pattern; delimiters around the pattern do not count (`match_word()`).
fn has_word(text: &str, pattern: &str, delimiters: &[u8]) -> bool {
    let is_delimiter = |byte: &u8| delimiters.contains(byte);
    let text = text.as_bytes();
    let pattern = pattern.as_bytes();
    let start = pattern.iter().position(|byte| !is_delimiter(byte)).unwrap_or(pattern.len());
    let end = pattern.iter().rposition(|byte| !is_delimiter(byte)).map_or(start, |last| last + 1);
    let word = &pattern[start..end];
    if word.is_empty() || word.len() > text.len() {
        return false;
    }
    (0..=text.len() - word.len()).any(|at| {
        let starts = at == 0 || is_delimiter(&text[at - 1]);
        let ends = text.get(at + word.len()).is_none_or(is_delimiter);
        starts && ends && &text[at..at + word.len()] == word
    })
}

/// `5`, `5:9`, `5:`, `:9`, also with `-` (`pat_parse_int()`).
fn in_range(number: i64, pattern: &str) -> bool {
    let Some(at) = pattern.find([':', '-']) else { return pattern.parse() == Ok(number) };
    let (low, high) = (&pattern[..at], &pattern[at + 1..]);
    let above = low.is_empty() || low.parse().is_ok_and(|low: i64| low <= number);
    let below = high.is_empty() || high.parse().is_ok_and(|high: i64| number <= high);
    above && below
}

fn in_network(address: IpAddr, pattern: &str) -> Result<bool, Stop> {
    let Some(network) = network(pattern) else {
        return Err(Stop::Needs(format!("the address of `{pattern}`")));
    };
    let address = match (network, address) {
        (IpNet::V4(_), IpAddr::V6(_)) => address.to_canonical(),
        (IpNet::V6(_), IpAddr::V4(v4)) => IpAddr::V6(v4.to_ipv6_mapped()),
        _ => address,
    };
    Ok(network.contains(&address))
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.1.2.3`, `2001:db8::/32`.
pub(super) fn network(text: &str) -> Option<IpNet> {
    if let Ok(network) = text.parse::<IpNet>() {
        return Some(network.trunc());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address));
    }
    let (address, mask) = text.split_once('/')?;
    IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok().map(|network| network.trunc())
}
