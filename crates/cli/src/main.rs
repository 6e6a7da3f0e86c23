//! `why403`: why was this HTTP request refused?

mod args;
mod commands;
mod configurations;
mod diagnosis;
mod machine;
mod output;
mod rules;
mod unreached;
mod watched;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

/// Explained, proven or probable.
const EXPLAINED: u8 = 0;
/// Not explained, or not refused.
const UNEXPLAINED: u8 = 1;
/// Bad input, or could not run.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(EXPLAINED),
        Err(error) => {
            output::error(&error);
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        Command::Curl { args } => commands::curl::run(&cli.options, &args),
        Command::Inspect { files, options } => commands::inspect::run(&cli.options.merged(options), &files),
        Command::Waf(arguments) => commands::waf::run(&cli.options, &arguments),
        Command::Logs(arguments) => commands::logs::run(&cli.options, &arguments),
        Command::Simulate(arguments) => commands::simulate::run(&cli.options, &arguments),
        Command::Check(arguments) => commands::check::run(&cli.options, &arguments),
        Command::Causes { format } => commands::causes::run(format),
        Command::Explain { book: Some(folder), .. } => commands::explain::book(&folder),
        Command::Explain { id, .. } => commands::explain::run(id.as_deref().unwrap_or_default()),
        Command::Demo => commands::demo::run(&cli.options),
        Command::Completions { shell } => commands::generate::completions(shell),
        Command::Man => commands::generate::man(),
    }
}
