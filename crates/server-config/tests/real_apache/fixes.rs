//! Every printed diff, applied to the real server, lets the request pass and leaves a control refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use server_config::{Fix, Request, apache};

use crate::observe::{Observed, send};
use crate::random::Random;
use crate::requests::{bytes, random as random_request};
use crate::server::Batch;

const WANTED: usize = 30;

/// How many kinds of fixes there must be among them, and how many servers are started to find them.
const KINDS: usize = 7;
const BATCHES: usize = 12;

#[test]
fn every_diff_applied_to_apache_lets_the_request_pass() {
    let mut random = Random::new(11);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut tried = 0;
    for _ in 0..BATCHES {
        if tried >= WANTED && kinds.len() >= KINDS {
            break;
        }
        let mut batch = Batch::start(&mut random, 30);
        for name in batch.names().to_vec() {
            let Some((request, fix)) = fixable(&mut random, &batch, &name, &kinds) else { continue };
            if apply(&mut batch, &request, &fix, &mut random, &name) {
                *kinds.entry(kind(&fix)).or_default() += 1;
                tried += 1;
            }
        }
    }
    println!("{tried} diffs applied: {kinds:?}");
    assert!(tried >= WANTED && kinds.len() >= KINDS, "{kinds:?}");
}

/// The directives that a fix writes.
fn kind(fix: &Fix) -> String {
    let added = fix.patches[0].diff.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
    let names = added.filter_map(|line| line[1..].split_whitespace().next());
    names.collect::<Vec<_>>().join(" ")
}

/// A random request that the server refuses and a fix mends, of the kind that was tried least.
fn fixable(
    random: &mut Random,
    batch: &Batch,
    name: &str,
    kinds: &BTreeMap<String, usize>,
) -> Option<(Request, Fix)> {
    let mut all = Vec::new();
    for _ in 0..40 {
        let request = random_request(random, name, batch.port());
        all.extend(batch.config.fixes(&request, &batch.files).into_iter().map(|fix| (request.clone(), fix)));
    }
    let count = |fix: &Fix| kinds.get(&kind(fix)).copied().unwrap_or(0);
    all.into_iter().min_by_key(|(_, fix)| count(fix))
}

/// `false` when no request is left that stays refused.
fn apply(batch: &mut Batch, request: &Request, fix: &Fix, random: &mut Random, name: &str) -> bool {
    let patch = &fix.patches[0];
    let patched_files = batch.files.clone().with_file(&patch.file, patch.after.as_bytes());
    let main = batch.folder().join("apache.conf").display().to_string();
    let patched = apache::load(&patched_files, &main);
    let decider = batch.config.simulate(request, &batch.files).outcome.decided_by;
    let control = (0..400).map(|_| random_request(random, name, batch.port())).find(|control| {
        let is_same = control.method == request.method && control.target == request.target;
        let before = batch.config.simulate(control, &batch.files).outcome.decided_by;
        !is_same && before == decider && patched.simulate(control, &patched_files).refuses()
    });
    let Some(control) = control else { return false };
    let before = ask(request);
    assert!(refused(&before), "{before:?}");
    let original = std::fs::read(&patch.file).expect("the file of the fix");
    patch_file(&patch.diff);
    assert_eq!(
        std::fs::read_to_string(&patch.file).expect("the patched file"),
        patch.after,
        "{}",
        patch.diff
    );
    batch.restart();
    let after = ask(request);
    assert!(!refused(&after), "{} {after:?}\n{}", fix.text, patch.diff);
    let answer = ask(&control);
    assert!(refused(&answer), "{answer:?}\n{}", patch.diff);
    std::fs::write(&patch.file, original).expect("the file of the fix");
    batch.restart();
    true
}

fn ask(request: &Request) -> Observed {
    send(request.listener.expect("an address"), &bytes(request))
}

fn refused(observed: &Observed) -> bool {
    observed.status == 0 || observed.status >= 400
}

/// The diff as an operator would apply it.
fn patch_file(diff: &str) {
    let file = std::env::temp_dir().join(format!("why403-apache-{}.diff", std::process::id()));
    std::fs::write(&file, diff).expect("a file");
    let run = Command::new("patch").args(["-s", "-p1", "-i"]).arg(&file).current_dir(Path::new("/")).status();
    assert!(run.expect("patch must be installed").success(), "{diff}");
    let _ = std::fs::remove_file(file);
}
