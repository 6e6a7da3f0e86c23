//! Rules that a simulation leaves open: where no rule that is known refuses, and the server still wrote the refusal itself,
//! one of those that are not known must have. A state that nobody gave (a rate, a certificate, what a service answers) is
//! why they are open.

use model::{Evidence, Indicator, LogLine, Sighting, Simulation, Step, Subject, Weight};

use super::{agreement, logged};

/// What an indicator looks for.
type Seek = fn(&Evidence) -> Option<Sighting>;

/// The indicator of a rule left open whose server refused by itself, see [`refused_by_itself`].
pub(crate) const fn when_refused(seek: Seek) -> Indicator {
    let because =
        "no rule that is known refuses, the server refused by itself, and of this rule it cannot be told";
    Indicator { weight: Weight::Supports, seek, because }
}

/// The indicator that quotes what shows it, see [`written_by_itself`].
pub(crate) const fn when_written(seek: Seek) -> Indicator {
    Indicator {
        weight: Weight::Hints,
        seek,
        because: "this is written by the server whose rule is left open",
    }
}

/// The indicator of the rule itself, see [`left_open`].
pub(crate) const fn when_open(seek: Seek) -> Indicator {
    Indicator {
        weight: Weight::Hints,
        seek,
        because: "a rule that can refuse is left open by the configuration",
    }
}

/// The rule left open that looks at this, or is one of these directives, if no rule that is known refuses.
pub(crate) fn left_open(evidence: &Evidence, subject: Subject, rules: &[&str]) -> Option<Sighting> {
    let (simulation, step) = open(evidence, subject, rules)?;
    let detail = format!("`{}` ({}): {}", step.rule, simulation.server, step.because);
    Some(Sighting::with(step.span?, detail))
}

/// The same, where the server that the rule belongs to wrote the refusal itself.
pub(crate) fn refused_by_itself(evidence: &Evidence, subject: Subject, rules: &[&str]) -> Option<Sighting> {
    let (simulation, _) = open(evidence, subject, rules)?;
    agreement::wrote_itself(evidence, simulation)?;
    left_open(evidence, subject, rules)
}

/// What shows that the server wrote the refusal itself.
pub(crate) fn written_by_itself(evidence: &Evidence, subject: Subject, rules: &[&str]) -> Option<Sighting> {
    let (simulation, _) = open(evidence, subject, rules)?;
    agreement::wrote_itself(evidence, simulation)
}

/// The rules left open are all about something else than what a plain access rule looks at, and no rule known refuses.
pub(crate) fn none_is_plain(evidence: &Evidence) -> Option<Sighting> {
    if evidence.simulated_denials().next().is_some() {
        return None;
    }
    let plain =
        |looks_at: &[Subject]| matches!(looks_at.first(), None | Some(Subject::Field | Subject::Origin));
    let mut rules = evidence.simulations.iter().flat_map(|simulation| &simulation.open);
    if rules.any(|rule| plain(&rule.looks_at)) {
        return None;
    }
    let (simulation, rule) = evidence.simulations.iter().find_map(|one| Some((one, one.open.first()?)))?;
    let step = simulation.steps.get(rule.step)?;
    Some(Sighting::with(step.span?, format!("`{}` may, which is about something else", step.rule)))
}

/// The line in which the service that such a rule asks refused what it was asked for this request.
pub(crate) fn service_refused(evidence: &Evidence, rules: &[&str]) -> Option<Sighting> {
    let (simulation, step) = open(evidence, Subject::Credentials, rules)?;
    let asked = questions(evidence, step);
    let status = evidence.status()?;
    let (start, end) = around(evidence)?;
    let lines = evidence.log_lines.iter().filter(|line| {
        line.time.is_some_and(|time| (start..=end).contains(&time))
            && line.field("target").is_some_and(|target| asked.iter().any(|path| same_path(target, path)))
    });
    let lines: Vec<&LogLine> = lines.collect();
    // Another answer of the service in that time may be the one that belongs to this request.
    let refused = |line: &&LogLine| line.field("status").and_then(|text| text.parse().ok()) == Some(status);
    let line = lines.first().filter(|_| lines.iter().all(refused))?;
    let detail =
        format!("asked for {}, it answered {status}, which {} passes on", asked[0], simulation.server);
    Some(Sighting::with(line.span, detail))
}

/// The seconds in which the request was answered, in milliseconds: a service is asked just before.
fn around(evidence: &Evidence) -> Option<(i64, i64)> {
    let logged = logged::lines(evidence).find_map(|line| line.time);
    let time = logged.or_else(|| Some(evidence.server_time.as_ref()?.value * 1000))?;
    Some((time - 2000, time + 1999))
}

/// What a rule asks its service for: the path that it names, and those that the configuration makes of it.
fn questions(evidence: &Evidence, step: &Step) -> Vec<String> {
    let mut paths = Vec::new();
    let argument = step.rule.split_whitespace().nth(1).unwrap_or("").trim_end_matches(';');
    for setting in &evidence.settings {
        let block = setting.context.last().map_or("", String::as_str);
        let own = match setting.name.as_str() {
            // nginx: the location that the subrequest goes to passes it on under another path.
            "proxy_pass" => !argument.is_empty() && block.split_whitespace().next_back() == Some(argument),
            // Caddy: `uri` in the block of `forward_auth`.
            "uri" => block.starts_with(&step.rule),
            _ => false,
        };
        if own {
            paths.push(path_of(setting.value.trim_end_matches(';')).to_owned());
        }
    }
    if argument.starts_with('/') {
        paths.push(argument.to_owned());
    }
    paths.retain(|path| path.len() > 1);
    paths
}

/// The path of a URL, or a path itself.
fn path_of(text: &str) -> &str {
    match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => text,
    }
}

fn same_path(target: &str, path: &str) -> bool {
    target.split('?').next() == path.split('?').next()
}

/// The first rule left open that looks at this or is one of these, in a chain of servers of which none is known to refuse.
fn open<'a>(evidence: &'a Evidence, subject: Subject, rules: &[&str]) -> Option<(&'a Simulation, &'a Step)> {
    if evidence.simulated_denials().next().is_some() {
        return None;
    }
    evidence.simulations.iter().find_map(|simulation| {
        let named = |step: &&Step| {
            rules.is_empty() || rules.iter().any(|rule| super::configuration::is_directive(&step.rule, rule))
        };
        simulation.open_for(subject).find(named).map(|step| (simulation, step))
    })
}
