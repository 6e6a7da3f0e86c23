//! Runs the regression tests of a CRS checkout in process: `cargo run --release --example crs_suite -- DIR`.
//!
//! Prints how many tests pass, how many have exactly the rule ids that mod_security2 logged, how many matches point
//! at bytes that, blanked out, lift the rule; and every test that fails.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to its terminal")]

use std::path::PathBuf;

#[path = "../tests/suite/mod.rs"]
mod suite;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: crs_suite CRS-CHECKOUT");
        std::process::exit(2);
    };
    let report = suite::run(&folder);
    for line in &report.failures {
        println!("{line}");
    }
    println!("{}", report.summary());
}
