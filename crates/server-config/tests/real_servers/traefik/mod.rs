//! The simulator against the real Traefik: status, the router that the access log names, what the upstream received.

mod generate;
mod requests;
mod server;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use server_config::Request;
use server_config::walk::{Answer, Verdict};

use crate::agreement::{Pair, Subject, Tally, compare};
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// Traefik with a host for each site.
struct Traefik {
    stand: Stand,
    sites: usize,
    entries: Vec<SocketAddr>,
    /// The number of the first request to this server.
    first: Option<u64>,
}

impl Traefik {
    /// The routers that the access log names, by the numbers of the requests; waits until so many are there.
    fn routers(&self, wanted: usize) -> HashMap<u64, String> {
        let mut found = HashMap::new();
        for _ in 0..100 {
            let text = std::fs::read_to_string(self.stand.folder.join("access.log")).unwrap_or_default();
            let named = |line: &str| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                let number = line.get("request_X-Number")?.as_str()?.parse().ok()?;
                let router = line.get("RouterName").and_then(serde_json::Value::as_str).unwrap_or("");
                Some((number, router.to_owned()))
            };
            found = text.lines().filter_map(named).collect();
            if found.len() >= wanted {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        found
    }
}

impl Subject for Traefik {
    const SITES: usize = 40;
    const REQUESTS: usize = 25;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, entries) = server::start(random, sites);
        Self { stand, sites, entries, first: None }
    }

    fn stand(&self) -> &Stand {
        &self.stand
    }

    fn stand_mut(&mut self) -> &mut Stand {
        &mut self.stand
    }

    fn sites(&self) -> usize {
        self.sites
    }

    fn request(&self, random: &mut Random, site: usize) -> Request {
        requests::random(random, site, &self.entries)
    }

    fn pair(&mut self, request: Request, number: u64) -> Pair {
        self.first.get_or_insert(number);
        let request = request.with_header("X-Number", &number.to_string());
        let walk = self.stand.simulate(&request);
        let observed = wire::send(&request);
        Pair { request, walk, observed, logged: None }
    }

    fn complete(&self, pairs: &mut [Pair]) {
        let mut routers = self.routers(pairs.len());
        for (number, pair) in (self.first.unwrap_or(0)..).zip(pairs) {
            pair.logged = routers.remove(&number);
        }
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        let Pair { request, walk, observed, logged } = pair;
        if let Some(logged) = logged {
            tally.compared("router");
            let step = walk.steps.iter().find(|step| step.phase == "router" && step.verdict == Verdict::Hit);
            let router = step.and_then(|step| step.text.split(':').next()).filter(|name| *name != "routers");
            let router = router.map(|name| format!("{name}@file")).unwrap_or_default();
            // An entry point with settings for all routers has a copy of each, which carries its name.
            let logged = logged.split_once("-s").map_or(logged.clone(), |(_, name)| format!("s{name}"));
            if router != logged {
                return Err(format!(
                    "{:60}`{router}`, `{logged}`",
                    "the log names another router than expected:"
                ));
            }
        }
        match &walk.outcome.answer {
            Answer::Upstream(forwarded) if request.method != "HEAD" => {
                tally.compared("upstream");
                wire::received(forwarded, &observed.body, |_| false)
            }
            _ => Ok(()),
        }
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let host =
            pair.request.header("Host").and_then(|host| host.known()).unwrap_or("").to_ascii_lowercase();
        let name = format!("{}r", host.split('.').next().unwrap_or(""));
        let text = std::fs::read_to_string(self.stand.folder.join("dynamic.yml")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with(&name)).collect();
        lines.join("\n")
    }
}

#[test]
fn the_simulator_agrees_with_traefik() {
    compare::<Traefik>(2000, 0.05);
}
