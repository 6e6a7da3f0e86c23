//! Logs: every entry with its fields, and how sure it is that it is about the refused request.

mod about;
mod identifier;

use logs::record::{Field, Record};
use model::{Evidence, LogLine, SourceId, Span};

pub(crate) use about::judge;

/// The most entries of one document that are kept; those about a refusal come first.
const ENTRIES: usize = 20_000;

/// Whether the format of a log is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Its entries were read with their fields.
    Known,
    /// Its lines are entries without fields.
    Unknown,
}

/// Reads a log into the evidence.
pub fn read(evidence: &mut Evidence, id: SourceId) -> Format {
    let source = evidence.sources.get(id);
    let bytes = source.bytes.as_slice();
    let format = logs::recognise(&bytes[..bytes.len().min(256 << 10)]);
    let (mut lines, mut left_out) = (Vec::new(), 0_usize);
    let mut keep = |start: u64, length: u64, record: Option<Record<'_>>| {
        if lines.len() >= ENTRIES {
            left_out += 1;
            return;
        }
        let (start, length) = (start as usize, length as usize);
        let span = Span { source: id, start, end: start + length };
        lines.push(record.map_or_else(
            || unread(span, &bytes[start..start + length]),
            |record| of_record(&record, span, &bytes[start..start + length]),
        ));
    };
    match &format {
        Some(format) => {
            for entry in logs::read(bytes, format) {
                match entry {
                    Ok(record) => keep(record.place.offset, record.place.length, Some(record)),
                    Err(unreadable) => keep(unreadable.place.offset, unreadable.place.length, None),
                }
            }
        }
        None if is_one_value(bytes) => keep(0, bytes.len() as u64, None),
        None => {
            let mut at = 0;
            while at < bytes.len() {
                let (line, next) = crate::http::line(bytes, at);
                if !line.trim_ascii().is_empty() {
                    keep(at as u64, line.len() as u64, None);
                }
                at = next;
            }
        }
    }
    let name = source.name.clone();
    evidence.log_lines.extend(lines);
    if left_out > 0 {
        let text = format!(
            "only the first {ENTRIES} entries are read here; `why403 logs` reads all {left_out} others"
        );
        evidence.warn(Some((&name, None)), text);
    }
    if format.is_some() { Format::Known } else { Format::Unknown }
}

/// The most bytes of a log that may be one entry, printed over several lines.
const ONE_ENTRY: usize = 256 << 10;

/// Whether the whole document is one JSON object over several lines: a record as a console or a portal prints it.
fn is_one_value(bytes: &[u8]) -> bool {
    bytes.len() <= ONE_ENTRY
        && bytes.trim_ascii_start().starts_with(b"{")
        && bytes.trim_ascii().contains(&b'\n')
        && serde_json::from_slice::<serde_json::Value>(bytes).is_ok()
}

/// An entry of no known shape.
fn unread(span: Span, whole: &[u8]) -> LogLine {
    LogLine {
        span,
        format: "text".into(),
        time: audited(whole),
        fields: Vec::new(),
        said_by_client: Vec::new(),
        about_request: 0.5,
    }
}

/// The time of a line of the kernel's audit log, in milliseconds: `audit(1795683600.000:100)`, in seconds since 1970.
fn audited(line: &[u8]) -> Option<i64> {
    let at = memchr::memmem::find(line, b"audit(")? + b"audit(".len();
    let digits = line.get(at..)?.split(|byte| !byte.is_ascii_digit()).next()?;
    let seconds: i64 = str::from_utf8(digits).ok()?.parse().ok()?;
    seconds.checked_mul(1000)
}

/// An entry that was read, as evidence; `span` is its place among the sources, and `whole` its text there.
#[must_use]
pub fn of_record(record: &Record<'_>, span: Span, whole: &[u8]) -> LogLine {
    let mut fields = Vec::new();
    for (name, field) in NAMES {
        fields.extend(record.get(*field).map(|value| ((*name).to_owned(), value.into_owned())));
    }
    if let Some(target) = record.target().filter(|_| record.get(Field::Target).is_none()) {
        fields.push(("target".into(), target.into_owned()));
    }
    for rule in record.rules() {
        let parts = [
            ("rule", rule.id),
            ("rule_message", rule.message),
            ("rule_data", rule.data),
            ("rule_file", rule.file),
        ];
        fields.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    for id in record.ids() {
        fields.push((ID.to_owned(), id.into_owned()));
    }
    let time = record.time();
    fields.extend(time.map(|time| (STAMP.to_owned(), time.to_string())));
    let time = time.filter(|time| time.zone == logs::Zone::Known);
    LogLine {
        span,
        format: record.kind.map_or("text", logs::Kind::name).to_owned(),
        time: time.map(|time| time.micros.div_euclid(1000)).or_else(|| audited(whole)),
        fields,
        said_by_client: said_by_client(record, span, whole),
        about_request: 0.5,
    }
}

/// Where the client speaks. What a program wrapped around the entry stands in front of it; where the entry was unpacked from
/// a JSON text its places are not known.
fn said_by_client(record: &Record<'_>, span: Span, whole: &[u8]) -> Vec<Span> {
    let Some(front) = whole.strip_suffix(&*record.text).map(<[u8]>::len) else { return Vec::new() };
    let free = record.fields().filter(|(field, _)| FREE.contains(field));
    free.map(|(_, place)| span.part(front + place.start, front + place.end)).collect()
}

/// Fields of free text that the client chooses.
const FREE: &[Field] = &[
    Field::UserAgent,
    Field::Referer,
    Field::ForwardedFor,
    Field::User,
    Field::RequestHeader,
    Field::RequestBody,
    Field::ResponseBody,
];

/// Every identifier of the request, of whatever convention.
const ID: &str = "id";
/// When the line was written, by the clock of its server and in its zone.
const STAMP: &str = "stamp";

/// The fields that are kept, under the names of the model.
static NAMES: &[(&str, Field)] = &[
    ("status", Field::Status),
    ("substatus", Field::SubStatus),
    ("method", Field::Method),
    ("target", Field::Target),
    ("client", Field::Client),
    ("host", Field::Host),
    ("user", Field::User),
    ("request_id", Field::RequestId),
    ("trace_id", Field::TraceId),
    ("upstream", Field::Upstream),
    ("upstream_status", Field::UpstreamStatus),
    ("level", Field::Level),
    ("code", Field::Code),
    ("message", Field::Message),
    ("termination", Field::Termination),
    ("detail", Field::Detail),
    ("action", Field::Action),
    ("errno", Field::Errno),
    ("file", Field::File),
    ("rule_phase", Field::RulePhase),
    ("size", Field::Size),
    ("agent", Field::UserAgent),
];
