//! What other programs put around a line: syslog, Docker, Kubernetes, Docker Compose, Foreman.

use std::borrow::Cow;

use super::json::{Kind as JsonKind, Scalar, walk};
use crate::record::Field;
use crate::text::{Encoding, decode};
use crate::time;

/// A way in which lines are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrapper {
    /// `<134>Nov 24 08:38:57 host program[1]: `, RFC 3164 and RFC 5424, and `journalctl`'s short output.
    Syslog,
    /// `{"log":"...\n","stream":"stdout","time":"..."}`: Docker's json-file driver.
    Docker,
    /// `2026-11-24T08:38:57.123456789Z stdout F `: the container runtime interface of Kubernetes.
    Cri,
    /// `web-1  | `: Docker Compose; `11:17:38 web.1  | `: Foreman and Honcho, which run a Procfile.
    Compose,
    /// `[pod/web-abc/nginx] `: `kubectl logs --prefix`.
    Kubectl,
    /// `{"MESSAGE":"...","__REALTIME_TIMESTAMP":"..."}`: `journalctl -o json`.
    JournalJson,
    /// `MESSAGE=...` among other lines, entries apart by a blank line: `journalctl -o export`.
    JournalExport,
}

/// All that wrap single lines.
pub(crate) const ALL: [Wrapper; 6] = [
    Wrapper::Docker,
    Wrapper::Cri,
    Wrapper::Syslog,
    Wrapper::Compose,
    Wrapper::Kubectl,
    Wrapper::JournalJson,
];

type Around = Vec<(Field, Box<str>)>;

impl Wrapper {
    /// The wrapped line, with what the wrapper says; `None` when the line is not wrapped in this way.
    pub(crate) fn strip<'a>(self, line: &'a [u8], around: &mut Around) -> Option<Cow<'a, [u8]>> {
        match self {
            Wrapper::Docker => docker(line, around),
            Wrapper::Cri => cri(line, around).map(Cow::Borrowed),
            Wrapper::Syslog => syslog(line, around).map(Cow::Borrowed),
            Wrapper::Compose => compose(line, around).map(Cow::Borrowed),
            Wrapper::Kubectl => kubectl(line, around).map(Cow::Borrowed),
            Wrapper::JournalJson => journal_json(line, around),
            Wrapper::JournalExport => journal_export(line, around).map(Cow::Borrowed),
        }
    }
}

/// <https://docs.docker.com/engine/logging/drivers/json-file/>
fn docker<'a>(line: &'a [u8], around: &mut Around) -> Option<Cow<'a, [u8]>> {
    if !line.starts_with(b"{\"log\":\"") {
        return None;
    }
    let inner = json_text(line, b"log", |name, value| {
        if name == b"time" {
            around.push((Field::Time, String::from_utf8_lossy(value).into()));
        }
    })?;
    Some(match inner {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.trim_end_matches(['\n', '\r']).to_owned().into_bytes()),
    })
}

/// <https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md>
fn cri<'a>(line: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let blank = memchr::memchr(b' ', line.get(..48.min(line.len()))?)?;
    let rest = &line[blank + 1..];
    let rest = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
    let rest = rest.strip_prefix(b"F ").or_else(|| rest.strip_prefix(b"P "))?;
    time::parse(&line[..blank])?;
    around.push((Field::Time, String::from_utf8_lossy(&line[..blank]).into()));
    Some(rest)
}

fn syslog<'a>(line: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let mut rest = line;
    if rest.first() == Some(&b'<') {
        let close = memchr::memchr(b'>', rest.get(..6.min(rest.len()))?)?;
        rest = &rest[close + 1..];
        if let Some(modern) = rest.strip_prefix(b"1 ") {
            return rfc5424(modern, around);
        }
    }
    // `Nov  4 08:38:57` has 15 bytes; newer daemons write an ISO stamp up to the first blank.
    let length = if rest.first()?.is_ascii_digit() { memchr::memchr(b' ', rest)? } else { 15 };
    let stamp = rest.get(..length)?;
    if length < 15 || rest.get(length) != Some(&b' ') || !stamp.contains(&b':') || stamp[2] == b'/' {
        return None;
    }
    time::parse(stamp)?;
    rest = &rest[length + 1..];
    let host = memchr::memchr(b' ', rest).filter(|end| *end > 0 && rest[end - 1] != b':');
    if let Some(end) = host {
        // HAProxy on a local socket leaves the host out.
        let next = rest.get(end + 1..)?;
        let tag = memchr::memchr(b' ', next).unwrap_or(next.len());
        if tag > 1 && next[tag - 1] == b':' {
            around.push((Field::Machine, String::from_utf8_lossy(&rest[..end]).into()));
            rest = next;
        }
    }
    let end = memchr::memmem::find(rest, b": ").filter(|end| !rest[..*end].contains(&b' '))?;
    let tag = &rest[..end];
    let name = memchr::memchr(b'[', tag).unwrap_or(tag.len());
    around.push((Field::Program, String::from_utf8_lossy(&tag[..name]).into()));
    around.push((Field::Time, String::from_utf8_lossy(stamp).into()));
    Some(&rest[end + 2..])
}

/// `2026-11-24T08:38:57Z host program pid msgid - text`. <https://www.rfc-editor.org/rfc/rfc5424#section-6>
fn rfc5424<'a>(text: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let mut rest = text;
    for field in [Some(Field::Time), Some(Field::Machine), Some(Field::Program), Some(Field::Pid), None] {
        let end = memchr::memchr(b' ', rest)?;
        let value = &rest[..end];
        if let Some(field) = field.filter(|_| value != b"-") {
            around.push((field, String::from_utf8_lossy(value).into()));
        }
        rest = &rest[end + 1..];
    }
    let data = if rest.first() == Some(&b'[') { memchr::memmem::find(rest, b"] ")? + 2 } else { 2 };
    let rest = rest.get(data..)?;
    Some(rest.strip_prefix(b"\xEF\xBB\xBF".as_slice()).unwrap_or(rest))
}

/// Foreman's time has no date, and the line has its own: <https://github.com/ddollar/foreman/blob/main/lib/foreman/engine/cli.rb>.
/// A container may run such a program itself, as nginx-proxy runs forego: the line then is wrapped twice, and the inner program
/// is the one that wrote it.
fn compose<'a>(line: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let bar = memchr::memmem::find(line.get(..80.min(line.len()))?, b" | ")?;
    let name = line[..bar].trim_ascii_end();
    let name = after_clock(name).unwrap_or(name);
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    if name.is_empty() || !name.iter().all(word) {
        return None;
    }
    let rest = &line[bar + 3..];
    compose(rest, around).or_else(|| {
        around.push((Field::Program, String::from_utf8_lossy(name).into()));
        Some(rest)
    })
}

/// What stands after `HH:MM:SS `.
fn after_clock(text: &[u8]) -> Option<&[u8]> {
    let (clock, rest) = text.split_at_checked(9)?;
    let shaped = |(at, byte): (usize, &u8)| match at {
        2 | 5 => *byte == b':',
        8 => *byte == b' ',
        _ => byte.is_ascii_digit(),
    };
    clock.iter().enumerate().all(shaped).then_some(rest)
}

fn kubectl<'a>(line: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(b"[pod/")?;
    let end = memchr::memmem::find(rest, b"] ")?;
    let name = memchr::memrchr(b'/', &rest[..end]).map_or(0, |at| at + 1);
    around.push((Field::Program, String::from_utf8_lossy(&rest[name..end]).into()));
    Some(&rest[end + 2..])
}

/// The text of one member of a JSON object, decoded; the other members with plain values are handed over as they stand. `None`
/// where the line is no whole object, or has no such text.
fn json_text<'a>(line: &'a [u8], wanted: &[u8], mut other: impl FnMut(&[u8], &[u8])) -> Option<Cow<'a, str>> {
    let mut text = None;
    let whole = walk(line, &mut |scalar: &Scalar<'_>| {
        let [(start, end)] = scalar.path else { return };
        let (name, value) = (&line[*start..*end], &line[scalar.start..scalar.end]);
        if name == wanted && scalar.kind == JsonKind::Text {
            text = Some(decode(value, Encoding::Json));
        } else {
            other(name, value);
        }
    });
    text.filter(|_| whole)
}

/// <https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format>
fn journal_json<'a>(line: &'a [u8], around: &mut Around) -> Option<Cow<'a, [u8]>> {
    if line.first() != Some(&b'{') || memchr::memmem::find(line, b"\"__REALTIME_TIMESTAMP\"").is_none() {
        return None;
    }
    let inner = json_text(line, b"MESSAGE", |name, value| journal_field(name, value, around))?;
    Some(match inner {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

/// <https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format>; a message of several lines or with control bytes
/// is written with its length, and is not read.
fn journal_export<'a>(entry: &'a [u8], around: &mut Around) -> Option<&'a [u8]> {
    let mut inner = None;
    for line in entry.split(|byte| *byte == b'\n') {
        let Some(equals) = memchr::memchr(b'=', line) else { continue };
        match &line[..equals] {
            b"MESSAGE" => inner = Some(&line[equals + 1..]),
            name => journal_field(name, &line[equals + 1..], around),
        }
    }
    inner
}

fn journal_field(name: &[u8], value: &[u8], around: &mut Around) {
    let field = match name {
        b"__REALTIME_TIMESTAMP" => Field::Time,
        b"SYSLOG_IDENTIFIER" => Field::Program,
        b"_HOSTNAME" => Field::Machine,
        b"_PID" => Field::Pid,
        _ => return,
    };
    around.push((field, String::from_utf8_lossy(value).into()));
}
