//! Measures the search in a model of requests and servers, beside the reducers that are used for this.
//!
//! ```sh
//! cargo run --release -p why403-isolation --example simulate [RUNS [TABLE [SEED]]]
//! ```

#![allow(clippy::print_stdout, reason = "it prints its tables")]

mod job;
mod model;
mod random;
mod reducers;
mod sample;
mod server;
mod tables;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(400);
    let table = arguments.next().unwrap_or_default();
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    tables::print(random::Runs { count, seed }, &table);
}
