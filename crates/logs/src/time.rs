//! Time stamps as logs write them, recognised by their shape.

use crate::record::number;

/// A moment: microseconds since 1970, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Microseconds since 1970-01-01T00:00:00. UTC when `zone` is known, else the local clock of the server.
    pub micros: i64,
    /// How the stamp names its zone.
    pub zone: Zone,
    /// The smallest step the stamp can show, in microseconds: 1,000,000 for whole seconds.
    pub step: u32,
}

/// Whether a stamp says which zone it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// The stamp names its offset; `micros` is UTC.
    Known,
    /// The stamp is the server's local time.
    Local,
    /// As `Local`, and the stamp names no year (classic syslog); the year given is 1970.
    YearMissing,
}

const SECOND: u32 = 1_000_000;
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads a time stamp of any shape that a known logger writes.
pub fn parse(bytes: &[u8]) -> Option<Time> {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix(b"[").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"]").unwrap_or(bytes);
    let first = *bytes.first()?;
    if !first.is_ascii_digit() {
        return worded(bytes);
    }
    match (bytes.get(2), bytes.get(4)) {
        (Some(b'/'), _) => clf(bytes),
        (_, Some(b'-' | b'/')) => iso(bytes),
        (Some(b'-' | b'.'), _) if bytes.get(5) == bytes.get(2) => day_first(bytes),
        _ => epoch(bytes).or_else(|| compact(bytes)),
    }
}

/// `24/Nov/2026:08:38:57 +0000` (Common Log Format; HAProxy leaves out the zone and may add milliseconds).
fn clf(bytes: &[u8]) -> Option<Time> {
    let day = two(bytes, 0)?;
    if bytes.get(3).is_some_and(u8::is_ascii_digit) {
        return slashes(bytes);
    }
    let month = month(bytes.get(3..6)?)?;
    let year = number(bytes.get(7..11)?)? as i64;
    if bytes.get(6) != Some(&b'/') || !matches!(bytes.get(11), Some(b':' | b' ' | b'T')) {
        return None;
    }
    let (seconds, rest) = clock(bytes.get(12..)?)?;
    finish(civil(year, month, day)?, seconds, rest)
}

/// `11/24/2026 ...` or `24/11/2026 ...`: only unambiguous ones.
fn slashes(bytes: &[u8]) -> Option<Time> {
    let (one, other) = (two(bytes, 0)?, two(bytes, 3)?);
    let year = number(bytes.get(6..10)?)? as i64;
    let (day, month) = if one > 12 { (one, other) } else { (other, one) };
    let (seconds, rest) = clock(bytes.get(11..)?)?;
    finish(civil(year, month, day)?, seconds, rest)
}

/// `24-Nov-2026 08:38:57` (PHP), `24-11-2026`, `24.11.2026`.
fn day_first(bytes: &[u8]) -> Option<Time> {
    let year = number(bytes.get(6..10)?)? as i64;
    let (seconds, rest) = clock(bytes.get(11..)?)?;
    finish(civil(year, two(bytes, 3)?, two(bytes, 0)?)?, seconds, rest)
}

/// `2026-11-24T08:38:57.123+00:00`, `2026/11/24 08:38:57`, `2026-11-24 08:38:57,123`, gin's `2026/11/24 - 08:38:57`.
fn iso(bytes: &[u8]) -> Option<Time> {
    let year = number(bytes.get(..4)?)? as i64;
    let days = civil(year, two(bytes, 5)?, two(bytes, 8)?)?;
    if bytes.get(7) != bytes.get(4) {
        return None;
    }
    let after = bytes.get(10..)?;
    let after = after.strip_prefix(b" - ").unwrap_or(after.get(1..)?);
    let (seconds, rest) = clock(after)?;
    finish(days, seconds, rest)
}

/// `Tue Nov 24 08:38:57.123456 2026` (Apache's error log), `Nov 24 08:38:57` (syslog), `Tue, 24 Nov 2026 08:38:57 GMT`,
/// `24-Nov-2026 08:38:57` comes here only with a leading weekday.
fn worded(bytes: &[u8]) -> Option<Time> {
    let mut at = 0;
    if bytes.len() > 4 && month(bytes.get(..3)?).is_none() {
        at = bytes.iter().position(|byte| *byte == b' ')? + 1;
    }
    let rest = bytes.get(at..)?;
    if rest.first()?.is_ascii_digit() {
        let month = month(rest.get(3..6)?)?;
        let year = number(rest.get(7..11)?)? as i64;
        let (seconds, tail) = clock(rest.get(12..)?)?;
        let tail = if tail.trim_ascii().starts_with(b"GMT") { b"Z" } else { tail };
        return finish(civil(year, month, two(rest, 0)?)?, seconds, tail);
    }
    let month = month(rest.get(..3)?)?;
    let rest = rest.get(3..)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let day = number(rest.get(..digits)?)? as i64;
    let rest = rest.get(digits..)?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    if let (Some(year), Some(b' ')) = (rest.get(..4).and_then(number), rest.get(4)) {
        let (seconds, tail) = clock(rest.get(5..)?)?;
        return finish(civil(year as i64, month, day)?, seconds, tail);
    }
    let (seconds, tail) = clock(rest)?;
    let (fraction, step, tail) = fraction(tail);
    let tail = tail.trim_ascii();
    let year = tail.rsplit(|byte| *byte == b' ').next().and_then(number).filter(|year| *year > 1900);
    let zone = if year.is_some() { Zone::Local } else { Zone::YearMissing };
    let days = civil(year.unwrap_or(1970) as i64, month, day)?;
    Some(Time { micros: (days * 86_400 + seconds) * 1_000_000 + fraction, zone, step })
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size.
fn epoch(bytes: &[u8]) -> Option<Time> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = number(bytes.get(..digits)?.get(..digits.min(18))?)? as i64;
    let rest = bytes.get(digits..)?;
    if !rest.is_empty() && rest[0] != b'.' {
        return None;
    }
    let known = |micros, step| Some(Time { micros, zone: Zone::Known, step });
    match digits {
        9..=10 => {
            let (fraction, step, _) = fraction(rest);
            known(whole * 1_000_000 + fraction, step)
        }
        12..=13 => known(whole * 1000, 1000),
        15..=16 => known(whole, 1),
        18 => known(whole / 1000, 1),
        19 => known(whole / 100, 1),
        _ => None,
    }
}

/// `20261124T083857Z`.
fn compact(bytes: &[u8]) -> Option<Time> {
    let digits = number(bytes.get(..8)?)? as i64;
    let clock = bytes.get(9..15)?;
    let (hour, minute, second) = (two(clock, 0)?, two(clock, 2)?, two(clock, 4)?);
    let days = civil(digits / 10_000, digits / 100 % 100, digits % 100)?;
    finish(days, hour * 3600 + minute * 60 + second, bytes.get(15..)?)
}

/// Adds fraction and zone to a day and a second.
fn finish(days: i64, seconds: i64, rest: &[u8]) -> Option<Time> {
    let (fraction, step, rest) = fraction(rest);
    let (zone, offset) = match rest.trim_ascii_start() {
        [b'Z' | b'z', ..] | [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] => (Zone::Known, 0),
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let minutes = if zone.get(2) == Some(&b':') { two(zone, 3) } else { two(zone, 2) };
            let offset = two(zone, 0)? * 3600 + minutes.unwrap_or(0) * 60;
            (Zone::Known, if *sign == b'-' { -offset } else { offset })
        }
        _ => (Zone::Local, 0),
    };
    Some(Time { micros: (days * 86_400 + seconds - offset) * 1_000_000 + fraction, zone, step })
}

/// `08:38:57`: seconds of the day, and what follows.
fn clock(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, minute, second) = (two(bytes, 0)?, two(bytes, 3)?, two(bytes, 6)?);
    let separated = bytes.get(2) == Some(&b':') && bytes.get(5) == Some(&b':');
    let sane = hour < 24 && minute < 60 && second <= 60;
    (separated && sane).then(|| (hour * 3600 + minute * 60 + second, &bytes[8..]))
}

/// `.123456`, `,123`, `:123`: microseconds, the step that so many digits can show, and what follows.
fn fraction(bytes: &[u8]) -> (i64, u32, &[u8]) {
    let Some((b'.' | b',' | b':', rest)) = bytes.split_first() else {
        return (0, SECOND, bytes);
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut micros = 0;
    for place in 0..6 {
        let digit = rest[..digits].get(place).map_or(0, |byte| i64::from(byte - b'0'));
        micros = micros * 10 + digit;
    }
    (micros, 10u32.pow(6 - digits.min(6) as u32), &rest[digits..])
}

fn two(bytes: &[u8], at: usize) -> Option<i64> {
    match bytes.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

fn month(name: &[u8]) -> Option<i64> {
    MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name)).map(|at| at as i64 + 1)
}

/// Days since 1970-01-01 in the Gregorian calendar, by counting years that begin in March.
fn civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468,
    )
}

impl Time {
    /// The time shifted by so many microseconds; used once a clock's offset is known.
    pub fn shifted(self, micros: i64) -> Time {
        Time { micros: self.micros.saturating_add(micros), ..self }
    }

    /// The time in the year that its stamp leaves out: the last one in which it is not after `latest`, give or take a day.
    pub fn in_year_before(self, latest: i64) -> Time {
        if self.zone != Zone::YearMissing {
            return self;
        }
        const DAY: i64 = 86_400_000_000;
        let (day, clock) = (self.micros.div_euclid(DAY), self.micros.rem_euclid(DAY));
        let in_year = |year: i64| {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            civil(year, 1, 1).map(|first| (first + day + i64::from(leap && day >= 59)) * DAY + clock)
        };
        let year = 1970 + latest.div_euclid(DAY) * 400 / 146_097;
        let found =
            [year + 1, year, year - 1].into_iter().filter_map(in_year).find(|time| *time <= latest + DAY);
        found.map_or(self, |micros| Time { micros, zone: Zone::Local, ..self })
    }
}

impl std::fmt::Display for Time {
    /// RFC 3339; without a zone when the stamp named none.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ok(stamp) = jiff::Timestamp::from_microsecond(self.micros) else {
            return write!(out, "{} µs", self.micros);
        };
        let local = stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        match self.step {
            SECOND => write!(out, "{local:.0}")?,
            1000..SECOND => write!(out, "{local:.3}")?,
            _ => write!(out, "{local:.6}")?,
        }
        if self.zone == Zone::Known { write!(out, "Z") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_year_is_the_last_one_that_fits() {
        let latest = parse(b"2026-03-01T12:00:00Z").unwrap().micros;
        for (stamp, year) in [
            ("Mar  1 08:38:57", "2026-03-01"),
            ("Mar  5 08:38:57", "2025-03-05"),
            ("Jan  1 00:00:00", "2026-01-01"),
        ] {
            let time = parse(stamp.as_bytes()).unwrap().in_year_before(latest);
            assert!(time.to_string().starts_with(year), "{stamp}: {time}");
        }
        let leap = parse(b"2024-12-31T12:00:00Z").unwrap().micros;
        assert!(
            parse(b"Mar  1 08:38:57").unwrap().in_year_before(leap).to_string().starts_with("2024-03-01")
        );
    }

    #[test]
    fn shapes() {
        let table = [
            ("24/Nov/2026:08:38:57 +0100", "2026-11-24T07:38:57Z"),
            ("24/Nov/2026:08:38:57.123", "2026-11-24T08:38:57.123"),
            ("2026-11-24T08:38:57.5Z", "2026-11-24T08:38:57.500Z"),
            ("2026/11/24 08:38:57", "2026-11-24T08:38:57"),
            ("2026-11-24 08:38:57,120", "2026-11-24T08:38:57.120"),
            ("2026/11/24 - 08:38:57", "2026-11-24T08:38:57"),
            ("Tue Nov 24 08:38:57.123456 2026", "2026-11-24T08:38:57.123456"),
            ("Tue, 24 Nov 2026 08:38:57 GMT", "2026-11-24T08:38:57Z"),
            ("Nov  4 08:38:57", "1970-11-04T08:38:57"),
            ("1764000000.250", "2025-11-24T16:00:00.250Z"),
            ("1764000000250", "2025-11-24T16:00:00.250Z"),
            ("1764000000250000000", "2025-11-24T16:00:00.250000Z"),
            ("20261124T083857Z", "2026-11-24T08:38:57Z"),
            ("[Tue Jan 01 00:00:00 2000]", "2000-01-01T00:00:00"),
        ];
        for (text, expected) in table {
            assert_eq!(
                parse(text.as_bytes()).map(|time| time.to_string()),
                Some(expected.to_owned()),
                "{text}"
            );
        }
        for text in
            ["", "-", "403", "12:00", "24/Nov/2026", "99/Nov/2026:08:38:57 +0000", "hello world of text"]
        {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
