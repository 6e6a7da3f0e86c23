//! What the configurations given say: the rule that refuses this request, settings, and header fields that a proxy changes.

use model::{Evidence, Rewrite, Setting, Sighting, Simulation, StepVerdict};

/// The rule by which a simulated server refuses, if its directive is one of `rules` and the status fits the answer.
pub(crate) fn refused_by(evidence: &Evidence, rules: &[&str]) -> Option<Sighting> {
    let (simulation, step) = evidence.simulated_denials().find(|(simulation, step)| {
        status_fits(evidence, simulation) && rules.iter().any(|rule| is_directive(&step.rule, rule))
    })?;
    let span = step.span.or_else(|| evidence.request_line())?;
    Some(Sighting::with(span, format!("{} ({}): {}", step.rule, simulation.server, step.because)))
}

/// The rule by which a simulated server refuses, if what it looks at is one of `subjects`: a word in the rule or its reason.
pub(crate) fn refused_for(evidence: &Evidence, subjects: &[&str]) -> Option<Sighting> {
    let (simulation, step) = evidence.simulated_denials().find(|(simulation, step)| {
        let written = step.span.map_or_else(String::new, |span| evidence.sources.text(span));
        let text = format!("{} {written} {}", step.rule, step.because).to_ascii_lowercase();
        status_fits(evidence, simulation) && subjects.iter().any(|subject| text.contains(subject))
    })?;
    let span = step.span.or_else(|| evidence.request_line())?;
    Some(Sighting::with(span, format!("{} ({}): {}", step.rule, simulation.server, step.because)))
}

/// A simulated server that passes the request on, every rule of it known: it did not refuse by its own rules.
pub(crate) fn passed_on(evidence: &Evidence) -> Option<Sighting> {
    let settled = |simulation: &&Simulation| {
        let undecided = |verdict| matches!(verdict, StepVerdict::Deny | StepVerdict::Unknown);
        simulation.status.is_none() && !simulation.steps.iter().any(|step| undecided(step.verdict))
    };
    if evidence.simulations.is_empty() || !evidence.simulations.iter().all(|simulation| settled(&simulation))
    {
        return None;
    }
    let span =
        evidence.simulations.iter().flat_map(|simulation| &simulation.steps).find_map(|step| step.span);
    span.or_else(|| evidence.request_line()).map(Sighting::at)
}

/// The first directive of that name whose value satisfies a test.
pub(crate) fn setting(evidence: &Evidence, name: &str, holds: impl Fn(&str) -> bool) -> Option<Sighting> {
    let setting = evidence.settings(name).find(|setting| holds(&setting.value))?;
    Some(Sighting::with(setting.span, written(setting)))
}

/// The first directive of one of these names, whatever its value.
pub(crate) fn any_setting(evidence: &Evidence, names: &[&str]) -> Option<Sighting> {
    let setting = evidence.settings.iter().find(|setting| names.contains(&setting.name.as_str()))?;
    Some(Sighting::with(setting.span, written(setting)))
}

/// A field of that name that a simulated server does not pass on, though the request carries it.
pub(crate) fn dropped(evidence: &Evidence, name: &str) -> Option<Sighting> {
    let (simulation, rewrite) = rewritten(evidence, name).find(|(_, rewrite)| {
        rewrite.before.is_some() && rewrite.after.as_deref().is_none_or(str::is_empty)
    })?;
    let span = rewrite.span.or_else(|| evidence.request_header(name).map(|(_, span)| span))?;
    Some(Sighting::with(span, format!("{} does not pass {name} on", simulation.server)))
}

/// A field of that name that a simulated server passes on with another value.
pub(crate) fn changed(evidence: &Evidence, name: &str) -> Option<Sighting> {
    let (simulation, before, after, rewrite) =
        rewritten(evidence, name).find_map(|(simulation, rewrite)| {
            let (before, after) = (rewrite.before.as_deref()?, rewrite.after.as_deref()?);
            (!before.eq_ignore_ascii_case(after)).then_some((simulation, before, after, rewrite))
        })?;
    let span = rewrite.span.or_else(|| evidence.request_line())?;
    let server = &simulation.server;
    Some(Sighting::with(span, format!("{server} turns {name}: {before} into {name}: {after}")))
}

/// The changes that simulated servers make to fields of one name.
fn rewritten<'a>(
    evidence: &'a Evidence,
    name: &'a str,
) -> impl Iterator<Item = (&'a Simulation, &'a Rewrite)> {
    evidence.simulations.iter().flat_map(move |simulation| {
        let named =
            simulation.rewritten.iter().filter(move |rewrite| rewrite.name.eq_ignore_ascii_case(name));
        named.map(move |rewrite| (simulation, rewrite))
    })
}

/// A simulated refusal with another status than the one observed is not the refusal that was observed.
fn status_fits(evidence: &Evidence, simulation: &Simulation) -> bool {
    match (simulation.status, evidence.status()) {
        (Some(simulated), Some(observed)) => simulated == observed,
        _ => true,
    }
}

/// Whether a step's rule is this directive, with or without its arguments.
fn is_directive(rule: &str, directive: &str) -> bool {
    rule.get(..directive.len()).is_some_and(|start| start.eq_ignore_ascii_case(directive))
        && rule[directive.len()..]
            .chars()
            .next()
            .is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '-')
}

fn written(setting: &Setting) -> String {
    format!("{} {}", setting.name, setting.value).trim_end().to_owned()
}
