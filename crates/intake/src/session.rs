//! A copied terminal: a `curl` command, and below it what it printed.

use model::{Evidence, SourceId, SourceKind};

use crate::assemble::Found;
use crate::{curl, http, message, recognise, told, verbose};

/// The most characters of a line that is taken for a prompt.
const PROMPT: usize = 80;

/// Reads what a command printed, where the document shows it below the command.
pub(crate) fn output(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let whole = evidence.sources.whole(id);
    let text = evidence.sources.text(whole);
    let Some(printed) =
        curl::shell::end(&text).map(|end| printed(&text, end)).filter(|part| !part.is_empty())
    else {
        return Vec::new();
    };
    let span = whole.part(printed.start, printed.end);
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

/// The part of a text that a command printed: behind curl's progress meter, before the next prompt.
fn printed(text: &str, end: usize) -> std::ops::Range<usize> {
    let mut start = end;
    for line in text[end..].split_inclusive('\n') {
        if !(line.trim().is_empty() || is_progress(line)) {
            break;
        }
        start += line.len();
    }
    let mut kept = text.trim_end().len().max(start);
    if let Some(last) = text[start..kept].rsplit('\n').next().filter(|line| is_prompt(line)) {
        kept -= last.len();
    }
    start..kept
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
