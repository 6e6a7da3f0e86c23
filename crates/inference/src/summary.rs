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
    let unanswered = evidence.status().is_none() && evidence.refused.failure.is_some();
    let status = match evidence.status() {
        Some(status) => format!("the {status}"),
        None if unanswered => "that no answer came".to_owned(),
        None => "the refusal".to_owned(),
    };
    let who = writer.emitter.map(|emitter| emitter.name);
    match (outcome, hypotheses.first()) {
        (Outcome::NotRefused, _) => match evidence.status() {
            Some(status) => format!("the request was not refused: it was answered with {status}"),
            None => "there is no refusal in these documents".to_owned(),
        },
        (Outcome::Explained, Some(leading)) => {
            let sure = if leading.confidence == Confidence::Proven { "" } else { "most likely, " };
            let who = who.map_or_else(|| format!("{status} came because"), |name| format!("{name} refused"));
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
