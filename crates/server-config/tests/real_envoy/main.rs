//! The simulator against the real Envoy: random bootstraps × random requests; status, route, `response_code_details`
//! and the upstream's copy of the request.
//!
//! 2,000 pairs by default; `WHY403_PAIRS=100000` for a long run, `WHY403_SEED` for other ones. Envoy comes from the
//! lab's Python packages (`lab/install.sh`), or from `WHY403_ENVOY`.
#![cfg(feature = "real")]

mod compare;
mod generate;
mod observe;
mod policies;
#[path = "../real_nginx/random.rs"]
mod random;
mod requests;
mod server;

use compare::Tally;
use random::Random;

const LISTENERS: usize = 20;
const REQUESTS: usize = 100;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_simulator_agrees_with_envoy() {
    let pairs = number("WHY403_PAIRS", 2000);
    let mut random = Random::new(number("WHY403_SEED", 1));
    let mut tally = Tally::default();
    while tally.pairs < pairs {
        let batch = server::Batch::start(&mut random, LISTENERS);
        let mut sent = Vec::new();
        for listener in 0..LISTENERS {
            for _ in 0..REQUESTS {
                let (address, request) = requests::random(&mut random, batch.port(listener));
                sent.push(compare::send(&batch, address, request, sent.len()));
            }
        }
        tally.add(&batch, &sent);
    }
    println!("{tally}");
    assert!(tally.agreement() >= 0.999, "{tally}");
    assert!(tally.unknown_share() <= 0.10, "{tally}");
}
