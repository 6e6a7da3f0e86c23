//! Generated POSTs against Apache with mod_security2 and nginx with libmodsecurity3, both with the distribution's
//! packaged rules in blocking mode: the same status and the same rules as the engine says, or a named deviation.
//! Needs the packages of `lab/apt.txt`. `WHY403_POSTS=5000` sends more than the 500.
#![cfg(feature = "real")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

mod audit;
mod exclusion;
mod generate;
mod hostile;
mod servers;

use std::collections::BTreeSet;

use waf::{Like, OwnedRequest, RuleSet};

use generate::{Generator, Post};
use servers::{Answer, Server};

/// Requests of each run.
fn posts() -> usize {
    std::env::var("WHY403_POSTS").ok().and_then(|number| number.parse().ok()).unwrap_or(500)
}

/// What the engine says: status, and the rules that are logged without those that only sum up.
fn simulated(rules: &RuleSet, request: &OwnedRequest) -> Answer {
    let verdict = request.with(|request| rules.inspect(request));
    let status = if verdict.blocked { verdict.status.unwrap_or(403) } else { 200 };
    Answer { status, rules: verdict.logged_rules().into_iter().collect() }
}

/// Sends the posts, compares, and returns what differs: name, post, real answer, simulated answer.
fn differences(server: &mut Server, rules: &RuleSet, posts: &[Post]) -> Vec<(String, Answer, Answer)> {
    let real = server.answers(posts);
    assert_eq!(real.len(), posts.len(), "every request has an answer");
    let mut differences = Vec::new();
    for (post, real) in posts.iter().zip(real) {
        let simulated = simulated(rules, &post.request());
        if simulated != real {
            differences.push((post.describe(), real, simulated));
        }
    }
    differences
}

fn compare(like: Like, seed: u64) {
    let mut server = Server::start(like);
    let rules = RuleSet::load(&server.rules_file(), like).unwrap();
    // What is left out needs what no request carries: collections over many requests, a database of places, the DNS.
    let outside = ["fills IP", "fills GLOBAL", "fills GEO", "@geolookup", "@rbl", "@gsblookup"];
    let known =
        |reason: &str| outside.iter().any(|word| reason.to_lowercase().contains(&word.to_lowercase()));
    let unloaded: Vec<String> =
        rules.report().unloaded.iter().filter(|line| !known(&line.reason)).map(ToString::to_string).collect();
    assert_eq!(unloaded, Vec::<String>::new());
    let mut generator = Generator::new(seed);
    let posts: Vec<Post> = (0..posts()).map(|number| generator.post(number)).collect();
    let differences = differences(&mut server, &rules, &posts);
    let equal = posts.len() - differences.len();
    println!("{like}: {equal} of {} POSTs: same status and same rules", posts.len());
    for (post, real, simulated) in differences.iter().take(20) {
        println!("differs: {post}\n  real {real:?}\n  here {simulated:?}");
    }
    assert!(equal * 100 >= posts.len() * 99, "{like}: {equal} of {}", posts.len());
    let refused: BTreeSet<u32> = posts
        .iter()
        .filter(|post| simulated(&rules, &post.request()).status != 200)
        .flat_map(|post| simulated(&rules, &post.request()).rules)
        .collect();
    assert!(refused.len() > 15, "the posts trip many rules: {refused:?}");
}

#[test]
fn apache_with_mod_security2_decides_the_same() {
    compare(Like::ModSecurity2, 1);
}

#[test]
fn nginx_with_libmodsecurity3_decides_the_same() {
    compare(Like::ModSecurity3, 2);
}
