//! Every printed diff, applied to the real server, lets the request pass and leaves a control refused.

use std::path::Path;
use std::process::Command;

use server_config::{Fix, Request, squid};

use crate::observe::{Observed, send};
use crate::random::Random;
use crate::requests::{bytes, random as random_request};
use crate::server::Batch;

const WANTED: usize = 8;
const PORTS: usize = 8;

#[test]
fn every_diff_applied_to_squid_lets_the_request_pass() {
    let mut random = Random::new(11);
    let mut tried = 0;
    while tried < WANTED {
        let mut batch = Batch::start(&mut random, PORTS);
        for port in 0..PORTS {
            let Some((request, fix)) = fixable(&mut random, &batch, port) else { continue };
            tried += usize::from(apply(&mut batch, &request, &fix, &mut random, port));
        }
    }
}

/// A random request that the server refuses and a fix mends.
fn fixable(random: &mut Random, batch: &Batch, port: usize) -> Option<(Request, Fix)> {
    (0..20).find_map(|_| {
        let request = random_request(random, batch.address(port), batch.upstream);
        let mut fixes = batch.config.fixes(&request, &batch.files);
        (!fixes.is_empty()).then(|| (request, fixes.swap_remove(random.below(fixes.len()))))
    })
}

/// Whether a control was found: a client's exception lets all requests of these tests pass.
fn apply(batch: &mut Batch, request: &Request, fix: &Fix, random: &mut Random, port: usize) -> bool {
    let before = send(batch.address(port), &bytes(request));
    assert!(refused(&before), "{before:?}");
    let patch = &fix.patches[0];
    let original = std::fs::read(&patch.file).expect("the file of the fix");
    patch_file(&patch.diff);
    assert_eq!(
        std::fs::read_to_string(&patch.file).expect("the patched file"),
        patch.after,
        "{}",
        patch.diff
    );
    batch.restart();
    let after = send(batch.address(port), &bytes(request));
    assert!(!refused(&after), "{} {after:?}\n{}", fix.text, patch.diff);
    let patched = squid::load(&batch.files, &batch.main().display().to_string());
    let control =
        (0..300).map(|_| random_request(random, batch.address(port), batch.upstream)).find(|control| {
            batch.config.simulate(control, &batch.files).refuses()
                && patched.simulate(control, &batch.files).refuses()
        });
    if let Some(control) = &control {
        let answer = send(batch.address(port), &bytes(control));
        assert!(refused(&answer), "{answer:?}");
    }
    std::fs::write(&patch.file, original).expect("the file of the fix");
    batch.restart();
    control.is_some()
}

fn refused(observed: &Observed) -> bool {
    observed.status == 0 || observed.status >= 400
}

/// The diff as an operator would apply it.
fn patch_file(diff: &str) {
    let file = std::env::temp_dir().join(format!("why403-squid-{}.diff", std::process::id()));
    std::fs::write(&file, diff).expect("a file");
    let run = Command::new("patch").args(["-s", "-p1", "-i"]).arg(&file).current_dir(Path::new("/")).status();
    assert!(run.expect("patch must be installed").success(), "{diff}");
}
