//! Which format a text is in, by its content.

use std::sync::{Arc, LazyLock};

use super::template::Template;
use super::{Format, Kind, Reader, apache, application, columns, haproxy, modsecurity, nginx, wrapper};
use crate::record::{Field, Record};

/// How many lines of a sample are looked at, and how many bytes of each.
const LINES: usize = 400;
const WIDTH: usize = 64 * 1024;
/// How many formats one document may mix.
const MIXED: usize = 6;

/// Everything that can be recognised line by line, the most specific first.
static CANDIDATES: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let nginx = nginx::KNOWN.iter().filter_map(|(name, definition)| {
        let kind = match *name {
            "combined" => Kind::Combined,
            "APISIX" => Kind::Apisix,
            "Kong" => Kind::Kong,
            _ => Kind::NginxAccess,
        };
        Some(Format::of(kind, Reader::Template(Arc::new(nginx::compile(definition)?))))
    });
    let apache = apache::KNOWN.iter().filter_map(|(name, definition)| {
        let kind = if *name == "common" { Kind::Combined } else { Kind::ApacheAccess };
        Some(Format::of(kind, Reader::Template(Arc::new(apache::compile(definition)?))))
    });
    let haproxy = haproxy::KNOWN.iter().filter_map(|(_, definition)| {
        Some(Format::of(Kind::Haproxy, Reader::Template(Arc::new(haproxy::compile(definition)?))))
    });
    let mut all: Vec<Format> = haproxy.collect();
    all.push(Format::of(Kind::NginxError, Reader::NginxError));
    all.extend(nginx);
    all.extend(apache);
    all.push(Format::of(Kind::ApacheError, Reader::ApacheError));
    let compiled = |kind, template: Option<Template>| {
        template.map(|template| Format::of(kind, Reader::Template(Arc::new(template))))
    };
    all.extend(compiled(Kind::Squid, columns::layout(columns::SQUID)));
    all.extend(compiled(Kind::AwsAlb, columns::layout(columns::ALB).map(Template::open)));
    all.extend(columns::ENVOY.iter().filter_map(|text| compiled(Kind::Envoy, columns::envoy(text))));
    all.extend(compiled(Kind::Iis, columns::w3c(columns::IIS, b' ')));
    all.push(Format::of(Kind::ModSecurityAudit, Reader::AuditJson));
    all.push(Format::of(Kind::Json, Reader::Json));
    all.push(Format::of(Kind::Logfmt, Reader::Logfmt));
    all
});

/// A format that its text names or marks: column names, sections.
fn marked(lines: &[&[u8]]) -> Option<Format> {
    if lines.iter().take(3).any(|line| modsecurity::serial::boundary(line) == Some(b'A')) {
        return Some(Format::of(Kind::ModSecurityAudit, Reader::AuditSections));
    }
    let names = lines.iter().find_map(|line| line.strip_prefix(b"#Fields:"))?;
    let names = std::str::from_utf8(names).ok()?;
    let cloudfront = names.contains("x-edge-");
    let iis = lines.iter().any(|line| line.starts_with(b"#Software: Microsoft"));
    let kind = if cloudfront {
        Kind::AwsCloudFront
    } else if iis {
        Kind::Iis
    } else {
        Kind::W3c
    };
    let separator = if cloudfront { b'\t' } else { b' ' };
    Some(Format::of(kind, Reader::Template(Arc::new(columns::w3c(names, separator)?))))
}

/// Recognises the format of a text by a sample of it: its first lines, or any lines of it.
///
/// A document may mix formats (a container's access and error lines); then the most frequent one leads. `None` when
/// fewer than a fifth of the lines have a known shape.
pub fn recognise(sample: &[u8]) -> Option<Format> {
    let sample = sample.strip_prefix(b"\xEF\xBB\xBF".as_slice()).unwrap_or(sample);
    let lines: Vec<&[u8]> = sample
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty() && line.len() < WIDTH)
        .take(LINES)
        .collect();
    if lines.is_empty() {
        return None;
    }
    if let Some(format) = marked(&lines) {
        return Some(format);
    }
    let bare = best(&lines);
    let wrapped = wrapper::ALL.iter().filter_map(|wrapper| {
        let mut around = Vec::new();
        let inner: Vec<_> = lines.iter().filter_map(|line| wrapper.strip(line, &mut around)).collect();
        let inner: Vec<&[u8]> = inner.iter().map(|line| &**line).collect();
        let (share, format) = best(&inner)?;
        Some((share, Format { wrapper: Some(*wrapper), ..format }))
    });
    // A wrapper's own lines are JSON or begin with a time too: more lines read inside it decide.
    let chosen = wrapped.chain(bare).max_by_key(|(read, format)| (*read, format.wrapper.is_some()));
    if let Some((read, format)) = chosen
        && read * 5 >= lines.len()
    {
        return Some(format);
    }
    application::recognise(&lines).map(|kind| Format::of(kind, Reader::Application))
}

/// The format of a list that reads most of a sample's lines; `None` when it does not read nine in ten.
pub fn among(sample: &[u8], formats: &[Format]) -> Option<Format> {
    let whole = memchr::memrchr(b'\n', sample).unwrap_or(sample.len());
    let lines: Vec<&[u8]> = sample[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(LINES)
        .collect();
    let mut record = Record::default();
    let mut best: Option<(usize, &Format)> = None;
    for format in formats {
        let read = lines.iter().filter(|line| format.parse_into(line, &mut record).is_some()).count();
        if best.is_none_or(|(most, _)| read > most) {
            best = Some((read, format));
        }
    }
    let (read, format) = best?;
    (read > 0 && read * 10 >= lines.len() * 9).then(|| format.clone())
}

/// The formats that read most of the lines together, and how many they read.
fn best(lines: &[&[u8]]) -> Option<(usize, Format)> {
    let mut rest: Vec<&[u8]> = lines.to_vec();
    let mut chosen: Vec<Format> = Vec::new();
    let mut record = Record::default();
    while !rest.is_empty() && chosen.len() < MIXED {
        let mut leader: Option<(usize, &Format)> = None;
        for format in CANDIDATES.iter() {
            let read = rest.iter().filter(|line| reads(format, line, &mut record)).count();
            if read > leader.map_or(0, |(most, _)| most) {
                leader = Some((read, format));
            }
        }
        let Some((_, format)) = leader else { break };
        rest.retain(|line| !reads(format, line, &mut record));
        chosen.push(format.clone());
    }
    let read = lines.len() - rest.len();
    let mut chosen = chosen.into_iter();
    let first = chosen.next()?;
    Some((read, Format { others: chosen.collect(), ..first }))
}

/// Whether a format reads a line, with at least two fields that say something about a request or a message.
fn reads<'a>(format: &Format, line: &'a [u8], record: &mut Record<'a>) -> bool {
    if format.parse_into(line, record).is_none() {
        return false;
    }
    let telling = |field: &Field| {
        matches!(
            field,
            Field::Time | Field::Client | Field::Status | Field::Method | Field::Request | Field::Message
        ) || matches!(field, Field::Level | Field::Host | Field::RequestId | Field::Path | Field::Target)
    };
    record.fields().filter(|(field, _)| telling(field)).take(2).count() == 2
}
