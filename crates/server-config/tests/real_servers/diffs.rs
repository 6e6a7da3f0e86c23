//! Every printed diff, applied to the real server, lets the request pass and leaves a control refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use server_config::{Fix, Request};

use crate::agreement::Subject;
use crate::random::Random;
use crate::wire;

/// Servers that are started to find the fixes that are wanted.
const SERVERS: usize = 12;

/// Random requests that are made to each site for one that a fix mends, and for a control.
const REQUESTS: usize = 40;
const CONTROLS: usize = 400;

/// What was applied: how many diffs had a control, by the words that they write.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) kinds: BTreeMap<String, usize>,
}

impl Applied {
    pub(crate) fn count(&self) -> usize {
        self.kinds.values().sum()
    }
}

/// Applies diffs until so many had a control, of at least so many kinds.
pub(crate) fn every_diff_lets_the_request_pass<S: Subject>(sites: usize, wanted: usize, kinds: usize) {
    let mut random = Random::new(11);
    let mut applied = Applied::default();
    let is_enough = |applied: &Applied| applied.count() >= wanted && applied.kinds.len() >= kinds;
    for _ in 0..SERVERS {
        if is_enough(&applied) {
            break;
        }
        let mut subject = S::start(&mut random, sites);
        for site in 0..subject.sites() {
            let Some((request, fix)) = fixable(&subject, &mut random, site, &applied) else { continue };
            if apply(&mut subject, &request, &fix, &mut random, site) {
                *applied.kinds.entry(kind(&fix)).or_default() += 1;
            }
        }
    }
    println!("{} diffs applied: {:?}", applied.count(), applied.kinds);
    assert!(is_enough(&applied), "{applied:?}");
}

/// The first words of the lines that a fix adds.
fn kind(fix: &Fix) -> String {
    let added = fix.patches[0].diff.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
    let names = added.filter_map(|line| line[1..].split_whitespace().find(|word| *word != "-"));
    // A change within a line is told by what it is called; numbers tell nothing.
    let mut names: Vec<String> = match fix.patches[0].diff.contains("typed_config") {
        true => vec![fix.text.split(' ').take(2).collect::<Vec<_>>().join(" ")],
        false => names.map(|name| name.replace(|c: char| c.is_ascii_digit(), "")).collect(),
    };
    names.dedup();
    names.join(" ")
}

/// A random request that the server refuses and a fix mends, of the kind that was tried least.
fn fixable<S: Subject>(
    subject: &S,
    random: &mut Random,
    site: usize,
    applied: &Applied,
) -> Option<(Request, Fix)> {
    let stand = subject.stand();
    let mut all = Vec::new();
    for _ in 0..REQUESTS {
        let request = subject.request(random, site);
        let fixes = stand.config.fixes(&request, &stand.files);
        all.extend(fixes.into_iter().map(|fix| (request.clone(), fix)));
    }
    all.into_iter().min_by_key(|(_, fix)| applied.kinds.get(&kind(fix)).copied().unwrap_or(0))
}

/// `false` when there is no request that stays refused: a client's exception lets all requests of these tests pass.
fn apply<S: Subject>(
    subject: &mut S,
    request: &Request,
    fix: &Fix,
    random: &mut Random,
    site: usize,
) -> bool {
    let before = wire::send(request);
    assert!(before.is_refusal(), "{before:?}");
    let patch = &fix.patches[0];
    let original = std::fs::read(&patch.file).expect("the file of the fix");
    let control = control(subject, request, fix, random, site);
    patch_file(&patch.diff);
    let patched = std::fs::read_to_string(&patch.file).expect("the patched file");
    assert_eq!(patched, patch.after, "{}", patch.diff);
    subject.stand_mut().restart();
    let after = wire::send(request);
    assert!(!after.is_refusal(), "{} {after:?}\n{}", fix.text, patch.diff);
    if let Some(control) = &control {
        let answer = wire::send(control);
        assert!(answer.is_refusal(), "{answer:?}\n{}", patch.diff);
    }
    std::fs::write(&patch.file, original).expect("the file of the fix");
    subject.stand_mut().restart();
    control.is_some()
}

/// Another request that is refused before and after, by the same rule if there is one.
fn control<S: Subject>(
    subject: &S,
    request: &Request,
    fix: &Fix,
    random: &mut Random,
    site: usize,
) -> Option<Request> {
    let stand = subject.stand();
    let patch = &fix.patches[0];
    let files = stand.files.clone().with_file(&patch.file, patch.after.as_bytes());
    let patched = stand.load(&files);
    let decider = stand.simulate(request).outcome.decided_by;
    let mut other = None;
    for _ in 0..CONTROLS {
        let control = subject.request(random, site);
        if control.method == request.method && control.target == request.target {
            continue;
        }
        let before = stand.simulate(&control);
        if !before.refuses() || !patched.simulate(&control, &files).refuses() {
            continue;
        }
        if before.outcome.decided_by == decider {
            return Some(control);
        }
        other = other.or(Some(control));
    }
    other
}

/// Applies the diff as an operator would.
fn patch_file(diff: &str) {
    let mut patch = Command::new("patch");
    let file = std::env::temp_dir().join(format!("why403-{}-{:?}.diff", std::process::id(), thread()));
    std::fs::write(&file, diff).expect("a file");
    patch.args(["-s", "-p1", "-i"]).arg(&file).current_dir(Path::new("/"));
    let done = crate::stand::output(patch);
    assert!(done.status.success(), "{diff}");
    let _ = std::fs::remove_file(file);
}

fn thread() -> std::thread::ThreadId {
    std::thread::current().id()
}
