//! Which cause and emitter a line tells of: the same inference as for a single refusal, over the same catalogue, kept for
//! lines that say the same.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use logs::{Field, Record};
use model::{Confidence, Evidence, Hypothesis, SourceKind};

/// What a line says of why it was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Attribution {
    pub(super) cause: Option<&'static str>,
    pub(super) emitter: Option<&'static str>,
    /// How sure the cause is; lines of one request are chosen from by it.
    pub(super) confidence: Option<Confidence>,
    pub(super) probability: f32,
}

/// Attributes lines, each kind of statement once.
#[derive(Default)]
pub(super) struct Attributions {
    known: Mutex<HashMap<u64, Attribution>>,
    /// Those that have a number.
    told: Mutex<Vec<Attribution>>,
}

impl Attributions {
    /// A number for an attribution, the same for the same one; [`Attributions::get`] knows it.
    pub(super) fn number(&self, attribution: Attribution) -> u32 {
        let Ok(mut told) = self.told.lock() else { return u32::MAX };
        let at = told.iter().position(|own| *own == attribution).unwrap_or_else(|| {
            told.push(attribution);
            told.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The attribution of a number.
    pub(super) fn get(&self, number: u32) -> Option<Attribution> {
        self.told.lock().ok()?.get(number as usize).copied()
    }
}

/// So many kinds of statements are kept.
const MOST: usize = 20_000;

impl Attributions {
    /// What a line says.
    pub(super) fn of(&self, record: &Record<'_>) -> Attribution {
        let statement = statement(record);
        if let Ok(known) = self.known.lock()
            && let Some(attribution) = known.get(&statement)
        {
            return *attribution;
        }
        let attribution = diagnosed(record);
        if let Ok(mut known) = self.known.lock()
            && known.len() < MOST
        {
            known.insert(statement, attribution);
        }
        attribution
    }
}

/// What the line says apart from what the request says and from what differs each time.
fn statement(record: &Record<'_>) -> u64 {
    let mut hasher = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
    (record.kind, record.status(), record.upstream_status()).hash(&mut hasher);
    for (field, span) in record.fields() {
        if SAID.contains(&field) {
            (field, &record.text[span.start..span.end.min(record.text.len())]).hash(&mut hasher);
        }
    }
    if let Some(message) = record.span(Field::Message) {
        let mut at = message.start;
        let mut inside: Vec<_> = record
            .fields()
            .filter(|(field, span)| {
                REQUESTED.contains(field) && span.start >= message.start && span.end <= message.end
            })
            .map(|(_, span)| span)
            .collect();
        inside.sort_by_key(|span| span.start);
        for span in inside {
            record.text[at..span.start.max(at)].hash(&mut hasher);
            at = at.max(span.end);
        }
        record.text[at..message.end.max(at)].hash(&mut hasher);
    }
    hasher.finish()
}

/// Fields in which a server says what it did.
const SAID: &[Field] = &[
    Field::Size,
    Field::Upstream,
    Field::Method,
    Field::Termination,
    Field::Detail,
    Field::Level,
    Field::Code,
    Field::Errno,
    Field::Action,
    Field::Exception,
    Field::RuleId,
    Field::RulePhase,
    Field::RuleSeverity,
    Field::SubStatus,
    Field::Logger,
    Field::Module,
];

/// Fields in which the request speaks, or that differ from line to line.
const REQUESTED: &[Field] = &[
    Field::Client,
    Field::ClientPort,
    Field::Request,
    Field::Target,
    Field::Path,
    Field::Host,
    Field::RequestId,
    Field::File,
    Field::RuleData,
    Field::RuleValue,
    Field::RuleVariable,
    Field::RuleTag,
];

fn diagnosed(record: &Record<'_>) -> Attribution {
    let mut evidence = Evidence::default();
    let id = evidence.sources.add("line", SourceKind::Log, record.text.to_vec());
    let mut line = intake::log::of_record(record, evidence.sources.whole(id), &record.text);
    line.about_request = 1.0;
    evidence.log_lines.push(line);
    let verdict = inference::diagnose(&catalogue::CATALOGUE, &evidence);
    let leading = verdict.hypotheses.first().filter(|leading| is_told(leading));
    Attribution {
        cause: leading.map(|hypothesis| hypothesis.cause.id),
        emitter: verdict.emitter.map(|emitter| emitter.name),
        confidence: leading.map(|hypothesis| hypothesis.confidence),
        probability: leading.map_or(0.0, |hypothesis| hypothesis.probability as f32),
    }
}

/// Whether a line tells of a cause: by words that prove or support it, and more likely than all others together, or as the
/// first of several that the same words support (errno 13 is one of the file, of a folder, or of a mandatory policy).
fn is_told(leading: &Hypothesis) -> bool {
    leading.probability >= 0.2 && leading.findings.iter().any(|finding| finding.weight.tells())
}
