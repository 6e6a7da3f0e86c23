//! The token's `aud` is not this API
//!
//! ## Why the server refuses
//!
//! A token is made for an audience. An API that finds itself not named in `aud` must refuse it, because it may
//! have been handed out for another service. Typical: the client asked for a token without naming the API and
//! got one for the identity provider or for itself; `aud` is the client id where the API expects its URI; a
//! final slash differs.
//!
//! ## How to mend it
//!
//! - Ask for the right audience: Auth0 `audience=`, Entra ID `scope=api://APP-ID/.default`, Keycloak an
//!   audience mapper in a client scope, Okta the right authorization server, RFC 8707 `resource=`.
//! - Configure the API with the value that the tokens carry, to the character: Spring `jwt.audiences`, ASP.NET
//!   `ValidAudience`, Envoy and Istio `audiences`, PyJWT `audience`, jose `audience`.
//! - Google IAP and Cloud Run: an ID token with the target's client id or URL as audience.
//!
//! ## What not to do
//!
//! `ValidateAudience = false`, `verify_aud: False`: tokens made for any other service of the issuer are then
//! accepted.
//!
//! ## References
//!
//! - RFC 7519, section 4.1.3; RFC 9068, section 4; RFC 8707

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{authorization, tokens};

/// `auth.token-audience`
pub static TOKEN_AUDIENCE: Cause = Cause {
    id: "auth.token-audience",
    layer: Layer::Identity,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: said_so,
            because: "the challenge finds fault with the token's audience",
        },
        Indicator {
            weight: Weight::Supports,
            seek: configured_otherwise,
            because: "the configuration names another audience than the token",
        },
        Indicator {
            weight: Weight::Hints,
            seek: refused_without_other_fault,
            because: "the answer finds the token invalid, it is within its time, and its audience is not the host that was asked",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: names_this_host,
            because: "the token's audience is the host that was asked",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "ask the identity provider for a token for this API, with the audience that the API expects",
    opens: "nothing: the token is then made for this API",
    decided_by: "the API's configured audience against the token's `aud`",
    page: page!("auth/token_audience"),
};

fn said_so(evidence: &Evidence) -> Option<Sighting> {
    authorization::invalid_token_about(evidence, &["audience", "aud claim", "\"aud\"", "'aud'"])
}

/// Names under which products configure the audience that a token must be for.
const SETTINGS: [&str; 7] = [
    "audience",
    "audiences",
    "validaudience",
    "jwt.audiences",
    "jwt_audience",
    "oidc_audience",
    "api_audience",
];

fn configured_otherwise(evidence: &Evidence) -> Option<Sighting> {
    let own: Vec<&String> = tokens::all(evidence).flat_map(|(token, _)| &token.audience).collect();
    if own.is_empty() {
        return None;
    }
    let mut settings = SETTINGS.iter().flat_map(|name| evidence.settings(name));
    let setting = settings.find(|setting| {
        let value = setting.value.as_str();
        !value.contains(['$', '{']) && !own.iter().any(|audience| value.contains(audience.as_str()))
    })?;
    Some(Sighting::with(
        setting.span,
        format!("{} is expected, the token says {}", setting.value, listed(&own)),
    ))
}

fn listed(audience: &[&String]) -> String {
    audience.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn refused_without_other_fault(evidence: &Evidence) -> Option<Sighting> {
    authorization::error(evidence, "invalid_token")?;
    tokens::unexpired(evidence).filter(|_| names_this_host(evidence).is_none())?;
    tokens::telling(evidence, |token| (!token.audience.is_empty()).then(|| token.audience.join(", ")))
}

fn names_this_host(evidence: &Evidence) -> Option<Sighting> {
    let host = &evidence.request()?.url.value.host;
    tokens::telling(evidence, |token| {
        token.audience.iter().find(|audience| audience.contains(host.as_str())).cloned()
    })
}
