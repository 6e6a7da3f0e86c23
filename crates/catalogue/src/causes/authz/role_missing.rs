//! The caller is known, and lacks a role or group that the operation needs
//!
//! ## Why the server refuses
//!
//! Credentials were accepted; then the application asked whether this user has a role, a group or a permission,
//! and has not. The role may be missing, or there under another name than the check compares: with or without
//! `ROLE_`, in `realm_access` instead of `resource_access`, in a claim that is not mapped, in another realm or
//! organisation.
//!
//! ## How to mend it
//!
//! - Give the user the smallest role that holds the permission. Django: user or group permissions
//!   (`app.add_model`); DRF names the permission class.
//! - Spring: `hasRole("ADMIN")` looks for the authority `ROLE_ADMIN`; map claims with
//!   `JwtGrantedAuthoritiesConverter`.
//! - Keycloak: give the role of the right client, and let the client scope `roles` put it into the access
//!   token. Argo CD: `policy.csv` compares `sub` or `scopes`.
//! - Azure: a data-plane role at the resource (it takes minutes to spread). Kubernetes: `kubectl auth can-i
//!   --as`.
//! - Laravel: policy or gate; Rails: Pundit or CanCanCan, ability for that action; ASP.NET: policy and
//!   `RoleClaimType`.
//!
//! ## What not to do
//!
//! Making the user or service account an administrator; `permitAll`.
//!
//! ## References
//!
//! - RFC 9110, section 15.5.4; NIST RBAC (INCITS 359)
//! - Spring Security, authorization; Keycloak, server administration, roles; Django, permissions

use model::{
    Cause, Change, CredentialKind, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{answer, authorization, grants};

/// `authz.role-missing`
pub static ROLE_MISSING: Cause = Cause {
    id: "authz.role-missing",
    layer: Layer::Application,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: missing_unlike_others,
            because: "without credentials the answer asks for some, with them it is 403: the caller is known and may not",
        },
        Indicator {
            weight: Weight::Hints,
            seek: known_and_forbidden,
            because: "credentials are sent, and the answer is 403 without a challenge",
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
            because: "the request names no caller who could lack a role",
        },
    ],
    experiments: &[
        Experiment {
            change: Change::GetWithoutCredentials,
            predicts: model::Answer::Challenge,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "without credentials the answer is a challenge, so with them the caller was known",
        },
        grants::READ_PASSES,
    ],
    roots: &[],
    fix: "give the caller the smallest role that holds the permission for this operation",
    opens: "everything else that this role allows: choose or make a narrow one",
    decided_by: "the application's log, which names the missing role or permission",
    page: page!("authz/role_missing"),
};

fn known_and_forbidden(evidence: &Evidence) -> Option<Sighting> {
    let credential = authorization::presented(evidence)?;
    answer::status(evidence, &[403])?;
    // A key names an application, which seldom has a role; without a reason the key itself may be unknown.
    if matches!(credential.kind, CredentialKind::ApiKey(_)) && answer::is_reasonless(evidence) {
        return None;
    }
    authorization::challenges(evidence)
        .is_empty()
        .then(|| Sighting::with(credential.span, credential.carrier.clone()))
}

fn missing_unlike_others(evidence: &Evidence) -> Option<Sighting> {
    known_and_forbidden(evidence)?;
    let stranger = evidence.trials.iter().find(|trial| trial.change == Change::GetWithoutCredentials)?;
    let response = stranger.exchange.response.as_ref()?;
    (response.status.value == 401).then(|| Sighting::at(response.message.start_line))
}
