//! What the configurations given say: the rule that refuses this request, settings, and header fields that a proxy changes.

use model::{
    CredentialKind, Evidence, Rewrite, Setting, Sighting, Simulation, Span, Step, StepVerdict, Subject,
};

use super::agreement;

/// The rule by which a simulated server refuses, if that rule looks at this before all else.
pub(crate) fn refused_for(evidence: &Evidence, subject: Subject) -> Option<Sighting> {
    denial(evidence, |simulation, _| simulation.looks_at.first() == Some(&subject))
        .map(|found| found.sighting())
}

/// The rule by which a simulated server refuses for this, if a log line or the answer agrees that it did.
pub(crate) fn confirmed_for(evidence: &Evidence, subject: Subject) -> Option<Sighting> {
    denial_for(evidence, subject)?.confirmed(evidence)
}

/// A forward proxy's rules are a cause of their own (`network.forward-proxy`), whatever they look at.
fn denial_for(evidence: &Evidence, subject: Subject) -> Option<Denial<'_>> {
    let forwards = setting(evidence, "http_port", |value| !value.contains("accel")).is_some();
    denial(evidence, |simulation, _| {
        simulation.looks_at.first() == Some(&subject) && !(simulation.server == "Squid" && forwards)
    })
}

/// What the deciding rule hangs on: the block or the named condition by which it looks at this.
pub(crate) fn hangs_on(evidence: &Evidence, subject: Subject) -> Option<Sighting> {
    let found = denial(evidence, |simulation, _| simulation.looks_at.contains(&subject))?;
    let written = |span: Span| evidence.sources.text(span);
    let condition = found.simulation.conditions.first().copied()?;
    Some(Sighting::with(condition, format!("`{}` hangs on `{}`", found.step.rule, written(condition))))
}

/// The rule by which a simulated server refuses, if its directive is one of `rules`.
pub(crate) fn refused_by(evidence: &Evidence, rules: &[&str]) -> Option<Sighting> {
    denial_by(evidence, rules).map(|denial| denial.sighting())
}

/// The same, with what confirms it.
pub(crate) fn denial_by<'a>(evidence: &'a Evidence, rules: &[&str]) -> Option<Denial<'a>> {
    denial(evidence, |_, step| rules.iter().any(|rule| is_directive(&step.rule, rule)))
}

/// The rule by which a simulated server refuses whatever the request carries, with what confirms it.
pub(crate) fn refused_outright<'a>(evidence: &'a Evidence, rules: &[&str]) -> Option<Denial<'a>> {
    let named = |step: &Step| rules.iter().any(|rule| is_directive(&step.rule, rule));
    let outright = |simulation: &Simulation| {
        matches!(simulation.looks_at.first(), None | Some(Subject::Field | Subject::Origin))
    };
    denial(evidence, |simulation, step| named(step) && outright(simulation))
}

/// A simulated refusal that fits the observed one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Denial<'a> {
    simulation: &'a Simulation,
    step: &'a Step,
    span: Span,
}

impl Denial<'_> {
    /// The deciding rule and its reason.
    pub(crate) fn sighting(&self) -> Sighting {
        let Denial { simulation, step, span } = self;
        Sighting::with(*span, format!("`{}` ({}): {}", step.rule, simulation.server, step.because))
    }

    /// The same, if another witness agrees: a log line, or the answer itself.
    pub(crate) fn confirmed(&self, evidence: &Evidence) -> Option<Sighting> {
        let witness = agreement::witness(evidence, self.simulation, self.step)?;
        let mut sighting = self.sighting();
        sighting.detail = sighting.detail.map(|detail| format!("{detail}; {witness}"));
        Some(sighting)
    }
}

fn denial(evidence: &Evidence, fits: impl Fn(&Simulation, &Step) -> bool) -> Option<Denial<'_>> {
    let (simulation, step) = evidence
        .simulated_denials()
        .find(|(simulation, step)| status_fits(evidence, simulation) && fits(simulation, step))?;
    let span = step.span.or_else(|| evidence.request_line())?;
    Some(Denial { simulation, step, span })
}

/// The rule at which a simulation ends without an answer, if its directive is one of `rules`: what it decides depends on
/// something that is not given, and nothing before it refuses.
pub(crate) fn stops_at(evidence: &Evidence, rules: &[&str]) -> Option<Sighting> {
    let undecided = evidence.simulations.iter().filter(|simulation| simulation.status.is_none());
    undecided.filter_map(|simulation| simulation.steps.get(simulation.decided_by?)).find_map(|step| {
        let named = rules.iter().any(|rule| is_directive(&step.rule, rule));
        let stopped = named && step.verdict == StepVerdict::Unknown;
        stopped.then_some(step.span).flatten().map(|span| Sighting::with(span, step.because.clone()))
    })
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

/// The file that the last of the servers answers with by its configuration, every rule known: it is no rule that refuses.
pub(crate) fn sends_a_file(evidence: &Evidence) -> Option<Sighting> {
    if agreement::rule_logged(evidence).is_some() {
        return None;
    }
    let last = evidence.simulations.last()?;
    let path = last.sends.as_ref()?;
    let span = last.steps.iter().rev().find_map(|step| step.span).or_else(|| evidence.request_line())?;
    let known = evidence.simulations.iter().all(Simulation::is_certain);
    known.then(|| Sighting::with(span, path.clone()))
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
    Some(Sighting::with(span, format!("{} does not pass {name} on", simulation.server)).of_field(name))
}

/// A credential of the request that a simulated server does not pass on.
pub(crate) fn credential_dropped(evidence: &Evidence) -> Option<Sighting> {
    let credentials =
        evidence.credentials.iter().filter(|one| !matches!(one.kind, CredentialKind::CsrfToken));
    credentials.into_iter().find_map(|credential| match credential.kind {
        CredentialKind::SessionCookie => dropped(evidence, "cookie"),
        _ => dropped(evidence, &credential.carrier),
    })
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
    Some(Sighting::with(span, format!("{server} turns {name}: {before} into {name}: {after}")).of_field(name))
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
pub(crate) fn is_directive(rule: &str, directive: &str) -> bool {
    rule.get(..directive.len()).is_some_and(|start| start.eq_ignore_ascii_case(directive))
        && rule[directive.len()..]
            .chars()
            .next()
            .is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '-')
}

fn written(setting: &Setting) -> String {
    format!("{} {}", setting.name, setting.value).trim_end().to_owned()
}
