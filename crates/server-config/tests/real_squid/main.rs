//! The simulator against the real Squid: random rules × random requests, status and, by `deny_info`, the last ACL.
//!
//! 500 pairs by default; `WHY403_PAIRS=100000` for a long run, `WHY403_SEED` for other ones.
#![cfg(feature = "real")]

mod compare;
mod fixes;
mod generate;
#[path = "../real_nginx/observe.rs"]
mod observe;
#[path = "../real_nginx/random.rs"]
mod random;
mod requests;
mod server;
mod shipped;

use compare::{Tally, compare};
use random::Random;

const PORTS: usize = 10;
const REQUESTS: usize = 17;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_simulator_agrees_with_squid() {
    let pairs = number("WHY403_PAIRS", 500);
    let mut random = Random::new(number("WHY403_SEED", 1));
    let mut tally = Tally::default();
    while tally.pairs < pairs {
        let batch = server::Batch::start(&mut random, PORTS);
        for port in 0..PORTS {
            for _ in 0..REQUESTS {
                let request = requests::random(&mut random, batch.address(port), batch.upstream);
                compare(&batch, &request, &mut tally);
            }
        }
    }
    println!("{tally}");
    assert!(tally.agreement() >= 0.999, "{tally}");
    assert!(tally.unknown_share() <= 0.1, "{tally}");
}
