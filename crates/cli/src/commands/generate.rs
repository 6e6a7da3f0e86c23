//! `why403 completions SHELL` and `why403 man`: made from the command line's own definition.

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::{EXPLAINED, output};

/// Prints completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<u8> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "why403", &mut bytes);
    output::print(&String::from_utf8_lossy(&bytes))?;
    Ok(EXPLAINED)
}

/// Prints the help of a command that passes its own flags on.
pub(crate) fn help(name: &str) -> Result<u8> {
    let mut program = Cli::command();
    program.build();
    let command = program.find_subcommand_mut(name).with_context(|| format!("there is no command {name}"))?;
    output::print(&command.render_long_help().to_string())?;
    Ok(EXPLAINED)
}

/// Prints the manual page in troff.
pub(crate) fn man() -> Result<u8> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut bytes)?;
    output::print(&String::from_utf8_lossy(&bytes))?;
    Ok(EXPLAINED)
}
