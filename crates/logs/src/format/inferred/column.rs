//! What the values of a column look like, taken together.

use std::net::IpAddr;

use super::split::Piece;
use crate::format::json::field;
use crate::record::Field;
use crate::time;

/// One column of a log.
pub(super) struct Column<'l> {
    /// A name that stands before each value, `rid=`.
    pub(super) label: &'l [u8],
    pub(super) open: &'static [u8],
    pub(super) close: &'static [u8],
    pub(super) looks: Looks,
    /// The field that the label names.
    pub(super) hint: Option<Field>,
}

/// What all values of a column are, but for those that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    Time,
    Date,
    Clock,
    Request,
    Method,
    Path,
    Url,
    Protocol,
    Address,
    /// An address with its port.
    Endpoint,
    /// A list of addresses.
    Addresses,
    Status,
    Number,
    Fraction,
    Identifier,
    Agent,
    Host,
    Other,
}

/// Whether a value looks like one of a kind.
type Test = fn(&str) -> bool;

/// The most specific first: a status is a number too.
const ALL: [(Looks, Test); 17] = [
    (Looks::Date, is_date),
    (Looks::Clock, is_clock),
    (Looks::Time, is_time),
    (Looks::Request, is_request),
    (Looks::Method, is_method),
    (Looks::Path, |value| value.starts_with('/')),
    (Looks::Url, |value| value.starts_with("http://") || value.starts_with("https://")),
    (Looks::Protocol, |value| value.starts_with("HTTP/")),
    (Looks::Address, |value| value.parse::<IpAddr>().is_ok()),
    (Looks::Endpoint, |value| value.parse::<std::net::SocketAddr>().is_ok()),
    (Looks::Addresses, |value| value.split(',').all(|one| one.trim().parse::<IpAddr>().is_ok())),
    (Looks::Status, is_status),
    (Looks::Number, |value| value.bytes().all(|byte| byte.is_ascii_digit())),
    (Looks::Fraction, is_fraction),
    (Looks::Identifier, is_identifier),
    (Looks::Agent, is_agent),
    (Looks::Host, is_host),
];

impl<'l> Column<'l> {
    pub(super) fn of(rows: &[&Vec<Piece<'l>>], at: usize) -> Column<'l> {
        let first = rows[0][at];
        let same = |piece: &Piece<'_>| piece.label == first.label && piece.open == first.open;
        let alike = rows.iter().all(|row| same(&row[at]));
        // Marks that only some lines have are part of the value.
        let (label, open, close): (&[u8], &[u8], &[u8]) =
            if alike { (first.label, first.open, first.close) } else { (b"", b"", b"") };
        let values: Vec<&str> = rows
            .iter()
            .filter_map(|row| std::str::from_utf8(row[at].value).ok())
            .filter(|value| !matches!(*value, "" | "-"))
            .collect();
        // One line in ten may hold what a scanner sent.
        let most = |fits: Test| values.iter().filter(|value| fits(value)).count() * 10 >= values.len() * 9;
        let looks = if alike && !values.is_empty() {
            ALL.iter().find(|(_, fits)| most(*fits)).map_or(Looks::Other, |(looks, _)| *looks)
        } else {
            Looks::Other
        };
        Column { label, open, close, looks, hint: hint(label) }
    }
}

fn hint(label: &[u8]) -> Option<Field> {
    let name = std::str::from_utf8(label.strip_suffix(b"=")?).ok()?;
    field(&name.to_ascii_lowercase().replace(['_', '-'], ""))
}

fn is_date(value: &str) -> bool {
    value.len() == 10
        && value.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => matches!(byte, b'-' | b'/'),
            _ => byte.is_ascii_digit(),
        })
}

fn is_clock(value: &str) -> bool {
    let whole = value.split(['.', ',']).next().unwrap_or_default();
    whole.len() == 8
        && whole.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

fn is_time(value: &str) -> bool {
    value.len() >= 10 && time::parse(value.as_bytes()).is_some()
}

fn is_request(value: &str) -> bool {
    value.split_once(' ').is_some_and(|(method, rest)| is_method(method) && !rest.is_empty())
        || value.starts_with("\\x")
}

/// The methods of RFC 9110 and RFC 5789, and those of WebDAV that are in use.
fn is_method(value: &str) -> bool {
    const METHODS: [&str; 14] = [
        "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND", "MKCOL",
        "MOVE", "COPY", "REPORT",
    ];
    METHODS.contains(&value)
}

/// The statuses of IANA's registry and those that nginx, AWS and Cloudflare add: any other number of three digits is none.
fn is_status(value: &str) -> bool {
    let Ok(status) = value.parse::<u16>() else { return false };
    value.len() == 3
        && matches!(status, 100..=103 | 200..=208 | 226 | 300..=308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 444 | 451 | 460..=464 | 494..=499 | 500..=511 | 520..=530 | 561)
}

fn is_fraction(value: &str) -> bool {
    let number = value.trim_end_matches(['m', 's']);
    number.parse::<f64>().is_ok() && number.starts_with(|first: char| first.is_ascii_digit())
}

fn is_identifier(value: &str) -> bool {
    value.len() >= 12
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'='))
}

fn is_agent(value: &str) -> bool {
    let product = value.split(['/', ' ']).next().unwrap_or_default();
    value.contains('/')
        && product.starts_with(|first: char| first.is_ascii_alphabetic())
        && !product.contains('.')
}

fn is_host(value: &str) -> bool {
    let name = value.split_once(':').map_or(value, |(name, _)| name);
    name.contains('.')
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}
