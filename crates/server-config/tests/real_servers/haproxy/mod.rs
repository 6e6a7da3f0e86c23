//! The simulator against the real HAProxy: status, deciding line, backend, what the upstream received.

mod generate;
mod requests;
mod server;
mod shipped;

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use server_config::Request;
use server_config::walk::Answer;

use crate::agreement::{Pair, Subject, Tally, compare, numbered};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// HAProxy with an address for each frontend.
struct HaProxy {
    stand: Stand,
    frontends: usize,
    port: u16,
    log: UdpSocket,
}

impl HaProxy {
    /// The file and line that HAProxy logs for a request, as soon as it does.
    fn last_rule(&self, id: &str) -> Option<String> {
        self.log.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        let mut buffer = [0; 4096];
        while let Ok(count) = self.log.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).trim().to_owned();
            if let Some((first, rest)) = text.split_once(' ')
                && first == id
            {
                return Some(rest.to_owned());
            }
        }
        None
    }
}

impl Subject for HaProxy {
    const SITES: usize = 60;
    const REQUESTS: usize = 25;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, log, port) = server::start(random, sites);
        Self { stand, frontends: sites, port, log }
    }

    fn stand(&self) -> &Stand {
        &self.stand
    }

    fn stand_mut(&mut self) -> &mut Stand {
        &mut self.stand
    }

    fn sites(&self) -> usize {
        self.frontends
    }

    fn request(&self, random: &mut Random, site: usize) -> Request {
        requests::random(random, SocketAddr::new(server::address(site), self.port))
    }

    fn pair(&mut self, request: Request, number: u64) -> Pair {
        let id = number.to_string();
        let request = request.with_header("X-Id", &id);
        let walk = self.stand.simulate(&request);
        let observed = wire::send(&request);
        let is_named =
            !matches!(walk.outcome.answer, Answer::Upstream(_) | Answer::Unknown(_)) && observed.status != 0;
        let logged = if is_named { self.last_rule(&id) } else { None };
        Pair { request, walk, observed, logged }
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        let Pair { walk, observed, logged, .. } = pair;
        // HAProxy names the rules of `http-request` alone.
        let decided = walk.outcome.decided_by.as_ref();
        let last =
            walk.steps.last().filter(|step| step.phase == "http-request" && !step.text.starts_with("option"));
        if let (Some(_), Some(place), Some(rule)) = (last, decided, logged) {
            tally.compared("line");
            if place.to_string() != *rule {
                return Err(format!("rule {place} expected"));
            }
        }
        let Answer::Upstream(forwarded) = &walk.outcome.answer else { return Ok(()) };
        let backend = decided.map(|place| place.file.to_string()).unwrap_or_default();
        let number = observed.block.map(|block| format!("c{block:02}.cfg")).unwrap_or_default();
        if !backend.ends_with(&number) {
            return Err(format!("backend {backend} expected, {number} observed"));
        }
        if forwarded.method == "HEAD" || observed.body.is_empty() {
            return Ok(());
        }
        tally.compared("upstream");
        wire::received(forwarded, &observed.body, |_| false)
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let files: std::collections::BTreeSet<&str> =
            pair.walk.steps.iter().filter_map(|step| Some(step.place.as_ref()?.file.as_ref())).collect();
        files.into_iter().map(|file| format!("-- {file}\n{}\n", numbered(file.as_ref()))).collect()
    }
}

#[test]
fn the_simulator_agrees_with_haproxy() {
    compare::<HaProxy>(2000, 0.05);
}

#[test]
fn every_diff_applied_to_haproxy_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<HaProxy>(12, 20, 1);
}
