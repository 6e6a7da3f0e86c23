//! What of a line is kept to find the other lines of its request: numbers only, so that hundreds of thousands fit.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::num::NonZeroU64;

use crate::record::{Field, Record};
use crate::time::Zone;

/// What of a line is compared with other lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Traits {
    /// When it was written, in microseconds since 1970.
    pub time: Option<i64>,
    /// The smallest step that its time can show, in microseconds.
    pub(super) step: u32,
    /// Whether the time says in which zone it is.
    pub(super) zoned: bool,
    pub(super) method: Word,
    pub(super) path: Word,
    pub(super) query: Word,
    pub(super) client: Word,
    pub(super) agent: Word,
    /// The status of the answer.
    pub status: Option<u16>,
    pub(super) size: Option<u64>,
    /// Whether the line is an access log's: one for each request.
    pub(super) answer: bool,
    /// Identifiers, in one spelling for all conventions.
    pub(super) ids: Box<[u64]>,
}

/// A word as a number: equal words have equal numbers. `None` where a line does not say it.
pub(super) type Word = Option<NonZeroU64>;

/// Shorter ones are counters, not identifiers.
const SHORTEST: usize = 8;

impl Traits {
    /// What a record says.
    pub fn of(record: &Record<'_>) -> Traits {
        let time = record.time();
        let target = record.target();
        let forwarded = record.get(Field::ForwardedFor);
        let first = forwarded.as_deref().and_then(|list| list.split(',').next()).map(str::trim);
        let client = first.filter(|first| !first.is_empty() && *first != "-").and_then(word);
        let status = record.status();
        let mut ids: Vec<u64> = record
            .ids()
            .filter(|id| id.len() >= SHORTEST)
            .filter_map(|id| word(&normal(&id)).map(u64::from))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Traits {
            time: time.map(|time| time.micros),
            step: time.map_or(1_000_000, |time| time.step),
            zoned: time.is_some_and(|time| time.zone == Zone::Known),
            method: record.method().and_then(|method| word(&method)),
            path: record.path().and_then(|path| word(&path)),
            query: target
                .as_deref()
                .and_then(|target| target.split_once('?'))
                .and_then(|(_, query)| word(query)),
            client: client.or_else(|| record.client().and_then(|client| word(&client))),
            agent: record.get(Field::UserAgent).and_then(|agent| word(&agent)),
            status,
            size: record.size(),
            answer: status.is_some() && record.get(Field::Message).is_none(),
            ids: ids.into_boxed_slice(),
        }
    }

    /// Whether the line is an access log's: one for each request.
    pub fn is_answer(&self) -> bool {
        self.answer
    }
}

/// Lines by their path, in the order of their times.
pub(super) fn by_path(lines: &[Traits]) -> HashMap<NonZeroU64, Vec<usize>> {
    let mut found: HashMap<NonZeroU64, Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(path) = line.path {
            found.entry(path).or_default().push(index);
        }
    }
    for lines_of in found.values_mut() {
        lines_of.sort_by_key(|index| lines[*index].time);
    }
    found
}

fn word(text: &str) -> Word {
    NonZeroU64::new(BuildHasherDefault::<DefaultHasher>::default().hash_one(text) | 1)
}

/// `00-trace-span-01` names a trace, `Root=1-...` too; `-FRA` behind a Cloudflare ray is the place.
fn normal(id: &str) -> String {
    let id = id.trim().to_ascii_lowercase();
    let parts: Vec<&str> = id.split('-').collect();
    match parts.as_slice() {
        ["00", trace, _, _] if trace.len() == 32 => (*trace).to_owned(),
        [ray, place] if ray.len() == 16 && place.len() == 3 => (*ray).to_owned(),
        _ => id.strip_prefix("root=").unwrap_or(&id).split(';').next().unwrap_or_default().to_owned(),
    }
}
