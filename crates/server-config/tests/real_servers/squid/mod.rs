//! The simulator against the real Squid: status and, by `deny_info`, the last ACL; what the upstream received.

mod generate;
mod requests;
mod server;
mod shipped;

use std::net::SocketAddr;

use server_config::Request;
use server_config::walk::Answer;

use crate::agreement::{Pair, Subject, Tally, compare, numbered};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// Squid with rules for each of its ports.
struct Squid {
    stand: Stand,
    ports: Vec<SocketAddr>,
    upstream: u16,
}

impl Subject for Squid {
    const SITES: usize = 10;
    const REQUESTS: usize = 17;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, ports, upstream) = server::start(random, sites);
        Self { stand, ports, upstream }
    }

    fn stand(&self) -> &Stand {
        &self.stand
    }

    fn stand_mut(&mut self) -> &mut Stand {
        &mut self.stand
    }

    fn sites(&self) -> usize {
        self.ports.len()
    }

    fn request(&self, random: &mut Random, site: usize) -> Request {
        requests::random(random, self.ports[site], self.upstream)
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        let Answer::Upstream(forwarded) = &pair.walk.outcome.answer else { return Ok(()) };
        let body = &pair.observed.body;
        if matches!(forwarded.method.as_str(), "HEAD" | "CONNECT") || body.is_empty() {
            return Ok(());
        }
        tally.compared("upstream");
        wire::received(forwarded, body, |name| name == "Connection")
    }

    fn excerpt(&self, _pair: &Pair) -> String {
        numbered(&self.stand.folder.join("rules.conf"))
    }
}

#[test]
fn the_simulator_agrees_with_squid() {
    compare::<Squid>(500, 0.1);
}

#[test]
fn every_diff_applied_to_squid_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<Squid>(8, 8, 1);
}
