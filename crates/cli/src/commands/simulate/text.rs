//! The walk for people: the answer, each hop rule by rule, whom each layer takes for the client, and the fixes.

use std::fmt::Write as _;

use server_config::chain::Hop;
use server_config::fix::tempting;
use server_config::walk::{Forwarded, HowChanged, Verdict};
use server_config::{Answer, Step, Value};

use super::{End, Report};

/// Columns of the phase and of the place.
const PHASE: usize = 12;
const PLACE: usize = 28;

// Writing to a string cannot fail, so its results are dropped throughout.
pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    headline(report, &mut out);
    for (number, hop) in report.hops.iter().enumerate() {
        self::hop(report, number, hop, &mut out);
    }
    beliefs(report, &mut out);
    fixes(report, &mut out);
    let unknown = report.unknown();
    if !unknown.is_empty() {
        let _ = writeln!(out, "\nNot known, and so taken as it most often is or left open");
        for need in unknown {
            let _ = writeln!(out, "  ? {}", report.safe(&need));
        }
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "\nwarning: {}", report.safe(warning));
    }
    out
}

fn headline(report: &Report, out: &mut String) {
    let status =
        report.status().map_or_else(|| "closed without an answer".to_owned(), |status| status.to_string());
    let answer = report.hops.last().map(|hop| &hop.walk.outcome.answer);
    let line = match (report.end(), answer) {
        (End::Refused, _) => format!("refused: {status}"),
        (_, Some(Answer::Unknown(needs))) => format!("it cannot be told: needs {needs}"),
        (_, Some(Answer::Upstream(forwarded))) => format!("passed on to {}", forwarded.destination),
        (_, Some(Answer::File(path))) => format!("answered with the file {path}"),
        _ => format!("answered: {status}"),
    };
    let _ = writeln!(out, "{}", report.safe(&line));
    if let Some((place, text)) = report.decided_by() {
        let _ = writeln!(out, "  by {}: {}", report.safe(&place.to_string()), report.safe(&text));
    }
    let conditions = report.hops.last().map_or(&[][..], |hop| hop.walk.outcome.conditions.as_slice());
    for condition in conditions {
        let place = report.safe(&condition.place.to_string());
        let _ = writeln!(out, "  in {place}: {}", report.safe(&condition.text));
    }
}

fn hop(report: &Report, number: usize, hop: &Hop, out: &mut String) {
    let server = &report.given.servers[hop.server];
    let name = report.safe(&report.given.names[hop.server]);
    let request = format!("{} {}", hop.request.method, hop.request.target);
    let _ = writeln!(
        out,
        "\nHop {}: {} ({name})  {}",
        number + 1,
        server.configuration.product(),
        report.safe(&request)
    );
    for step in &hop.walk.steps {
        self::step(report, step, step.place.is_some() && step.place == hop.walk.outcome.decided_by, out);
    }
    if let Answer::Upstream(forwarded) = &hop.walk.outcome.answer {
        forwards(report, forwarded, out);
    }
}

fn step(report: &Report, step: &Step, decides: bool, out: &mut String) {
    let mark = match step.verdict {
        // A requirement that is not met decides as much as a rule that is.
        Verdict::Hit | Verdict::Miss if decides => "=>",
        Verdict::Hit => " +",
        Verdict::Miss => " -",
        Verdict::Unknown(_) => " ?",
    };
    let place = step.place.as_ref().map_or_else(String::new, |place| report.safe(&place.to_string()));
    let _ = writeln!(out, "{mark} {:<PHASE$} {place:<PLACE$} {}", step.phase, report.safe(&step.text));
    let _ = writeln!(out, "   {:<PHASE$} {:<PLACE$}   {}", "", "", report.safe(&step.because));
    for loser in &step.losers {
        let place = loser.place.as_ref().map_or_else(String::new, |place| report.safe(&place.to_string()));
        let text = format!("{}: {}", loser.text, loser.because);
        let _ = writeln!(out, "   {:<PHASE$} {place:<PLACE$} not {}", "", report.safe(&text));
    }
}

fn forwards(report: &Report, forwarded: &Forwarded, out: &mut String) {
    let target = forwarded.target.known().unwrap_or("(not known)");
    let _ = writeln!(out, "  passes on to {}", report.safe(&forwarded.destination));
    let _ = writeln!(out, "    {} {}", report.safe(&forwarded.method), report.safe(target));
    for header in &forwarded.headers {
        let value = match &header.value {
            Value::Known(value) => value.clone(),
            Value::Unknown(needs) => format!("(not known: {needs})"),
        };
        let _ = writeln!(out, "    {}", report.safe(&format!("{}: {value}", header.name)));
    }
    for change in &forwarded.changes {
        let how = match change.how {
            HowChanged::Added => "adds",
            HowChanged::Rewritten => "rewrites",
            HowChanged::Dropped => "drops",
        };
        let place = change.place.as_ref().map_or_else(String::new, |place| format!(" ({place})"));
        let _ =
            writeln!(out, "  {how} {}", report.safe(&format!("{}: {}{place}", change.name, change.because)));
    }
}

fn beliefs(report: &Report, out: &mut String) {
    let _ = writeln!(out, "\nWhom each layer takes for the client");
    for hop in &report.hops {
        let belief = &hop.walk.client;
        let address = belief.address.map_or_else(|| "not known".to_owned(), |address| address.to_string());
        let product = report.given.servers[hop.server].configuration.product().to_string();
        let place = belief.place.as_ref().map_or_else(String::new, |place| format!(" ({place})"));
        let from = intake::simulation::believed_from(belief);
        let _ =
            writeln!(out, "  {product:<14} {address:<16} from {}", report.safe(&format!("{from}{place}")));
    }
}

fn fixes(report: &Report, out: &mut String) {
    if report.end() != End::Refused {
        return;
    }
    if !report.fixes.is_empty() {
        let _ = writeln!(out, "\nWhat would let it pass");
    }
    for (fix, width) in &report.fixes {
        let _ = writeln!(out, "  * {}", report.safe(&fix.text));
        for line in fix.patches.iter().flat_map(|patch| patch.diff.lines()) {
            let _ = writeln!(out, "    {}", report.safe(line));
        }
        let _ = writeln!(out, "    opens: {}", report.safe(&fix.opens));
        if let Some(width) = width {
            let _ = writeln!(out, "    {}", report.safe(&width.to_string()));
        }
    }
    let rule = report.decided_by().map_or_else(String::new, |(_, line)| line);
    for grant in tempting(&rule, report.status()) {
        let _ = writeln!(out, "  never `{}`: {}", grant.name, grant.because);
    }
}
