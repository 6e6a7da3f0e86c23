//! What would decide: the experiment or document that separates the leading hypotheses.

use model::{Change, Confidence, Evidence, Hypothesis, Next, Outcome};

use crate::trials;

/// How many of the likeliest hypotheses the next step may be about.
const CANDIDATES: usize = 4;

/// The next step, unless the refusal is proven. The likeliest cause whose experiment was not yet run comes first:
/// likelihood per cost is as good an order as information gain when each experiment costs one request.
pub(crate) fn step(outcome: Outcome, hypotheses: &[Hypothesis], evidence: &Evidence) -> Option<Next> {
    let leading = hypotheses.first();
    if outcome == Outcome::NotRefused
        || leading.is_some_and(|leading| leading.confidence == Confidence::Proven)
    {
        return None;
    }
    let Some(leading) = leading else { return Some(nothing_known(evidence)) };
    let experiment = experiment(hypotheses, evidence);
    let document = Some(leading.cause.decided_by.to_owned()).filter(|document| !document.is_empty());
    let because = match &experiment {
        Some((_, because)) => (*because).to_owned(),
        None => format!("it would show whether it was `{}`", leading.cause.id),
    };
    Some(Next { document, experiment: experiment.map(|(change, _)| change), because })
}

/// Why a plain GET comes before a changed one.
const CONTROL: &str = "whether the target takes GET at all must be known before a changed GET can tell";

fn experiment(hypotheses: &[Hypothesis], evidence: &Evidence) -> Option<(Change, &'static str)> {
    let tried = |change: Change| {
        evidence.trials.iter().any(|trial| trial.change == change)
            || trials::changes_nothing(evidence, change)
    };
    let unsafe_request = evidence.request()?.is_unsafe();
    hypotheses.iter().take(CANDIDATES).find_map(|hypothesis| {
        let experiment = hypothesis.cause.experiments.iter().find(|experiment| !tried(experiment.change))?;
        let controlled = !unsafe_request || tried(Change::Get) || !trials::needs_control(experiment.change);
        Some(if controlled { (experiment.change, experiment.because) } else { (Change::Get, CONTROL) })
    })
}

fn nothing_known(evidence: &Evidence) -> Next {
    let document = match (evidence.response().is_some(), evidence.log_lines.is_empty()) {
        (false, _) => "the whole answer with its header (`curl -i`, or a HAR file)",
        (true, true) => "the error log of the server that answered, from the second of the refusal",
        (true, false) => "the log of the layer behind the one whose log was given",
    };
    Next {
        document: Some(document.to_owned()),
        experiment: None,
        because: "nothing given so far names a check".to_owned(),
    }
}
