//! Logs: every entry with its fields, and how sure it is that it is about the refused request.

use logs::record::{Field, Record};
use model::{Evidence, LogLine, SourceId, Span};

/// The most entries of one document that are kept; those about a refusal come first.
const ENTRIES: usize = 20_000;

/// Reads a log into the evidence.
pub fn read(evidence: &mut Evidence, id: SourceId) {
    let source = evidence.sources.get(id);
    let bytes = source.bytes.as_slice();
    let format = logs::recognise(&bytes[..bytes.len().min(256 << 10)]);
    let (mut lines, mut at, mut left_out) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let (line, next) = crate::http::line(bytes, at);
        let span = Span { source: id, start: at, end: at + line.len() };
        at = next;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if lines.len() >= ENTRIES {
            left_out += 1;
            continue;
        }
        let record = format.as_ref().filter(|_| line.len() <= 1 << 20).and_then(|format| format.parse(line));
        lines.push(match record {
            Some(record) => of_record(&record, span),
            None => {
                LogLine { span, format: "text".into(), time: None, fields: Vec::new(), about_request: 0.5 }
            }
        });
    }
    let name = source.name.clone();
    evidence.log_lines.extend(lines);
    if left_out > 0 {
        let text = format!(
            "only the first {ENTRIES} entries are read here; `why403 logs` reads all {left_out} others"
        );
        evidence.warn(Some((&name, None)), text);
    }
}

/// An entry that was read, as evidence; `span` is its place among the sources.
#[must_use]
pub fn of_record(record: &Record<'_>, span: Span) -> LogLine {
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
    let time = record.time().filter(|time| time.zone == logs::Zone::Known);
    LogLine {
        span,
        format: record.kind.map_or("text", logs::Kind::name).to_owned(),
        time: time.map(|time| time.micros.div_euclid(1000)),
        fields,
        about_request: 0.5,
    }
}

/// The fields that are kept, under the names of the model.
static NAMES: &[(&str, Field)] = &[
    ("status", Field::Status),
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
    ("errno", Field::Errno),
    ("file", Field::File),
    ("action", Field::Action),
];

/// Judges how sure it is that each line is about the refused request, once that is known.
pub(crate) fn judge(evidence: &mut Evidence) {
    let mut lines = std::mem::take(&mut evidence.log_lines);
    let counted = |line: &LogLine| {
        lines.iter().filter(|other| other.span.source == line.span.source).take(PICKED + 1).count()
    };
    let given = lines.iter().map(|line| match counted(line) {
        lines if lines <= CUT_OUT => Given::CutOut,
        lines if lines <= PICKED => Given::Picked,
        _ => Given::Whole,
    });
    let given: Vec<Given> = given.collect();
    for (line, given) in lines.iter_mut().zip(given) {
        line.about_request = about(evidence, line, given);
    }
    evidence.log_lines = lines;
}

/// A log of at most so many entries was cut out by somebody because it is about the refusal.
const PICKED: usize = 40;

/// A single line is what somebody cut out of a log to show the refusal itself.
const CUT_OUT: usize = 1;

/// How a line came to be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// Alone: nobody hands in one line unless it is the one.
    CutOut,
    /// Among a few, picked by hand: what disagrees speaks less loudly than the hand that picked it.
    Picked,
    /// Within a whole log.
    Whole,
}

/// An identifier in common settles it; otherwise each of path, method, status and time that agrees adds, and each that
/// disagrees rules out.
fn about(evidence: &Evidence, line: &LogLine, given: Given) -> f64 {
    let text = evidence.sources.bytes(line.span);
    if shares_identifier(evidence, text) {
        return 0.99;
    }
    let (mut odds, softness): (f64, f64) = match given {
        Given::CutOut => (40.0, 6.0),
        Given::Picked => (19.0, 6.0),
        Given::Whole => (1.0, 1.0),
    };
    let mut weigh = |agrees: Option<bool>, gain: f64, loss: f64| match agrees {
        Some(true) => odds *= gain,
        Some(false) => odds *= (loss * softness).min(0.5),
        None => {}
    };
    let request = evidence.request();
    let method = line.field("method").zip(request).map(|(method, request)| method == request.method.value);
    weigh(method, 1.5, 0.05);
    let path = line.field("target").zip(request).map(|(target, request)| {
        let path = target.split(['?', '#']).next().unwrap_or(target);
        path == request.url.value.path || path.ends_with(request.url.value.path.as_str())
    });
    weigh(path, 6.0, 0.05);
    let status = line.field("status").and_then(|status| status.parse::<u16>().ok());
    weigh(status.zip(evidence.status()).map(|(one, other)| one == other), 3.0, 0.1);
    let sent = evidence.server_time.as_ref().map(|time| time.value).or(evidence.refused.sent_at);
    let apart = line.time.zip(sent).map(|(line, sent)| (line.div_euclid(1000) - sent).abs());
    weigh(apart.map(|seconds| seconds <= 5), 4.0, if apart.is_some_and(|s| s > 300) { 0.05 } else { 0.5 });
    odds / (odds + 1.0)
}

/// Whether an identifier that the answer or the request carries stands in the line.
fn shares_identifier(evidence: &Evidence, line: &[u8]) -> bool {
    let fields = evidence.response().into_iter().flat_map(|response| &response.message.fields.0);
    let sent = evidence.request().into_iter().flat_map(|request| &request.message.fields.0);
    fields.chain(sent).any(|field| {
        let name = field.name.to_ascii_lowercase();
        let identifies = name.ends_with("request-id")
            || name.ends_with("correlation-id")
            || name.ends_with("trace-id")
            || matches!(name.as_str(), "cf-ray" | "traceparent" | "x-amz-cf-id");
        let value = field.value.split('-').max_by_key(|part| part.len()).filter(|_| name == "traceparent");
        let value = value.unwrap_or(&field.value);
        identifies && value.len() >= 8 && memchr::memmem::find(line, value.as_bytes()).is_some()
    })
}
