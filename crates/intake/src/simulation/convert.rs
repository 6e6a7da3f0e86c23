//! A walk of the engine as evidence: every place becomes a span of a source.

use model::{Evidence, Rewrite, Simulation, SourceId, SourceKind, Span, Step, StepVerdict, Subject};
use server_config::chain::Hop;
use server_config::walk::{Forwarded, HeaderChange, HowChanged, Outcome, Walk};
use server_config::{Answer, Header, Place, Sources, Value, Verdict};

use super::servers::Given;
use super::{open, subject};

/// One hop as evidence.
pub(super) fn simulation(evidence: &mut Evidence, given: &Given, hop: &Hop) -> Simulation {
    let server = &given.servers[hop.server];
    let mut written =
        Written { evidence, sources: server.configuration.sources(), document: &given.names[hop.server] };
    let walk = &hop.walk;
    let mut steps: Vec<Step> = walk.steps.iter().map(|step| written.step(step)).collect();
    let decided_by = decided_by(&mut steps, walk, &mut written);
    let outcome = &walk.outcome;
    let looks_at = decided_by.filter(|_| walk.refuses()).map_or_else(Vec::new, |at| {
        let texts: Vec<&str> = outcome.conditions.iter().map(|condition| condition.text.as_str()).collect();
        subject::subjects(&steps[at].rule, &steps[at].because, &texts)
    });
    let conditions = conditions(outcome, looks_at.first(), &mut written);
    let mut rewritten = match &outcome.answer {
        Answer::Upstream(forwarded) => rewritten(&mut written, hop, forwarded),
        _ => Vec::new(),
    };
    for rewrite in rewritten.iter_mut().filter(|rewrite| rewrite.before.is_some()) {
        let fixes = server.configuration.header_fixes(&hop.request, &server.files, &rewrite.name);
        rewrite.fixes = fixes.into_iter().map(super::fix).collect();
    }
    let open = open::rules(evidence, &steps);
    Simulation {
        server: server.configuration.product().to_string(),
        client: walk.client.address,
        steps,
        status: status(&outcome.answer),
        sends: match &outcome.answer {
            Answer::File(path) => Some(path.clone()),
            _ => None,
        },
        decided_by,
        conditions,
        looks_at,
        open,
        in_front: hop.assuming.first().map(|needs| format!("it is taken for granted {needs}")),
        assuming: hop.assuming.iter().chain(&outcome.assuming).map(ToString::to_string).collect(),
        rewritten,
    }
}

/// The places of the conditions, those first that look at what the rule hangs on.
fn conditions(outcome: &Outcome, telling: Option<&Subject>, written: &mut Written) -> Vec<Span> {
    let mut conditions: Vec<_> = outcome.conditions.iter().collect();
    conditions.sort_by_key(|condition| {
        let looks_at = subject::subjects("", "", &[condition.text.as_str()]);
        !telling.is_some_and(|telling| looks_at.contains(telling))
    });
    conditions.into_iter().map(|condition| written.span(&condition.place, &condition.text)).collect()
}

fn status(answer: &Answer) -> Option<u16> {
    match answer {
        Answer::Status(status) => Some(*status),
        Answer::File(_) => Some(200),
        Answer::Upstream(_) | Answer::Closed | Answer::Unknown(_) => None,
    }
}

/// The step that decided; one is added where the server decides without being told.
fn decided_by(steps: &mut Vec<Step>, walk: &Walk, written: &mut Written) -> Option<usize> {
    let deciding = walk.outcome.decided_by.as_ref();
    let at = walk.steps.iter().rposition(|step| step.place.is_some() && step.place.as_ref() == deciding);
    if !walk.refuses() {
        return at;
    }
    let last = walk.steps.iter().rposition(|step| step.verdict == Verdict::Hit);
    let at = at.or(last.filter(|&last| deciding.is_none() || walk.steps[last].place.is_none()));
    let at = at.unwrap_or_else(|| {
        let rule =
            deciding.and_then(|place| written.sources.line(place)).unwrap_or_default().trim().to_owned();
        let because = "this answers the request".to_owned();
        let (phase, verdict) = ("answer".to_owned(), StepVerdict::Deny);
        steps.push(Step { phase, span: None, rule, verdict, because });
        steps.len() - 1
    });
    steps[at].verdict = StepVerdict::Deny;
    if steps[at].span.is_none() {
        steps[at].span = deciding.map(|place| written.span(place, ""));
    }
    Some(at)
}

/// What the next hop sees otherwise.
fn rewritten(written: &mut Written, hop: &Hop, forwarded: &Forwarded) -> Vec<Rewrite> {
    let changes = forwarded.changes.iter().filter_map(|change| rewrite(written, hop, forwarded, change));
    changes.collect()
}

fn rewrite(
    written: &mut Written,
    hop: &Hop,
    forwarded: &Forwarded,
    change: &HeaderChange,
) -> Option<Rewrite> {
    let value = |headers: &[Header]| -> Option<Value> {
        headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(&change.name))
            .map(|header| header.value.clone())
    };
    let text = |value: Option<Value>| match value {
        None => Some(None),
        Some(Value::Known(text)) => Some(Some(text)),
        // A value that is not known cannot be held against another.
        Some(Value::Unknown(_)) => None,
    };
    let before = text(value(&hop.request.headers))?;
    let after = if change.how == HowChanged::Dropped { None } else { text(value(&forwarded.headers))? };
    // What the server does without being told is quoted where the request is passed on.
    let place = change.place.as_ref().or(hop.walk.outcome.decided_by.as_ref());
    let span = place.map(|place| written.span(place, ""));
    let (name, fixes) = (change.name.clone(), Vec::new());
    (before != after).then_some(Rewrite { name, before, after, span, fixes })
}

/// The sources of one configuration, as they become sources of the evidence.
struct Written<'a> {
    evidence: &'a mut Evidence,
    sources: &'a Sources,
    /// The document that the configuration was given as.
    document: &'a str,
}

impl Written<'_> {
    fn step(&mut self, step: &server_config::Step) -> Step {
        let verdict = match step.verdict {
            Verdict::Hit => StepVerdict::Pass,
            Verdict::Miss => StepVerdict::Miss,
            Verdict::Unknown(_) => StepVerdict::Unknown,
        };
        let span = step.place.as_ref().map(|place| self.span(place, &step.text));
        let (phase, rule, because) = (step.phase.to_owned(), step.text.clone(), step.because.clone());
        Step { phase, rule, span, verdict, because }
    }

    /// The span of a rule: its text where it stands so on its line, else the rest of the line.
    fn span(&mut self, place: &Place, text: &str) -> Span {
        let source = self.source(&place.file);
        let bytes = &self.evidence.sources.get(source).bytes;
        let mut start = 0;
        for _ in 1..place.line {
            match memchr::memchr(b'\n', &bytes[start..]) {
                Some(end) => start += end + 1,
                None => break,
            }
        }
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |end| start + end);
        let column = (place.column.max(1) as usize - 1).min(end - start);
        let line = &bytes[start + column..end];
        let length = if !text.is_empty() && line.starts_with(text.as_bytes()) {
            text.len()
        } else {
            line.trim_ascii_end().len()
        };
        Span { source, start: start + column, end: start + column + length }
    }

    /// The document of that name; a file that was included is kept as well.
    fn source(&mut self, file: &str) -> SourceId {
        if let Some((id, _)) = self.evidence.sources.iter().find(|(_, source)| source.name == file) {
            return id;
        }
        let bytes = self.sources.get(file).map_or_else(Vec::new, |source| source.bytes.to_vec());
        let document = self.evidence.sources.iter().find(|(_, source)| source.name == self.document);
        match document.map(|(id, _)| self.evidence.sources.whole(id)) {
            Some(origin) => self.evidence.sources.derive(origin, file, SourceKind::Config, bytes),
            None => self.evidence.sources.add(file, SourceKind::Config, bytes),
        }
    }
}
