//! One line on standard error, on a terminal alone: what is being tried, what is left, who is suspected.

use std::io::{self, IsTerminal, Write};

use isolation::Search;
use model::Evidence;

/// The line.
pub(crate) struct Progress {
    width: Option<usize>,
}

impl Progress {
    /// A line where there is a terminal, else none.
    pub(crate) fn new() -> Progress {
        let columns = || terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        Progress { width: io::stderr().is_terminal().then(columns) }
    }

    /// Shows where the search is.
    pub(crate) fn show(&self, search: &Search, purpose: &str, evidence: &Evidence) {
        let Some(width) = self.width else { return };
        let suspect = search.suspect().map_or_else(String::new, |(part, probability)| {
            format!(" · suspect {} ({:.0} %)", part.label, 100.0 * probability)
        });
        let line = format!("{}/{} {purpose}{suspect}", search.sent() + 1, search.budget());
        let line = report::neutral(&report::Mask::new(&evidence.secrets).apply(&line));
        let line: String = line.chars().take(width.saturating_sub(1)).collect();
        // Nobody can be told that standard error is gone.
        let _ = write!(io::stderr(), "\r\x1b[K{line}").and_then(|()| io::stderr().flush());
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.width.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K").and_then(|()| io::stderr().flush());
        }
    }
}
