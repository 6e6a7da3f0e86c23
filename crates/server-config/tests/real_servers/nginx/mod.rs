//! The simulator against the real nginx: status, deciding line and block, the file, what the upstream received.

mod crossplane;
mod generate;
mod requests;
mod server;
mod shipped;

use server_config::Request;
use server_config::walk::{Answer, Verdict, Walk};

use crate::agreement::{Pair, Subject, Tally, compare, numbered};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// nginx with a server of its own for each name.
struct Nginx {
    stand: Stand,
    names: Vec<String>,
    port: u16,
}

impl Subject for Nginx {
    const SITES: usize = 40;
    const REQUESTS: usize = 25;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, names, port) = server::start(random, sites);
        Self { stand, names, port }
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
        requests::random(random, &self.names[site], self.port)
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        let Pair { walk, request, observed, .. } = pair;
        if observed.status == 0
            || walk.steps.iter().any(|step| step.phase == "request" && step.verdict == Verdict::Hit)
        {
            return Ok(());
        }
        let block = final_block(walk);
        if block.is_some() && observed.block.is_some() {
            tally.compared("block");
            if block != observed.block {
                return Err(format!("block {block:?} expected, {:?} observed", observed.block));
            }
        }
        if request.method == "HEAD" {
            return Ok(());
        }
        // A `return` with a text says its line; behind an error page the rule that refused is named instead.
        let has_page = walk.steps.iter().any(|step| step.phase == "error-page");
        if !has_page
            && let (Some(line), Some(place)) = (observed.body.strip_prefix('r'), &walk.outcome.decided_by)
            && let Ok(line) = line.parse::<u32>()
        {
            tally.compared("line");
            if line != place.line {
                return Err(format!("line {} expected, {line} observed", place.line));
            }
        }
        match &walk.outcome.answer {
            Answer::Upstream(forwarded) => {
                tally.compared("upstream");
                wire::received(forwarded, &observed.body, |_| false)
            }
            Answer::File(path) => pair.is_file(path),
            _ => Ok(()),
        }
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let host = pair.request.header("Host").and_then(|host| host.known()).unwrap_or("");
        numbered(&self.stand.folder.join(format!("servers/{host}.conf")))
    }
}

#[test]
fn the_simulator_agrees_with_nginx() {
    compare::<Nginx>(2000, 0.05);
}

#[test]
fn every_diff_applied_to_nginx_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<Nginx>(30, 40, 1);
}

/// The block whose `add_header` the answer carries: the last location, `if`, or the server itself.
fn final_block(walk: &Walk) -> Option<u32> {
    let mut block = Some(1);
    let mut is_server = true;
    for step in &walk.steps {
        let line = step.place.as_ref().map(|place| place.line);
        match step.phase {
            "location" if step.verdict == Verdict::Hit && step.text.starts_with("location") => {
                // These are written in one line, without a mark of their own.
                let bare = ["/auth", "/deny", "/auth-file"]
                    .iter()
                    .any(|name| step.text == format!("location = {name}"));
                (block, is_server) = (if bare { Some(1) } else { line }, false);
            }
            "location" if step.because.starts_with("no location matches") => {
                (block, is_server) = (Some(1), true)
            }
            "rewrite" if is_server => block = Some(1),
            "rewrite" if step.verdict == Verdict::Hit && step.text.starts_with("if ") => block = line,
            // Behind an internal redirect the server's own directives come first.
            "error-page" | "try-files" => {
                is_server = step.because.starts_with("none") || step.phase == "error-page"
            }
            _ => {}
        }
    }
    // An answer of the server's own `return` after a redirect is not told apart here.
    (!is_server || block == Some(1)).then_some(block).flatten().filter(|_| !ends_in_redirect(walk))
}

fn ends_in_redirect(walk: &Walk) -> bool {
    let moves = |phase: &str| matches!(phase, "error-page" | "try-files");
    let last_move =
        walk.steps.iter().rposition(|step| moves(step.phase) || step.because.starts_with("there is `"));
    let last_location = walk.steps.iter().rposition(|step| step.phase == "location");
    last_move > last_location
}
