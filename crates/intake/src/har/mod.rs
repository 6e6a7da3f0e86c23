//! HTTP Archive 1.2, of any browser or proxy. The file is scanned, not parsed into a tree: only the refused entry and
//! those tied to it are read as a whole.

mod entry;
pub mod scan;

use model::{Evidence, Related, Relation, SourceKind, Span};

use crate::assemble::Found;
use scan::Entry;

/// Reads a HAR: picks the refused entry, or the one asked for (counted from 1), and ties others to it.
pub fn read(evidence: &mut Evidence, name: String, bytes: Vec<u8>, wanted: Option<usize>) -> Option<Found> {
    let scanned = scan::entries(&bytes);
    let id = evidence.sources.add(name.clone(), SourceKind::Har, bytes);
    if let Some(fault) = &scanned.fault {
        let bytes = &evidence.sources.get(id).bytes;
        let (line, column) = scan::position(bytes, fault.at);
        let read = scanned.entries.len();
        let text = format!("column {column}: expected {}; {read} entries before it are read", fault.expected);
        evidence.warn(Some((&name, Some(line))), text);
    }
    let entries = scanned.entries;
    let chosen = pick(evidence, &name, &entries, wanted)?;
    let span = |entry: &Entry| Span { source: id, start: entry.start, end: entry.end };
    let exchange = entry::read(evidence, span(&entries[chosen]), &name, chosen + 1)?;
    let mut related = Vec::new();
    for (relation, at) in ties(&entries, chosen) {
        if let Some(exchange) = entry::read(evidence, span(&entries[at]), &name, at + 1) {
            related.push(Related { relation, exchange });
        }
    }
    Some(Found { exchange, related, follows: None })
}

/// The entry to explain: the last refused one that may change state, else the last refused one.
fn pick(evidence: &mut Evidence, name: &str, entries: &[Entry], wanted: Option<usize>) -> Option<usize> {
    if let Some(wanted) = wanted {
        if (1..=entries.len()).contains(&wanted) {
            return Some(wanted - 1);
        }
        let text = format!("has {} entries; there is no entry {wanted}", entries.len());
        evidence.warn(Some((name, None)), text);
    }
    let refused: Vec<usize> = (0..entries.len()).filter(|&at| rank(&entries[at]) > 0).collect();
    let Some(&chosen) = refused.iter().max_by_key(|&&at| (rank(&entries[at]), at)) else {
        evidence.warn(Some((name, None)), format!("none of its {} entries is refused", entries.len()));
        return None;
    };
    if refused.len() > 1 {
        let others: Vec<String> = refused
            .iter()
            .filter(|&&at| at != chosen)
            .take(10)
            .map(|&at| {
                format!(
                    "{} ({} {}, {})",
                    at + 1,
                    entries[at].method,
                    shown_path(&entries[at].url),
                    entries[at].status
                )
            })
            .collect();
        let text = format!(
            "entry {} is explained; refused as well: {} (choose with --entry N)",
            chosen + 1,
            others.join(", ")
        );
        evidence.warn(Some((name, None)), text);
    }
    Some(chosen)
}

/// The path without the query, which may hold secrets.
fn shown_path(url: &str) -> String {
    model::Url::parse(url).map_or_else(|| crate::text::short(url), |url| crate::text::short(&url.path))
}

/// How much an entry looks like a refusal; 0 if it does not.
fn rank(entry: &Entry) -> u32 {
    let refused = match entry.status {
        403 => 8,
        401 | 405 | 407 | 413 | 419 | 421 | 422 | 428 | 429 | 431 | 451 => 4,
        // A browser that withholds the answer, or never sent the request, writes 0.
        0 if entry.failed => 3,
        _ => return 0,
    };
    let method = entry.method.as_str();
    refused + 16 * u32::from(!matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE"))
}

/// The entries tied to the chosen one: its preflight, the redirects that led to it, the last success on its path, and the
/// last page loaded from its host before.
fn ties(entries: &[Entry], chosen: usize) -> Vec<(Relation, usize)> {
    let target = &entries[chosen];
    let path = |url: &str| url.split(['?', '#']).next().unwrap_or("").to_owned();
    let before = |test: &dyn Fn(&Entry) -> bool| (0..chosen).rev().find(|&at| test(&entries[at]));
    let mut ties = Vec::new();
    // Firefox writes the preflight after the request it belongs to.
    let preflight = |at: &usize| entries[*at].method == "OPTIONS" && entries[*at].url == target.url;
    let near = (chosen.saturating_sub(20)..entries.len().min(chosen + 5)).filter(|at| *at != chosen);
    if let Some(at) = near.filter(preflight).min_by_key(|at| at.abs_diff(chosen)) {
        ties.push((Relation::Preflight, at));
    }
    let mut url = target.url.clone();
    let mut from = chosen;
    for _ in 0..10 {
        let leads = |entry: &Entry| (300..400).contains(&entry.status) && points_to(entry, &url);
        let Some(at) = (0..from).rev().take(50).find(|&at| leads(&entries[at])) else { break };
        ties.push((Relation::Redirect, at));
        (url, from) = (entries[at].url.clone(), at);
    }
    let same_path = path(&target.url);
    let success = |entry: &Entry| {
        (200..300).contains(&entry.status) && entry.method != "OPTIONS" && path(&entry.url) == same_path
    };
    ties.extend(before(&success).map(|at| (Relation::EarlierSuccess, at)));
    let origin = model::Url::parse(&target.url).map(|url| url.origin());
    let page = |entry: &Entry| {
        entry.method == "GET"
            && entry.status == 200
            && entry.is_page
            && model::Url::parse(&entry.url).map(|url| url.origin()) == origin
    };
    if let Some(at) = before(&page).filter(|at| !ties.iter().any(|(_, tied)| tied == at)) {
        ties.push((Relation::Before, at));
    }
    ties
}

fn points_to(entry: &Entry, url: &str) -> bool {
    let location = entry.redirect.as_str();
    let bare = url.split('#').next().unwrap_or(url);
    !location.is_empty() && (location == bare || location.starts_with('/') && bare.ends_with(location))
}
