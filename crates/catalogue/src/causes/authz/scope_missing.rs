//! The token lacks a scope that the operation needs
//!
//! ## Why the server refuses
//!
//! A scope is what the user or administrator let this client do. Each operation of an API names the scopes it
//! takes, and a token without one of them is refused, whatever the user may do otherwise. By RFC 6750 the
//! answer carries `error="insufficient_scope"` and names the scope; GitHub has `X-Accepted-OAuth-Scopes`, Slack
//! `needed` and `provided`.
//!
//! ## How to mend it
//!
//! - Ask for the scope, let the user consent again, and get a **new** token: a refreshed one may carry the old
//!   scopes.
//! - GitHub Actions: `permissions:` of the job (`packages: write`, `contents: write`, `id-token: write`).
//!   GitHub apps and fine-grained tokens: repository permissions.
//! - Entra ID: add the permission and have an administrator consent. Google: `--scopes` of the instance or the
//!   login. Slack: reinstall the app. Shopify: ask for the scope in the install URL and install again.
//! - Spring: `hasAuthority("SCOPE_x")`, with the prefix. FastAPI: `Security(..., scopes=[...])`.
//!
//! ## What not to do
//!
//! Asking for every scope (`repo`, `cloud-platform`, `.default` with everything consented) where one would do.
//!
//! ## References
//!
//! - RFC 6750, section 3.1; RFC 6749, section 3.3; RFC 9470

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization, tokens};

/// `authz.scope-missing`
pub static SCOPE_MISSING: Cause = Cause {
    id: "authz.scope-missing",
    layer: Layer::Identity,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: insufficient_scope,
            because: "the answer says that the token's scope is insufficient (RFC 6750)",
        },
        Indicator {
            weight: Weight::Supports,
            seek: accepted_scopes_not_granted,
            because: "the answer lists the scopes that the operation accepts, and the token has none of them",
        },
        Indicator {
            weight: Weight::Hints,
            seek: few_scopes,
            because: "the token carries scopes, and none that speaks of writing",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::no_explicit_credential,
            because: "the request carries no token that could lack a scope",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "get a new token with the named scope, and no more",
    opens: "the operations that this scope covers, for this client",
    decided_by: "the answer with its header, and the scopes that the operation's documentation names",
    page: page!("authz/scope_missing"),
};

fn insufficient_scope(evidence: &Evidence) -> Option<Sighting> {
    let challenge = authorization::error(evidence, "insufficient_scope")?;
    let needed = challenge.parameter("scope").unwrap_or("the scope is not named");
    let held = tokens::all(evidence).find_map(|(token, _)| token.scopes.as_ref());
    let detail = match held {
        Some(held) => format!("needed: {needed}; the token has: {}", held.join(" ")),
        None => format!("needed: {needed}"),
    };
    Some(Sighting::with(challenge.span, detail))
}

/// `X-OAuth-Scopes` and `X-Accepted-OAuth-Scopes` (GitHub, and others after it).
fn accepted_scopes_not_granted(evidence: &Evidence) -> Option<Sighting> {
    let (accepted, span) = evidence.response_header("x-accepted-oauth-scopes")?;
    let (granted, _) = evidence.response_header("x-oauth-scopes")?;
    let listed = |text: &str| {
        text.split(',').map(|scope| scope.trim().to_owned()).filter(|s| !s.is_empty()).collect::<Vec<_>>()
    };
    let (accepted, granted) = (listed(accepted), listed(granted));
    let lacking = !accepted.is_empty() && !accepted.iter().any(|scope| granted.contains(scope));
    lacking.then(|| {
        Sighting::with(span, format!("accepted: {}; granted: {}", accepted.join(", "), granted.join(", ")))
    })
}

fn few_scopes(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    evidence.request().filter(|request| request.is_unsafe())?;
    tokens::telling(evidence, |token| {
        let scopes = token.scopes.as_ref().filter(|scopes| !scopes.is_empty())?;
        let writes = scopes.iter().any(|scope| {
            let scope = scope.to_ascii_lowercase();
            ["write", "manage", "admin", "create", "update", "all", "post", "send", "edit", "delete"]
                .iter()
                .any(|word| scope.contains(word))
        });
        (!writes).then(|| scopes.join(" "))
    })
}
