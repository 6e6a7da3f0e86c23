//! What the lab prints.

use std::io::Write;

use crate::course::Outcome;
use crate::scenario::Scenario;

/// Prints the table, every fault, and the closing line. Whether all passed.
pub(crate) fn print(scenarios: &[Scenario], outcomes: &[Outcome]) -> bool {
    let mut out = String::new();
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    for (scenario, outcome) in scenarios.iter().zip(outcomes) {
        out += &row(width, scenario, outcome);
    }
    for (scenario, outcome) in
        scenarios.iter().zip(outcomes).filter(|(_, outcome)| !outcome.faults.is_empty())
    {
        out += &format!("\n{}: {}\n", scenario.name, scenario.title);
        for fault in &outcome.faults {
            out += &format!("  {}\n", fault.replace('\n', "\n    "));
        }
    }
    let again: Vec<_> =
        scenarios.iter().zip(outcomes).filter(|(_, outcome)| !outcome.before.is_empty()).collect();
    for (scenario, outcome) in &again {
        out += &format!("\nrun once more: {}, for\n", scenario.name);
        for fault in &outcome.before {
            out += &format!("  {}\n", fault.replace('\n', "\n    "));
        }
    }
    out += &logs(scenarios, outcomes);
    let passed = outcomes.iter().filter(|outcome| outcome.faults.is_empty()).count();
    let failed = outcomes.len() - passed;
    out += &format!("\n{passed} passed, {failed} failed, {} run once more\n", again.len());
    write(&mut std::io::stdout(), &out);
    passed == outcomes.len()
}

/// How many refusals that left lines in logs are proven with such a line quoted, from documents; and which are not.
fn logs(scenarios: &[Scenario], outcomes: &[Outcome]) -> String {
    let mut all = Vec::new();
    for (scenario, outcome) in scenarios.iter().zip(outcomes) {
        all.extend(outcome.logged.iter().map(|logged| (scenario, logged)));
    }
    let (proven, others): (Vec<_>, Vec<_>) =
        all.iter().partition(|(_, logged)| logged.proven && logged.line.is_some());
    let mut out = format!(
        "\nof {} refusals with lines in logs, {} are proven with a line quoted; the others:\n",
        all.len(),
        proven.len()
    );
    for (scenario, logged) in others {
        let proven = if logged.proven { "proven" } else { "not proven" };
        out +=
            &format!("  {}: {proven}, {}\n", scenario.name, logged.line.as_deref().unwrap_or("none quoted"));
    }
    out
}

/// One line as soon as a scenario is through.
pub(crate) fn progress(scenario: &Scenario, outcome: &Outcome) {
    write(&mut std::io::stderr(), &format!("{} {}\n", mark(outcome), scenario.name));
}

/// Names, causes and titles.
pub(crate) fn list(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let (name, refusal) = (&scenario.name, &scenario.refusal);
        let line = format!("{name:40} {:28} {:?}: {}\n", refusal.cause, scenario.kind, scenario.title);
        write(&mut std::io::stdout(), &line);
    }
}

/// An error that ended the run.
pub(crate) fn complain(error: &str) {
    write(&mut std::io::stderr(), &format!("error: {error}\n"));
}

fn row(width: usize, scenario: &Scenario, outcome: &Outcome) -> String {
    let refusal = &scenario.refusal;
    let root = refusal.root.as_ref().map(|root| format!(" < {root}")).unwrap_or_default();
    let mut row = format!("{} {:width$}  {}{root}\n", mark(outcome), scenario.name, refusal.cause);
    for answer in &outcome.answers {
        row += &format!("     {:width$}    {answer}\n", "");
    }
    row
}

fn mark(outcome: &Outcome) -> &'static str {
    if outcome.faults.is_empty() { "ok  " } else { "FAIL" }
}

/// A closed pipe is no reason to stop the servers half-way.
fn write(to: &mut dyn Write, text: &str) {
    let _ = to.write_all(text.as_bytes());
}
