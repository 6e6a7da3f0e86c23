//! The key, service account or principal has no grant for this action
//!
//! ## Why the server refuses
//!
//! Nothing forbids the action, and nothing allows it: the identity policy names no such action, the key is for
//! reading, the consumer is in no group of the route's list, the bot is no member. Cloud services deny by
//! default and answer 403 with principal, action and resource.
//!
//! ## How to mend it
//!
//! - Add exactly the named action for the named resource: AWS `Action` and `Resource`, Google a predefined role
//!   at the resource, Kubernetes `verbs` and `resources` of a Role.
//! - API keys: use or make one that may write. Kong: add the consumer to the group of the `acl` plugin. API
//!   Gateway keys: attach key and stage to a usage plan.
//! - OpenSearch and Elasticsearch: bulk requests need the permission at the cluster level as well as at the
//!   index.
//! - Registries: the account needs the right for that package or path (Artifactory permission target, npm
//!   maintainer).
//!
//! ## What not to do
//!
//! `Action: "*"`, `roles/owner`, `cluster-admin`; sharing an administrator's key.
//!
//! ## References
//!
//! - AWS IAM, policy evaluation logic; Google Cloud IAM, troubleshoot permissions; Kubernetes, RBAC; Kong, ACL
//!   plugin

use model::{
    Cause, Change, CredentialKind, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{answer, authorization, grants};

/// `authz.permission-missing`
pub static PERMISSION_MISSING: Cause = Cause {
    id: "authz.permission-missing",
    layer: Layer::Gateway,
    prevalence: Prevalence::VeryCommon,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: key_forbidden,
            because: "a key or signature is sent, and the answer is 403 without a challenge",
        },
        Indicator {
            weight: Weight::Hints,
            seek: grants::read_succeeded,
            because: "the same caller could read the same path, and may not change it",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so it is not about what a known caller may do",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::nothing_sent,
            because: "the request names no caller who could lack a grant",
        },
    ],
    experiments: &[
        grants::READ_PASSES,
        Experiment {
            change: Change::GetWithoutCredentials,
            predicts: model::Answer::Challenge,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "without credentials the answer is a challenge, so with them the caller was known",
        },
    ],
    roots: &[],
    fix: "grant this principal exactly the refused action on this resource",
    opens: "that action on that resource, for this principal",
    decided_by: "the service's audit log (CloudTrail, Cloud Audit Logs), which names principal, action and resource",
    page: page!("authz/permission_missing"),
};

fn key_forbidden(evidence: &Evidence) -> Option<Sighting> {
    let key = |kind: &CredentialKind| {
        matches!(
            kind,
            CredentialKind::ApiKey(_) | CredentialKind::Signature(_) | CredentialKind::OpaqueBearer
        )
    };
    let credential = evidence.credentials.iter().find(|credential| key(&credential.kind))?;
    answer::status(evidence, &[403])?;
    // Most keys are known or not, and have no grants: a refusal without a reason is rather of one that is not known.
    if matches!(credential.kind, CredentialKind::ApiKey(_)) && answer::is_reasonless(evidence) {
        return None;
    }
    authorization::challenges(evidence)
        .is_empty()
        .then(|| Sighting::with(credential.span, credential.carrier.clone()))
}
