//! Command lines as text: the words that a shell would make of them.

mod expansion;
mod place;
mod posix;
mod windows;

use thiserror::Error;

/// Why text is no command line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LexError {
    /// A quote is opened and not closed; the line it stands in.
    #[error("line {0}: the quote {1} is not closed")]
    Quote(usize, char),
    /// It holds no `curl` command.
    #[error("no curl command was found")]
    NoCurl,
}

/// A command of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The arguments behind the word `curl`.
    pub args: Vec<String>,
    /// What a here-document or here-string gives it on standard input.
    pub stdin: Option<String>,
    /// What the shell does to it that its writer may not expect, or that is not known here.
    pub notes: Vec<String>,
    /// Where the line stands in which it begins.
    pub start: usize,
    /// Where it ends: what stands behind it in a copied terminal is its output.
    pub end: usize,
}

/// The most commands of one text that are read.
const MOST: usize = 50;

/// The arguments behind the first word `curl`, whatever shell the text is for.
///
/// # Errors
/// A quote is not closed, or there is no `curl`.
pub fn arguments(text: &str) -> Result<Vec<String>, LexError> {
    Ok(commands(text)?.swap_remove(0).args)
}

/// The commands of a text that start with `curl`, in their order; at least one.
///
/// # Errors
/// A quote of the first is not closed, or there is none.
pub fn commands(text: &str) -> Result<Vec<Pasted>, LexError> {
    let mut commands: Vec<Pasted> = Vec::new();
    let mut at = 0;
    while let Some((start, word)) = next(text, at).filter(|_| commands.len() < MOST) {
        let mut command = match read(&text[..word], &text[word..]) {
            Ok(command) => command,
            // What follows a command may be anything; only the first must be whole.
            Err(_) if !commands.is_empty() => break,
            Err(LexError::Quote(line, quote)) => {
                return Err(LexError::Quote(text[..word].matches('\n').count() + line, quote));
            }
            Err(error) => return Err(error),
        };
        (command.start, command.end) = (start, word + command.end);
        at = command.end.max(word + 1);
        commands.push(command);
    }
    if commands.is_empty() { Err(LexError::NoCurl) } else { Ok(commands) }
}

/// Whether a command of a text starts with `curl`, within so many lines.
pub(crate) fn holds_command(text: &str, lines: usize) -> bool {
    text.lines().take(lines).any(|line| place::in_line(line).is_some())
}

/// Where the next line begins that has a command, and where its word `curl` stands.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at))?;
    let mut start = from;
    for line in text[from..].split_inclusive('\n') {
        if let Some(at) = place::in_line(line) {
            return Some((start, start + at));
        }
        start += line.len();
    }
    None
}

/// Reads the command at the start of a text, by the shell that it is for.
fn read(before: &str, text: &str) -> Result<Pasted, LexError> {
    let prompt = before.rsplit('\n').next().unwrap_or(before);
    let mut command = if windows::is_cmd(prompt, text) {
        windows::cmd(text)?
    } else if windows::is_powershell(prompt, text) {
        windows::powershell(text)?
    } else {
        posix::command(before, text)?
    };
    if !command.args.is_empty() {
        command.args.remove(0);
    }
    Ok(command)
}
