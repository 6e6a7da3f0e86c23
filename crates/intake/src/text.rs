//! Shortening of text for messages.

/// The most characters of a document that a message of ours quotes.
const SHOWN: usize = 60;

/// The start of a text, for a message.
pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
