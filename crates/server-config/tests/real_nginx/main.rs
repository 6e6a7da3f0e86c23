//! The simulator against the real nginx: random configurations × random requests, status and deciding block.
//!
//! 2,000 pairs by default; `WHY403_PAIRS=100000` for a long run, `WHY403_SEED` for other ones.
#![cfg(feature = "real")]

mod compare;
mod distribution;
mod fixes;
mod generate;
mod observe;
mod random;
mod requests;
mod server;

use compare::{Tally, compare};
use random::Random;

const SERVERS: usize = 40;
const REQUESTS: usize = 25;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_simulator_agrees_with_nginx() {
    let pairs = number("WHY403_PAIRS", 2000);
    let mut random = Random::new(number("WHY403_SEED", 1));
    let mut tally = Tally::default();
    while tally.pairs < pairs {
        let batch = server::Batch::start(&mut random, SERVERS);
        for name in batch.names() {
            for _ in 0..REQUESTS {
                let request = requests::random(&mut random, name, batch.port());
                compare(&batch, name, &request, &mut tally);
            }
        }
    }
    println!("{tally}");
    assert!(tally.agreement() >= 0.999, "{tally}");
    assert!(tally.unknown_share() <= 0.05, "{tally}");
}
