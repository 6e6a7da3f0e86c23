//! Every printed diff, applied to the real server, lets the request pass and leaves a control refused.

use std::path::Path;
use std::process::Command;

use server_config::{Fix, Request, nginx};

use crate::observe::{Observed, send};
use crate::random::Random;
use crate::requests::{bytes, random as random_request};
use crate::server::Batch;

const WANTED: usize = 40;

#[test]
fn every_diff_applied_to_nginx_lets_the_request_pass() {
    let mut random = Random::new(11);
    let mut tried = 0;
    while tried < WANTED {
        let mut batch = Batch::start(&mut random, 30);
        for name in batch.names().to_vec() {
            let Some((request, fix)) = fixable(&mut random, &batch, &name) else { continue };
            apply(&mut batch, &request, &fix, &mut random, &name);
            tried += 1;
        }
    }
}

/// A random request that the server refuses and a fix mends.
fn fixable(random: &mut Random, batch: &Batch, name: &str) -> Option<(Request, Fix)> {
    (0..40).find_map(|_| {
        let request = random_request(random, name, batch.port());
        let mut fixes = batch.config.fixes(&request, &batch.files);
        (!fixes.is_empty()).then(|| (request, fixes.swap_remove(random.below(fixes.len()))))
    })
}

fn apply(batch: &mut Batch, request: &Request, fix: &Fix, random: &mut Random, name: &str) {
    let before = send(batch.address(), &bytes(request));
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
    let after = send(batch.address(), &bytes(request));
    assert!(!refused(&after), "{} {after:?}\n{}", fix.text, patch.diff);
    let main = batch.folder().join("nginx.conf").display().to_string();
    let patched = nginx::load(&batch.files, &main);
    let control = (0..500).map(|_| random_request(random, name, batch.port())).find(|control| {
        batch.config.simulate(control, &batch.files).refuses()
            && patched.simulate(control, &batch.files).refuses()
    });
    let control = control.expect("a request that stays refused");
    let answer = send(batch.address(), &bytes(&control));
    assert!(refused(&answer), "{answer:?}");
    std::fs::write(&patch.file, original).expect("the file of the fix");
    batch.restart();
}

fn refused(observed: &Observed) -> bool {
    observed.status == 0 || observed.status >= 400
}

/// The diff as an operator would apply it.
fn patch_file(diff: &str) {
    let file = std::env::temp_dir().join(format!("why403-{}.diff", std::process::id()));
    std::fs::write(&file, diff).expect("a file");
    let run = Command::new("patch").args(["-s", "-p1", "-i"]).arg(&file).current_dir(Path::new("/")).status();
    assert!(run.expect("patch must be installed").success(), "{diff}");
}
