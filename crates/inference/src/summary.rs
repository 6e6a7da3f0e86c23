//! The verdict in one sentence.

use model::{Confidence, Evidence, Hypothesis, Outcome};

use crate::emitter::Writer;

/// Who refused, and why; or what is missing.
pub(crate) fn sentence(
    evidence: &Evidence,
    outcome: Outcome,
    hypotheses: &[Hypothesis],
    writer: &Writer,
) -> String {
    let failure = evidence.refused.failure.as_ref().filter(|_| evidence.status().is_none());
    let (status, came) = match (evidence.status(), failure) {
        (Some(status @ 200..=399), _) => {
            let refusal = format!("the refusal that was answered with {status}");
            (refusal.clone(), format!("{refusal} came because"))
        }
        (Some(status), _) => (format!("the {status}"), format!("the {status} came because")),
        (None, Some(failure)) => {
            let none = format!("no answer came ({})", short(&failure.value));
            (format!("{none}; the refusal"), format!("{none}, because"))
        }
        (None, None) => ("the refusal".to_owned(), "the refusal came because".to_owned()),
    };
    let who = writer.emitter.map(|emitter| emitter.name);
    match (outcome, hypotheses.first()) {
        (Outcome::NotRefused, _) => match evidence.status() {
            Some(status) => format!("the request was not refused: it was answered with {status}"),
            None => "there is no refusal in these documents".to_owned(),
        },
        (Outcome::Explained, Some(leading)) => {
            let sure = if leading.confidence == Confidence::Proven { "" } else { "most likely, " };
            let who = who.map_or(came, |name| format!("{name} refused"));
            let colon = if writer.emitter.is_some() { ":" } else { "" };
            format!("{sure}{who}{colon} {}", lower_first(leading.cause.title()))
        }
        (_, Some(leading)) => {
            let share = (leading.probability * 100.0).round();
            let who = who.map_or_else(String::new, |name| format!(" by {name}"));
            format!(
                "{status}{who} is not explained; the likeliest of several causes ({share} %): {}",
                lower_first(leading.cause.title())
            )
        }
        (_, None) => {
            let who = who.map_or_else(String::new, |name| format!(" by {name}"));
            format!("{status}{who} is not explained: nothing in the documents names a check")
        }
    }
}

/// The most characters of a client's words that the sentence takes in.
const WORDS: usize = 120;

fn short(words: &str) -> String {
    let line = words.lines().next().unwrap_or("").trim();
    let shown: String = line.chars().take(WORDS).collect();
    if shown.len() < line.len() { format!("{shown}…") } else { shown }
}

/// The first letter in lower case, unless the word is an abbreviation.
fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}
