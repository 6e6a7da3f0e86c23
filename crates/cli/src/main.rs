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
use clap::error::ContextKind;

use args::{Cli, Command};

/// Explained, proven or probable.
const EXPLAINED: u8 = 0;
/// Not explained, or not refused.
const UNEXPLAINED: u8 = 1;
/// Bad input, or could not run.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let given = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
            let tip = given.as_deref().and_then(|word| misplaced(word, std::env::args()));
            // Nobody can be told that standard error is gone.
            let _ = error.print();
            tip.iter().for_each(|tip| output::note(&format!("\n  tip: {tip}")));
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(FAILED));
        }
    };
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(EXPLAINED),
        Err(error) => {
            output::error(&error);
            ExitCode::from(FAILED)
        }
    }
}

/// What was meant where a command line stands behind why403 that begins with no command of it.
fn misplaced(word: &str, mut args: impl Iterator<Item = String>) -> Option<String> {
    if args.any(|arg| arg == "curl") {
        return Some("put why403 right before `curl`: the word before it is none of its commands".to_owned());
    }
    if word.contains("://") {
        return Some(format!("`why403 curl {word}` sends a request there"));
    }
    let exists = std::path::Path::new(word).exists() || word == "-";
    exists.then(|| format!("`why403 inspect {word}` reads it"))
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
