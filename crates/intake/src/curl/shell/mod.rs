//! Command lines as text: the words that a shell would make of them.

mod posix;
mod windows;

use thiserror::Error;

/// Why text is no command line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LexError {
    /// A quote is opened and not closed; the line it stands in.
    #[error("line {0}: the quote {1} is not closed")]
    Quote(usize, char),
    /// It does not start with `curl`.
    #[error("no curl command was found")]
    NoCurl,
}

/// The arguments behind the word `curl`, whatever shell the text is for.
///
/// # Errors
/// A quote is not closed, or there is no `curl`.
pub fn arguments(text: &str) -> Result<Vec<String>, LexError> {
    let text = text.trim_start_matches('\u{feff}');
    let words = if windows::is_cmd(text) {
        windows::cmd(text)?
    } else if windows::is_powershell(text) {
        windows::powershell(text)?
    } else {
        posix::words(text)?
    };
    let curl = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
        name == "curl" || name == "curl.exe"
    };
    let at = words.iter().position(curl).ok_or(LexError::NoCurl)?;
    Ok(words[at + 1..].to_vec())
}

/// Where the first `curl` command of a POSIX shell's text ends: what stands behind it in a copied terminal is its output.
#[must_use]
pub fn end(text: &str) -> Option<usize> {
    let windows = windows::is_cmd(text) || windows::is_powershell(text);
    posix::command(text).ok().filter(|_| !windows).map(|(_, end)| end)
}
