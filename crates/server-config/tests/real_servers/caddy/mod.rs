//! The simulator against the real Caddy: status, deciding directive and block, the file, what the upstream received; and
//! the Caddyfile against the JSON that Caddy makes of it.

mod generate;
mod requests;
mod server;
mod shipped;

use server_config::walk::{Answer, Forwarded, Verdict};
use server_config::{Request, caddy};

use crate::agreement::{Pair, Subject, Tally, compare, numbered};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// Caddy with a site for each name.
struct Caddy {
    stand: Stand,
    names: Vec<String>,
    port: u16,
    /// The same configuration in JSON.
    adapted: caddy::Config,
}

impl Subject for Caddy {
    const SITES: usize = 60;
    const REQUESTS: usize = 25;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, names, port) = server::start(random, sites);
        let json = stand.folder.join("adapted.json").display().to_string();
        let adapted = caddy::load(&stand.files, &json);
        Self { stand, names, port, adapted }
    }

    fn stand(&self) -> &Stand {
        &self.stand
    }

    fn stand_mut(&mut self) -> &mut Stand {
        &mut self.stand
    }

    fn sites(&self) -> usize {
        self.names.len()
    }

    fn request(&self, random: &mut Random, site: usize) -> Request {
        requests::random(random, &self.names[site], ([127, 0, 0, 1], self.port).into())
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        seen(pair, tally)?;
        let adapted = self.adapted.simulate(&pair.request, &self.stand.files).outcome.answer;
        tally.compared("JSON");
        if same(&pair.walk.outcome.answer, &adapted) {
            return Ok(());
        }
        Err(format!("in JSON the answer is {adapted:?}"))
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let host = pair.request.header("Host").and_then(|host| host.known()).unwrap_or("");
        let name = host.split(':').next().unwrap_or("").to_ascii_lowercase();
        numbered(&self.stand.folder.join("sites").join(name))
    }
}

#[test]
fn the_simulator_agrees_with_caddy() {
    compare::<Caddy>(2000, 0.05);
}

#[test]
fn every_diff_applied_to_caddy_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<Caddy>(12, 20, 1);
}

/// The answer by the Caddyfile and by the JSON; the texts of rules differ.
fn same(left: &Answer, right: &Answer) -> bool {
    match (left, right) {
        (Answer::Upstream(left), Answer::Upstream(right)) => {
            let seen = |forwarded: &Forwarded| {
                (forwarded.method.clone(), forwarded.target.clone(), forwarded.headers.clone())
            };
            seen(left) == seen(right)
        }
        (left, right) => left == right,
    }
}

fn seen(pair: &Pair, tally: &mut Tally) -> Result<(), String> {
    let Pair { walk, request, observed, .. } = pair;
    if observed.status == 0 || observed.status == 400 {
        return Ok(());
    }
    let is_site = |text: &str| text.starts_with("http://");
    let is_block = |text: &str| text.starts_with("handle") || text.starts_with("route") || is_site(text);
    let hits = || walk.steps.iter().filter(|step| step.verdict == Verdict::Hit);
    let last = hits().rfind(|step| is_block(&step.text));
    let block = last.and_then(|step| step.place.as_ref()).map(|place| place.line);
    let in_errors = last.is_some_and(|step| step.text == "handle_errors")
        || hits().filter(|step| is_site(&step.text)).count() > 1;
    if !in_errors && observed.block.is_some() {
        tally.compared("block");
        if block != observed.block {
            return Err(format!("block {block:?} expected, {:?} observed", observed.block));
        }
    }
    if request.method == "HEAD" {
        return Ok(());
    }
    if let (Some(line), Some(place)) = (observed.body.strip_prefix('r'), &walk.outcome.decided_by)
        && let Ok(line) = line.parse::<u32>()
    {
        tally.compared("line");
        if line != place.line {
            return Err(format!("line {} expected, {line} observed", place.line));
        }
    }
    match &walk.outcome.answer {
        Answer::Upstream(forwarded) if forwarded.method == "HEAD" || observed.body.is_empty() => Ok(()),
        Answer::Upstream(forwarded) => {
            tally.compared("upstream");
            wire::received(forwarded, &observed.body, |_| false)
        }
        Answer::File(path) => pair.is_file(path),
        _ => Ok(()),
    }
}
