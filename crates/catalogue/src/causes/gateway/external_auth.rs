//! An external authorization service said no, or failed and the gateway fails closed
//!
//! ## Why the server refuses
//!
//! The gateway asks another service about each request (Envoy `ext_authz`, Traefik ForwardAuth, an API
//! Gateway's Lambda authorizer, OPA, oauth2-proxy, Authelia) and passes its answer on. If that service cannot
//! be reached, is slow or answers something that cannot be read, the gateway refuses too: 403 with Envoy, 500
//! with others.
//!
//! ## How to mend it
//!
//! - Read the authorizer's own log for this request: a decision or an error?
//! - A decision: mend what it names (group, policy, path rule). OPA: `opa eval` with the logged input.
//! - An error: name, port, TLS and time limit of the authorizer; Envoy `failure_mode_allow: false` and
//!   `status_on_error`; response flag `UAEX` in the access log.
//! - Lambda authorizer: it must return a policy for the method that was asked, and within its time.
//!
//! ## What not to do
//!
//! `failure_mode_allow: true` on routes that need the decision: when the authorizer is down, everybody is let
//! in.
//!
//! ## References
//!
//! - Envoy, external authorization filter, and access log response flags; Traefik, ForwardAuth; AWS API
//!   Gateway, Lambda authorizers

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{configuration, logged, open_rules};

/// `gateway.external-auth`
pub static EXTERNAL_AUTH: Cause = Cause {
    id: "gateway.external-auth",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: service_refused,
            because: "the service that this rule asks refused the question that belongs to this request",
        },
        Indicator {
            weight: Weight::Proves,
            seek: flagged,
            because: "the gateway's log marks the request as denied by its external authorization service",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, an external service decides on this request",
        },
        open_rules::when_refused(|evidence| {
            open_rules::refused_by_itself(evidence, Subject::Credentials, &DIRECTIVES)
        }),
        open_rules::when_written(|evidence| {
            open_rules::written_by_itself(evidence, Subject::Credentials, &DIRECTIVES)
        }),
        open_rules::when_open(|evidence| open_rules::left_open(evidence, Subject::Credentials, &DIRECTIVES)),
        Indicator {
            weight: Weight::Hints,
            seek: configured,
            because: "the configuration asks an external service about requests",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: refused_behind,
            because: "the log shows that the service behind the gateway answered with this status itself",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path that cannot exist is refused alike, before anything looks for it",
    }],
    roots: &[],
    fix: "read the authorization service's log for this request, and mend the policy or the connection to it",
    opens: "what the changed policy admits",
    decided_by: "the authorization service's log from the second of the refusal",
    page: page!("gateway/external_auth"),
};

/// Envoy's response flag for a request denied by the external authorization service, and the detail that goes with it.
fn flagged(evidence: &Evidence) -> Option<Sighting> {
    let flags =
        logged::field(evidence, "termination", |flags| flags.split(',').any(|flag| flag.trim() == "UAEX"));
    flags.or_else(|| logged::field(evidence, "detail", |detail| detail.starts_with("ext_authz_")))
}

/// The Lua actions are those of `haproxy-auth-request`.
const DIRECTIVES: [&str; 9] = [
    "forward_auth",
    "forwardauth",
    "ext_authz",
    "extauthz",
    "authorizer",
    "opa",
    "envoy.filters.http.ext_authz",
    "http-request lua.auth-intercept",
    "http-request lua.auth-request",
];

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_by(evidence, &DIRECTIVES)
}

fn configured(evidence: &Evidence) -> Option<Sighting> {
    configuration::any_setting(evidence, &DIRECTIVES)
}

fn refused_behind(evidence: &Evidence) -> Option<Sighting> {
    logged::refused_upstream(evidence)
}

fn service_refused(evidence: &Evidence) -> Option<Sighting> {
    open_rules::service_refused(evidence, &DIRECTIVES)
}
