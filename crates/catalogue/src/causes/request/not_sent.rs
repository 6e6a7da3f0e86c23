//! The refusal came before the request left: while fetching a token, signing, or opening a tunnel
//!
//! ## Why the server refuses
//!
//! Client libraries make requests of their own before the one that was written: they ask an identity provider
//! for a token, assume a role, read instance metadata, or open a tunnel. If one of these is refused, the
//! library reports its 403, and the service that was meant has never seen a request. The address in the error,
//! not the one in the program, names who refused.
//!
//! ## How to mend it
//!
//! - Read the error for the operation it names (`AssumeRole`, `token endpoint`, `CONNECT`) and mend that.
//! - AWS: the trust policy of the role must name the caller; a role that the caller holds already need not be
//!   assumed.
//! - OAuth clients: check client id, secret, grant type and the scopes that this client may ask for.
//! - Kubernetes and CI: check that the workload's identity is bound (IRSA, Workload Identity, OIDC audience).
//!
//! ## What not to do
//!
//! Changing rights on the service that was meant: it refused nothing. Putting long-lived keys in place of the
//! token exchange that failed.
//!
//! ## References
//!
//! - RFC 6749, section 5.2 (error responses of the token endpoint)
//! - AWS STS, AssumeRole
//! - RFC 9110, section 9.3.6 (CONNECT)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, SourceKind, Weight};

/// `request.not-sent`
pub static NOT_SENT: Cause = Cause {
    id: "request.not-sent",
    layer: Layer::Client,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: token_endpoint_refused,
            because: "the refused request asks for a token, it is not the one that was meant",
        },
        Indicator {
            weight: Weight::Hints,
            seek: failed_without_answer,
            because: "the client reports a failure and no answer of the server is shown",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answered,
            because: "an answer to the request itself is shown",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "mend the step before the request: the token, role or tunnel that was refused",
    opens: "whatever the token or role allows: ask for no more than the request needs",
    decided_by: "the client's debug output, which names the URL that answered 403",
    page: page!("request/not_sent"),
};

/// A request to a token endpoint (RFC 6749, section 4: `grant_type` in a form).
fn token_endpoint_refused(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let body = request.message.body.as_ref()?;
    // Who types the command means the request that it sends.
    let origin = evidence.sources.get(body.span.source).origin;
    if origin.is_some_and(|typed| evidence.sources.get(typed.source).kind == SourceKind::Curl) {
        return None;
    }
    let form = request.message.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    let text = request.message.body_text();
    let grant = text
        .split('&')
        .find(|pair| pair.starts_with("grant_type=") || pair.starts_with("Action=AssumeRole"))?;
    let shown = grant.chars().take(80).collect::<String>();
    form.then(|| Sighting::with(body.span, shown))
}

fn failed_without_answer(evidence: &Evidence) -> Option<Sighting> {
    let failure = evidence.refused.failure.as_ref()?;
    evidence.response().is_none().then(|| Sighting::at(failure.span))
}

fn answered(evidence: &Evidence) -> Option<Sighting> {
    token_endpoint_refused(evidence).is_none().then(|| evidence.status_line().map(Sighting::at)).flatten()
}
