//! A business rule of the application refused this content or change
//!
//! ## Why the server refuses
//!
//! The caller may use the operation, and this one use of it breaks a rule: the post is locked, the file type is
//! not wanted, the order is already paid, the branch is protected, the account is too young, the name is
//! reserved. The application answers 403 and says why in its body; 409 or 422 would often fit better.
//!
//! ## How to mend it
//!
//! - Read the answer's body: `detail`, `message`, `errors`, an error code, and look the code up in the API's
//!   documentation.
//! - Change what the rule is about: content, state, order of steps, the author or owner named in the body.
//! - Git hosts: protected branches and rulesets, size limits, push rules; go through a pull request.
//! - One's own application: answer 409 or 422 with a problem document that names the rule (RFC 9457).
//!
//! ## What not to do
//!
//! Giving the caller more rights: the rule is not about rights. Switching the rule off for one case.
//!
//! ## References
//!
//! - RFC 9110, sections 15.5.4, 15.5.10 and 15.5.21; RFC 9457 (problem details)

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization};

/// `app.policy`
pub static POLICY: Cause = Cause {
    id: "app.policy",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: problem_document,
            because: "the application answered with a problem document of its own",
        },
        Indicator {
            weight: Weight::Hints,
            seek: same_route_succeeded,
            because: "the same caller was accepted on the same path with the same method, so it is about the content or state",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unprocessable,
            because: "422 says that the content was understood and not accepted",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so the content was not looked at",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::Accepted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "the same caller can read the target",
    }],
    roots: &[],
    fix: "change the content or the order of steps that the rule is about",
    opens: "nothing: no rule is changed",
    decided_by: "the answer's body, and the API's documentation of its error codes",
    page: page!("app/policy"),
};

/// A problem document (RFC 9457) with a type of its own; `about:blank` says no more than the status.
fn problem_document(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 409, 422])?;
    let response = evidence.response()?;
    let body = response.message.body.as_ref()?;
    let problem = response.message.media_type()?.contains("problem+json");
    let text = response.message.body_text();
    let own_type = text.contains("\"type\"") && !text.contains("about:blank");
    (problem && own_type).then(|| Sighting::at(body.span))
}

fn same_route_succeeded(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    evidence.request().filter(|request| request.is_unsafe())?;
    answer::earlier_success_same_method(evidence)
}

fn unprocessable(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[422])
}
