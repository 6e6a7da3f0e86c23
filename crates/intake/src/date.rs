//! Dates of HTTP, HAR and logs.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// Seconds since 1970 of an HTTP date (RFC 9110, section 5.6.7), an ISO 8601 time, or what else logs and cookies write.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let parsed: Option<Timestamp> = text.parse().ok();
    parsed
        .or_else(|| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
        .map(Timestamp::as_second)
        .or_else(|| logs::time::parse(text.as_bytes()).map(|time| time.micros.div_euclid(1_000_000)))
}

/// An HTTP date: `Tue, 24 Nov 2026 08:38:57 GMT`.
#[must_use]
pub fn http(seconds: i64) -> String {
    written(seconds, "%a, %d %b %Y %H:%M:%S GMT")
}

/// The basic form of ISO 8601: `20261124T083857Z`.
#[must_use]
pub fn compact(seconds: i64) -> String {
    written(seconds, "%Y%m%dT%H%M%SZ")
}

fn written(seconds: i64, format: &str) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).strftime(format).to_string()
}
