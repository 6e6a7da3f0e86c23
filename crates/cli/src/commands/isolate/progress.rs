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
        let shown = |text: &str| report::neutral(&report::Mask::new(&evidence.secrets).apply(text));
        let tried = shown(&format!("{}/{} {purpose}", search.sent() + 1, search.budget()));
        let line = fitted(&tried, &shown(&suspect), width.saturating_sub(1));
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

/// What is tried and who is suspected, in one line of this width: where that is narrow, what is tried is cut short.
fn fitted(tried: &str, suspect: &str, width: usize) -> String {
    let (long, room) = (tried.chars().count(), width.saturating_sub(suspect.chars().count()));
    let tried: String = match long <= room || room < 20 {
        true => tried.to_owned(),
        false => tried.chars().take(room - 1).chain(['…']).collect(),
    };
    format!("{tried}{suspect}").chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_narrow_terminal_the_suspect_stays() {
        assert_eq!(fitted("4/29 body $.a alone", " · suspect b", 60), "4/29 body $.a alone · suspect b");
        assert_eq!(
            fitted("4/29 the 128 likeliest parts", " · suspect b", 36),
            "4/29 the 128 likeliest … · suspect b"
        );
        assert_eq!(fitted("4/29 body $.a alone", " · suspect b", 10), "4/29 body ");
    }
}
