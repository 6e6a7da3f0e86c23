//! Commands, scripts and settings that stand beside a refusal, as people write or copy them.

use model::{Evidence, SourceKind, Span};

/// A longer document is none that somebody wrote, or is looked through by its own parts: archives and logs are no such documents.
const LONGEST: usize = 64 << 10;

/// The documents that people write or copy by hand, each with its place; not those that are no UTF-8.
pub(crate) fn by_hand(evidence: &Evidence) -> impl Iterator<Item = (Span, &str)> {
    let kinds = |kind| {
        use SourceKind::{Config, Console, Curl, Export, Text};
        matches!(kind, Curl | Config | Console | Export | Text)
    };
    let short = evidence
        .sources
        .iter()
        .filter(move |(_, source)| source.bytes.len() <= LONGEST && kinds(source.kind));
    short.filter_map(|(id, source)| Some((evidence.sources.whole(id), str::from_utf8(&source.bytes).ok()?)))
}
