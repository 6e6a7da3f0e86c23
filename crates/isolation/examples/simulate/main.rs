//! Measures the search in a model of requests and servers, beside the reducers that are used for this.
//!
//! ```sh
//! cargo run --release -p why403-isolation --example simulate [RUNS [TABLE]]
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
    let runs = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(400);
    tables::print(runs, &arguments.next().unwrap_or_default());
}
