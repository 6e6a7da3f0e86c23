//! The simulators against the real servers: random configurations × random requests; status, deciding rule, and what the
//! next hop received. Every printed diff is applied to the server, too.
//!
//! 2,000 pairs of a configuration and a request for each product by default. `WHY403_PAIRS=100000` is a long run, in rounds
//! of 10,000 with a seed each; `WHY403_SEED` is the first seed. `docs/simulators.md` holds what such a run printed.
#![cfg(feature = "real")]
#![expect(clippy::print_stdout, reason = "a run prints what it counted")]

mod agreement;
mod apache;
mod caddy;
mod diffs;
mod envoy;
mod haproxy;
mod kernel;
mod nginx;
mod random;
mod squid;
mod stand;
mod traefik;
mod wire;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
