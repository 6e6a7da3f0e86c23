//! `cargo xtask tidy`: the house rules that no compiler checks.

mod imports;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => finish(tidy::faults(root)),
        _ => finish(Err(anyhow::anyhow!("usage: cargo run -p xtask -- tidy"))),
    }
}

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "a program for the terminal")]
fn finish(faults: anyhow::Result<Vec<String>>) -> ExitCode {
    match faults {
        Ok(faults) if faults.is_empty() => {
            println!("the house is tidy");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            faults.iter().for_each(|fault| eprintln!("{fault}"));
            eprintln!("{} faults", faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
