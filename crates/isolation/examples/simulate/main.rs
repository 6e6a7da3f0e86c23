//! Measures the search in a model of requests and servers, beside the reducers that are used for this.
//!
//! ```sh
//! cargo run --release -p why403-isolation --example simulate [RUNS [TABLE [SEED]]]
//! ```
//!
//! The table `seeds` shows each goal over five seeds, with the worst of them. "bound" is the least mean of answers "not
//! refused" that any search needs for what its prior leaves open, in as many copies.

#![allow(clippy::print_stdout, reason = "it prints its tables")]

mod job;
mod model;
mod random;
mod reducers;
mod sample;
mod seeds;
mod server;
mod tables;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(400);
    let table = arguments.next().unwrap_or_default();
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let runs = random::Runs { count, seed };
    if table == "seeds" {
        seeds::print(runs);
    } else {
        tables::print(runs, &table);
    }
}
