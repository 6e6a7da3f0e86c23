//! The right was given after the token or cached decision was made
//!
//! ## Why the server refuses
//!
//! Tokens carry the rights of the moment they were made, and gateways keep decisions for a while. Whoever was
//! given a role a minute ago still shows the old token; whoever was let into a group must log in again; API
//! Gateway keeps an authorizer's answer for each token up to an hour; new cloud roles take minutes to reach all
//! servers.
//!
//! ## How to mend it
//!
//! - Get a new token: log out and in, or start a new process. A refreshed token may or may not carry the new
//!   rights; a new consent always does.
//! - Linux groups: log in again (`newgrp`). Kubernetes and Argo CD: log in again after group changes.
//! - API Gateway: flush the authorizer's cache, or return a policy for all methods (`*/*`) and path;
//!   `authorizerResultTtlInSeconds`.
//! - AWS, Azure, Google: wait some minutes after giving a role, and try again with growing pauses.
//!
//! ## What not to do
//!
//! Giving more and more rights because the first change did not help at once.
//!
//! ## References
//!
//! - RFC 9068; AWS API Gateway, Lambda authorizers, caching; Azure RBAC, troubleshooting (propagation); AWS
//!   IAM, eventual consistency

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization, grants};

/// `authz.stale-grant`
pub static STALE_GRANT: Cause = Cause {
    id: "authz.stale-grant",
    layer: Layer::Identity,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: old_token_forbidden,
            because: "the token was made a good while before the request, and shows the rights of that time",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_method_succeeded,
            because: "the same token was accepted with another method, as when a decision for that method was kept",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so it is not about what a known caller may do",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::nothing_sent,
            because: "the request names no caller",
        },
    ],
    experiments: &[grants::READ_PASSES],
    roots: &[],
    fix: "get a new token after the right was given, and let caches of decisions run out",
    opens: "nothing: the right was given already",
    decided_by: "the time at which the right was given, against the token's `iat`",
    page: page!("authz/stale_grant"),
};

fn old_token_forbidden(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    grants::old_token(evidence)
}

fn other_method_succeeded(evidence: &Evidence) -> Option<Sighting> {
    authorization::explicit(evidence)?;
    answer::status(evidence, &[403])?;
    grants::read_succeeded(evidence)
}
