//! What the experiments that were run say of a cause.

use model::{Answer, Cause, Change, Evidence, Experiment, Finding, Trial, Weight};

/// The findings of all trials that one of the cause's experiments predicted.
pub(crate) fn findings(cause: &Cause, evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    for trial in evidence.trials.iter().filter(|trial| !changes_nothing(evidence, trial.change)) {
        let Some(response) = &trial.exchange.response else { continue };
        for experiment in cause.experiments.iter().filter(|experiment| experiment.change == trial.change) {
            let Some((weight, because)) = told(evidence, trial, experiment) else { continue };
            findings.push(Finding { weight, because, span: response.message.start_line });
        }
    }
    findings
}

/// What a trial tells of a prediction; nothing where another reason would give the same answer.
fn told(evidence: &Evidence, trial: &Trial, experiment: &Experiment) -> Option<(Weight, String)> {
    let purpose = trial.change.purpose();
    if trial.answer.fulfils(experiment.predicts) {
        let told = !is_confounded(evidence, trial, experiment.predicts);
        return told.then(|| (experiment.if_so, format!("asked for {purpose}: {}", experiment.because)));
    }
    let because = format!("asked for {purpose}: the answer is another than this cause would give");
    (!is_beside_the_point(evidence, trial)).then_some((experiment.if_not, because))
}

/// A changed GET that passes tells of its change only if the plain GET is refused as the request was: otherwise it passed
/// because it was a GET.
fn is_confounded(evidence: &Evidence, trial: &Trial, predicted: Answer) -> bool {
    needs_control(trial.change)
        && matches!(predicted, Answer::Lifted | Answer::Accepted)
        && evidence.request().is_some_and(model::Request::is_unsafe)
        && !evidence
            .trials
            .iter()
            .any(|other| other.change == Change::Get && other.answer == Answer::SameRefusal)
}

/// Whether a change is made to a GET, and so tells nothing where the refused request has another method, unless the plain
/// GET is known to be refused.
pub(crate) fn needs_control(change: Change) -> bool {
    matches!(
        change,
        Change::GetWithoutCredentials
            | Change::GetWithNeutralUserAgent
            | Change::GetWithoutOrigin
            | Change::GetToggledSlash
    )
}

/// Whether a change leaves this request as it is: asking the same again tells nothing but that the refusal lasts.
pub(crate) fn changes_nothing(evidence: &Evidence, change: Change) -> bool {
    let Some(request) = evidence.request() else { return false };
    let fields = &request.message.fields;
    let method = request.method.value.as_str();
    let reads = method == "GET" && request.message.body.as_ref().is_none_or(|body| body.value.is_empty());
    match change {
        Change::Get => reads,
        Change::Head => method == "HEAD",
        Change::Options => method == "OPTIONS",
        Change::GetWithoutCredentials => {
            reads && evidence.credentials.is_empty() && !fields.has("authorization") && !fields.has("cookie")
        }
        Change::GetWithoutOrigin => reads && !fields.has("origin") && !fields.has("referer"),
        _ => false,
    }
}

/// A target that takes only POST answers every GET with 404 or 405, whatever the reason of the refusal; and no answer at
/// all tells nothing either.
fn is_beside_the_point(evidence: &Evidence, trial: &Trial) -> bool {
    let reads = needs_control(trial.change) || matches!(trial.change, Change::Get | Change::Head);
    let not_taken = matches!(trial.answer, Answer::NotFound | Answer::MethodNotAllowed);
    trial.answer == Answer::Failed
        || reads && not_taken && evidence.request().is_some_and(model::Request::is_unsafe)
}
