//! A rule says no to this principal and action, whatever else allows it
//!
//! ## Why the server refuses
//!
//! Policies may deny as well as allow, and a denial wins: AWS `Effect: Deny` in an identity, resource, boundary
//! or organisation policy, Google deny policies, Azure deny assignments, a custom authorizer that returned
//! *Deny*. More rights do not help while the rule stands.
//!
//! ## How to mend it
//!
//! - Find the statement: AWS messages say *with an explicit deny in* and the kind of policy; the policy
//!   simulator and CloudTrail name it.
//! - Meet its condition rather than remove it: come from the named VPC endpoint or address, use MFA, TLS or the
//!   demanded encryption header (`x-amz-server-side-encryption`).
//! - If the rule is too wide, exempt this principal with a condition, in the statement itself.
//! - Lambda authorizers: return a policy that covers all methods and paths of the token (`arn:.../*/*`),
//!   because the answer is cached by token.
//!
//! ## What not to do
//!
//! Deleting the statement: somebody put it there to protect something.
//!
//! ## References
//!
//! - AWS IAM, policy evaluation logic, *the difference between explicit and implicit denies*
//! - Google Cloud IAM, deny policies; Azure, deny assignments

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization};

/// `authz.explicit-deny`
pub static EXPLICIT_DENY: Cause = Cause {
    id: "authz.explicit-deny",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator { weight: Weight::Supports, seek: deny_statement, because: "a policy given denies" },
        Indicator {
            weight: Weight::Hints,
            seek: known_and_forbidden,
            because: "a credential was sent, and the answer is 403 without a challenge",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so no rule about a known caller was applied",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "reading is denied like writing",
    }],
    roots: &[],
    fix: "meet the condition of the denying statement, or exempt this principal in it",
    opens: "the denied action, for this principal under that condition",
    decided_by: "the audit log or policy simulator, which names the denying statement",
    page: page!("authz/explicit_deny"),
};

/// A statement of a policy document in JSON, read as settings.
fn deny_statement(evidence: &Evidence) -> Option<Sighting> {
    let setting = evidence
        .settings("effect")
        .find(|setting| setting.value.trim_matches(['"', ',', ' ']).eq_ignore_ascii_case("deny"))?;
    Some(Sighting::with(setting.span, "Effect: Deny"))
}

fn known_and_forbidden(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    let signature = evidence.credentials.iter().find(|credential| credential.signature().is_some())?;
    Some(Sighting::with(signature.span, signature.carrier.clone()))
}
