//! The CRS regression tests, as go-ftw runs them, against the engine in process.

mod oracle;
mod stage;
mod yaml;

use std::collections::BTreeSet;
use std::path::Path;

use waf::{EngineMode, Like, Options, Request, RuleSet, Verdict};

use stage::Exchange;

/// The settings of the suite: detection only, all paranoia levels, small limits, bodies of JSON answers inspected.
const SETTINGS: &str = r#"
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
SecAction "id:900001,phase:1,pass,nolog,setvar:tx.arg_length=400,setvar:tx.total_arg_length=6400,setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
"#;

/// What a run of the suite found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tests: usize,
    pub(crate) passed: usize,
    pub(crate) status_only: usize,
    pub(crate) compared: usize,
    pub(crate) equal: usize,
    pub(crate) positive: usize,
    pub(crate) located: usize,
    /// Blanked out, same length, the reported bytes lift the rule.
    pub(crate) blanked: usize,
    /// Blanked or cut out they do.
    pub(crate) lifted: usize,
    pub(crate) failures: Vec<String>,
}

impl Report {
    pub(crate) fn summary(&self) -> String {
        let percent = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
        format!(
            "passed {} of {} tests that ask the engine ({} ask the server's parser)\n\
             same rule ids as mod_security2: {} of {} ({:.2} %)\n\
             positive tests {}; the rule is located in {}; blanked out, it is lifted in {} ({:.2} % of all); blanked or cut out, in {} ({:.2} %)",
            self.passed,
            self.tests,
            self.status_only,
            self.equal,
            self.compared,
            percent(self.equal, self.compared),
            self.positive,
            self.located,
            self.blanked,
            percent(self.blanked, self.positive),
            self.lifted,
            percent(self.lifted, self.positive),
        )
    }
}

/// Loads the rules as the suite wants them.
pub(crate) fn rules(folder: &Path) -> RuleSet {
    let options =
        Options { like: Like::ModSecurity2, paranoia: Some(4), engine: Some(EngineMode::DetectionOnly) };
    RuleSet::load_with(folder, &options, SETTINGS).expect("the checkout loads")
}

/// Runs every test of a checkout.
pub(crate) fn run(folder: &Path) -> Report {
    let rules = rules(folder);
    let mut report = Report::default();
    for line in &rules.report().unloaded {
        report.failures.push(format!("not loaded: {line}"));
    }
    let oracle = oracle::read();
    for test in yaml::tests(folder) {
        if test.asks_only_status() {
            report.status_only += 1;
            continue;
        }
        report.tests += 1;
        let mut seen = BTreeSet::new();
        let mut passed = true;
        for stage in &test.stages {
            let exchange = Exchange::of(stage);
            let verdict = exchange.inspect(&rules);
            let ids: BTreeSet<u32> = verdict.logged_rules().into_iter().collect();
            let logged = |id: &u32| ids.contains(id) || verdict.bookkeeping.contains(id);
            passed &= stage.expected.iter().all(logged);
            passed &= !stage.unexpected.iter().any(logged);
            for id in &stage.expected {
                locate(&rules, &exchange, &verdict, *id, &mut report, &test.name);
            }
            seen.extend(ids);
        }
        report.passed += usize::from(passed);
        let expected = oracle.get(&(test.rule, test.number));
        let equal = expected.is_none_or(|expected| *expected == seen);
        report.compared += usize::from(expected.is_some());
        report.equal += usize::from(expected.is_some() && equal);
        if !passed || !equal {
            let expected = expected.cloned().unwrap_or_default();
            let missing: Vec<_> = expected.difference(&seen).collect();
            let extra: Vec<_> = seen.difference(&expected).collect();
            let outcome = if passed { "differs" } else { "FAILED" };
            report.failures.push(format!("{outcome} {}: missing {missing:?}, extra {extra:?}", test.name));
        }
    }
    report
}

/// Whether the places of a rule lie in the request and, blanked out, lift it.
fn locate(rules: &RuleSet, exchange: &Exchange, verdict: &Verdict, id: u32, report: &mut Report, name: &str) {
    let found: Vec<_> = verdict.matches.iter().filter(|found| found.rule == id).collect();
    if found.is_empty() || found.iter().any(|found| found.phase > 2) {
        return;
    }
    report.positive += 1;
    if found.iter().all(|found| found.places.is_empty()) {
        report.failures.push(format!("no place {name}: {id} at {}", found[0].variable));
        return;
    }
    report.located += 1;
    let headers = exchange.headers();
    let request: Request<'_> = exchange.request(&headers);
    let all: Vec<_> = found.iter().flat_map(|found| found.places.iter()).collect();
    let length = request.to_bytes().len();
    let inside = all.iter().all(|range| range.start < range.end && range.end <= length);
    let ranges: Vec<_> = all.iter().map(|range| (*range).clone()).collect();
    let blanked = exchange.blanked(&request, &ranges);
    let mut cut = exchange.clone();
    cut.cut(&request, &all);
    // What a rule demands to be another (a type that is not allowed) is lifted by leaving it out, not by other letters.
    let lifts = |changed: &Exchange| !changed.inspect(rules).matches.iter().any(|found| found.rule == id);
    let by_blanks = inside && lifts(&blanked);
    let lifted = by_blanks || inside && lifts(&cut);
    report.blanked += usize::from(by_blanks);
    report.lifted += usize::from(lifted);
    if !by_blanks {
        let how = if lifted { "not lifted by blanks" } else { "not lifted" };
        let text = String::from_utf8_lossy(&found[0].text);
        report
            .failures
            .push(format!("{how} {name}: {id} on {} {:?} {text:.60}", found[0].variable, found[0].places));
    }
}
