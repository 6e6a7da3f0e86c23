//! Measures the search in a model of requests and servers, beside the reducers that are used for this.
//!
//! ```sh
//! cargo run --release -p why403-isolation --example simulate [RUNS]
//! ```

mod job;
mod model;
mod random;
mod reducers;
mod sample;
mod server;
mod tables;

fn main() {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(400);
    tables::print(runs);
}
