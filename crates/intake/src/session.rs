//! A copied terminal: `curl` commands, and below each what it printed.

use std::ops::Range;

use model::{Evidence, Exchange, Fact, Related, Relation, SourceId, SourceKind};

use crate::assemble::{self, Found};
use crate::curl::shell::Pasted;
use crate::{curl, http, message, recognise, redirect, told, verbose};

/// The most characters of a line that is taken for a prompt.
const PROMPT: usize = 80;

/// Reads the commands of a text, and what each printed, where the text shows it below the command.
pub(crate) fn read(evidence: &mut Evidence, id: SourceId, documents: &[(String, Vec<u8>)]) -> Vec<Found> {
    let text = evidence.sources.text(evidence.sources.whole(id));
    let commands = commands(evidence, id);
    let first = commands.first().map_or(0, |command| command.start);
    let mut found = above(evidence, id, &text[..first.min(text.len())]);
    let mut is_read = false;
    for (at, command) in commands.iter().enumerate() {
        let next = commands.get(at + 1).map_or(text.len(), |next| next.start);
        let mut own: Vec<Found> = message::curl(evidence, id, command, documents).into_iter().collect();
        is_read |= !own.is_empty();
        if let [Found { exchange, .. }] = own.as_mut_slice() {
            exchange.told.status =
                exchange.told.status.take().or_else(|| noted(evidence, id, &text, command));
        }
        own.extend(output(evidence, id, &text, command.end..next.max(command.end)));
        if commands.len() > 1 {
            redirect::tie(evidence, &mut own);
            own = assemble::paired(own);
        }
        found.extend(own);
    }
    relate(&mut found);
    if !is_read && !commands.is_empty() && speaks(&text[first..]) {
        found.extend(as_text(evidence, id, first..text.len(), "as text"));
    }
    found
}

/// Puts beside each refused command the one of the same text that asked for the same path and was answered.
fn relate(found: &mut [Found]) {
    let status = |exchange: &Exchange| {
        let told = exchange.told.status.as_ref().map(|status| status.value);
        exchange.response.as_ref().map(|response| response.status.value).or(told)
    };
    let answered =
        |found: &&Found| status(&found.exchange).is_some_and(|status| (200..300).contains(&status));
    let Some(success) = found.iter().find(answered).map(|found| found.exchange.clone()) else { return };
    let path = |exchange: &Exchange| {
        exchange
            .request
            .as_ref()
            .map(|request| (request.method.value.clone(), request.url.value.path.clone()))
    };
    for Found { exchange, related, .. } in found {
        if status(exchange).is_some_and(|status| status >= 400) && path(exchange) == path(&success) {
            related.push(Related { relation: Relation::EarlierSuccess, exchange: success.clone() });
        }
    }
}

/// The status that a comment behind the command notes: `curl … # 401`, `# -> 403 Forbidden`.
fn noted(evidence: &Evidence, id: SourceId, text: &str, command: &Pasted) -> Option<Fact<u16>> {
    let read = text[..command.end].trim_end().len();
    let end = text[read..].find('\n').map_or(text.len(), |length| read + length);
    let line = text[..end].rfind('\n').map_or(0, |at| at + 1).max(command.start.min(end));
    let at = line + text[line..end].rfind(" #")? + " #".len();
    let words = text[at..end].split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let status = words.take(2).filter(|word| word.len() == 3).find_map(|word| word.parse::<u16>().ok())?;
    let span = evidence.sources.whole(id).part(at, end);
    (200..600).contains(&status).then(|| Fact::new(status, span))
}

/// What stands above the first command and tells of a refusal: what another program had said before somebody tried it with curl.
fn above(evidence: &mut Evidence, id: SourceId, text: &str) -> Vec<Found> {
    let end = text.trim_end().rfind('\n').filter(|_| text.trim_end().lines().last().is_some_and(is_prompt));
    let end = end.unwrap_or(text.trim_end().len());
    if speaks(&text[..end]) { as_text(evidence, id, 0..end, "above the command") } else { Vec::new() }
}

/// Words with which programs tell that something was refused, beside those of logs.
const FAULTS: [&str; 4] = ["rror:", "xception", "nvalid ", "ailed "];

/// Whether a text tells of a refusal.
fn speaks(text: &str) -> bool {
    let says = |word: &&str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    told::status(text).is_some() || logs::scan::REFUSAL_WORDS.iter().chain(&FAULTS).any(says)
}

/// Reads a part of a document as a text of no known kind.
fn as_text(evidence: &mut Evidence, id: SourceId, part: Range<usize>, what: &str) -> Vec<Found> {
    let span = evidence.sources.whole(id).part(part.start, part.end);
    let bytes = evidence.sources.bytes(span).to_vec();
    if recognise::recognise("", &bytes) == SourceKind::Config {
        return Vec::new();
    }
    let name = format!("{} ({what})", evidence.sources.get(id).name);
    let derived = evidence.sources.derive(span, name, SourceKind::Text, bytes);
    told::read(evidence, derived)
}

/// The commands of a document; that there is none, or no whole one, is said.
pub(crate) fn commands(evidence: &mut Evidence, id: SourceId) -> Vec<Pasted> {
    let source = evidence.sources.get(id);
    let name = source.name.clone();
    curl::shell::commands(&String::from_utf8_lossy(&source.bytes)).unwrap_or_else(|error| {
        evidence.warn(Some((&name, None)), error.to_string());
        Vec::new()
    })
}

/// Reads what a command printed.
fn output(evidence: &mut Evidence, id: SourceId, text: &str, below: Range<usize>) -> Vec<Found> {
    let printed = printed(text, fenced(text, below));
    if printed.is_empty() {
        return Vec::new();
    }
    let span = evidence.sources.whole(id).part(printed.start, printed.end);
    let bytes = evidence.sources.bytes(span).to_vec();
    let kind = recognise::recognise("", &bytes);
    let read: fn(&mut Evidence, SourceId) -> Vec<Found> = match kind {
        SourceKind::Response => message::read,
        SourceKind::Transcript => verbose::read,
        SourceKind::Text if http::holds_status_line(&bytes) => message::read,
        SourceKind::Text => told::read,
        _ => return Vec::new(),
    };
    let name = format!("{} (output)", evidence.sources.get(id).name);
    let derived = evidence.sources.derive(span, name, kind, bytes);
    read(evidence, derived)
}

/// Where a command stands in a block of Markdown, its output stands in the next block, if there is one.
fn fenced(text: &str, below: Range<usize>) -> Range<usize> {
    let mut fences = Vec::new();
    let mut at = below.start;
    for line in text[below.clone()].split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fences.push((at, at + line.len()));
        }
        at += line.len();
    }
    let closes = fences.first().is_some_and(|(start, _)| text[below.start..*start].trim().is_empty());
    match fences.as_slice() {
        [first, rest @ ..] if closes => match rest {
            [open, close, ..] => open.1..close.0,
            [open] => open.1..below.end,
            [] => first.1..below.end,
        },
        [first, ..] => below.start..first.0,
        [] => below,
    }
}

/// The part of a text that a command printed: behind curl's progress meter, before the next prompt.
fn printed(text: &str, below: Range<usize>) -> Range<usize> {
    let mut start = below.start;
    for line in text[below.clone()].split_inclusive('\n') {
        if !(line.trim().is_empty() || is_progress(line)) {
            break;
        }
        start += line.len();
    }
    let mut kept = (below.start + text[below].trim_end().len()).max(start);
    if let Some(last) = text[start..kept].rsplit('\n').next().filter(|line| is_prompt(line)) {
        kept -= last.len();
    }
    // zsh marks an output whose last line has no end (`PROMPT_EOL_MARK`).
    let printed = &text[start..kept];
    let marked = printed.strip_suffix('%').is_some_and(|rest| rest.ends_with(['}', ']', '>']));
    start..kept - usize::from(marked)
}

/// A line of the progress meter that curl writes where its output is piped.
fn is_progress(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("% Total")
        || line.starts_with("Dload")
        || line.contains("--:--:--") && line.starts_with(|c: char| c.is_ascii_digit())
}

fn is_prompt(line: &str) -> bool {
    line.len() <= PROMPT && line.trim_end().ends_with(['$', '#', '%']) && !line.contains(['{', '<'])
}
