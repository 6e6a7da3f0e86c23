//! Which format a text is in, by its content.

use std::sync::{Arc, LazyLock};

use super::template::Template;
use super::wrapper::Wrapper;
use super::{
    Format, Kind, Reader, apache, application, columns, haproxy, inferred, modsecurity, nginx, wrapper,
};
use crate::record::{Field, Record};

/// How many lines of a sample are looked at, and how many bytes of each.
const LINES: usize = 400;
const WIDTH: usize = 64 * 1024;
/// How many of them every format is tried on.
const PROBED: usize = 48;
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
    let compiled = |kind, template: Option<Template>| {
        template.map(|template| Format::of(kind, Reader::Template(Arc::new(template))))
    };
    all.extend(compiled(Kind::Traefik, columns::layout(columns::TRAEFIK)));
    all.extend(compiled(Kind::AwsApiGateway, columns::layout(columns::API_GATEWAY)));
    all.extend(compiled(Kind::Rack, columns::layout(columns::RACK)));
    all.extend(nginx);
    all.extend(apache);
    all.extend(compiled(Kind::Squid, columns::layout(columns::SQUID)));
    all.extend(compiled(Kind::AwsAlb, columns::layout(columns::ALB).map(Template::open)));
    all.extend(columns::ENVOY.iter().filter_map(|text| compiled(Kind::Envoy, columns::envoy(text))));
    all.extend(compiled(Kind::Iis, columns::w3c(columns::IIS, b' ')));
    all
});

/// The same for lines of which a format is less sure; an access log whose columns can be told comes before them.
static LOOSE: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let mut all = vec![Format::of(Kind::ApacheError, Reader::ApacheError)];
    all.push(Format::of(Kind::ModSecurityAudit, Reader::AuditJson));
    all.push(Format::of(Kind::Json, Reader::Json));
    all.push(Format::of(Kind::Logfmt, Reader::Logfmt));
    all
});

/// A format that its text names or marks: column names, sections.
fn marked(lines: &[&[u8]]) -> Option<Format> {
    if lines.iter().take(3).any(|line| modsecurity::serial::boundary(line) == Some(b'A'))
        || modsecurity::serial::is_end(lines)
    {
        return Some(Format::of(Kind::ModSecurityAudit, Reader::AuditSections));
    }
    if lines
        .iter()
        .take(3)
        .any(|line| line.starts_with(b"__CURSOR=") || line.starts_with(b"__REALTIME_TIMESTAMP="))
    {
        let inner: Vec<&[u8]> = lines.iter().filter_map(|line| line.strip_prefix(b"MESSAGE=")).collect();
        let format = best(&inner).map(|(_, format)| format);
        let format = format.unwrap_or_else(|| Format::of(Kind::Journal, Reader::Application));
        return Some(Format { wrapper: Some(Wrapper::JournalExport), ..format });
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
        return Some(named(format, &lines));
    }
    application::recognise(&lines).map(|kind| Format::of(kind, Reader::Application))
}

/// JSON lines by the program that writes them, where names that only it uses tell.
fn named(format: Format, lines: &[&[u8]]) -> Format {
    let has =
        |word: &&str| lines.iter().take(20).any(|line| memchr::memmem::find(line, word.as_bytes()).is_some());
    let known = JSON.iter().find(|(words, _)| words.iter().all(&has));
    match known.filter(|_| format.kind == Kind::Json) {
        Some((_, kind)) => Format { kind: *kind, ..format },
        None => format,
    }
}

/// Names that stand in the JSON of one program: the documents of Caddy, Traefik, Envoy, AWS WAF, API Gateway, Cloudflare
/// Logpush, Kong's `http-log` and APISIX' `http-logger`, see `tests/formats/json_products.txt`.
const JSON: &[(&[&str], Kind)] = &[
    (&["\"http.log.access", "\"resp_headers\""], Kind::Caddy),
    (&["\"DownstreamStatus\"", "\"OriginStatus\""], Kind::Traefik),
    (&["\"RouterName\"", "\"ClientAddr\""], Kind::Traefik),
    (&["\"response_flags\"", "\"upstream_cluster\""], Kind::Envoy),
    (&["\"response_flags\"", "\"response_code_details\""], Kind::Envoy),
    (&["\"terminatingRuleId\"", "\"httpRequest\""], Kind::AwsWaf),
    (&["\"EdgeResponseStatus\""], Kind::Cloudflare),
    (&["\"RayID\"", "\"ClientRequestPath\""], Kind::Cloudflare),
    (&["\"requestId\"", "\"resourcePath\""], Kind::AwsApiGateway),
    (&["\"latencies\"", "\"tries\"", "\"upstream_uri\""], Kind::Kong),
    (&["\"apisix_latency\"", "\"service_id\""], Kind::Apisix),
];

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
        // A few lines from everywhere tell the leader; only it is tried on all.
        let step = rest.len().div_ceil(PROBED);
        let own = inferred::infer(&rest)
            .map(|template| Format::of(Kind::Inferred, Reader::Template(Arc::new(template))));
        for format in CANDIDATES.iter().chain(&own).chain(LOOSE.iter()) {
            let probed = rest.iter().step_by(step);
            let read = probed.filter(|line| reads(format, line, &mut record)).count();
            if read > leader.map_or(0, |(most, _)| most) {
                leader = Some((read, format));
            }
            if read == rest.len().div_ceil(step) {
                break;
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
