//! The simulator against the real Envoy: status, route, `response_code_details` and what the upstream received. Envoy
//! comes from the lab's Python packages (`lab/install.sh`), or from `WHY403_ENVOY`.

mod generate;
mod policies;
mod requests;
mod server;

use std::collections::HashMap;
use std::time::Duration;

use server_config::walk::{Answer, Forwarded, Verdict, Walk};
use server_config::{Request, Value};

use crate::agreement::{Pair, Subject, Tally, compare};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// Envoy with a listener for each site.
struct Envoy {
    stand: Stand,
    ports: Vec<u16>,
    /// The number of the first request to this server.
    first: Option<u64>,
}

impl Subject for Envoy {
    const SITES: usize = 20;
    const REQUESTS: usize = 100;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, ports) = server::start(random, sites);
        Self { stand, ports, first: None }
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
        requests::random(random, self.ports[site])
    }

    fn pair(&mut self, request: Request, number: u64) -> Pair {
        self.first.get_or_insert(number);
        let request = request.with_header("X-Number", &number.to_string());
        // A filter that waits for the end of a body waits long where the protocol changes, and the outcome is unknown.
        let guess = self.stand.simulate(&request.clone().from_client([127, 0, 0, 1].into()));
        let is_open = matches!(guess.outcome.answer, Answer::Unknown(_));
        let patience = if is_open { Duration::from_millis(200) } else { Duration::from_secs(10) };
        let observed = wire::send_patiently(&request, patience);
        let request = request.from_client(observed.from.ip());
        let walk = self.stand.simulate(&request);
        Pair { request, walk, observed, logged: None }
    }

    /// The access log names each request by its number.
    fn complete(&self, pairs: &mut [Pair]) {
        let answered = pairs.iter().filter(|pair| pair.observed.status != 0).count();
        let mut lines = self.log(answered.saturating_sub(pairs.len() / 20));
        for (number, pair) in (self.first.unwrap_or(0)..).zip(pairs) {
            pair.logged = lines.remove(&number);
        }
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        if let Some(logged) = &pair.logged {
            tally.compared("response_code_details and route");
            decided(&pair.walk, logged)?;
        }
        match &pair.walk.outcome.answer {
            Answer::Upstream(forwarded) if pair.request.method != "HEAD" => {
                tally.compared("upstream");
                received(forwarded, &pair.observed.body)
            }
            _ => Ok(()),
        }
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let text = std::fs::read_to_string(self.stand.folder.join("envoy.yaml")).unwrap_or_default();
        listener(&text, pair.request.port())
    }
}

impl Envoy {
    /// The lines of the access log by their numbers; waits until so many are there.
    fn log(&self, wanted: usize) -> HashMap<u64, String> {
        let mut lines = HashMap::new();
        for _ in 0..100 {
            let text = std::fs::read_to_string(self.stand.folder.join("access.log")).unwrap_or_default();
            let numbered = |line: &str| {
                let (number, rest) = line.split_once(' ')?;
                Some((number.parse().ok()?, rest.to_owned()))
            };
            lines = text.lines().filter_map(numbered).collect();
            if lines.len() >= wanted {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        lines
    }
}

#[test]
fn every_diff_applied_to_envoy_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<Envoy>(12, 12, 3);
}

#[test]
fn the_simulator_agrees_with_envoy() {
    compare::<Envoy>(2000, 0.10);
}

/// The part of the bootstrap about one listener, with its lines' numbers.
fn listener(text: &str, port: u16) -> String {
    let lines: Vec<String> =
        text.lines().enumerate().map(|(n, line)| format!("{:4} {line}", n + 1)).collect();
    let at = lines.iter().position(|line| line.contains(&format!("port_value: {port}}}"))).unwrap_or(0);
    let end = lines[at + 1..]
        .iter()
        .position(|line| line.contains("  - name: listener"))
        .map_or(lines.len(), |end| at + 1 + end);
    lines[at..end].join("\n")
}

/// The deciding rule: the details in backticks at the end of the last step, and the route's name.
fn decided(walk: &Walk, logged: &str) -> Result<(), String> {
    let (logged, logged_route) = logged.split_once(' ').unwrap_or((logged, ""));
    let details = walk.steps.last().and_then(|step| step.because.strip_suffix("`)")?.rsplit("(`").next());
    if details.is_some_and(|details| details != logged) {
        return Err(format!("details {details:?} expected, {logged:?} logged"));
    }
    let route = walk.steps.iter().rev().find(|step| step.phase == "route" && step.verdict == Verdict::Hit);
    let route = route.and_then(|step| step.text.split(' ').next()).unwrap_or("-");
    // These are refused before a route is looked for; the log may name one all the same.
    let is_early = matches!(logged, "missing_host_header" | "low_version" | "path_normalization_failed");
    if route != logged_route && !is_early {
        return Err(format!("route {route} expected, {logged_route} logged"));
    }
    Ok(())
}

/// The upstream's copy of the request is what the simulator said it would be.
fn received(forwarded: &Forwarded, body: &str) -> Result<(), String> {
    let text = body.strip_prefix("UP ").ok_or("an upstream's answer was expected")?;
    let mut lines = text.lines();
    let target = forwarded.target.known();
    let first = lines.next().unwrap_or("").to_owned();
    if let Some(target) = target
        && first != format!("{} {target} HTTP/1.1", forwarded.method)
    {
        return Err(format!("`{} {target}` expected upstream, `{first}` received", forwarded.method));
    }
    let own =
        |name: &str| name.starts_with("x-envoy-") || matches!(name, "content-length" | "transfer-encoding");
    let got: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": ").or_else(|| line.split_once(':')))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| !own(name))
        .collect();
    for (name, value) in &got {
        let mut named =
            forwarded.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).peekable();
        let fits = |known: &Value| known.known().is_none_or(|known| known.trim() == value);
        if named.peek().is_none() || !named.any(|header| fits(&header.value)) {
            return Err(format!("the upstream received `{name}: {value}`"));
        }
    }
    for header in forwarded.headers.iter().filter(|header| !own(&header.name.to_ascii_lowercase())) {
        if !got.iter().any(|(name, _)| header.name.eq_ignore_ascii_case(name)) {
            return Err(format!("`{}` expected upstream", header.name));
        }
    }
    Ok(())
}
