//! What of a line is kept to find the other lines of its request: numbers only, so that hundreds of thousands fit.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::num::NonZeroU64;

use crate::record::{Field, Record, path_of};
use crate::time::{Time, Zone};

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

/// What a line says, as text.
#[derive(Clone, Debug, Default)]
pub struct Said<'s> {
    /// When it was written.
    pub time: Option<Time>,
    /// The method.
    pub method: Option<&'s str>,
    /// Path and query.
    pub target: Option<&'s str>,
    /// The client's address.
    pub client: Option<&'s str>,
    /// The `User-Agent`.
    pub agent: Option<&'s str>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Bytes of the answer.
    pub size: Option<u64>,
    /// Whether it has a message, which access logs have not.
    pub message: bool,
    /// Identifiers, of whatever convention.
    pub ids: Vec<&'s str>,
}

impl From<Said<'_>> for Traits {
    fn from(said: Said<'_>) -> Traits {
        let long = said.ids.iter().filter(|id| id.len() >= SHORTEST);
        let mut ids: Vec<u64> = long.filter_map(|id| word(&normal(id)).map(u64::from)).collect();
        ids.sort_unstable();
        ids.dedup();
        let (path, query) = said.target.map_or((None, None), |target| {
            (Some(path_of(target)), target.split_once('?').map(|(_, query)| query))
        });
        Traits {
            time: said.time.map(|time| time.micros),
            step: said.time.map_or(1_000_000, |time| time.step),
            zoned: said.time.is_some_and(|time| time.zone == Zone::Known),
            method: said.method.and_then(word),
            path: path.and_then(word),
            query: query.and_then(word),
            client: said.client.and_then(word),
            agent: said.agent.and_then(word),
            status: said.status,
            size: said.size,
            answer: said.status.is_some() && !said.message,
            ids: ids.into_boxed_slice(),
        }
    }
}

impl Traits {
    /// What a record says.
    pub fn of(record: &Record<'_>) -> Traits {
        let (target, client, agent) = (record.target(), record.client(), record.get(Field::UserAgent));
        let forwarded = record.get(Field::ForwardedFor);
        let first = forwarded.as_deref().and_then(|list| list.split(',').next()).map(str::trim);
        let ids: Vec<_> = record.ids().collect();
        Traits::from(Said {
            time: record.time(),
            method: record.method().as_deref(),
            target: target.as_deref(),
            client: first.filter(|first| !first.is_empty() && *first != "-").or(client.as_deref()),
            agent: agent.as_deref(),
            status: record.status(),
            size: record.size(),
            message: record.get(Field::Message).is_some(),
            ids: ids.iter().map(|id| &**id).collect(),
        })
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
