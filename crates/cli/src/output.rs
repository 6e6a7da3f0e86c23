//! What goes to standard output and standard error.

use std::io::{self, IsTerminal, Write};

use crate::args::{Options, When};

/// Columns where the terminal does not tell.
const WIDTH: usize = 80;

/// The widest lines that are written: longer ones are hard to read.
const WIDEST: usize = 120;

/// Writes text to standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes what may be no text to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Writes a line for people to standard error.
pub(crate) fn note(text: &str) {
    // Nobody can be told that standard error is gone.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says on standard error what went wrong, where, and what to do.
pub(crate) fn error(error: &anyhow::Error) {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    note(&format!("why403: {}", report::neutral(&chain.join(": "))));
}

/// Whether the reader of our output has gone, which is no fault.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Whether to use colours: as told, else on a terminal unless `NO_COLOR` is set (no-color.org).
pub(crate) fn colour(options: &Options) -> report::Colour {
    let wanted = match options.color.unwrap_or(When::Auto) {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            io::stdout().is_terminal() && !refused && !dumb
        }
    };
    if wanted { report::Colour::Styled } else { report::Colour::Plain }
}

/// Columns to write for.
pub(crate) fn width() -> usize {
    if !io::stdout().is_terminal() {
        return WIDTH;
    }
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).min(WIDEST))
}
